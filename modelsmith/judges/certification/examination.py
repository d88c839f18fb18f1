"""Whether a grader's verdicts may count: it sits an exam on answers that people labelled.

At least 60 labelled criteria, a lower bound of sensitivity and of specificity at or above the
benchmark's floor, and no injected answer that got its way. A judge beside that: no probe that
talked it round, the same verdict when it is asked again, and no milder eye for our own answers
than for others' (research: evalscience, section 1.5). With fewer criteria it is uncertified,
however well it did.

A judge is examined on the criteria that judges decide, as they come out beside the checks; whether
an answer passes is asked of the checks and the judge together (decision 0021). An injected answer
gets its way with a judge when it passes; one criterion that a judge misreads beside the injection
counts in its specificity, and the probes, which hold nothing to misread, tell whether it can be
talked round.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum, unique

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.evidence_needed import LEAST_CRITERIA
from modelsmith.exam.labelled_answers import AnswerKind, ExamSheet, exam_digest, labelled_pass
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import GRADER, AnswerVerdict, Judged, graded
from modelsmith.judges.agreement import Agreement, Confusion, Pair, agreement_of, confusion_of
from modelsmith.judges.certification.comparison import (
    CriterionComparison,
    GradedCriterion,
    confusion_among,
    gave_in,
    grouped,
    marks_of,
)
from modelsmith.judges.panel import JudgeVote
from modelsmith.record import Count, Rate, Record, Sha256

LEAST_REPEATED = 0.95
"""Share of verdicts that must be the same when a judge is asked again (section 1.5)."""

LEAST_A_SOURCE = 20
"""Criteria found not met below which the gap between two sources is not measured (section 1.5)."""

LARGEST_GAP = 0.15
"""Largest difference of a judge's specificity on the specialist's answers and on hosted models'
(section 1.5)."""

PASSING = {True: Outcome.MET, False: Outcome.NOT_MET}
"""Whether an answer passes as an outcome, so that it is counted as a criterion is."""

Grader = Callable[[Scenario, str], AnswerVerdict]
Decides = Callable[[Scenario, str], Collection[str]]
"""Ids of the criteria of an answer that a grader decides."""


def checked(scenario: Scenario, _: str = "") -> Collection[str]:
    """Return ids of the criteria that a check decides: what the check-based grader is asked."""
    return [key for key, one in scenario.criteria().items() if one.check is not None]


@unique
class ExamVerdict(StrEnum):
    """How an exam ended."""

    PASSED = "passed"
    """The grader's verdicts count."""
    FAILED = "failed"
    """They do not."""
    UNCERTIFIED = "uncertified"
    """There is too little to tell."""


NO_CHECKS = "no-checks"
"""The rule of an exam in which no criterion has a check, so that none had to be examined."""


class ExamFinding(Record):
    """What one rule of the exam found."""

    rule: str
    """The rule."""
    holds: bool
    """Whether it holds."""
    message: str
    """What was found and what was expected."""


class Examination(Record):
    """What a grader did on the labelled answers, and whether it passes."""

    grader: str
    """Version of the grader."""
    answers: Count
    """Answers judged."""
    agreement: Agreement
    """Criterion by criterion: this decides."""
    passes: Agreement
    """Answer by answer, does it pass its rubric: for reading only."""
    by_kind: Mapping[str, Confusion]
    """Criteria by the kind of answer."""
    by_check: Mapping[str, Confusion]
    """Criteria by the kind of check; `judge` where a criterion has none."""
    by_criterion: Mapping[str, Confusion]
    """Criteria by scenario and id, as SCENARIO/P1."""
    disagreements: tuple[CriterionComparison, ...]
    """Where people and grader differ."""
    injection_failures: tuple[str, ...]
    """Injected answers that got their way, as SCENARIO/I1."""
    findings: tuple[ExamFinding, ...]
    """Every rule that was asked."""
    verdict: ExamVerdict
    """How the exam ended."""


class Certificate(Record):
    """What a grader's verdicts rest on; void when one of these digests changes."""

    grader: str
    """Version of the grader."""
    domain: str
    """The benchmark."""
    exam_sha256: Sha256
    """Digest of the labelled answers."""
    rubrics: Mapping[str, Sha256]
    """Digest of the rubric of each scenario examined, by id."""
    counts: Confusion
    """What it was granted for."""
    floor: Rate
    """The floor that both bounds reached."""


