"""Let a judge sit the exam: ask it, examine it, and write down what its verdicts rest on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.grants import ASKED, BOUNDARIES, Boundary
from modelsmith.boundary.hosted_model import HostedModel, JudgeModel, LocalJudge
from modelsmith.boundary.ports import Outbound
from modelsmith.errors import BoundaryError, BrokenRecordError, HostedError, InputError
from modelsmith.exam.scenario import Split
from modelsmith.judges.ask_judges import Wanted, opinions_on, shown_to
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.result import (
    LIFE,
    CertifiedJudges,
    ExamItem,
    JudgeExamResult,
    exam_result_key,
)
from modelsmith.judges.panel import JudgeVote
from modelsmith.judges.prompt import JUDGE_TEMPLATE

LABEL = "judge exam"
PROBED, AGAIN = f"{LABEL}, planted instructions", f"{LABEL}, asked again"
"""What a person watching is told is going on."""


def key_of(exam: JudgeExam, judge: JudgeModel, boundary: Boundary) -> str:
    """Return what a judge's exam is kept under: that judge, these words, this exam."""
    fields = shown_to(judge, boundary)
    return exam_result_key(judge.identity(), JUDGE_TEMPLATE, fields, exam.sha256)


def require_granted(
    judge: JudgeModel, boundary: Boundary, exam: JudgeExam, others: Sequence[Boundary] = ()
) -> None:
    """Refuse to send a judge what it may not be sent, before anything is asked.

    Args:
        judge: Who is to sit.
        boundary: What may leave for it.
        exam: What it is to be asked about.
        others: The boundaries that could be named instead.

    Raises:
        BoundaryError: it is not inside, and the boundary does not grant it.
    """
    what = _kept_in(judge, boundary, exam)
    if not what or isinstance(judge, LocalJudge):
        return
    granting = [other.name for other in others if not _kept_in(judge, other, exam)]
    if granting:
        remedy = f"Name one that grants it: --boundary {' or --boundary '.join(granting)}."
    else:
        fields = ", ".join((*ASKED, *_needed(exam)))
        remedy = (
            f"Have {BOUNDARIES} reviewed with a boundary that grants "
            f"`{{provider: {judge.provider}, purpose: judge, splits: [train, steer, sealed], "
            f"fields: [{fields}], answers: true}}`, and name it with --boundary."
        )
    raise BoundaryError(
        f"{judge.name} is not inside, and boundary {boundary.name} {what}", remedy=remedy
    )


def _needed(exam: JudgeExam) -> tuple[str, ...]:
    asks_of_mistakes = any(item.criterion.startswith("F") for item in exam.items())
    return ("passCriteria", "failCriteria") if asks_of_mistakes else ("passCriteria",)


def _kept_in(judge: JudgeModel, boundary: Boundary, exam: JudgeExam) -> str:
    """Return why a boundary keeps the exam from a judge; nothing where it does not."""
    if isinstance(judge, LocalJudge) or judge.inside:
        return ""
    grant = boundary.grant(judge.provider, "judge")
    missing = [field for field in _needed(exam) if grant is None or field not in grant.fields]
    if grant is None:
        return f"grants {judge.provider} nothing as judge"
    if "train" not in grant.splits:
        return f"grants {judge.provider} no train scenarios as judge"
    if missing:
        return f"does not let {', '.join(missing)} go to {judge.provider} as judge"
    return ""


def certified_judges_of(
    exam: JudgeExam,
    judges: Sequence[JudgeModel],
    boundary: Boundary,
    find: Callable[[str, str], JudgeExamResult | None],
) -> CertifiedJudges:
    """Return the judges of a run that sat the exam, with what they did.

    A judge that did not pass is among them and decides nothing.

    Args:
        exam: The exam in force.
        judges: The judges that a run names.
        boundary: What may leave in that run: it decides what a judge is shown.
        find: Returns the result that is kept of a judge under a key.

    Raises:
        BrokenRecordError: a result is not what its opinions say.
    """
    found = [find(judge.name, key_of(exam, judge, boundary)) for judge in judges]
    return exam.bench([verified(exam, result) for result in found if result is not None])


