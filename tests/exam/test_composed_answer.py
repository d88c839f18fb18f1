"""What can be composed from a rubric, and what that says of it."""

import pytest

from modelsmith.exam.benchmark import AnswerFormat
from modelsmith.exam.checks.answer_form import (
    ChoiceField,
    Column,
    FiguresField,
    SetField,
    TextField,
)
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import FigureRead, FigureSought, SetHeld
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.composed_answer import answerability_of, composed, is_composable
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Criterion, Table
from tests.support.plain_words import a_plain_benchmark, plainly
from tests.support.scenarios import a_benchmark, a_scenario, a_table


def test_a_rubric_whose_own_sentences_pass_it_is_answerable():
    found = answerability_of(a_benchmark(), a_scenario())
    assert (found.right_passes, found.wrong_passing) == (True, ())


def test_a_check_that_the_rubrics_own_sentence_fails_is_told():
    hidden = Criterion(text="Says that it is so.", check=Contains(contains="Kestrel"))
    changed = a_scenario().model_copy(update={"pass_criteria": (hidden,)})
    assert not answerability_of(a_benchmark(), changed).right_passes


def test_plain_words_are_for_others_to_decide_and_no_fault_of_the_rubric():
    benchmark, scenario = a_plain_benchmark(), plainly(a_scenario())
    assert not is_composable(form_for(benchmark, scenario))
    assert composed(benchmark, scenario) == ""
    found = answerability_of(benchmark, scenario)
    assert (found.right_passes, found.wrong_passing) == (True, ())
    checked = answerability_of(a_benchmark(), plainly(a_scenario()))
    assert checked.right_passes


def test_a_choice_alone_tells_a_wrong_answer_also_beside_plain_words():
    label = Criterion(text="Concludes over-shading.", check=Verdict(verdict="over-shading"))
    mixed = plainly(a_scenario()).model_copy(
        update={"pass_criteria": (label,), "fail_criteria": ()}
    )
    assert answerability_of(a_benchmark(), mixed).wrong_passing == ()


COLUMNS = {
    "lat_ms": Column(unit="ms", flat_within=1),
    "err_pct": Column(unit="%", flat_within_percent=5),
    "wait": Column(unit="min"),
    "n": Column(),
}
WORDED = TextField(name="WHY", opens=("Says ", "Says that ", "Explains"))
CHOSEN = Criterion(text="Concludes over-shading.", check=Verdict(verdict="over-shading"))


def said(field, table, *criteria, description="A trader asks what Google changed.", language="en"):
    """Return what is composed of a field, which passes its own rubric where a check decides it."""
    form = AnswerFormat(
        instruction="Read what the logger wrote.", fields=(field, ChoiceField(name="CAUSE"))
    )
    benchmark = a_benchmark(answer_format=form, columns=COLUMNS, language=language)
    asked = {"pass_criteria": (*criteria, CHOSEN), "fail_criteria": ()}
    given = a_scenario(domain_input=table, description=description)
    scenario = type(given)(**dict(given) | asked)
    answer = composed(benchmark, scenario)
    assert answerability_of(benchmark, scenario).right_passes
    assert answer.endswith("CAUSE: over-shading")
    return answer.removesuffix("CAUSE: over-shading").strip()


def read(label, metric, cells, value=None, **sought):
    """Return the reading of one column of a table, by its labels or the name of their column."""
    name, labels = ("at", label) if isinstance(label, tuple) else (label, range(1, len(cells) + 1))
    table = Table(columns=(name, metric), rows=tuple(zip(labels, cells, strict=True)))
    value = cells[-1] if value is None else value
    figure = FigureSought(metric=metric, value=value, **sought)
    criterion = Criterion(text=f"Reads {metric}.", check=FigureRead(figure=figure))
    field = FiguresField(name="READ", directions=True)
    return said(field, table, criterion).removeprefix(f"READ: {metric} ")


DAYS = ("2026-03-01", "2026-03-02")
WENT = "went from 5 ms to 9 ms, up."


@pytest.mark.parametrize(
    "label",
    [
        "day", "hour", "step", "sales_week", DAYS, ("2026-03-01", "2026-03-09"),
        ("08:00", "09:30"), ("monday", "tuesday"), ("week 1", "week 3"), ("Q1", "Q2"),
        ("before the swap", "after the swap"),
    ],
)  # fmt: skip
def test_a_figure_went_somewhere_where_the_rows_are_times(label):
    assert read(label, "lat_ms", (5, 9)) == WENT


