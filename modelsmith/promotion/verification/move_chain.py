"""How a channel's pointer moved: each move must be signed, due, and follow from the one before."""

from collections.abc import Callable, Iterator, Sequence

from modelsmith.promotion.channel import Move, Release, pointer_in
from modelsmith.record import short

Vouch = Callable[[Move], Iterator[str]]
"""Yields what is wrong with the signed statement that a move rests on."""


def move_faults(
    pointer: bytes, moves: Sequence[Move], promoted: Vouch, reverted: Vouch
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
