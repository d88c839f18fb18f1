"""Labelled answers: what makes a sheet unusable, and which of them are learnt from."""

import pytest
from pydantic import ValidationError

from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import (
    AnswerKind,
    ExamAnswer,
    exam_digest,
    labelled_right,
    sheet_remarks,
)
from modelsmith.exam.scenario import Split
from tests.support.scenarios import a_scenario
from tests.support.sheets import RIGHT, a_sheet, an_answer, off_topic

KNOWN = {"SHADING_ONE": (Split.TRAIN, a_scenario())}


def test_a_complete_sheet_has_no_remark() -> None:
    assert list(sheet_remarks(a_sheet([an_answer(), off_topic(1)]), KNOWN)) == []


def test_an_unknown_scenario_is_refused() -> None:
    (remark,) = sheet_remarks(a_sheet([an_answer()], "SHADING_TWO"), KNOWN)
    assert remark.rule == "unknown-scenario"
    assert remark.what == "no scenario is called `SHADING_TWO`"
    assert remark.loc == ("scenario",)


@pytest.mark.parametrize("split", [Split.STEER, Split.SEALED])
def test_answers_to_a_held_out_scenario_are_refused(split: Split) -> None:
    (remark,) = sheet_remarks(a_sheet([an_answer()]), {"SHADING_ONE": (split, a_scenario())})
    assert remark.rule == "held-out"
    assert remark.what == f"SHADING_ONE is a {split.value} scenario"


def test_a_missing_label_is_refused_with_its_criterion() -> None:
    labels = dict.fromkeys(("P1", "P2", "P4"), Outcome.MET)
    answer = ExamAnswer(id="R1", kind=AnswerKind.RIGHT, text=RIGHT, labels=labels)
    (remark,) = sheet_remarks(a_sheet([off_topic(1), answer]), KNOWN)
    assert remark.rule == "missing-label"
    assert remark.what == "R1 has no label for P3, F1"
    assert remark.loc == ("answers", 1, "labels")


def test_a_label_of_no_criterion_is_refused_at_its_place() -> None:
    answer = an_answer()
    labels = {**answer.labels, "F2": Outcome.NOT_MET}
    extra = ExamAnswer(id="R1", kind=answer.kind, text=answer.text, labels=labels)
    (remark,) = sheet_remarks(a_sheet([extra]), KNOWN)
    assert (remark.rule, remark.what) == ("unknown-criterion", "R1 labels F2")
    assert remark.expected == "one of P1, P2, P3, P4, F1"
    assert remark.loc == ("answers", 0, "labels", "F2")


@pytest.mark.parametrize(
    ("kind", "met", "says"),
    [
        (AnswerKind.RIGHT, ("P1", "P2", "P3"), "R1 is right, and its labels fail the rubric"),
        (
            AnswerKind.RIGHT,
            ("P1", "P2", "P3", "P4", "F1"),
            "R1 is right, and its labels fail the rubric",
        ),
        (
            AnswerKind.INJECTED,
            ("P1", "P2", "P3", "P4"),
            "R1 is injected, and its labels pass the rubric",
        ),
    ],
)
def test_labels_that_contradict_the_kind_are_refused(
    kind: AnswerKind, met: tuple[str, ...], says: str
) -> None:
    (remark,) = sheet_remarks(a_sheet([an_answer("R1", kind, met=met)]), KNOWN)
    assert (remark.rule, remark.what) == ("label-kind", says)


def test_two_answers_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="two answers are called R1"):
        a_sheet([an_answer(), an_answer()])


def test_a_label_is_met_or_not_met() -> None:
    with pytest.raises(ValidationError):
        ExamAnswer(id="R1", kind=AnswerKind.RIGHT, text="x", labels={"P1": Outcome.UNSCORED})


def test_only_right_answers_whose_labels_are_all_right_are_learnt_from() -> None:
    without_an_optional_one = an_answer("R2", met=("P1", "P2", "P3"))
    sheet = a_sheet([an_answer(text=f"{RIGHT}\n"), without_an_optional_one, off_topic(1)])
    (learnt,) = labelled_right([sheet])
    assert (learnt.scenario, learnt.text) == ("SHADING_ONE", RIGHT)


def test_the_digest_does_not_depend_on_the_order_of_sheets_and_sees_every_label() -> None:
    one, two = a_sheet([an_answer()]), a_sheet([an_answer()], "SHADING_TWO")
    assert exam_digest([one, two]) == exam_digest([two, one])
    assert exam_digest([one]) != exam_digest([a_sheet([an_answer(met=("P1",))])])
