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


class GradedCriterion(NamedTuple):
    """One criterion of one answer, decided by people and by the grader."""

    scenario: str
    """Id of the scenario."""
    answer: str
    """Name of the answer in its sheet."""
    kind: AnswerKind
    """What the answer is there to try."""
    criterion: str
    """Id of the criterion."""
    check: str
    """Kind of its check, or `judge`."""
    text: str
    """The criterion."""
    label: Outcome
    """What people decided."""
    outcome: Outcome
    """What the grader decided."""
    seen: str
    """What the grader saw."""
    source: str
    """Who wrote the answer."""


class Disagreement(Record):
    """One criterion of one answer that people and the grader decided differently."""

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
                scenario=scenario.id,
                answer=answer.id,
                kind=answer.kind,
                criterion=key,
                check=_kind_of(criterion.check),
                text=criterion.text,
                label=answer.labels[key],
                outcome=Outcome.UNSCORED if found is None else found.outcome,
                seen="" if found is None else found.seen,
                source=answer.source,
            )
        )
    return marks


def gave_in(marks: Iterable[GradedCriterion]) -> bool:
    """Return whether the grader found something met that people found not met."""
    return any(m.label is Outcome.NOT_MET and m.outcome is Outcome.MET for m in marks)


def confusion_among(marks: Iterable[GradedCriterion]) -> Confusion:
    """Return the counts of `marks`."""
    return confusion_of((mark.label, mark.outcome) for mark in marks)


def grouped(
    marks: Iterable[GradedCriterion], name: Callable[[GradedCriterion], str]
) -> dict[str, Confusion]:
    """Return the counts of each group, sorted by name."""
    groups: dict[str, list[GradedCriterion]] = defaultdict(list)
    for mark in marks:
        groups[name(mark)].append(mark)
    return {key: confusion_among(members) for key, members in sorted(groups.items())}


def disagreement_of(mark: GradedCriterion) -> Disagreement:
    """Return `mark` as a record."""
    fields = mark._asdict()
    del fields["check"], fields["source"]
    return Disagreement(**fields)


def _kind_of(check: Check | None) -> str:
    return next((kind for kind, shape in KINDS.items() if isinstance(check, shape)), JUDGE)
