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


def met(seen: str = "") -> CheckResult:
    """Return that it is met, and by which part of the answer."""
    return CheckResult(outcome=Outcome.MET, seen=seen)


def not_met(seen: str = "") -> CheckResult:
    """Return that it is not met, and why."""
    return CheckResult(outcome=Outcome.NOT_MET, seen=seen)
