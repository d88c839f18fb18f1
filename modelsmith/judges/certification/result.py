"""What a judge did on the exam, whether its verdicts count today, and which judges then decide."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum, unique

from pydantic import AwareDatetime

from modelsmith.boundary.grants import Sendable
from modelsmith.boundary.hosted_model import JudgeModel, ModelName
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, CriterionId, Label
from modelsmith.judges.agreement import Agreement, agreement_of, confusion_of
from modelsmith.judges.certification.examination import (
    Certificate,
    Examination,
    ExamVerdict,
    remedies_of,
)
from modelsmith.judges.panel import CriterionPlace, JudgeVote, voted, worse_of
from modelsmith.judges.prompt import JUDGE_TEMPLATE
from modelsmith.models.source import ModelFamily
from modelsmith.record import Amount, Rate, Record, Sha256, digest_of

LIFE = timedelta(days=30)
"""How long a certificate counts: providers change models under their names (section 1.5)."""


@unique
class CertificationState(StrEnum):
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


class CertificationStatus(Record):
    """Where one judge stands."""

    judge: str
    """Its name."""
    family: str
    """Its descent."""
    kind: CertificationState
    """Where it stands."""
    said: str
    """That in words, with what to do."""
    sensitivity_bound: Rate | None = None
    """Lower bound of its sensitivity on this exam; none where it did not sit it."""
    specificity_bound: Rate | None = None
    """Lower bound of its specificity."""


class ExamItem(Record):
    """One labelled criterion that judges were asked about."""

    scenario: str
    """Id of the scenario."""
    answer: str
    """Name of the answer in its sheet."""
    answer_sha256: Sha256
    """Digest of the answer's text."""
    kind: AnswerKind
    """What the answer is there to try."""
    criterion: CriterionId
    """The criterion's id."""
    label: Label
    """What people decided."""

    @property
    def worse(self) -> Outcome:
        """What is worse for the answer."""
        return worse_of(self.criterion)

    @property
    def place(self) -> CriterionPlace:
        """What an opinion on it is about."""
        return self.scenario, self.answer_sha256, self.criterion


class JudgeExamResult(Record):
    """One judge's exam, as it lies in git."""

    judge: ModelName
    """The judge's name in runners/models.yaml."""
    family: ModelFamily
    """Its descent."""
    identity: Mapping[str, str]
    """What can change its replies: protocol, version, address; or weights, template, engine."""
    template: str
    """Version of the words it was asked with."""
    fields: tuple[Sendable, ...]
    """The fields of a question that it was shown."""
    exam_sha256: Sha256
    """Digest of everything it was asked about."""
    opinions: tuple[JudgeVote, ...]
    """What it said of the labelled answers."""
    retest: tuple[JudgeVote, ...] = ()
    """What it said of some of them when it was asked again."""
    probes: tuple[JudgeVote, ...] = ()
    """What it said of answers that try to talk it round."""
    cost_usd: Amount = 0.0
    """What it cost."""
    sat_at: AwareDatetime
    """When, UTC."""
    examination: Examination
    """How it did."""
    certificate: Certificate | None = None
    """What its verdicts rest on; none where it did not pass."""
    expires_at: AwareDatetime
    """Until when it counts, UTC."""

    @property
    def key(self) -> str:
        """What the result counts for, and nothing else."""
        return exam_result_key(self.identity, self.template, self.fields, self.exam_sha256)

    def counts(self, now: datetime) -> bool:
        """Return whether its verdicts count at `now`: it passed, and not too long ago."""
        return self.certificate is not None and now < self.expires_at


def exam_result_key(
    identity: Mapping[str, str], template: str, fields: Collection[str], exam_sha256: str
) -> str:
    """Return what a judge's exam is kept under: another judge, words or exam is another exam."""
    return digest_of(
        {
            "judge": dict(identity),
            "template": template,
            "fields": sorted(fields),
            "exam": exam_sha256,
        }
    )


