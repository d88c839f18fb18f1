"""Labelled answers to the small benchmark's scenarios."""

from collections.abc import Iterable

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet

RIGHT = """\
FINDING: shading cuts bids too deep
EVIDENCE: shading_discount_pct 41
ACTION: ease the shading
VERDICT: over-shading"""
"""Meets P1 to P4 of `a_scenario()`."""

SILENT = "The weather is fine."
"""Meets nothing."""

CRITERIA = ("P1", "P2", "P3", "P4", "F1")
"""The criteria of `a_scenario()`."""


def an_answer(
    id: str = "R1",  # noqa: A002 - the field's name
    kind: AnswerKind = AnswerKind.RIGHT,
    text: str = RIGHT,
    met: Iterable[str] = ("P1", "P2", "P3", "P4"),
) -> ExamAnswer:
    """Return an answer whose criteria in `met` are labelled met, all others not met."""
    found = set(met)
    labels = {key: Outcome.MET if key in found else Outcome.NOT_MET for key in CRITERIA}
    return ExamAnswer(id=id, kind=kind, text=text, labels=labels)


def off_topic(number: int) -> ExamAnswer:
    """Return an answer that meets nothing."""
    return an_answer(f"O{number}", AnswerKind.OFF_TOPIC, SILENT, ())


def a_sheet(answers: Iterable[ExamAnswer], scenario: str = "SHADING_ONE") -> ExamSheet:
    """Return a sheet of `answers`."""
    return ExamSheet(scenario=scenario, answers=tuple(answers))


def a_full_sheet(*more: ExamAnswer) -> ExamSheet:
    """Return 16 answers, half of them right: 80 labelled criteria on 32 met and 48 not met."""
    right = [an_answer(f"R{number}") for number in range(1, 9)]
    return a_sheet([*right, *(off_topic(number) for number in range(1, 9)), *more])
