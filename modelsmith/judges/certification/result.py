"""Whether a judge's verdicts count today, and if not, what to do about it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum, unique

from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.judges.certification.exam_rules import ExamVerdict
from modelsmith.judges.certification.sitting import Sitting
from modelsmith.judges.prompt import JUDGE_TEMPLATE
from modelsmith.record import Rate, Record


@unique
class StandingKind(StrEnum):
    """Where a judge stands."""

    CERTIFIED = "certified"
    """It passed this exam, not too long ago."""
    FAILED = "failed"
    """It sat this exam and did not pass."""
    EXPIRED = "expired"
    """It passed too long ago."""
    CHANGED = "changed"
    """It sat another exam, in other words, or as another version."""
    NOT_SAT = "not-sat"
    """It never sat."""


class Standing(Record):
    """Where one judge stands."""

    judge: str
    """Its name."""
    family: str
    """Its descent."""
    kind: StandingKind
    """Where it stands."""
    said: str
    """That in words, with what to do."""
    sensitivity_bound: Rate | None = None
    """Lower bound of its sensitivity on this exam; none where it did not sit it."""
    specificity_bound: Rate | None = None
    """Lower bound of its specificity."""


def standing_of(
    judge: HostedModel, sittings: Iterable[Sitting], exam_sha256: str, now: datetime
) -> tuple[Standing, Sitting | None]:
    """Return where a judge stands, and the result that counts; none where none does.

    Args:
        judge: The judge as runners/models.yaml has it.
        sittings: Results of all judges.
        exam_sha256: Digest of the exam in force.
        now: When, UTC.
    """
    own = [sitting for sitting in sittings if sitting.judge == judge.name]
    current = [
        sitting
        for sitting in own
        if dict(sitting.identity) == dict(judge.identity())
        and sitting.template == JUDGE_TEMPLATE
        and sitting.exam_sha256 == exam_sha256
    ]
    again = f"run `modelsmith judge exam --judge {judge.name}`"
    if not current:
        kind = StandingKind.CHANGED if own else StandingKind.NOT_SAT
        why = f"changed: {_change(judge, own[-1], exam_sha256)}" if own else "has not sat"
        return _standing(judge, kind, f"{why}; {again}"), None
    latest = max(current, key=lambda sitting: sitting.sat_at)
    day = f"{latest.expires_at:%Y-%m-%d}"
    if latest.examination.verdict is not ExamVerdict.PASSED:
        broken = [f.rule for f in latest.examination.findings if not f.holds]
        said = f"{latest.examination.verdict.value}: {', '.join(broken)}"
        return _standing(judge, StandingKind.FAILED, said, latest), None
    if not latest.counts(now):
        return _standing(judge, StandingKind.EXPIRED, f"expired on {day}; {again}", latest), None
    return _standing(judge, StandingKind.CERTIFIED, f"certified until {day}", latest), latest


def _standing(
    judge: HostedModel, kind: StandingKind, said: str, sitting: Sitting | None = None
) -> Standing:
    agreement = None if sitting is None else sitting.examination.agreement
    return Standing(
        judge=judge.name,
        family=judge.family,
        kind=kind,
        said=said,
        sensitivity_bound=None if agreement is None else agreement.sensitivity_bound,
        specificity_bound=None if agreement is None else agreement.specificity_bound,
    )


def _change(judge: HostedModel, sitting: Sitting, exam_sha256: str) -> str:
    changes = {
        "the model": dict(sitting.identity) != dict(judge.identity()),
        "the template": sitting.template != JUDGE_TEMPLATE,
        "the exam": sitting.exam_sha256 != exam_sha256,
    }
    return " and ".join(name for name, is_new in changes.items() if is_new)