def certification_status_of(
    judge: JudgeModel, results: Iterable[JudgeExamResult], exam_sha256: str, now: datetime
) -> tuple[CertificationStatus, JudgeExamResult | None]:
    """Return where a judge stands, and the result that counts; none where none does.

    Args:
        judge: The judge as runners/models.yaml has it.
        results: Results of all judges.
        exam_sha256: Digest of the exam in force.
        now: When, UTC.
    """
    own = [result for result in results if result.judge == judge.name]
    current = [result for result in own if not _change(judge, result, exam_sha256)]
    again = f"run `modelsmith judge exam --judge {judge.name}`"
    if not current:
        kind = CertificationState.CHANGED if own else CertificationState.NOT_SAT
        why = f"changed: {_change(judge, own[-1], exam_sha256)}" if own else "has not sat"
        return _certification_status(judge, kind, f"{why}; {again}"), None
    latest = max(current, key=lambda result: result.sat_at)
    day = f"{latest.expires_at:%Y-%m-%d}"
    if latest.examination.verdict is not ExamVerdict.PASSED:
        said = f"{latest.examination.verdict.value}: {broken_words(latest.examination)}"
        return _certification_status(judge, CertificationState.FAILED, said, latest), None
    if not latest.counts(now):
        return _certification_status(
            judge, CertificationState.EXPIRED, f"expired on {day}; {again}", latest
        ), None
    return _certification_status(
        judge, CertificationState.CERTIFIED, f"certified until {day}", latest
    ), latest


def broken_words(examination: Examination) -> str:
    """Return what of an exam does not hold, with what can be done about it."""
    broken = [found.message for found in examination.findings if not found.holds]
    return "; ".join((*broken, *remedies_of(examination))) or "no verdict"


def _certification_status(
    judge: JudgeModel, kind: CertificationState, said: str, result: JudgeExamResult | None = None
) -> CertificationStatus:
    agreement = None if result is None else result.examination.agreement
    return CertificationStatus(
        judge=judge.name,
        family=judge.family,
        kind=kind,
        said=said,
        sensitivity_bound=None if agreement is None else agreement.sensitivity_bound,
        specificity_bound=None if agreement is None else agreement.specificity_bound,
    )


def _change(judge: JudgeModel, result: JudgeExamResult, exam_sha256: str) -> str:
    changes = {
        "the model": dict(result.identity) != dict(judge.identity()),
        "the template": result.template != JUDGE_TEMPLATE,
        "the exam": result.exam_sha256 != exam_sha256,
    }
    return " and ".join(name for name, is_new in changes.items() if is_new)


class CertifiedJudges(Record):
    """The judges of a run with what they did on the exam, as it was at intake."""

    items: tuple[ExamItem, ...] = ()
    """What people decided: the criteria of the exam that judges were asked about."""
    sittings: tuple[JudgeExamResult, ...] = ()
    """What each judge did, one a judge."""

    def families(self, judges: Collection[str]) -> dict[str, str]:
        """Return the family of each of `judges` that sat, by name."""
        return {s.judge: s.family for s in self.sittings if s.judge in judges}

    def certified(self, judges: Collection[str]) -> tuple[JudgeExamResult, ...]:
        """Return the results of those of `judges` that hold a certificate, sorted by name."""
        held = [s for s in self.sittings if s.judge in judges and s.certificate is not None]
        return tuple(sorted(held, key=lambda result: result.judge))


def deciders(certified_judges: CertifiedJudges, judges: Collection[str]) -> tuple[str, ...]:
    """Return those of `judges` that decide, sorted; nobody where none of them is certified.

    The panel of all that are certified decides where the exam shows it better than the best of
    them, and it reaches the floor that they reached. Otherwise that judge decides alone: nine
    judges are about two independent votes (section 1.4).
    """
    certified = certified_judges.certified(judges)
    if not certified:
        return ()
    names = tuple(result.judge for result in certified)
    alone = min(
        names, key=lambda name: (-_balanced(agreement_among(certified_judges, (name,))), name)
    )
    together = agreement_among(certified_judges, names)
    floor = max(s.certificate.floor for s in certified if s.certificate is not None)
    reaches = min(together.sensitivity_bound, together.specificity_bound) >= floor
    better = _balanced(together) > _balanced(agreement_among(certified_judges, (alone,)))
    return names if reaches and better else (alone,)


def outcomes_on(certified_judges: CertifiedJudges) -> dict[tuple[str, CriterionPlace], Outcome]:
    """Return what was decided on the exam, by judge and criterion of an answer."""
    return {(s.judge, o.place): o.outcome for s in certified_judges.sittings for o in s.opinions}


def agreement_among(certified_judges: CertifiedJudges, judges: Collection[str]) -> Agreement:
    """Return how well a panel of `judges` agrees with people on the exam; a tie is against."""
    outcomes = outcomes_on(certified_judges)
    pairs = []
    for item in certified_judges.items:
        votes = [outcomes[judge, item.place] for judge in judges if (judge, item.place) in outcomes]
        pairs.append((item.label, voted(votes, len(judges), "against", item.worse)))
    return agreement_of(confusion_of(pairs))


def _balanced(agreement: Agreement) -> float:
    return ((agreement.sensitivity or 0.0) + (agreement.specificity or 0.0)) / 2
