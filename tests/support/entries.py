"""Ledger entries without a run around them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from modelsmith.run.ledger import GENESIS, Entry
from modelsmith.run.state_machine import Event

AT = datetime(2025, 11, 3, 9, 0, 0, 250_000, tzinfo=UTC)


def an_entry(
    index: int,
    event: Event,
    *,
    past: Sequence[Entry] = (),
    iteration: int = 0,
    evidence: Mapping[str, str] | None = None,
) -> Entry:
    """Return an entry that follows `past`; whether its facts fit is not looked at."""
    return Entry(
        index=index,
        recorded_at=AT,
        event=event,
        iteration=iteration,
        facts={},
        evidence=evidence or {},
        previous=past[-1].digest() if past else GENESIS,
    )
