"""The revert: what takes a release back, why, and whether it was due; `revert.json`.

It follows from the contract that people signed, and from what the canary saw, alone: whoever has
the folder of the release, the run's exam and the channel's moves recomputes it, byte for byte.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import AwareDatetime

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
    Move,
    Pointer,
    Release,
    moves_path,
    pointer_content,
    pointer_path,
)
from modelsmith.promotion.rollback.canary import Sighting, Standing, own, read_by, whole
from modelsmith.promotion.rollback.canary_reading import Reading
from modelsmith.promotion.rollback.rollback import Contract
from modelsmith.promotion.signing.attestation import attested
from modelsmith.record import Positive, Record, Sha256, lines_of, sha256
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
    reading: Reading
    """What the contract's detector says."""
    sightings: tuple[Sighting, ...]
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
    channel: ChannelName, standing: Standing, sightings: Sequence[Sighting]
) -> Revert | None:
    """Return the revert that is due; none where none is.

    Args:
        channel: The channel.
        standing: What is live.
        sightings: Every line of the channel; those after the deciding round say nothing more.

    Raises:
        ValueError: a sighting is no question of the contract, or stands there twice.
    """
    mine = own(standing, sightings)
    due = read_by(standing.contract, mine).due_in
    if due is None:
        return None
    mine = tuple(one for one in mine if one.round <= due)
    reading = read_by(standing.contract, mine)
    return Revert(
        channel=channel,
        release=standing.release,
        since=standing.move,
        target=standing.contract.target,
        contract_sha256=standing.contract.digest(),
        reading=reading,
        sightings=whole(mine, sightings),
        at=mine[-1].at,
        why=why_of(standing.contract, reading),
    )


def why_of(contract: Contract, reading: Reading) -> str:
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


def move_of(revert: Revert) -> Move:
    """Return the channel's move that a revert is."""
    return Move(
        kind="reverted",
        before=revert.release,
        after=revert.target,
        at=revert.at,
        why=revert.why,
        attestation_sha256=sha256(revert_statement(revert)),
    )


def revert_files(revert: Revert, moves: Sequence[Move], signed: bytes) -> dict[str, bytes]:
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
        pointer_path(revert.channel): pointer_after(revert),
        moves_path(revert.channel): lines_of([*moves, move_of(revert)]),
    }
