"""The revert: what takes a release back, why, and whether it was due; `revert.json`.

It follows from the contract that people signed, and from what the canary saw, alone: whoever has
the folder of the release, the run's exam and the channel's moves recomputes it, byte for byte.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import AwareDatetime, ValidationError

from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.layout import in_run
from modelsmith.policy import ChannelName
from modelsmith.promotion.bundle import (
    CONTRACT,
    REQUEST,
    REVERT,
    REVERT_ATTESTATION,
    SIGNED_REVERT,
    Request,
)
from modelsmith.promotion.channel import (
    ChannelMove,
    Pointer,
    Release,
    channel_files,
    moves_path,
    pointer_content,
    pointer_path,
)
from modelsmith.promotion.rollback.canary import (
    CanaryAnswer,
    WatchedRelease,
    answer_faults,
    answers_since_live,
    read_by,
    self_contained,
)
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.rollback.drift_detector import DriftReading
from modelsmith.promotion.signing.attestation import attested
from modelsmith.record import Positive, Record, Sha256, records_in, sha256
from modelsmith.run.evidence import EXAM, INTAKE

LABEL = "revert"


class Revert(Record):
    """`revert.json`."""

    channel: ChannelName
    """The channel."""
    release: Release
    """What is taken back."""
    since: Positive
    """The move of the channel, from 1, that had made it live."""
    target: Release | None
    """What goes live instead; none takes the channel down."""
    contract_sha256: Sha256
    """Digest of the contract that says so."""
    reading: DriftReading
    """What the contract's detector says."""
    sightings: tuple[CanaryAnswer, ...]
    """What it says so of: every question asked since the release went live."""
    at: AwareDatetime
    """When the round was asked that decided, UTC."""
    why: str
    """In one line."""

    @property
    def number(self) -> int:
        """The move that it is, from 1."""
        return self.since + 1


def exam_path(request: Request) -> str:
    """Return where the exam snapshot of a promotion's run lies."""
    return in_run(request.run, EXAM.at(INTAKE))


def revert_branch(revert: Revert) -> str:
    """Return the branch that a revert is offered on."""
    return f"modelsmith/revert/{revert.channel}-{revert.number}"


def revert_of(
    channel: ChannelName, watched: WatchedRelease, canary_answers: Sequence[CanaryAnswer]
) -> Revert | None:
    """Return the revert that is due; none where none is.

    Args:
        channel: The channel.
        watched: What is live.
        canary_answers: Every line of the channel; those after the deciding round say nothing more.

    Raises:
        ValueError: a sighting is no question of the contract, or stands there twice.
    """
    mine = answers_since_live(watched, canary_answers)
    due = read_by(watched.contract, mine).due_in
    if due is None:
        return None
    mine = tuple(one for one in mine if one.round <= due)
    reading = read_by(watched.contract, mine)
    return Revert(
        channel=channel,
        release=watched.release,
        since=watched.move,
        target=watched.contract.target,
        contract_sha256=watched.contract.digest(),
        reading=reading,
        sightings=self_contained(mine, canary_answers),
        at=mine[-1].at,
        why=why_of(watched.contract, reading) + _graded_words(watched.contract, mine),
    )


def why_of(contract: Contract, reading: DriftReading) -> str:
    """Return in one line why a reading is due, its strongest reason with its figures."""
    categories = reading.categories
    floor = max(sorted(categories), key=lambda name: categories[name].floor_evidence)
    if categories[floor].floor_evidence >= max(
        reading.whole, *(one.evidence for one in categories.values())
    ):
        one = categories[floor]
        rounds = "round" if one.below == 1 else "rounds in a row"
        what = f"{floor} was below its floor of {one.floor:.2f} for {one.below} {rounds}"
    else:
        passed = sum(one.passed for one in categories.values())
        expected = sum(one.expected for one in categories.values())
        weakest = max(sorted(categories), key=lambda name: categories[name].evidence)
        one = categories[weakest]
        what = (
            f"{passed} of {reading.answers} answers passed, {expected:.1f} were expected; "
            f"the weakest category, {weakest}, passed {one.passed} of {one.answers}"
        )
    return f"{what}; evidence {reading.evidence:.0f}, agreed {contract.detector.revert:.0f}"


def _graded_words(contract: Contract, canary_answers: Sequence[CanaryAnswer]) -> str:
    """Return who helped to decide how many of the answers; nothing where checks decided all."""
    if contract.grader is None:
        return ""
    graded = contract.graded()
    count = sum(one.scenario in graded and one.outcome != "lost" for one in canary_answers)
    return f"; {contract.grader.judge} decided {count} answers that checks leave open"


def pointer_after(revert: Revert) -> bytes:
    """Return the pointer's file once it is reverted."""
    return pointer_content(Pointer(channel=revert.channel, live=revert.target))


