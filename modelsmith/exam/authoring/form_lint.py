"""Whether a scenario's checks fit the form of its answers: fields, choices, metrics, directions."""

import difflib
from collections.abc import Collection, Iterator

from modelsmith.documents.diagnostic import (
    Loc,
    Remark,
    WordChange,
    error,
    nearest,
    quoted,
    warning,
)
from modelsmith.documents.strict_yaml import in_its_place
from modelsmith.exam.authoring.input_lint import figure_meant
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import ChoiceField, Column, SetField
from modelsmith.exam.checks.answer_reading import faults_in
from modelsmith.exam.checks.check import Check, Verdict
from modelsmith.exam.checks.fields import Chosen, FigureRead, SetHeld
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.checks.phrases import Ordered
from modelsmith.exam.labelled_answers import AnswerKind, ExamSheet
from modelsmith.exam.prompt import declared_columns, form_for, verdicts_for
from modelsmith.exam.row_order import is_series
from modelsmith.exam.scenario import Cell, Scenario, Table, figure_in, shown

LEAST_LIKENESS = 0.85
"""How alike two names must be for one to be taken for a slip of the other (difflib's ratio: one
letter wrong in seven)."""


def form_remarks(
    benchmark: Benchmark, scenario: Scenario, check: Check, loc: Loc
) -> Iterator[Remark]:
    """Yield what of a check does not fit the form of answers to its scenario.

    Args:
        benchmark: The form, the choices and the columns.
        scenario: Whose criterion it is.
        check: Its check.
        loc: Where the check stands.
    """
    if isinstance(check, Verdict):
        yield from _verdict(benchmark, scenario, check, (*loc, "verdict"))
    elif isinstance(check, Chosen):
        yield from _chosen(benchmark, scenario, check, loc)
    elif isinstance(check, SetHeld) or (isinstance(check, Ordered) and check.field is not None):
        yield from _members(benchmark, scenario, check, loc)
    elif isinstance(check, Number) and check.number.metric is not None:
        wanted = check.number
        place = (*loc, "number")
        yield from _figure(scenario, wanted.metric or "", wanted.value, wanted.tolerance, place)
    elif isinstance(check, FigureRead):
        yield from _read(benchmark, scenario, check, (*loc, "figure"))


def unknown(loc: Loc, rule: str, word: str, words: Collection[str]) -> Remark:
    """Return that a word is none of the benchmark's."""
    otherwise = "choose one of them, or add it to benchmark.yaml"
    remedy, changes = in_its_place(loc, nearest(word, words), otherwise)
    what, expected = f"{quoted(word)} is unknown", f"one of {', '.join(words)}"
    return error(rule, what, expected, remedy, loc, changes)


def _verdict(
    benchmark: Benchmark, scenario: Scenario, check: Verdict, loc: Loc
) -> Iterator[Remark]:
    field, labels = benchmark.answer_format.category_choice, verdicts_for(benchmark, scenario)
    if field is None or not labels:
        yield error(
            "unknown-field",
            "the answer form has no choice of the category's verdicts",
            "a field of kind `choice` without `choices`",
            "add one to benchmark.yaml, or leave the criterion to people and judges",
            loc,
        )
    elif check.verdict not in labels:
        yield unknown(loc, "unknown-verdict", check.verdict, labels)
    elif loc[0] == "passCriteria":
        yield from _outcome(scenario, check.verdict, field, loc)


def _chosen(benchmark: Benchmark, scenario: Scenario, check: Chosen, loc: Loc) -> Iterator[Remark]:
    form = form_for(benchmark, scenario)
    names = [field.name for field in form.fields if isinstance(field, ChoiceField)]
    if check.field is None and len(names) != 1:
        what = f"the answer form has {len(names)} choices, and the check names none"
        yield error("unknown-field", what, "`field: NAME`", f"one of {', '.join(names)}", loc)
        return
    field = form.choice(check.field)
    if field is None:
        yield unknown((*loc, "field"), "unknown-field", check.field or "", names)
    elif check.choice not in field.choices:
        yield unknown((*loc, "choice"), "unknown-verdict", check.choice, field.choices)
    elif loc[0] == "passCriteria":
        yield from _outcome(scenario, check.choice, field, (*loc, "choice"))


def _outcome(scenario: Scenario, label: str, field: ChoiceField, loc: Loc) -> Iterator[Remark]:
    outcome, clear = scenario.outcome_type, field.clear
    if clear is None or outcome.flags != (label == clear):
        return
    what, expected = ("sees no problem", "flags one"), f"the verdict {clear}"
    if outcome.flags:
        what, expected = ("flags a problem", "sees none"), f"a verdict other than {clear}"
    yield error(
        "outcome-verdict",
        f"outcome type {outcome} {what[0]}, the passing verdict {label} {what[1]}",
        expected,
        "correct the verdict or the outcome type",
        loc,
    )


