"""What a check or a judge says of one criterion, and in which part of the answer it was seen."""

from enum import StrEnum, unique

from modelsmith.record import Record


@unique
class Outcome(StrEnum):
    """What a check or a judge says of one criterion."""

    MET = "met"
    NOT_MET = "not_met"
    UNSCORED = "unscored"


class CheckResult(Record):
    """The outcome of one check on one answer, with what it was seen in."""

    outcome: Outcome
    """Met, not met, or could not be evaluated."""
    seen: str = ""
    """The part of the normalised answer that decided, or why nothing could be decided."""
