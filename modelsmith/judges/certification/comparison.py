"""An answer marked twice, by people and by a grader, criterion by criterion."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from modelsmith.exam.checks.check import KINDS, Check
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import AnswerVerdict, Errored
from modelsmith.judges.agreement import Confusion, confusion_of
from modelsmith.record import Record

JUDGE = "judge"
"""What decides a criterion without a check."""


class CriterionComparison(Record):
    """One criterion of one answer as people and the grader decided it."""

    scenario: str
    """Id of the scenario."""
    answer: str
    """Name of the answer in its sheet."""
    kind: AnswerKind
    """What the answer is there to try."""
    criterion: str
    """Id of the criterion."""
    text: str
    """The criterion."""
    label: Outcome
    """What people decided."""
    outcome: Outcome
    """What the grader decided."""
    seen: str
    """What the grader saw."""


class GradedCriterion(NamedTuple):
    """One criterion of one answer, and what it is counted by."""

    found: CriterionComparison
    """What people and the grader decided."""
    check: str
    """Kind of its check, or `judge`."""
    source: str
    """Who wrote the answer."""


def marks_of(
    scenario: Scenario,
    answer: ExamAnswer,
    verdict: AnswerVerdict,
    counted: Collection[str],
) -> list[GradedCriterion]:
    """Return one mark a criterion; what the verdict does not decide is an abstention.

    Args:
        scenario: The question and its rubric.
        answer: The answer with its labels.
        verdict: What the grader decided.
        counted: Ids of the criteria that are marked.
    """
    decided = {} if isinstance(verdict, Errored) else {c.criterion: c for c in verdict.criteria}
    marks = []
    for key, criterion in scenario.criteria().items():
        if key not in counted:
            continue
        found = decided.get(key)
        marks.append(
            GradedCriterion(
                CriterionComparison(
                    scenario=scenario.id,
                    answer=answer.id,
                    kind=answer.kind,
                    criterion=key,
                    text=criterion.text,
                    label=answer.labels[key],
                    outcome=Outcome.UNSCORED if found is None else found.outcome,
                    seen="" if found is None else found.seen,
                ),
                check=_kind_of(criterion.check),
                source=answer.source,
            )
        )
    return marks


def gave_in(marks: Iterable[GradedCriterion]) -> bool:
    """Return whether the grader found something met that people found not met."""
    return any((m.found.label, m.found.outcome) == (Outcome.NOT_MET, Outcome.MET) for m in marks)


def confusion_among(marks: Iterable[GradedCriterion]) -> Confusion:
    """Return the counts of `marks`."""
    return confusion_of((mark.found.label, mark.found.outcome) for mark in marks)


def grouped(
    marks: Iterable[GradedCriterion], name: Callable[[GradedCriterion], str]
) -> dict[str, Confusion]:
    """Return the counts of each group, sorted by name."""
    groups: dict[str, list[GradedCriterion]] = defaultdict(list)
    for mark in marks:
        groups[name(mark)].append(mark)
    return {key: confusion_among(members) for key, members in sorted(groups.items())}


def _kind_of(check: Check | None) -> str:
    return next((kind for kind, shape in KINDS.items() if isinstance(check, shape)), JUDGE)