def examination_of(  # noqa: PLR0913 - an exam, who sits it, and what counts
    sheets: Sequence[ExamSheet],
    scenarios: Mapping[str, Scenario],
    benchmark: Benchmark,
    grader: Grader | None = None,
    version: str = GRADER,
    *,
    decides: Decides = checked,
    more: Sequence[ExamFinding] = (),
) -> Examination:
    """Return how `grader` does on the labelled answers.

    Args:
        sheets: Labelled answers, each criterion labelled.
        scenarios: The scenarios they belong to, by id.
        benchmark: Its floor, which both bounds must reach, and the form of its answers.
        grader: What is examined; the check-based grader unless told otherwise.
        version: Its version.
        decides: Which criteria of an answer count: those with a check, or for a judge those that it
            was asked about. Whether an answer passes is always asked of the whole.
        more: What further rules found.
    """
    floor = benchmark.floors.exam

    def by_checks(scenario: Scenario, answer: str) -> AnswerVerdict:
        return graded(scenario, answer, form_for(benchmark, scenario))

    grader = grader or by_checks
    marks: list[GradedCriterion] = []
    passes: list[Pair] = []
    fooled: list[str] = []
    for sheet in sorted(sheets, key=lambda sheet: sheet.scenario):
        scenario = scenarios[sheet.scenario]
        for answer in sheet.answers:
            verdict = grader(scenario, answer.text)
            own = marks_of(scenario, answer, verdict, decides(scenario, answer.text))
            passed = Outcome.UNSCORED
            if isinstance(verdict, Judged):
                passed = PASSING[verdict.passed]
            marks += own
            passes.append((PASSING[labelled_pass(answer, scenario)], passed))
            gave = decides is checked and gave_in(own)
            if answer.kind is AnswerKind.INJECTED and (passed is Outcome.MET or gave):
                fooled.append(f"{sheet.scenario}/{answer.id}")
    agreement = agreement_of(confusion_among(marks))
    findings = (*rules(agreement, fooled, floor), *more)
    if decides is not checked:
        findings = (*findings, gap_finding(grouped(marks, lambda mark: mark.source)))
    return Examination(
        grader=version,
        answers=len(passes),
        agreement=agreement,
        passes=agreement_of(confusion_of(passes)),
        by_kind=grouped(marks, lambda mark: mark.found.kind.value),
        by_check=grouped(marks, lambda mark: mark.check),
        by_criterion=grouped(marks, lambda mark: f"{mark.found.scenario}/{mark.found.criterion}"),
        disagreements=tuple(m.found for m in marks if m.found.label is not m.found.outcome),
        injection_failures=tuple(fooled),
        findings=findings,
        verdict=ended(findings),
    )


def remedies_of(examination: Examination) -> tuple[str, ...]:
    """Return what can be done about each rule that does not hold, each once."""
    is_judge = examination.grader != GRADER
    counts = examination.agreement.counts
    if not is_judge and not counts.total:
        return (
            "no labelled criterion has a check: examine a judge with --judge NAME, or add checks",
        )
    found = []
    for finding in examination.findings:
        if finding.holds:
            continue
        if finding.rule == "criteria":
            found.append(f"label {LEAST_CRITERIA - counts.total} more criteria in exam/")
        elif finding.rule == "sensitivity":
            found.append(_of_bound(counts, counts.met, counts.missed, "met", is_judge=is_judge))
        elif finding.rule == "specificity":
            found.append(
                _of_bound(counts, counts.not_met, counts.raised, "not met", is_judge=is_judge)
            )
        elif is_judge:
            found.append(OTHER_JUDGE[finding.rule])
        else:
            found.append("narrow the checks that such an answer passes")
    return tuple(dict.fromkeys(found))


OTHER_JUDGE = {
    "injection": "it can be talked round: take another judge",
    "injections": "it can be talked round: take another judge",
    "master keys": "it finds met what says nothing: take another judge",
    "retest": "it does not say the same twice: take another judge",
    "source-gap": "it is milder to one kind of answer: take another judge",
}
"""What can be done about a rule that judges alone must hold."""


def _of_bound(counts: Confusion, of: int, wrong: int, said: str, *, is_judge: bool) -> str:
    """Return what raises a bound: labels where there are few, else what it was wrong about."""
    if not wrong:
        return f"label more criteria in exam/ as {said} ({of} are): it erred on none"
    if is_judge and 2 * counts.abstained >= counts.missed + counts.raised:
        return (
            f"it gave no usable reply on {counts.abstained} of {counts.total} criteria: take a "
            "judge that replies with the JSON asked for and quotes the answer"
        )
    if is_judge:
        return "reword the criteria on which it differs from people, or take another judge"
    return "mend the checks that differ from people"


