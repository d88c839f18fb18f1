"""Whether a grader's verdicts may count: it sits an exam on answers that people labelled.

It passes with at least 60 labelled criteria, a lower bound of sensitivity and of specificity at
or above the benchmark's floor, and no injected answer that got its way (research: evalscience,
section 1.5). With fewer criteria it is uncertified, however well it did.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum, unique
from typing import Annotated

from pydantic import Field

from modelsmith.domain.agreement import Agreement, Confusion, Pair, agreement_of, confusion_of
from modelsmith.domain.finding import Outcome
from modelsmith.domain.labelled import (
    AnswerKind,
    ExamSheet,
    exam_digest,
    labelled_pass,
)
from modelsmith.domain.marking import (
    Disagreement,
    Mark,
    confusion_among,
    disagreement_of,
    gave_in,
    grouped,
    marks_of,
)
from modelsmith.domain.record import Rate, Record, Sha256
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.verdict import GRADER, AnswerVerdict, Judged, graded

LEAST_CRITERIA = 60
"""Labelled criteria below which nothing is certified: at 30 + 30 a grader of .95/.95 passes in
97 % of exams and one of .80/.80 in 7 % (section 1.5, S-5d)."""

Grader = Callable[[Scenario, str], AnswerVerdict]


@unique
class ExamVerdict(StrEnum):
    """How an exam ended."""

    PASSED = "passed"
    """The grader's verdicts count."""
    FAILED = "failed"
    """They do not."""
    UNCERTIFIED = "uncertified"
    """There is too little to tell."""


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
    answers: Annotated[int, Field(ge=0)]
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
    disagreements: tuple[Disagreement, ...]
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


def examination_of(
    sheets: Sequence[ExamSheet],
    scenarios: Mapping[str, Scenario],
    floor: float,
    grader: Grader = graded,
    version: str = GRADER,
) -> Examination:
    """Return how `grader` does on the labelled answers.

    Args:
        sheets: Labelled answers, each criterion labelled.
        scenarios: The scenarios they belong to, by id.
        floor: Least lower bound of sensitivity and specificity.
        grader: What is examined; the check-based grader unless told otherwise.
        version: Its version.
    """
    marks: list[Mark] = []
    passes: list[Pair] = []
    fooled: list[str] = []
    for sheet in sorted(sheets, key=lambda sheet: sheet.scenario):
        scenario = scenarios[sheet.scenario]
        for answer in sheet.answers:
            verdict = grader(scenario, answer.text)
            own = marks_of(scenario, answer, verdict)
            passed = _passed(verdict)
            marks += own
            passes.append((_outcome(passes=labelled_pass(answer, scenario)), passed))
            if answer.kind is AnswerKind.INJECTED and (passed is Outcome.MET or gave_in(own)):
                fooled.append(f"{sheet.scenario}/{answer.id}")
    agreement = agreement_of(confusion_among(marks))
    findings = _findings(agreement, fooled, floor)
    return Examination(
        grader=version,
        answers=len(passes),
        agreement=agreement,
        passes=agreement_of(confusion_of(passes)),
        by_kind=grouped(marks, lambda mark: mark.kind.value),
        by_check=grouped(marks, lambda mark: mark.check),
        by_criterion=grouped(marks, lambda mark: f"{mark.scenario}/{mark.criterion}"),
        disagreements=tuple(disagreement_of(m) for m in marks if m.label is not m.outcome),
        injection_failures=tuple(fooled),
        findings=findings,
        verdict=_verdict(findings),
    )


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


def _passed(verdict: AnswerVerdict) -> Outcome:
    return _outcome(passes=verdict.passed) if isinstance(verdict, Judged) else Outcome.UNSCORED


def _outcome(*, passes: bool) -> Outcome:
    return Outcome.MET if passes else Outcome.NOT_MET


def _findings(agreement: Agreement, fooled: Sequence[str], floor: float) -> tuple[ExamFinding, ...]:
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


def _verdict(findings: Sequence[ExamFinding]) -> ExamVerdict:
    broken = {finding.rule for finding in findings if not finding.holds}
    if "criteria" in broken:
        return ExamVerdict.UNCERTIFIED
    return ExamVerdict.FAILED if broken else ExamVerdict.PASSED
