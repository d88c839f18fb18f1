"""What goes into the canary's detector, and what it says."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from modelsmith.record import Amount, Count, Rate, Record

Evidence = Amount


class Seen(NamedTuple):
    """What came back to one question."""

    round: int
    """The round of the canary, from 1."""
    scenario: str
    """The question."""
    passed: bool | None
    """Whether checks pass the answer; none where it was lost: no observation."""


class CategoryReading(Record):
    """One category."""

    answers: Count
    """Answers that counted."""
    passed: Count
    """Those that passed."""
    expected: Amount
    """How many would have by the references."""
    evidence: Evidence
    """That it fell."""
    floor: Rate | None
    """Least pass rate of a round; none where the contract has none."""
    below: Count
    """Whole rounds on end, up to now, that ended below the floor."""
    floor_evidence: Evidence
    """That the floor is broken."""


class Reading(Record):
    """What the detector says after a round."""

    round: Count
    """The last round; 0 before any."""
    answers: Count
    """Answers that counted."""
    lost: Count
    """Answers that were lost to machine or network; they say nothing."""
    evidence: Evidence
    """Of everything together, now."""
    whole: Evidence
    """That the pass rate over all categories fell."""
    categories: Mapping[str, CategoryReading]
    """By category."""
    warned_in: int | None
    """The round in which evidence first reached `warn`."""
    due_in: int | None
    """The round in which evidence first reached `revert`; what was decided stays decided."""

    @property
    def level(self) -> Literal["quiet", "warn", "revert"]:
        """What follows from it."""
        if self.due_in is not None:
            return "revert"
        return "quiet" if self.warned_in is None else "warn"
