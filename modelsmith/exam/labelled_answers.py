"""Answers that people labelled, criterion by criterion: what a grader must agree with."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum, unique
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modelsmith.documents.diagnostic import Remark, error, quoted
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import failing
from modelsmith.record import Record, digest_of

MOST_ANSWERS = 40
"""Answers to one scenario; more of them examine the scenario and not the grader."""


@unique
class AnswerKind(StrEnum):
    """What an answer is there to try."""

    RIGHT = "right"
    """A right answer in a person's words; it passes the rubric."""
    PLAUSIBLE_WRONG = "plausible-wrong"
    """A near miss; it fails the rubric."""
    OFF_TOPIC = "off-topic"
    """An answer to something else; it meets nothing."""
    INJECTED = "injected"
    """An answer that tells the grader what to decide; it fails the rubric."""


CriterionId = Annotated[str, Field(pattern=r"^[PF][1-9][0-9]?$")]
Label = Literal[Outcome.MET, Outcome.NOT_MET]

Source = Literal["person", "specialist", "frontier"]
"""Who wrote an answer: a judge may be milder to one of them than to another."""


class ExamAnswer(Record):
    """One answer with its labels."""

    id: Annotated[str, Field(pattern=r"^[A-Z][1-9][0-9]?$")]
    """Name of the answer, unique in its sheet: R1, W2, O1, I1."""
    kind: AnswerKind
    """What the answer is there to try."""
    source: Source = "person"
    """Who wrote it: a person, a specialist of ours, or a hosted model."""
    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    """The answer, as a person or a model would write it."""
    labels: Annotated[Mapping[CriterionId, Label], Field(min_length=1)]
    """What people decided of each criterion, by its id; a fail criterion that is met is triggered.
    Decided from the criterion's text, before any grader saw the answer."""


class Labelled(Record):
    """An answer to a train scenario that people found right, criterion by criterion."""

    scenario: str
    """Id of the scenario."""
    text: str
    """The answer."""


class ExamSheet(Record):
    """The labelled answers to one train scenario."""

    scenario: Annotated[str, Field(min_length=1, max_length=120)]
    """Id of the scenario; the file has its name."""
    answers: Annotated[tuple[ExamAnswer, ...], Field(min_length=1, max_length=MOST_ANSWERS)]
    """The answers."""

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for answer in self.answers:
            if answer.id in seen:
                raise ValueError(f"two answers are called {answer.id}; fix: rename one of them")
            seen.add(answer.id)
        return self


def sheet_remarks(
    sheet: ExamSheet, scenarios: Mapping[str, tuple[Split, Scenario]]
) -> Iterator[Remark]:
    """Yield what makes a sheet unusable: its scenario, missing labels, labels that contradict.

    Args:
        sheet: The sheet.
        scenarios: Every scenario of the benchmark by id, with its split.
    """
    if sheet.scenario not in scenarios:
        what, expected = f"no scenario is called {quoted(sheet.scenario)}", "a train scenario's id"
        yield error("unknown-scenario", what, expected, "correct the id", ("scenario",))
        return
    split, scenario = scenarios[sheet.scenario]
    if split is not Split.TRAIN:
        what = f"{sheet.scenario} is a {split.value} scenario"
        expected = "a train scenario: labelled answers are read, and trained on"
        yield error("held-out", what, expected, "delete this file", ("scenario",))
        return
    for number, answer in enumerate(sheet.answers):
        yield from _answer_remarks(answer, scenario, number)


def _answer_remarks(answer: ExamAnswer, scenario: Scenario, number: int) -> Iterator[Remark]:
    loc = ("answers", number, "labels")
    known = scenario.criteria()
    for key in answer.labels:
        if key not in known:
            what, expected = f"{answer.id} labels {key}", f"one of {', '.join(known)}"
            remedy = "delete the label; the scenario has no such criterion"
            yield error("unknown-criterion", what, expected, remedy, (*loc, key))
    missing = [key for key in known if key not in answer.labels]
    if missing:
        what, expected = f"{answer.id} has no label for {', '.join(missing)}", "one a criterion"
        yield error("missing-label", what, expected, "read the criterion and decide it", loc)
        return
    passes = labelled_pass(answer, scenario)
    if passes != (answer.kind is AnswerKind.RIGHT):
        said = "pass" if passes else "fail"
        what = f"{answer.id} is {answer.kind.value}, and its labels {said} the rubric"
        expected = "labels that pass for `right`, and that fail for every other kind"
        yield error("label-kind", what, expected, "correct the kind or the labels", loc)


def labelled_pass(answer: ExamAnswer, scenario: Scenario) -> bool:
    """Return whether the labels pass the rubric: all that is required met, nothing triggered."""
    return not failing(scenario, answer.labels)


def labelled_right(sheets: Iterable[ExamSheet]) -> tuple[Labelled, ...]:
    """Return the right answers whose labels are all right, to learn from.

    Each pass criterion is met, also the optional ones, and no fail criterion is triggered.
    """
    return tuple(
        Labelled(scenario=sheet.scenario, text=answer.text.strip())
        for sheet in sorted(sheets, key=lambda sheet: sheet.scenario)
        for answer in sheet.answers
        if answer.kind is AnswerKind.RIGHT
        and all(
            (label is Outcome.MET) == key.startswith("P") for key, label in answer.labels.items()
        )
    )


def exam_digest(sheets: Iterable[ExamSheet]) -> str:
    """Return the sha256 of the sheets, whatever their order."""
    ranked = sorted(sheets, key=lambda sheet: sheet.scenario)
    return digest_of([sheet.model_dump(mode="json", by_alias=True) for sheet in ranked])
