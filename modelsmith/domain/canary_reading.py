"""What goes into the canary's detector, and what it says."""

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from modelsmith.domain.record import Rate, Record

Evidence = Annotated[float, Field(ge=0)]


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

    answers: Annotated[int, Field(ge=0)]
    """Answers that counted."""
    passed: Annotated[int, Field(ge=0)]
    """Those that passed."""
    expected: Annotated[float, Field(ge=0)]
    """How many would have by the references."""
    evidence: Evidence
    """That it fell."""
    floor: Rate | None
    """Least pass rate of a round; none where the contract has none."""
    below: Annotated[int, Field(ge=0)]
    """Whole rounds on end, up to now, that ended below the floor."""
    floor_evidence: Evidence
    """That the floor is broken."""


class Reading(Record):
    """What the detector says after a round."""

    round: Annotated[int, Field(ge=0)]
    """The last round; 0 before any."""
    answers: Annotated[int, Field(ge=0)]
    """Answers that counted."""
    lost: Annotated[int, Field(ge=0)]
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
