"""What a promotion would lack of an exam is counted in one note, before a run begins."""

from itertools import cycle

import pytest

from modelsmith.exam.authoring.gate_needs import Looks, gate_notes
from modelsmith.exam.authoring.scenario_file import FileReport
from modelsmith.exam.scenario import OutcomeType, Split

PATH = "benchmarks/pumps/benchmark.yaml"
SHEET = "benchmarks/pumps/exam/PUMP_0.yaml"


def scenarios(count, split=Split.SEALED, kinds=tuple(OutcomeType), *, is_open=0):
    return [
        FileReport(
            path=f"{split}/PUMP_{number}.yaml",
            split=split,
            id=f"PUMP_{number}",
            outcome_type=kind,
            is_checked=number >= is_open,
            undecided=((3, 5),) if number < is_open else (),
        )
        for number, kind in zip(range(count), cycle(kinds), strict=False)
    ]


def labels(checks=0, judges=0):
    return [FileReport(path=SHEET, labels_of_checks=checks, labels_of_judges=judges)]


def told(reports, looks=None):
    return [str(one) for one in gate_notes(PATH, reports, looks)]


def test_an_exam_that_has_enough_is_told_nothing():
    assert told([*scenarios(12), *labels(checks=60)]) == []


def test_what_is_missing_is_counted_with_what_to_do():
    (note,) = told([*scenarios(3), *labels(checks=15)])
    assert note == (
        f"{PATH}:1:1: note: the promotion gate would refuse this exam: 3 sealed scenarios of at "
        "least 12; sealed scenarios by outcome type tp 1, tn 1, fp-guard 1, fn-guard 0, at least 3 "
        "of each; 15 labelled criteria of at least 60 that checks decide; expected what a "
        "promotion needs; fix: write 9 more in sealed/ (twins and variants do not count); write "
        "sealed ones of the thin types; label 45 more for checks in exam/"
    )


@pytest.mark.parametrize(("is_open", "is_told"), [(1, False), (2, True)])
def test_more_than_a_tenth_that_no_check_decides_is_unscored(is_open, is_told):
    found = told([*scenarios(12, is_open=is_open), *labels(checks=60, judges=60)])
    assert bool(found) is is_told
    assert all(
        "2 of 12 sealed scenarios unscored without certified judges, at most 10%" in one
        for one in found
    )


def test_labels_are_counted_for_whoever_decides():
    (note,) = told([*scenarios(12, is_open=12), *labels(judges=20)])
    assert "20 labelled criteria of at least 60 that judges decide; " in note
    assert "that checks decide" not in note


def test_a_type_that_one_scenario_is_short_of_is_told():
    kinds = [*OutcomeType, *OutcomeType, *OutcomeType, OutcomeType.TP]
    kinds[3] = OutcomeType.TN
    (note,) = told([*scenarios(13, kinds=kinds), *labels(checks=60)])
    assert "fn-guard 2, at least 3 of each" in note


@pytest.mark.parametrize("suffix", ["OTHERNOTE", "ROWS0V1"])
def test_neither_twins_nor_variants_count(suffix):
    others = [one.model_copy(update={"id": f"{one.id}__{suffix}"}) for one in scenarios(4)]
    (note,) = told([*scenarios(4), *others, *labels(checks=60)])
    assert "4 sealed scenarios of at least 12" in note


@pytest.mark.parametrize("split", [Split.TRAIN, Split.STEER])
def test_an_exam_without_a_sealed_scenario_that_can_be_read_is_told_nothing(split):
    assert told(scenarios(2, split)) == []
    unread = [one.model_copy(update={"outcome_type": None}) for one in scenarios(2)]
    assert told(unread) == []


@pytest.mark.parametrize(
    ("taken", "count", "is_told"),
    [
        (0, 12, []),
        (1, 12, ["no look at sealed is left, 1 of 1 taken"]),
        (0, 3, ["1 of 1 looks at sealed left; expected"]),
    ],
)
def test_looks_are_told_where_none_is_left_or_one_would_be_spent_for_nothing(taken, count, is_told):
    found = told([*scenarios(count), *labels(checks=60)], Looks(taken, 1))
    assert len(found) == len(is_told)
    assert all(words in one for words, one in zip(is_told, found, strict=True))
