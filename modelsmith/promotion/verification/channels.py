"""Verify a channel: each move of its pointer is signed, due, and follows from the one before."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from modelsmith.errors import BrokenRecordError
from modelsmith.policy import CHANNEL_NAMES, ChannelName
from modelsmith.promotion.bundle import ATTESTATION, OVERRIDE, REQUEST, REVERTED, Request
from modelsmith.promotion.channel import ChannelMove, Release, moves_path, pointer_in, pointer_path
from modelsmith.promotion.rollback.revert import revert_faults
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import read_as, records_in, sha256, short


class ChannelHistory(NamedTuple):
    """One channel, as the default branch has it."""

    name: ChannelName
    """The channel."""
    pointer: bytes
    """Content of its pointer."""
    moves: tuple[ChannelMove, ...]
    """How it moved, oldest first."""


def channels_in(verification: Verification) -> Iterator[ChannelHistory]:
    """Yield each channel that has a pointer or a move.

    Raises:
        BrokenRecordError: its moves cannot be read.
    """
    for name in CHANNEL_NAMES:
        pointer = verification.file(pointer_path(name))
        moves = verification.file(moves_path(name))
        if pointer is not None or moves is not None:
            yield ChannelHistory(name, pointer or b"", _moves(name, moves or b""))


def channel_faults(verification: Verification, channel: ChannelHistory) -> Iterator[str]:
    """Yield what is wrong with a channel: a move, what it rests on, or the pointer."""
    yield from move_faults(
        channel.pointer,
        channel.moves,
        lambda move: _promotion_of(verification, channel.name, move),
        lambda move: _revert_of(verification, channel.name, move),
    )


def live_in(channel: ChannelHistory) -> Release | None:
    """Return what a channel's last move leads to."""
    return channel.moves[-1].after if channel.moves else None


def _promotion_of(
    verification: Verification, channel: ChannelName, move: ChannelMove
) -> Iterator[str]:
    if move.after is None:
        return
    place = move.after.place
    promoted = verification.promoted(place)
    if promoted.release != move.after:
        yield f"{place} is not there, or another bundle"
        return
    request = read_as(promoted.files[REQUEST], Request)
    if request and request.channel != channel:
        yield f"{place} was promoted to {request.channel}: the wrong channel"
    if sha256(promoted.files.get(ATTESTATION, b"")) != move.attestation_sha256:
        yield f"{place} was promoted by another statement than the move names"
    is_overridden = OVERRIDE in promoted.files
    if is_overridden != (move.kind == "overridden"):
        yield f"it is {move.kind}, expected {'overridden' if is_overridden else 'promoted'}"
    yield from (f"{place}: {fault.what}" for fault in verification.faults(place))


def _revert_of(
    verification: Verification, channel: ChannelName, move: ChannelMove
) -> Iterator[str]:
    if move.before is None:
        yield "it takes back nothing"
        return
    place = move.before.place
    files = verification.promoted(place).files
    absent = [name for name in REVERTED if name not in files]
    if absent:
        yield f"{place}: {', '.join(absent)} not there: nothing signed says why"
        return
    statement, signed = REVERTED[1], REVERTED[2]
    payload, fault, _ = verification.verify(place, files, signed, "revert", channel)
    if fault:
        yield f"{place}/{signed}: {fault}"
    elif payload != files[statement]:
        yield f"{place}/{statement}: it is not what was signed"
    elif sha256(payload) != move.attestation_sha256:
        yield f"{place}/{statement}: the move names another one"
    else:
        yield from revert_faults(move, files, payload, verification.file)


def _moves(channel: ChannelName, content: bytes) -> tuple[ChannelMove, ...]:
    try:
        return records_in(content, ChannelMove)
    except ValueError as error:
        words = str(error).partition("\n")[0]
        raise BrokenRecordError(
            f"{moves_path(channel)} holds a line that is no move: {words}",
            remedy="Restore it from git: lines are only ever added.",
        ) from None


MoveFaults = Callable[[ChannelMove], Iterator[str]]
"""Yields what is wrong with the signed statement that a move rests on."""


def move_faults(
    pointer: bytes, moves: Sequence[ChannelMove], promoted: MoveFaults, reverted: MoveFaults
) -> Iterator[str]:
    """Yield what is wrong with a channel, oldest move first.

    Args:
        pointer: Content of the channel's file.
        moves: All its moves, oldest first.
        promoted: Judges a move to a release that was promoted.
        reverted: Judges a move back.
    """
    live: Release | None = None
    been: list[Release] = []
    for number, move in enumerate(moves, 1):
        where = f"move {number}"
        if move.before != live:
            yield f"{where} begins at {_words(move.before)}, live was {_words(live)}"
        if move.kind == "reverted":
            if move.after is not None and move.after not in been:
                yield f"{where} returns to {_words(move.after)}, which was never promoted here"
            yield from (f"{where}: {what}" for what in reverted(move))
        else:
            if move.after is None:
                yield f"{where} promotes nothing"
            yield from (f"{where}: {what}" for what in promoted(move))
        if move.after is not None and move.kind != "reverted":
            been.append(move.after)
        live = move.after
    channel = pointer_in(pointer)
    if channel is None:
        yield "the pointer cannot be read, or is not written as it was signed"
    elif channel.live != live:
        yield (
            f"the pointer says {_words(channel.live)}, the last move leads to {_words(live)}: "
            "an unsigned channel move"
        )


def _words(release: Release | None) -> str:
    if release is None:
        return "nothing"
    return f"{release.words} ({short(release.bundle_sha256)})"