@pytest.mark.parametrize(
    "label",
    [
        "rank", "store_id", "line", ("inlet", "outlet"), ("001", "002"), ("small", "large"),
        DAYS[::-1], ("09:30", "08:00"), ("after the swap", "before the swap"), ("week 3", "week 1"),
    ],
)  # fmt: skip
def test_no_figure_went_anywhere_from_one_thing_to_another_or_backwards(label):
    assert read(label, "lat_ms", (5, 9)) == "is 9 ms."


@pytest.mark.parametrize(
    ("metric", "cells", "sought", "expected"),
    [
        ("lat_ms", (5, 5), {}, "went from 5 ms to 5 ms, flat."),
        ("lat_ms", (-5, -3), {}, "went from -5 ms to -3 ms, up."),
        ("lat_ms", (5, 90, 6), {}, "went from 5 ms to 6 ms, flat."),
        ("lat_ms", (5, 90, 6), {"value": 90}, "is 90 ms."),
        ("lat_ms", ("", 90, 6), {}, "is 6 ms."),
        ("lat_ms", (5, 90, "n/a"), {"value": 90}, "is 90 ms."),
        ("lat_ms", (5, 41.2), {"value": 41, "tolerance": 0.2}, "went from 5 ms to 41.2 ms, up."),
        ("err_pct", (0, 0), {}, "went from 0 % to 0 %, flat."),
        ("err_pct", (0, 0.1), {}, "went from 0 % to 0.1 %, up."),
        ("n", ("1,200", "1,800"), {"value": 1800}, "went from 1200 to 1800."),
        ("n", ("007", "012"), {"value": 12}, "is 12."),
        ("wait", (10, 30), {"value": 0.5, "unit": "h"}, "is 0.5 h."),
        ("wait", (10, 30), {"unit": "h"}, "is 30 h."),
        ("wait", (10, 30), {"unit": "min"}, "went from 10 min to 30 min."),
    ],
)
def test_a_reading_says_what_the_table_shows_in_its_unit(metric, cells, sought, expected):
    assert read("day", metric, cells, **sought) == expected


def test_a_comma_opens_decimals_where_the_language_has_it_so():
    figure = FigureSought(metric="n", value=1.8)
    criterion = Criterion(text="Liest n, 1,8.", check=FigureRead(figure=figure))
    table = Table(columns=("day", "n"), rows=((1, "1,200"), (2, "1,800")))
    field = FiguresField(name="READ")
    assert said(field, table, criterion, language="de") == "READ: n is 1.8."


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Says that it fell..", "Explains eBay's floor..."), "It fell; eBay's floor."),
        (("Says that iPhone users left the U.S.",), "iPhone users left the U.S."),
        (("Says that a U.S. buyer left the U.S.", "Says that it fell!"),
         "A U.S. buyer left the U.S.; it fell."),
        (("Says that Google left.", "Says that Spend fell; McDonald's did."),
         "Google left; spend fell; McDonald's did."),
        (("Says that it fell.", "Says it fell."), "It fell."),
        (("Says that it fell.", "Says that Google left."), "It fell; Google left."),
        (("Says that it is this: why?",), "It is this: why?"),
        (("Says thatched roofs burn.", "Explains, in full, why."),
         "Thatched roofs burn; in full, why."),
    ],
)  # fmt: skip
def test_sentences_are_joined_without_a_broken_word_or_a_doubled_stop(texts, expected):
    criteria = [Criterion(text=text) for text in texts]
    assert said(WORDED, a_table(), *criteria) == f"WHY: {expected}"


@pytest.mark.parametrize("text", ["Says that ...", "Explains:", "Is brief and plain."])
def test_a_field_of_which_nothing_is_said_is_left_out(text):
    assert said(WORDED, a_table(), Criterion(text=text)) == ""


def test_a_noun_keeps_its_capital_where_the_language_has_it_so():
    field = TextField(name="WHY", opens=("Sagt, dass ",))
    criteria = [Criterion(text=f"Sagt, dass {what} fehlt.") for what in ("der Grund", "Druck")]
    assert said(field, a_table(), *criteria, language="de") == "WHY: Der Grund fehlt; Druck fehlt."


def test_values_of_a_set_and_readings_stand_once():
    field = SetField(name="SETS")
    held = [
        Criterion(text=f"Lists {' and '.join(of)}.", check=SetHeld(set=of, field="SETS"))
        for of in (("cart", "mail"), ("mail", "shop"))
    ]
    assert said(field, a_table(), *held) == "SETS: cart, mail, shop"
