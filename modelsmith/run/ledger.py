"""The append-only record of a run: one line an entry, each naming the one before."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue

from modelsmith.errors import BrokenRecordError, TransitionError
from modelsmith.record import Record, Sha256
from modelsmith.run.state_machine import START, Event, Position, advance, replayed

GENESIS = "0" * 64
"""`previous` of a run's first entry."""


class Entry(Record):
    """One transition and the evidence that informed it."""

    index: Annotated[int, Field(ge=0)]
    """Position in the ledger, counted from 0."""
    recorded_at: AwareDatetime
    """When the transition was recorded, UTC."""
    event: Event
    """What happened."""
    iteration: Annotated[int, Field(ge=0)]
    """Round of the loop, counted from 1; 0 before the first."""
    facts: Mapping[str, JsonValue]
    """The figures that decided, and the rule's name; replay recomputes each from the evidence."""
    evidence: Mapping[str, Sha256]
    """Path of each evidence file, relative to the run, to its sha256."""
    previous: Sha256
    """Digest of the entry before, or `GENESIS`."""


def entry_after(  # noqa: PLR0913 - what an entry says
    past: Sequence[Entry],
    event: Event,
    *,
    iteration: int,
    facts: Mapping[str, JsonValue],
    evidence: Mapping[str, str],
    at: AwareDatetime,
) -> Entry:
    """Return the entry that records `event` at the end of `past`.

    Args:
        past: A ledger whose chain holds.
        event: What happened.
        iteration: Round of the loop.
        facts: The figures that decided.
        evidence: Digest of each evidence file by its path.
        at: When it is recorded.

    Raises:
        TransitionError: the run that `past` describes does not accept `event`.
    """
    advance(replayed(one.event for one in past), event)
    return Entry(
        index=len(past),
        recorded_at=at,
        event=event,
        iteration=iteration,
        facts=facts,
        evidence=evidence,
        previous=past[-1].digest() if past else GENESIS,
    )


def position_after(entries: Sequence[Entry], digests: Sequence[str] | None = None) -> Position:
    """Return the position `entries` lead to, having checked every link and transition.

    Args:
        entries: A ledger.
        digests: The digest of each, where it was computed from the bytes that the entry is from.

    Raises:
        BrokenRecordError: an entry is missing, moved or edited; its index is named.
        TransitionError: an entry records what its state did not accept.
    """
    position, previous = START, GENESIS
    for index, entry in enumerate(entries):
        if entry.index != index:
            raise BrokenRecordError(
                f"ledger entry {index}: field index is {entry.index}, expected {index}",
                remedy="Restore the ledger from git; entries are never edited, moved or removed.",
            )
        if entry.previous != previous:
            raise BrokenRecordError(
                f"ledger entry {index}: field previous is {entry.previous[:12]}..., "
                f"the entry before it has digest {previous[:12]}...",
                remedy="Restore the ledger from git; entries are never edited, moved or removed.",
            )
        previous = digests[index] if digests else entry.digest()
        position = _advanced(position, entry)
    return position


def _advanced(position: Position, entry: Entry) -> Position:
    try:
        return advance(position, entry.event)
    except TransitionError as error:
        raise TransitionError(
            f"ledger entry {entry.index}: {error.what}", remedy=error.remedy
        ) from None
