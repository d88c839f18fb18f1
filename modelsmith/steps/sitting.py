"""Let a judge sit the exam: ask it, examine it, and write down what its verdicts rest on."""

from collections.abc import Sequence
from datetime import datetime

from modelsmith.domain.boundary import Boundary
from modelsmith.domain.call import Ask, Lost, Reply
from modelsmith.domain.hosted import HostedModel
from modelsmith.domain.judge_prompt import JUDGE_TEMPLATE
from modelsmith.domain.judge_sitting import JudgeExam
from modelsmith.domain.opinion import Opinion
from modelsmith.domain.scenario import Split
from modelsmith.domain.sitting import LIFE, ExamItem, Sitting, sitting_key
from modelsmith.errors import HostedError, InputError
from modelsmith.ports.hosted import Outbound
from modelsmith.steps.judging import Wanted, opinions_about, shown_to

LABEL = "judge exam"


def key_of(exam: JudgeExam, judge: HostedModel, boundary: Boundary) -> str:
    """Return what a judge's exam is kept under: that judge, these words, this exam."""
    fields = shown_to(judge, boundary)
    return sitting_key(judge.identity(), JUDGE_TEMPLATE, fields, exam.sha256)


def sat(
    outbound: Outbound, exam: JudgeExam, judge: HostedModel, boundary: Boundary, now: datetime
) -> Sitting:
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

    def said(wanted: Sequence[Wanted], seed: int) -> tuple[Opinion, ...]:
        return opinions_about(
            meter, [judge], exam.benchmark, wanted, seed=seed, label=LABEL, boundary=boundary
        )

    opinions, probes = said(of(items), exam.seed), said(probed, exam.seed)
    retest = said(of(exam.retested()), exam.seed + 1)
    lost = [opinion for opinion in (*opinions, *probes, *retest) if opinion.is_lost]
    if lost:
        raise HostedError(
            f"{len(lost)} calls to {judge.name} were lost: {lost[0].reason}",
            remedy="Run the command again: what was answered is kept and costs nothing.",
        )
    examination = exam.examination(
        (judge.name,),
        f"{judge.model} as {judge.name}, {JUDGE_TEMPLATE}",
        opinions=opinions,
        retest=retest,
        probes=probes,
    )
    return Sitting(
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


class _Metered:
    """Asks, and adds up what it cost."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self.cost_usd = 0.0

    def asked(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        """Ask, and return what became of each question."""
        outcomes = self._outbound.asked(model, asks, label)
        self.cost_usd += sum(outcome.cost_usd for outcome in outcomes)
        return outcomes
