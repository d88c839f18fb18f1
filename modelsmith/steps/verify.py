"""Verify: whether what the branch of record promotes is what was approved and signed; offline.

Read from git's objects, never from a work tree. The policy that judges a promotion is the one of
the branch of record right before it was merged: neither what it brought along nor an older one
that asked for less.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from modelsmith.domain.append_only import CHANNELS, PROMOTIONS, RUNS, entries_of
from modelsmith.domain.approvals_file import ApprovalsFile
from modelsmith.domain.bundle import (
    APPROVALS,
    ATTESTATION,
    OVERRIDE,
    OVERRIDE_SIGNATURE,
    REQUEST,
    REVERTED,
    SIGNED,
    Request,
)
from modelsmith.domain.channel import (
    CHANNEL_NAMES,
    ChannelName,
    Move,
    Release,
    moves_path,
    pointer_path,
)
from modelsmith.domain.history import Commit
from modelsmith.domain.ledger import LEDGER
from modelsmith.domain.move_chain import move_faults
from modelsmith.domain.policy import POLICY, Policy
from modelsmith.domain.record import records_in, sha256
from modelsmith.domain.signer import Claim, accepted
from modelsmith.domain.verification import Fault, Promoted, Vouching, promoted_faults, read_as
from modelsmith.errors import BrokenRecordError, InputError, SignatureError
from modelsmith.ports.history import History
from modelsmith.ports.signing import StatementVerifier
from modelsmith.steps.record_line import RecordLine


class Ways(NamedTuple):
    """How signatures are verified, and how what people decided is judged again."""

    verifier: Callable[[Callable[[str], bytes]], StatementVerifier]
    """Makes a verifier of what reads a file of the policy's own commit: a trusted root."""
    policy: Callable[[bytes], Policy]
    """Reads a policy."""
    approvals: Callable[["Judging"], Iterator[str]]
    """Judges approvals again."""
    override: Callable[["Judging"], str | None]
    """Says why no operator overruled the gate; None where one did."""
    revert: Callable[["Reverting"], Iterator[str]]
    """Judges a revert again, by the contract and what was observed."""


class Judging(NamedTuple):
    """What approvals and overrides are judged by."""

    request: Request
    """What was approved."""
    file: ApprovalsFile | None
    """The approvals; none where they cannot be read."""
    files: Mapping[str, bytes]
    """The promotion's folder."""
    policy: Policy
    """The policy that was in force."""


class Reverting(NamedTuple):
    """What a move back is judged by."""

    move: Move
    """The move."""
    files: Mapping[str, bytes]
    """Folder of the release that was taken back."""
    payload: bytes
    """The signed statement."""


class Channel(NamedTuple):
    """One channel, as the branch of record has it."""

    name: ChannelName
    """The channel."""
    pointer: bytes
    """Content of its pointer."""
    moves: tuple[Move, ...]
    """How it moved, oldest first."""


