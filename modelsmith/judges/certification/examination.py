"""Whether a grader's verdicts may count: it sits an exam on answers that people labelled.

Its rules are in `exam_rules`. A judge is examined on the criteria that judges decide, as they
come out beside the checks; whether an answer passes is asked of the checks and the judge together
(decision 0021). An injected answer gets its way with a judge when it passes; one criterion that a
judge misreads beside the injection counts in its specificity, and the probes, which hold nothing
to misread, tell whether it can be talked round.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, ExamSheet, exam_digest, labelled_pass
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import GRADER, AnswerVerdict, Judged, graded
from modelsmith.judges.agreement import Agreement, Confusion, Pair, agreement_of, confusion_of
from modelsmith.judges.certification.comparison import (
    Disagreement,
    Mark,
    confusion_among,
    disagreement_of,
    gave_in,
    grouped,
    marks_of,
)
from modelsmith.judges.certification.exam_rules import (
    ExamFinding,
    ExamVerdict,
    ended,
    gap_finding,
    rules,
)
from modelsmith.record import Count, Rate, Record, Sha256

Grader = Callable[[Scenario, str], AnswerVerdict]
Decides = Callable[[Scenario, str], Collection[str]]
"""Ids of the criteria of an answer that a grader decides."""


def checked(scenario: Scenario, _: str = "") -> Collection[str]:
    """Return ids of the criteria that a check decides: what the check-based grader is asked."""
    return [key for key, one in scenario.criteria().items() if one.check is not None]


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


def examination_of(  # noqa: PLR0913 - an exam, who sits it, and what counts
    sheets: Sequence[ExamSheet],
    scenarios: Mapping[str, Scenario],
    floor: float,
    grader: Grader = graded,
    version: str = GRADER,
    *,
    decides: Decides = checked,
    more: Sequence[ExamFinding] = (),
) -> Examination:
    """Return how `grader` does on the labelled answers.

    Args:
        sheets: Labelled answers, each criterion labelled.
        scenarios: The scenarios they belong to, by id.
        floor: Least lower bound of sensitivity and specificity.
        grader: What is examined; the check-based grader unless told otherwise.
        version: Its version.
        decides: Which criteria of an answer count: those with a check, or for a judge those that it
            was asked about. Whether an answer passes is always asked of the whole.
        more: What further rules found.
    """
    marks: list[Mark] = []
    passes: list[Pair] = []
    fooled: list[str] = []
    for sheet in sorted(sheets, key=lambda sheet: sheet.scenario):
        scenario = scenarios[sheet.scenario]
        for answer in sheet.answers:
            verdict = grader(scenario, answer.text)
            own = marks_of(scenario, answer, verdict, decides(scenario, answer.text))
            passed = _passed(verdict)
            marks += own
            passes.append((_outcome(passes=labelled_pass(answer, scenario)), passed))
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
        by_kind=grouped(marks, lambda mark: mark.kind.value),
        by_check=grouped(marks, lambda mark: mark.check),
        by_criterion=grouped(marks, lambda mark: f"{mark.scenario}/{mark.criterion}"),
        disagreements=tuple(disagreement_of(m) for m in marks if m.label is not m.outcome),
        injection_failures=tuple(fooled),
        findings=findings,
        verdict=ended(findings),
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
