"""An answer made of a rubric's own sentences and figures, and whether the rubric tells it apart."""

import re
from collections.abc import Collection, Iterator, Sequence

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import (
    AnswerField,
    AnswerForm,
    ChoiceField,
    Column,
    Direction,
    FiguresField,
    SetField,
    TextField,
)
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import Chosen, FigureRead, FigureSought, SetHeld
from modelsmith.exam.checks.figures import Number, NumberSought
from modelsmith.exam.checks.phrases import Ordered
from modelsmith.exam.checks.quantities import dimension_of
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.prompt import declared_columns, form_for
from modelsmith.exam.row_order import is_series
from modelsmith.exam.scenario import Criterion, Scenario, Table, figure_read, shown
from modelsmith.exam.verdict import Judged, graded, passes
from modelsmith.record import Record

ABBREVIATED = re.compile(r"(?:\b\w\.){2,}$|\betc\.$|\b(?:Inc|Ltd|Co|Corp|Jr|Sr)\.$")
"""An abbreviation whose full stop is its own."""

WITHIN = re.compile(r"(?<=[a-z0-9,;:] )[A-Z]\w*")
"""A word with a capital within a sentence, which is a name."""


class Answerability(Record):
    """Whether a rubric tells right from wrong."""

    right_passes: bool
    """No check fails the answer composed from the rubric; what no check decides is for others to
    say, and so is everything where the form gives no way to compose one."""
    wrong_passing: tuple[str, ...]
    """Names of the wrong answers that pass it too; a good rubric has none."""


def answerability_of(benchmark: Benchmark, scenario: Scenario) -> Answerability:
    """Return whether no check fails the composed answer, and the plain wrong ones fail."""
    form, right = form_for(benchmark, scenario), composed(benchmark, scenario)
    wrong = wrong_answers(benchmark, scenario, right)
    return Answerability(
        right_passes=fails_no_check(scenario, right, form),
        wrong_passing=tuple(name for name, text in wrong.items() if passes(scenario, text, form)),
    )


def fails_no_check(scenario: Scenario, right: str, form: AnswerForm) -> bool:
    """Return whether no check fails a composed answer; none does where nothing can be composed."""
    verdict = graded(scenario, right, form)
    return not is_composable(form) or not isinstance(verdict, Judged) or verdict.passed


def wrong_answers(benchmark: Benchmark, scenario: Scenario, right: str) -> dict[str, str]:
    """Return the plain wrong answers that are made of a right one, by name.

    They are an empty answer, the input itself and, where the form has a choice, the right answer
    with each other value, and with every value at once.
    """
    wrong = {"empty": "", "the input": scenario.input_text()}
    field = choice_in(benchmark, scenario)
    if field is None:
        return wrong
    kind = field.name.lower()
    wrong[f"every {kind}"] = with_choice(right, field, ", ".join(field.choices))
    for choice in field.choices:
        if f"{field.name}: {choice}" not in right.splitlines():
            wrong[f"{kind} {choice}"] = with_choice(right, field, choice)
    return wrong


def choice_in(benchmark: Benchmark, scenario: Scenario) -> ChoiceField | None:
    """Return the first field of answers to a scenario that is chosen from a list."""
    fields = form_for(benchmark, scenario).fields
    return next((field for field in fields if isinstance(field, ChoiceField)), None)


def with_choice(answer: str, field: ChoiceField, value: str) -> str:
    """Return an answer of labelled lines with another value of that field, on its last line."""
    kept = [line for line in answer.splitlines() if not line.startswith(f"{field.name}:")]
    return "\n".join([*kept, f"{field.name}: {value}"])


def is_composable(form: AnswerForm) -> bool:
    """Return whether right answers can be composed: each text says how its criteria begin."""
    texts = [field for field in form.fields if isinstance(field, TextField)]
    return bool(form.fields) and all(field.opens for field in texts)