def _members(
    benchmark: Benchmark, scenario: Scenario, check: SetHeld | Ordered, loc: Loc
) -> Iterator[Remark]:
    sets = {
        field.name: field
        for field in form_for(benchmark, scenario).fields
        if isinstance(field, SetField)
    }
    if check.field not in sets:
        yield unknown((*loc, "field"), "unknown-field", str(check.field), sets)
        return
    field, name = sets[check.field], "set" if isinstance(check, SetHeld) else "ordered"
    values = check.set_ if isinstance(check, SetHeld) else check.ordered
    for number, value in enumerate(values):
        if field.choices and value not in field.choices:
            yield unknown((*loc, name, number), "unknown-verdict", value, field.choices)
    if len(values) > field.at_most:
        what = f"the check wants {len(values)} values, {field.name} takes {field.at_most}"
        remedy = "drop some, or raise `atMost` of the field"
        yield error("too-many", what, "no more than the field takes", remedy, (*loc, name))


def _read(
    benchmark: Benchmark, scenario: Scenario, check: FigureRead, loc: Loc
) -> Iterator[Remark]:
    wanted = check.figure
    column = benchmark.columns.get(wanted.metric, Column())
    bounds = (column.flat_within, column.flat_within_percent)
    if wanted.direction is not None and bounds == (None, None):
        yield error(
            "no-direction",
            f"nothing says when {wanted.metric} has moved",
            "`flatWithin` or `flatWithinPercent` of that column in benchmark.yaml",
            "write what change is flat, or drop `direction`",
            (*loc, "direction"),
        )
    table, named = scenario.domain_input, wanted.metric
    if isinstance(table, Table):
        named = declared_columns(benchmark, table).get(named, named)
    yield from _figure(scenario, named, wanted.value, wanted.tolerance, loc)
    if wanted.direction is None or not isinstance(table, Table) or named not in table.columns:
        return
    series = [one for one in map(figure_in, table.series(named)) if one is not None]
    way = column.direction(series[0], series[-1]) if len(series) > 1 and is_series(table) else None
    if way not in {None, wanted.direction}:
        yield error(
            "wrong-direction",
            f"{wanted.metric} goes {way} by the column's own bound, the check wants "
            f"{wanted.direction}",
            "the direction that the table shows",
            f"write `direction: {way}`, or mend the bound in benchmark.yaml",
            (*loc, "direction"),
        )


def _figure(
    scenario: Scenario, metric: str, value: float, tolerance: float, loc: Loc
) -> Iterator[Remark]:
    table = scenario.domain_input
    if not isinstance(table, Table):
        return
    if metric not in table.columns:
        near = difflib.get_close_matches(metric, table.columns, 1, LEAST_LIKENESS)
        if near:
            what = f"the table has no column {quoted(metric)}"
            remedy = f"write `{near[0]}`"
            changes = (WordChange((*loc, "metric"), near[0]),)
            where = (*loc, "metric")
            yield warning("unknown-metric", what, "a column", remedy, where, changes)
        return
    read = [figure for figure in map(_figure_read, table.series(metric)) if figure is not None]
    written = table.series(metric)[-1]
    cited = read[-1:] if is_series(table) else read
    if not read:
        yield warning(
            "not-last-figure",
            f"{metric} has no figure in the table, the check wants {shown(value)}",
            "a figure that the table shows",
            "write the figures into the table, or check the words of the answer",
            (*loc, "value"),
        )
    elif all(abs(one - value) > tolerance for one in cited):
        ends = f"ends on {shown(written)}"
        if _figure_read(written) is None:
            ends += f" after {shown(read[-1])}"
        yield warning(
            "not-last-figure",
            f"{metric} {ends}, the check wants {shown(value)}",
            "the metric's last figure, which is what an answer composed from the table cites",
            f"write {shown(read[-1])}, or bind the figure to another metric",
            (*loc, "value"),
        )


def _figure_read(cell: Cell) -> int | float | None:
    """Return the figure of a cell, also where its unit or its commas make it text."""
    figure = figure_in(cell)
    return float(meant) if figure is None and (meant := figure_meant(cell)) else figure


def unreadable_remarks(
    benchmark: Benchmark, sheet: ExamSheet, scenario: Scenario
) -> Iterator[Remark]:
    """Yield the answers labelled right that the form of answers cannot read: none may be learnt."""
    form = form_for(benchmark, scenario)
    for number, answer in enumerate(sheet.answers):
        faults = faults_in(form, answer.text) if answer.kind is AnswerKind.RIGHT else ()
        if faults:
            yield error(
                "unreadable-answer",
                f"{answer.id} is right, and its form cannot be read: {'; '.join(faults)}",
                "an answer in the form that benchmark.yaml asks for, as a model would write it",
                f"give it the fields {', '.join(field.name for field in form.fields)}, a line each",
                ("answers", number, "text"),
            )
