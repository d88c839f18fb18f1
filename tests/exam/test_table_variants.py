"""Variants of a table that need no author: other layouts, the same question and right answer."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.benchmark import AnswerFormat, Category
from modelsmith.exam.checks.answer_form import ChoiceField, Column, FiguresField
from modelsmith.exam.checks.answer_reading import reading_of
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import FigureRead, FigureSought
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.composed_answer import answerability_of, composed
from modelsmith.exam.prompt import form_for, question
from modelsmith.exam.scenario import SCENARIO_ID, Criterion, Table, figure_in
from modelsmith.exam.similarity import fingerprint_of, likeness_of
from modelsmith.exam.table_variants import CHANGES, change_of, table_variants
from modelsmith.exam.verdict import passes
from tests.support.scenarios import CLEAR, PROBLEMS, a_benchmark, a_scenario

COLUMNS = {
    "barrier_bar": Column(aliases=("seal pressure", "Barrier-Pressure"), flat_within=0.5),
    "flow_m3h": Column(aliases=("throughput",), flat_within_percent=5),
    "wear_pct": Column(unit="%"),
}
BENCHMARK = a_benchmark(
    answer_format=AnswerFormat(
        instruction="You look after pumps and read what the logger wrote.",
        fields=(
            FiguresField(name="READINGS", directions=True),
            ChoiceField(name="CAUSE", clear=CLEAR),
        ),
    ),
    columns=COLUMNS,
)
DAYS = tuple(f"2026-03-0{day}" for day in range(1, 7))
PUMPS = ("inlet", "outlet", "bypass", "spare", "jockey", "drain")
FIGURES = st.one_of(
    st.integers(-5_000, 50_000),
    st.decimals(-200, 20_000, places=2).map(float),
)


def a_parent(columns, rows, *, labels=DAYS, read=None, direction=None, **fields):
    """Return a scenario whose rubric reads the last figure of one column and names the cause."""
    table = Table(
        columns=("day" if labels is DAYS else "pump", *columns),
        rows=tuple((label, *row) for label, row in zip(labels, rows, strict=False)),
    )
    metric = read or columns[0]
    sought = FigureSought(metric=metric, value=table.series(metric)[-1], direction=direction)
    whose = "last" if labels is DAYS else f"{table.rows[-1][0]}'s"
    criteria = (
        Criterion(text=f"Reads the {whose} {metric}.", check=FigureRead(figure=sought)),
        Criterion(text="Concludes over-shading.", check=Verdict(verdict="over-shading")),
    )
    made = a_scenario(domain_input=table, description=f"{fields.pop('said', 'A pump is loud.'):20}")
    return type(made)(**dict(made) | {"pass_criteria": criteria, "fail_criteria": ()} | fields)


@st.composite
def parents(draw):
    columns = draw(
        st.lists(st.sampled_from((*COLUMNS, "hours_run", "starts")), min_size=1, unique=True)
    )
    size = draw(st.integers(2, 6))
    cells = st.lists(FIGURES, min_size=len(columns), max_size=len(columns))
    rows = draw(st.lists(cells, min_size=size, max_size=size))
    labels = draw(st.sampled_from((DAYS, PUMPS)))
    parent = a_parent(columns, rows, labels=labels)
    series = parent.domain_input.series(columns[0])
    way = COLUMNS.get(columns[0], Column()).direction(series[0], series[-1])
    is_asked = draw(st.booleans()) and labels is DAYS
    return a_parent(columns, rows, labels=labels, direction=way if is_asked else None)


def figures_in(table):
    return Counter(figure_in(cell) for row in table.rows for cell in row[1:])


@settings(max_examples=60, deadline=None)
@given(parents(), st.integers(0, 5), st.integers(0, 2**20))
def test_variants_are_other_layouts_of_one_question_with_one_right_answer(parent, count, seed):
    found = table_variants(BENCHMARK, parent, count, seed=seed)
    assert len(found) == count
    assert found == table_variants(BENCHMARK, parent, 5, seed=seed)[:count]
    texts = [parent.input_text(), *(one.input_text() for one in found)]
    assert len(set(texts)) == len(texts)
    assert len({one.id for one in found}) == count
    right = composed(BENCHMARK, parent)
    assert passes(parent, right, form_for(BENCHMARK, parent))
    for number, one in enumerate(found):
        assert re.fullmatch(SCENARIO_ID, one.id)
        assert one.id == f"{parent.id}__{change_of(one).upper()}{seed}V{number}"
        assert (one.family, one.rubric_digest()) == (parent.family, parent.rubric_digest())
        changed = {name for name, value in dict(one).items() if value != dict(parent)[name]}
        assert changed == {"id", "domain_input"}
        ours, theirs = parent.domain_input, one.domain_input
        assert theirs.columns[0] == ours.columns[0]
        assert figures_in(ours) <= figures_in(theirs)
        assert sorted(theirs.series(ours.columns[0])) == sorted(ours.series(ours.columns[0]))
        if ours.counts_on:
            assert theirs.series(ours.columns[0]) == ours.series(ours.columns[0])
        assert passes(one, right, form_for(BENCHMARK, one))
        assert answerability_of(BENCHMARK, one) == answerability_of(BENCHMARK, parent)
        if change_of(one) != "rows":
            assert composed(BENCHMARK, one) == right
            told = [remark.what for remark in remarks_on(BENCHMARK, one)]
            assert told == [remark.what for remark in remarks_on(BENCHMARK, parent)]


@settings(max_examples=30, deadline=None)
@given(parents(), st.integers(0, 100))
def test_only_another_column_makes_other_figures_to_the_leak_gate(parent, seed):
    ours = likeness_of(parent)
    for one in table_variants(BENCHMARK, parent, 5, seed=seed):
        is_new = change_of(one) == "extra"
        assert (fingerprint_of(one) == ours.fingerprint) is not is_new
        assert likeness_of(one).numbers >= ours.numbers
        assert likeness_of(one).names == ours.names


THREE = ((18, 1200, 4), (15, 2500, 4), (11, 13000, 4))


def made(what, parent, seeds=range(40), benchmark=BENCHMARK):
    """Return the first variant by one change; none where it is not to be had."""
    drawn = (v for seed in seeds for v in table_variants(benchmark, parent, 5, seed=seed))
    return next((one for one in drawn if change_of(one) == what), None)


def test_every_change_has_its_turn():
    parent = a_parent(("barrier_bar", "flow_m3h", "wear_pct"), THREE, labels=PUMPS)
    found = table_variants(BENCHMARK, parent, 5, seed=0)
    assert sorted(map(change_of, found)) == sorted(CHANGES)


def test_figures_are_written_with_more_decimals_or_with_parted_thousands():
    parent = a_parent(("barrier_bar", "flow_m3h"), ((18, 1200), (15.25, 2500), (11, -13000)))
    drawn = (table_variants(BENCHMARK, parent, 5, seed=seed) for seed in range(40))
    texts = {v.domain_input.rendered() for some in drawn for v in some if change_of(v) == "format"}
    head = "day: 2026-03-01 to 2026-03-03, 3 rows\n"
    assert texts == {
        f"{head}barrier_bar: 18.000 15.250 11.000\nflow_m3h: 1200.0 2500.0 -13000.0",
        f"{head}barrier_bar: 18.0000 15.2500 11.0000\nflow_m3h: 1200.00 2500.00 -13000.00",
        f"{head}barrier_bar: 18 15.25 11\nflow_m3h: 1,200 2,500 -13,000",
    }


def test_a_comma_parts_thousands_in_english_alone():
    german = type(BENCHMARK)(**dict(BENCHMARK) | {"language": "de"})
    parent = a_parent(("flow_m3h", "wear_pct"), ((1200, 4), (2500, 5)))
    drawn = (table_variants(german, parent, 5, seed=seed) for seed in range(40))
    texts = {v.domain_input.rendered() for some in drawn for v in some if change_of(v) == "format"}
    assert texts
    assert not [text for text in texts if "," in text.partition("\n")[2]]


def test_an_alias_reads_as_the_column_that_declares_it():
    parent = a_parent(("barrier_bar", "hours_run"), ((18, 5), (15, 6), (11, 7)), direction="down")
    renamed = made("alias", parent)
    assert renamed.domain_input.columns in {
        ("day", "seal_pressure", "hours_run"),
        ("day", "barrier_pressure", "hours_run"),
    }
    form = form_for(BENCHMARK, renamed)
    assert [metric.name for metric in form.metrics] == ["barrier_bar", "hours_run"]
    for called in ("seal_pressure", "seal pressure", "barrier_bar", "Barrier Bar"):
        (read,) = reading_of(form, f"READINGS: {called} fell from 18 to 11").figures
        assert (read.metric, read.figure.value, read.direction) == ("barrier_bar", 11, "down")
    assert composed(BENCHMARK, renamed) == composed(BENCHMARK, parent)
    assert "barrier_bar (also called seal pressure, Barrier-Pressure" in question(
        BENCHMARK, renamed
    )


@pytest.mark.parametrize(
    "said", ["The barrier bar looks low today.", "Somebody asks about barrier_bar today."]
)
def test_a_column_that_the_situation_names_keeps_its_name(said):
    parent = a_parent(("barrier_bar", "hours_run"), ((18, 5), (15, 6)), said=said)
    assert made("alias", parent) is None


def test_an_alias_of_two_columns_is_no_name():
    both = {name: Column(aliases=("pressure",)) for name in ("barrier_bar", "suction_bar")}
    benchmark = type(BENCHMARK)(**dict(BENCHMARK) | {"columns": both})
    parent = a_parent(("barrier_bar", "hours_run"), ((18, 5), (15, 6)))
    assert made("alias", parent, benchmark=benchmark) is None


@pytest.mark.parametrize(
    "labels",
    [
        DAYS,
        ("2026-03-01", "2026-03-04", "2026-03-05"),
        ("monday", "tuesday", "friday"),
        ("before the swap", "during it", "after the swap"),
        ("08:00", "09:00", "11:30"),
        ("pump 1", "pump 2", "pump 3"),
        ("twin", "twin", "spare"),
    ],
)
def test_rows_keep_their_order_where_they_may_follow_each_other(labels):
    rows = ((18, 5), (15, 6), (11, 7))
    assert made("rows", a_parent(("wear_pct", "hours_run"), rows, labels=labels)) is None
    assert made("rows", a_parent(("wear_pct", "hours_run"), rows, labels=PUMPS)) is not None


def test_rows_keep_their_order_where_a_check_asks_for_a_direction():
    rows = ((18, 5), (15, 6), (11, 7))
    parent = a_parent(("barrier_bar", "hours_run"), rows, labels=PUMPS, direction="down")
    assert made("rows", parent) is None


def test_another_column_bears_no_name_that_the_benchmark_or_the_scenario_knows():
    known = {"record_id": Column(), "entry": Column(aliases=("sheet row", "batch ref"))}
    benchmark = type(BENCHMARK)(**dict(BENCHMARK) | {"columns": COLUMNS | known})
    parent = a_parent(("wear_pct", "page_no"), ((18, 5), (15, 6)), said="Which entry key is it?")
    drawn = (table_variants(benchmark, parent, 5, seed=seed) for seed in range(40))
    more = {
        column
        for some in drawn
        for one in some
        if change_of(one) == "extra"
        for column in {*one.domain_input.columns} - {*parent.domain_input.columns}
    }
    assert more == {"export_line"}


def test_a_full_table_takes_no_other_column():
    columns = tuple(f"metric_{number}" for number in range(39))
    parent = a_parent(columns, (range(39), range(39)))
    assert made("extra", parent) is None
    assert len(table_variants(BENCHMARK, parent, 5, seed=0)) == 5


FREE = a_benchmark(
    answer_format=AnswerFormat(instruction="Answer as an analyst, in your own words."),
    categories={name: Category(title=name.title()) for name in PROBLEMS},
    columns=COLUMNS,
)
JUDGED = Criterion(text="Explains why the pump is loud.")
CHOSEN = Criterion(text="Concludes over-shading.", check=Verdict(verdict="over-shading"))


@pytest.mark.parametrize(
    ("benchmark", "criteria"),
    [(FREE, (JUDGED,)), (BENCHMARK, (JUDGED, CHOSEN))],
    ids=["free text", "beside checks"],
)
def test_where_nobody_or_not_every_criterion_has_a_check_all_changes_are_drawn(benchmark, criteria):
    columns = ("barrier_bar", "flow_m3h", "wear_pct")
    parent = a_parent(columns, THREE, labels=PUMPS, pass_criteria=criteria)
    found = table_variants(benchmark, parent, 5, seed=0)
    assert sorted(map(change_of, found)) == sorted(CHANGES)


def changes_of(columns, rows, *, said="A pump is loud.", **criterion):
    """Return the variants of a table in a free text exam."""
    criteria = (Criterion(**criterion),) if criterion else (JUDGED,)
    base = a_scenario(domain_input=Table(columns=columns, rows=rows), description=f"{said:20}")
    parent = type(base)(**dict(base) | {"pass_criteria": criteria, "fail_criteria": ()})
    drawn = [v for seed in range(8) for v in table_variants(FREE, parent, 5, seed=seed)]
    assert parent.input_text() not in {one.input_text() for one in drawn}
    return drawn


@pytest.mark.parametrize(
    ("columns", "rows", "said"),
    [
        (("pump", "day", "x"), (("inlet", "monday", 5), ("outlet", "friday", 6)), {}),
        (("pump", "at", "x"), (("inlet", "2026-03-01", 5), ("outlet", "2026-03-02", 6)), {}),
        (("seller", "rank", "x"), (("acme", 1, 5), ("bolt", 2, 6)), {}),
        (("pump", "x"), (("inlet", 5), ("total", 6)), {}),
        (("size", "x"), (("small", 5), ("large", 6)), {}),
        (("seller", "x"), (("acme", 5), ("bolt", 6)), {"said": "Sellers ordered by revenue."}),
        (("seller", "x"), (("acme", 5), ("bolt", 6)), {"text": "Names the top seller."}),
        (
            ("pump", "x"),
            (("inlet", 5), ("outlet", 6)),
            {"text": "Reads x, 6.", "check": FigureRead(figure=FigureSought(metric="x", value=6))},
        ),
    ],
)
def test_rows_that_stand_in_an_order_keep_it(columns, rows, said):
    drawn = changes_of(columns, rows, **said)
    assert drawn
    assert "rows" not in set(map(change_of, drawn))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (("jan", "feb", "mar"), {}),
        (("before", "after"), {}),
        (("n_2024", "n_2025"), {}),
        (("x", "y"), {"text": "Reads the second column."}),
    ],
)
def test_columns_that_stand_in_an_order_keep_it(columns, said):
    rows = tuple((pump, *range(at, at + len(columns))) for at, pump in enumerate(PUMPS[:3]))
    drawn = changes_of(("pump", *columns), rows, **said)
    assert drawn
    assert "columns" not in set(map(change_of, drawn))


@pytest.mark.parametrize(
    ("name", "cells", "criterion"),
    [
        ("zip_code", (94103, 10115), {}),
        ("order_number", (10115, 9001), {}),
        ("rank", (1, 2), {}),
        ("code_x", ("007", "012"), {}),
        ("share", ("12 %", "13%"), {}),
        ("wait", ("12 ms", "1.5 s"), {}),
        ("paid", ("1,200", "13,000"), {}),
        ("left", ("", 5), {}),
        ("flow", (1200, 900), {"text": "Says 1200 l.", "check": Contains(contains="1200 l")}),
    ],
)
def test_what_is_no_figure_or_is_looked_for_as_written_is_written_alike(name, cells, criterion):
    rows = tuple((pump, 1500, cell) for pump, cell in zip(PUMPS, cells, strict=False))
    drawn = changes_of(("pump", "x", name), rows, **criterion)
    written = [v for v in drawn if change_of(v) == "format"]
    assert written
    assert {one.domain_input.series(name) for one in written} == {cells}


def test_a_column_that_is_named_with_a_hyphen_keeps_its_name():
    drawn = changes_of(
        ("pump", "barrier_bar"), (("inlet", 5), ("outlet", 6)), text="Says barrier-bar is low."
    )
    assert "alias" not in set(map(change_of, drawn))


def test_without_checks_the_changes_are_the_same():
    judged = (Criterion(text="Explains why the pump is loud."),)
    parent = a_parent(("barrier_bar", "flow_m3h"), ((18, 5), (15, 6)), pass_criteria=judged)
    assert len(table_variants(BENCHMARK, parent, 4, seed=0)) == 4


@pytest.mark.parametrize(
    "given",
    [
        a_scenario(domain_input="barrier_bar: 18 15 11"),
        a_parent(("wear_pct", "hours_run"), ((18, 5), (15, 6)), id="SHADING_ONE__V1"),
        a_parent(("wear_pct", "hours_run"), ((18, 5), (15, 6)), id="A_" + "B" * 118),
    ],
    ids=["a text", "a variant", "no room for an id"],
)
def test_what_has_no_variants(given):
    assert table_variants(BENCHMARK, given, 3, seed=0) == ()