def composed(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return an answer made of the rubric's own sentences and the scenario's own figures.

    Each field takes what the pass criteria say of it, in the rubric's order: a choice and a set
    their values, figures the reading of each metric that a criterion is bound to, sentences those
    criteria that open with the field's words. Readings that stand together are summed up by which
    of them moved. A field of which the rubric says nothing is left out; of a free text nothing can
    be composed. Whether the result passes the rubric is for the grader to say, not for this
    function.

    The summing up is a step of reasoning (Wei et al. 2201.11903). Without it a 135M model learned
    to read both metrics and then guessed the cause: on train 15 of 30 passed, and nearly all the
    others had every figure right and the wrong cause.
    """
    form = form_for(benchmark, scenario)
    lines = []
    told = f"{scenario.description}\n{scenario.input_text()}"
    names = {*WITHIN.findall(told)} if form.language == DEFAULT_LANGUAGE else None
    for field in form.fields:
        parts = list(dict.fromkeys(_parts(field, form, benchmark, scenario)))
        if parts:
            lines.append(f"{field.name}: {_joined(field, parts, names)}")
    return "\n".join(lines)


def composed_choices(benchmark: Benchmark, scenario: Scenario) -> dict[str, str]:
    """Return the right value of each choice that the rubric names, by field."""
    form = form_for(benchmark, scenario)
    parts = {
        field.name: list(_parts(field, form, benchmark, scenario))
        for field in form.fields
        if isinstance(field, ChoiceField)
    }
    return {name: values[-1] for name, values in parts.items() if values}


def _parts(
    field: AnswerField, form: AnswerForm, benchmark: Benchmark, scenario: Scenario
) -> Iterator[str]:
    """Yield what the rubric says of one field."""
    checks = [criterion.check for criterion in scenario.pass_criteria]
    if isinstance(field, ChoiceField):
        for check in checks:
            if isinstance(check, Verdict):
                yield check.verdict
            elif isinstance(check, Chosen) and form.choice(check.field) == field:
                yield check.choice
    elif isinstance(field, SetField):
        for check in checks:
            if isinstance(check, SetHeld | Ordered) and check.field == field.name:
                yield from check.set_ if isinstance(check, SetHeld) else check.ordered
    else:
        yield from _sentences(field, benchmark, scenario)


def _sentences(
    field: FiguresField | TextField, benchmark: Benchmark, scenario: Scenario
) -> Iterator[str]:
    """Yield the readings and sentences of a field, and which of the readings moved."""
    openings = field.opens if isinstance(field, TextField) else ("",)
    moves: dict[str, bool | None] = {}
    for criterion in scenario.pass_criteria:
        fitting = [one for one in openings if _opens(criterion.text, one)]
        if not fitting:
            continue
        if reading := _reading_of(criterion, benchmark, scenario):
            metric, words, moves[metric] = reading
            yield words
        elif isinstance(field, TextField):
            said = _clause(criterion.text.removeprefix(max(fitting, key=len)))
            if said:
                yield said
    if len(moves) > 1 and None not in moves.values():
        names = [metric for metric, moved in moves.items() if moved] or ["none of them"]
        yield f"so {' and '.join(names)} moved"


def _opens(text: str, opening: str) -> bool:
    """Return whether a criterion begins with these words, and not with a longer one."""
    rest = text.removeprefix(opening)
    return text.startswith(opening) and not (opening[-1:].isalnum() and rest[:1].isalnum())


def _clause(said: str) -> str:
    """Return a sentence as one clause of several; the full stop of an abbreviation stays."""
    bare = said.strip(" ;,:")
    return bare if ABBREVIATED.search(bare) else bare.strip(" .!\u2026")


def _reading_of(
    criterion: Criterion, benchmark: Benchmark, scenario: Scenario
) -> tuple[str, str, bool | None] | None:
    """Return the metric that a criterion asks for, its reading and whether it moved.

    Nothing where it asks for none. Whether it moved is None where the table does not show it, or
    the benchmark does not say when that column has moved.
    """
    check, way = criterion.check, None
    if isinstance(check, Number):
        sought: NumberSought | FigureSought = check.number
    elif isinstance(check, FigureRead):
        sought, way = check.figure, check.figure.direction
    else:
        return None
    metric, value = sought.metric, sought.value
    if metric is None:
        return None
    column, table = benchmark.columns.get(metric, Column()), scenario.domain_input
    is_its_unit = not sought.unit or dimension_of(sought.unit) == dimension_of(column.unit)
    unit = column.unit if is_its_unit or not column.unit else sought.unit
    shown_as = declared_columns(benchmark, table) if isinstance(table, Table) else {}
    named = shown_as.get(metric, metric)
    if isinstance(table, Table) and named in table.columns and is_series(table):
        ends = (table.series(named)[at] for at in (0, -1))
        first, last = (figure_read(cell, benchmark.language) for cell in ends)
        is_last = last is not None and abs(last - value) <= sought.tolerance + 1e-9
        if first is not None and last is not None and is_last and unit == column.unit:
            way = column.direction(first, last)
            read = f"{metric} went from {_figure(first, unit)} to {_figure(last, unit)}"
            return metric, _with_way(read, way), None if way is None else way != "flat"
    return metric, _with_way(f"{metric} is {_figure(value, unit)}", way), None


def _figure(value: float, unit: str) -> str:
    return f"{shown(value)} {unit}".strip()


def _with_way(words: str, way: Direction | None) -> str:
    return words if way is None else f"{words}, {way}"


def _joined(field: AnswerField, parts: Sequence[str], names: Collection[str] | None) -> str:
    """Return the parts as a field is written; a lone label stays a label.

    Args:
        field: The field.
        parts: What the rubric says of it.
        names: Words that keep their capital; None where each word keeps what it has.
    """
    if isinstance(field, SetField):
        return ", ".join(parts)
    if isinstance(field, ChoiceField) or (len(parts) == 1 and " " not in parts[0]):
        return parts[0]
    first, *more = parts if names is None else (_lowered(part, names) for part in parts)
    is_metric = isinstance(field, FiguresField) or "_" in first.split(" ", 1)[0]
    if not is_metric and not first[1:2].isupper():  # a metric keeps its name, and an iPhone
        first = first[0].upper() + first[1:]
    said = "; ".join([first, *more])
    return said if said.endswith((".", "!", "?")) else f"{said}."


def _lowered(part: str, names: Collection[str]) -> str:
    """Return a part as it goes on within a sentence; a name keeps its capitals."""
    word = re.split(r"[^\w]", part, maxsplit=1)[0]
    is_name = word in names or any(map(str.isupper, word[1:])) or word == "I"
    return part if is_name else part[0].lower() + part[1:]
