"""Whether a revert was due and exact: judged anew from what lies in git, by whoever wants to."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from modelsmith.exam.snapshot import ExamSnapshot
from modelsmith.promotion.bundle import CONTRACT, REQUEST, REVERT, REVERT_ATTESTATION, Request
from modelsmith.promotion.channel import Move, moves_path
from modelsmith.promotion.rollback.canary import Standing, read_by, sighting_faults
from modelsmith.promotion.rollback.revert import (
    Revert,
    exam_path,
    move_of,
    revert_of,
    revert_statement,
)
from modelsmith.promotion.rollback.rollback import Contract
from modelsmith.record import records_in, sha256

Read = Callable[[str], bytes | None]
"""Returns what a file of the branch of record holds; none where it is not there."""


def target_fault(contract: Contract, moves: Sequence[Move]) -> str | None:
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
    move: Move, files: Mapping[str, bytes], payload: bytes, read: Read
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
        moves = records_in(read(moves_path(contract.channel)) or b"", Move)
    except ValidationError as error:
        yield f"{error.title} cannot be read: {error.errors(include_url=False)[0]['msg']}"
        return
    if revert.canonical() != files[REVERT]:
        yield f"{REVERT} is not canonical JSON (RFC 8785)"
    if contract.digest() != request.evidence.get(CONTRACT):
        yield f"{CONTRACT} is not the one that was approved"
    yield from _chain_faults(revert, contract, request, move, moves)
    exam = _exam(read(exam_path(request)), contract)
    if exam is None:
        yield f"{exam_path(request)} is not the exam that the contract was made with"
        return
    standing = Standing(revert.release, contract, revert.since)
    faults = sighting_faults(standing, exam, revert.sightings)
    yield from faults
    if faults:
        return
    try:
        due = revert_of(revert.channel, standing, revert.sightings)
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
        fields = _differing(due, revert)
        yield f"{REVERT} is not what the contract and the sightings lead to: {fields}"
    elif revert_statement(due) != payload:
        yield f"{REVERT_ATTESTATION} does not say what the contract and the sightings lead to"


def _chain_faults(
    revert: Revert, contract: Contract, request: Request, move: Move, moves: Sequence[Move]
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


def _exam(content: bytes | None, contract: Contract) -> ExamSnapshot | None:
    if content is None or sha256(content) != contract.exam_sha256:
        return None
    return ExamSnapshot.model_validate_json(content)


def _differing(one: Revert, other: Revert) -> str:
    return ", ".join(
        name for name in Revert.model_fields if getattr(one, name) != getattr(other, name)
    )