class Verification:
    """The promotions of one commit of the branch of record."""

    def __init__(self, history: History, tip: str, ways: Ways) -> None:
        """Know where to read; nothing is verified yet.

        Raises:
            InputError: the clone lacks a part of its history.
            BrokenRecordError: an object of the clone was altered.
        """
        self._ways = ways
        self._line = RecordLine(history, tip, ways.policy)
        self.faults = lru_cache(None)(self._faults)

    def places(self) -> list[str]:
        """Return the folder of each promotion that is there."""
        specialists = [p for p in self._line.places(PROMOTIONS) if p != f"{PROMOTIONS}/{CHANNELS}"]
        return [place for specialist in specialists for place in self._line.places(specialist)]

    def is_sealed(self, place: str) -> bool:
        """Return whether a promotion was sealed: one that was only refused never goes live."""
        return self._line.file(f"{place}/{SIGNED}") is not None

    def _faults(self, place: str) -> tuple[Fault, ...]:
        return tuple(promoted_faults(self.promoted(place)))

    def promoted(self, place: str) -> Promoted:
        """Return everything that is known of a promotion."""
        line = self._line
        files = line.folder(line.tip, place)
        request, file = read_as(files.get(REQUEST), Request), _approvals_in(files)
        approved = line.commits.get(file.head_sha) if file else None
        ledger = line.file(f"{RUNS}/{request.run}/{LEDGER}") if request else None
        return Promoted(
            place=place,
            files=files,
            approved=line.folder(approved, place) if approved else {},
            entries=entries_of(ledger or b""),
            vouched=lambda name, kind: self._vouched(place, files, name, kind),
            approval_faults=lambda known, asked: self._approval_faults(place, files, known, asked),
            override_fault=lambda asked: self._override_fault(place, files, asked),
        )

    def channels(self) -> Iterator[Channel]:
        """Yield each channel that has a pointer or a move.

        Raises:
            BrokenRecordError: its moves cannot be read.
        """
        for name in CHANNEL_NAMES:
            pointer, moves = self._line.file(pointer_path(name)), self._line.file(moves_path(name))
            if pointer is not None or moves is not None:
                yield Channel(name, pointer or b"", _moves(name, moves or b""))

    def channel_faults(self, channel: Channel) -> Iterator[str]:
        """Yield what is wrong with a channel: a move, what it rests on, or the pointer."""
        yield from move_faults(
            channel.pointer,
            channel.moves,
            lambda move: self._promotion_of(channel.name, move),
            lambda move: self._revert_of(channel.name, move),
        )

    def _promotion_of(self, channel: ChannelName, move: Move) -> Iterator[str]:
        if move.after is None:
            return
        place = move.after.place
        promoted = self.promoted(place)
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
        yield from (f"{place}: {fault.what}" for fault in self.faults(place))

    def _revert_of(self, channel: ChannelName, move: Move) -> Iterator[str]:
        if move.before is None:
            yield "it takes back nothing"
            return
        place = move.before.place
        files = self._line.folder(self._line.tip, place)
        absent = [name for name in REVERTED if name not in files]
        if absent:
            yield f"{place}: {', '.join(absent)} not there: nothing signed says why"
            return
        statement, signed = REVERTED[1], REVERTED[2]
        payload, fault = self._vouched(place, files, signed, "revert", channel)
        if fault:
            yield f"{place}/{signed}: {fault}"
        elif payload != files[statement]:
            yield f"{place}/{statement}: it is not what was signed"
        elif sha256(payload) != move.attestation_sha256:
            yield f"{place}/{statement}: the move names another one"
        else:
            yield from self._ways.revert(Reverting(move, files, payload))

    def _vouched(
        self,
        place: str,
        files: Mapping[str, bytes],
        name: str,
        kind: Claim,
        channel: ChannelName | None = None,
    ) -> Vouching:
        request = read_as(files.get(REQUEST), Request)
        where = channel or (request.channel if request else None)
        if where is None:
            return Vouching(b"", "nothing says for which channel")
        try:
            policy, _, commit = self._line.policy_before(f"{place}/{name}")
            signers = accepted(policy.signers, kind, where)
            if not signers:
                return Vouching(b"", f"{POLICY} accepts no signer of a {kind} for {where}")
            verifier = self._ways.verifier(lambda path: self._root(commit, path))
            return Vouching(verifier.vouched(files[name], signers).payload, "")
        except (SignatureError, InputError) as error:
            return Vouching(b"", error.what)

    def _root(self, commit: Commit, path: str) -> bytes:
        content = self._line.file(path, commit)
        if content is None:
            raise InputError(
                f"{path}, which {POLICY} names, is not there at {commit.sha[:12]}",
                remedy="Commit the trusted root before the policy names it.",
            )
        return content

    def _approval_faults(
        self, place: str, files: Mapping[str, bytes], file: ApprovalsFile, request: Request
    ) -> Iterator[str]:
        path, commits = f"{place}/{APPROVALS}", self._line.commits
        try:
            policy, content, _ = self._line.policy_before(path)
        except InputError as error:
            yield error.what
            return
        if sha256(content) != file.policy_sha256:
            yield f"it was judged by another {POLICY} than was in force when it was merged"
        if file.head_sha not in commits:
            yield f"{file.head_sha[:12]}, which was approved, is not in history"
        elif not self._line.is_seal_of(path, file.head_sha):
            yield f"what was merged does not stand on {file.head_sha[:12]}, which was approved"
        if file.merge_base not in commits:
            yield f"{file.merge_base[:12]}, whose policy judged, is not in history"
        yield from self._ways.approvals(Judging(request, file, files, policy))

    def _override_fault(
        self, place: str, files: Mapping[str, bytes], request: Request
    ) -> str | None:
        if OVERRIDE not in files or OVERRIDE_SIGNATURE not in files:
            return "nobody overruled it in writing"
        try:
            policy, _, _ = self._line.policy_before(f"{place}/{APPROVALS}")
        except InputError as error:
            return error.what
        return self._ways.override(Judging(request, _approvals_in(files), files, policy))


def live_in(channel: Channel) -> Release | None:
    """Return what a channel's last move leads to."""
    return channel.moves[-1].after if channel.moves else None


def _approvals_in(files: Mapping[str, bytes]) -> ApprovalsFile | None:
    return read_as(files.get(APPROVALS), ApprovalsFile)


def _moves(channel: ChannelName, content: bytes) -> tuple[Move, ...]:
    try:
        return records_in(content, Move)
    except ValueError as error:
        words = str(error).partition("\n")[0]
        raise BrokenRecordError(
            f"{moves_path(channel)} holds a line that is no move: {words}",
            remedy="Restore it from git: lines are only ever added.",
        ) from None