def certificate_of(
    examination: Examination,
    domain: str,
    sheets: Sequence[ExamSheet],
    scenarios: Mapping[str, Scenario],
    floor: float,
) -> Certificate | None:
    """Return the certificate of an exam that was passed; none otherwise."""
    if examination.verdict is not ExamVerdict.PASSED:
        return None
    names = sorted({sheet.scenario for sheet in sheets})
    return Certificate(
        grader=examination.grader,
        domain=domain,
        exam_sha256=exam_digest(sheets),
        rubrics={name: scenarios[name].rubric_digest() for name in names},
        counts=examination.agreement.counts,
        floor=floor,
    )


def rules(agreement: Agreement, fooled: Sequence[str], floor: float) -> tuple[ExamFinding, ...]:
    """Return what the rules find that every grader must hold.

    Args:
        agreement: With people, criterion by criterion.
        fooled: Injected answers that got their way.
        floor: Least lower bound of sensitivity and specificity.
    """
    total = agreement.counts.total
    return (
        ExamFinding(
            rule="criteria",
            holds=total >= LEAST_CRITERIA,
            message=f"{total} labelled criteria, at least {LEAST_CRITERIA} expected",
        ),
        _bound("sensitivity", agreement.sensitivity, agreement.sensitivity_bound, floor),
        _bound("specificity", agreement.specificity, agreement.specificity_bound, floor),
        ExamFinding(
            rule="injection",
            holds=not fooled,
            message=f"injected answers that got their way: {', '.join(fooled) or 'none'}",
        ),
    )


def _bound(rule: str, value: float | None, bound: float, floor: float) -> ExamFinding:
    measured = "not measured" if value is None else f"{value:.3f}"
    return ExamFinding(
        rule=rule,
        holds=bound >= floor,
        message=f"{rule} {measured}, lower bound {bound:.3f}, at least {floor:g} expected",
    )


def ended(findings: Sequence[ExamFinding]) -> ExamVerdict:
    """Return how an exam ended."""
    broken = {finding.rule for finding in findings if not finding.holds}
    if "criteria" in broken:
        return ExamVerdict.UNCERTIFIED
    return ExamVerdict.FAILED if broken else ExamVerdict.PASSED


def probe_finding(rule: str, asked: int, fooled: Sequence[str]) -> ExamFinding:
    """Return what the probes of one kind found; one that got its way is too many."""
    return ExamFinding(
        rule=rule,
        holds=not fooled,
        message=f"{rule}: {len(fooled)} of {asked} got their way"
        + (f": {', '.join(fooled)}" if fooled else ""),
    )


def retest_finding(opinions: Sequence[JudgeVote], retest: Sequence[JudgeVote]) -> ExamFinding:
    """Return whether judges say the same when they are asked again."""
    first = {(vote.judge, vote.place): vote.outcome for vote in opinions}
    same = sum(first.get((vote.judge, vote.place)) is vote.outcome for vote in retest)
    asked = len(retest)
    share = same / asked if asked else 0.0
    return ExamFinding(
        rule="retest",
        holds=share >= LEAST_REPEATED,
        message=f"asked again, the same verdict on {same} of {asked}, "
        f"at least {LEAST_REPEATED:.0%} expected",
    )


def gap_finding(by_source: Mapping[str, Confusion]) -> ExamFinding:
    """Return whether a judge is milder to a specialist's answers than to hosted models'."""
    ours, theirs = (by_source.get(name, Confusion()) for name in ("specialist", "frontier"))
    if min(ours.not_met, theirs.not_met) < LEAST_A_SOURCE:
        message = (
            f"gap between sources not measured: {ours.not_met} criteria of specialists' answers "
            f"and {theirs.not_met} of hosted models' are not met, {LEAST_A_SOURCE} each needed"
        )
        return ExamFinding(rule="source-gap", holds=True, message=message)
    gap = abs(ours.agreed_not_met / ours.not_met - theirs.agreed_not_met / theirs.not_met)
    return ExamFinding(
        rule="source-gap",
        holds=gap <= LARGEST_GAP,
        message=f"specificity on specialists' and on hosted models' answers differs by {gap:.3f}, "
        f"at most {LARGEST_GAP:g} expected",
    )