def revert_statement(revert: Revert) -> bytes:
    """Return the statement that takes back, over the evidence and the pointer."""
    place = revert.release.place
    subjects = {
        f"{place}/{REQUEST}": revert.release.bundle_sha256,
        f"{place}/{CONTRACT}": revert.contract_sha256,
        f"{place}/{REVERT}": revert.digest(),
        pointer_path(revert.channel): sha256(pointer_after(revert)),
    }
    target = None if revert.target is None else revert.target.model_dump(mode="json", by_alias=True)
    predicate: dict[str, Any] = {
        "bundleSha256": revert.release.bundle_sha256,
        "specialist": revert.release.specialist,
        "version": revert.release.version,
        "channel": revert.channel,
        "move": revert.number,
        "target": target,
        "evidence": revert.reading.evidence,
        "why": revert.why,
    }
    return attested("revert", subjects, predicate)


def move_of(revert: Revert) -> ChannelMove:
    """Return the channel's move that a revert is."""
    return ChannelMove(
        kind="reverted",
        before=revert.release,
        after=revert.target,
        at=revert.at,
        why=revert.why,
        attestation_sha256=sha256(revert_statement(revert)),
    )


def revert_files(revert: Revert, moves: Sequence[ChannelMove], signed: bytes) -> dict[str, bytes]:
    """Return what a revert changes, by path from the top of the repository.

    Args:
        revert: What is taken back, and why.
        moves: All moves of the channel so far.
        signed: The signed statement.
    """
    place = revert.release.place
    return {
        f"{place}/{REVERT}": revert.canonical(),
        f"{place}/{REVERT_ATTESTATION}": revert_statement(revert),
        f"{place}/{SIGNED_REVERT}": signed,
        **channel_files(revert.channel, [*moves, move_of(revert)]),
    }


Read = Callable[[str], bytes | None]
"""Returns what a file of the default branch holds; none where it is not there."""


def target_fault(contract: Contract, moves: Sequence[ChannelMove]) -> str | None:
    """Return why a channel may not return to the contract's target; none where it may.

    Args:
        contract: What names the target.
        moves: The channel's moves before the revert.
    """
    target = contract.target
    if target is None:
        return None
    if not any(move.after == target and move.kind != "reverted" for move in moves):
        return f"{target.words}, the contract's target, was never promoted to {contract.channel}"
    if any(move.before == target and move.kind == "reverted" for move in moves):
        return f"{target.words}, the contract's target, was itself taken back"
    return None


def revert_faults(
    move: ChannelMove, files: Mapping[str, bytes], payload: bytes, read: Read
) -> Iterator[str]:
    """Yield what is wrong with a move back, judged anew from what lies in git.

    Args:
        move: The move.
        files: Folder of the release that was taken back.
        payload: The signed statement, whoever signed it.
        read: Reads the exam and the channel's moves.
    """
    try:
        revert = Revert.model_validate_json(files.get(REVERT, b""))
        contract = Contract.model_validate_json(files.get(CONTRACT, b""))
        request = Request.model_validate_json(files.get(REQUEST, b""))
        moves = records_in(read(moves_path(contract.channel)) or b"", ChannelMove)
    except ValidationError as error:
        yield f"{error.title} cannot be read: {error.errors(include_url=False)[0]['msg']}"
        return
    if revert.canonical() != files[REVERT]:
        yield f"{REVERT} is not canonical JSON (RFC 8785)"
    if contract.digest() != request.evidence.get(CONTRACT):
        yield f"{CONTRACT} is not the one that was approved"
    yield from _chain_faults(revert, contract, request, move, moves)
    content = read(exam_path(request))
    if content is None or sha256(content) != contract.exam_sha256:
        yield f"{exam_path(request)} is not the exam that the contract was made with"
        return
    watched = WatchedRelease(revert.release, contract, revert.since)
    exam = ExamSnapshot.model_validate_json(content)
    faults = answer_faults(watched, exam, revert.sightings)
    yield from faults
    if faults:
        return
    try:
        due = revert_of(revert.channel, watched, revert.sightings)
    except ValueError as error:
        yield str(error)
        return
    if due is None:
        found = read_by(contract, revert.sightings)
        yield (
            f"it was not due: its sightings are evidence of {found.evidence:.0f}, "
            f"the contract says {contract.detector.revert:.0f}"
        )
    elif due != revert:
        names = (n for n in Revert.model_fields if getattr(due, n) != getattr(revert, n))
        fields = ", ".join(names)
        yield f"{REVERT} is not what the contract and the sightings lead to: {fields}"
    elif revert_statement(due) != payload:
        yield f"{REVERT_ATTESTATION} does not say what the contract and the sightings lead to"


def _chain_faults(
    revert: Revert,
    contract: Contract,
    request: Request,
    move: ChannelMove,
    moves: Sequence[ChannelMove],
) -> Iterator[str]:
    if revert.release != request.release or contract.channel != revert.channel:
        yield f"{REVERT} speaks of another release or channel"
    if move != move_of(revert):
        yield f"the move is not the one that {REVERT} leads to"
    number = moves.index(move) + 1 if move in moves else 0
    if number != revert.number:
        yield f"it is move {number} of the channel, {REVERT} says {revert.number}"
    fault = target_fault(contract, moves[: revert.since])
    if fault:
        yield fault