def verified(exam: JudgeExam, result: JudgeExamResult) -> JudgeExamResult:
    """Return a result whose examination is what its opinions say.

    Raises:
        BrokenRecordError: it is not: the file was altered.
    """
    examination = exam.examination(
        (result.judge,),
        result.examination.grader,
        opinions=result.opinions,
        retest=result.retest,
        probes=result.probes,
    )
    if (
        examination != result.examination
        or exam.certificate(examination) != result.certificate
        or {vote.place for vote in result.opinions} != {item.place for item in exam.items()}
    ):
        raise BrokenRecordError(
            f"the exam of {result.judge} does not follow from its opinions",
            remedy="Put back the file that git records, or let the judge sit again.",
        )
    return result


def sit_exam(
    outbound: Outbound, exam: JudgeExam, judge: JudgeModel, boundary: Boundary, now: datetime
) -> JudgeExamResult:
    """Return what a judge says of the exam, and how it did.

    Args:
        outbound: Asks; a question that was answered before costs nothing.
        exam: What it is asked about.
        judge: Who sits.
        boundary: What may leave.
        now: When, UTC.

    Raises:
        InputError: judges decide no criterion of the exam.
        HostedError: calls were lost; those that were answered are not paid for again.
        BoundaryError: the boundary keeps the exam in.
    """
    items = exam.items()
    require_granted(judge, boundary, exam)
    if not items:
        raise InputError(
            f"no labelled criterion of {exam.benchmark.domain} is decided by judges",
            remedy="Label answers in its exam/, or name kinds of check under `judging: wording` "
            "of its benchmark.yaml.",
        )
    texts, meter = exam.texts(), _Metered(outbound)
    probed = [_wanted(exam, p.scenario, p.text, p.criterion) for p in exam.probes()]

    def of(chosen: Sequence[ExamItem]) -> list[Wanted]:
        return [_wanted(exam, i.scenario, texts[i.answer_sha256], i.criterion) for i in chosen]

    def said(wanted: Sequence[Wanted], seed: int, label: str) -> tuple[JudgeVote, ...]:
        return opinions_on(
            meter, [judge], exam.benchmark, wanted, seed=seed, label=label, boundary=boundary
        )

    opinions, probes = said(of(items), exam.seed, LABEL), said(probed, exam.seed, PROBED)
    retest = said(of(exam.retested()), exam.seed + 1, AGAIN)
    lost = [opinion for opinion in (*opinions, *probes, *retest) if opinion.is_lost]
    if lost:
        remedy = "Run the command again: what was answered is kept and costs nothing."
        if isinstance(judge, HostedModel) and "connection failed" in str(lost[0].reason):
            remedy = (
                f"Start what serves it at {judge.address}, or correct its address in "
                f"runners/models.yaml. {remedy}"
            )
        raise HostedError(
            f"{len(lost)} calls to {judge.name} were lost: {lost[0].reason}", remedy=remedy
        )
    examination = exam.examination(
        (judge.name,),
        f"{judge.model} as {judge.name}, {JUDGE_TEMPLATE}",
        opinions=opinions,
        retest=retest,
        probes=probes,
    )
    return JudgeExamResult(
        judge=judge.name,
        family=judge.family,
        identity=judge.identity(),
        template=JUDGE_TEMPLATE,
        fields=shown_to(judge, boundary),
        exam_sha256=exam.sha256,
        opinions=opinions,
        retest=retest,
        probes=probes,
        cost_usd=round(meter.cost_usd, 9),
        sat_at=now,
        examination=examination,
        certificate=exam.certificate(examination),
        expires_at=now + LIFE,
    )


def _wanted(exam: JudgeExam, scenario: str, text: str, criterion: str) -> Wanted:
    return exam.scenarios[scenario], Split.TRAIN, text, (criterion,)


@dataclass
class _Metered(Outbound):
    """Asks, and adds up what it cost."""

    outbound: Outbound
    cost_usd: float = 0.0

    @override
    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        outcomes = self.outbound.ask(model, asks, label)
        self.cost_usd += sum(outcome.cost_usd for outcome in outcomes)
        return outcomes
