"""Where a run is and what it knows, folded from its ledger."""

from collections.abc import Sequence
from functools import reduce

from modelsmith.models.answer import Usage
from modelsmith.record import Amount, Count, Record, Sha256
from modelsmith.run.entry_facts import AssessedFacts, StartedFacts, TrainedFacts, facts_of, told_by
from modelsmith.run.ledger import Entry, position_after
from modelsmith.run.state_machine import Event, LoopPosition


class RunProgress(Record):
    """What a run goes on from."""

    iteration: Count
    """Present round, counted from 1; 0 before the first evaluation."""
    adapter: Sha256 | None
    """Specialist that the next phase works with; none is the untouched base model."""
    rung: Count
    """Rung of the ladder that trains next."""
    usage: Usage
    """All work so far, the cluster's hours paid for."""
    price_usd_per_hour: Amount = 0.0
    """What an hour of the cluster costs."""


BEGINNING = RunProgress(iteration=0, adapter=None, rung=0, usage=Usage())
"""Before the first entry."""


def latest(entries: Sequence[Entry], *events: Event) -> Entry | None:
    """Return the last entry with one of `events`, or none."""
    return next((entry for entry in reversed(entries) if entry.event in events), None)


def adapters_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the digest of every adapter that a run trained, oldest first."""
    trained = (entry for entry in entries if entry.event is Event.TRAINED)
    return tuple(facts_of(entry, TrainedFacts).adapter for entry in trained)


def progress_after(progress: RunProgress, entry: Entry) -> RunProgress:
    """Return the progress after `entry`; an evaluation begins a round, nothing else does.

    Raises:
        BrokenRecordError: the entry's facts are not what its event says.
    """
    facts = told_by(entry)
    adapter, rung, price = progress.adapter, progress.rung, progress.price_usd_per_hour
    if isinstance(facts, StartedFacts):
        price = facts.price_usd_per_hour
    elif isinstance(facts, TrainedFacts):
        adapter = facts.adapter
    elif isinstance(facts, AssessedFacts):
        adapter, rung = facts.adapter, facts.rung
    spent = getattr(facts, "usage", Usage())
    return RunProgress(
        iteration=progress.iteration + (entry.event is Event.EVALUATED),
        adapter=adapter,
        rung=rung,
        usage=progress.usage.plus(spent.paid(price)),
        price_usd_per_hour=price,
    )


def walk_of(entries: Sequence[Entry]) -> tuple[LoopPosition, RunProgress]:
    """Return the position and the progress that `entries` lead to.

    Raises:
        BrokenRecordError: the ledger was altered.
    """
    return position_after(entries), reduce(progress_after, entries, BEGINNING)
