"""What a model is asked, and how its answer is to be written: for everybody the same."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from modelsmith.exam.benchmark import VERDICT, Benchmark, Mechanic
from modelsmith.exam.checks.answer_form import (
    AnswerField,
    AnswerForm,
    ChoiceField,
    TextField,
    declared_column,
    form_words,
    metrics_of,
)
from modelsmith.exam.checks.fields import FigureRead
from modelsmith.exam.conversation import Conversation
from modelsmith.exam.scenario import Scenario, Table, figure_in
from modelsmith.models.generation import Message, Prompt


def verdicts_for(benchmark: Benchmark, scenario: Scenario) -> tuple[str, ...]:
    """Return the labels an answer to `scenario` is chosen from; none in an unknown category."""
    category = benchmark.categories.get(scenario.category)
    return () if category is None else category.verdicts


def form_for(benchmark: Benchmark, scenario: Scenario) -> AnswerForm:
    """Return the form of answers to `scenario`: choices of its category, columns of its table."""
    given, known = scenario.domain_input, dict[str, list[float | None]]()
    if isinstance(given, Table):
        shown_as = declared_columns(benchmark, given)
        columns = tuple(shown_as)
        known = {name: [*map(figure_in, given.series(column))] for name, column in shown_as.items()}
    else:
        body = scenario.body().lower()
        called = {m.name: m.names for m in metrics_of(benchmark.columns, benchmark.columns)}
        spoken = (name for name, names in called.items() if any(_says(body, one) for one in names))
        columns = tuple(spoken) or tuple(called)
    checks = (criterion.check for criterion in scenario.criteria().values())
    sought = [check.figure for check in checks if isinstance(check, FigureRead)]
    for one in sought:
        known.setdefault(one.metric, []).append(one.value)
    decimals = {name for name, seen in known.items() if any(one and one % 1 for one in seen)}
    unasked = sorted({one.metric for one in sought} - {*columns})
    return form_of_category(benchmark, scenario.category)._replace(
        metrics=metrics_of(columns, benchmark.columns, decimals),
        sought=metrics_of(unasked, benchmark.columns, decimals),
    )


def _says(body: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", body) is not None


def declared_columns(benchmark: Benchmark, table: Table) -> dict[str, str]:
    """Return a table's columns of figures by what the benchmark declares them as.

    A table may call a column by an alias; it goes by its own name where another has the declared.
    """
    found = dict[str, str]()
    for column in table.columns[1:]:
        name = declared_column(column, benchmark.columns)
        is_taken = name in found or (name != column and name in table.columns)
        found[column if is_taken else name] = column
    return found


def form_of_category(benchmark: Benchmark, category: str) -> AnswerForm:
    """Return the form of answers in a category, without the metrics of any one question."""
    declared = benchmark.answer_format
    known = benchmark.categories.get(category)
    if known is not None and known.free_text:
        return AnswerForm(language=benchmark.language)
    verdicts = () if known is None else known.verdicts
    if declared.sections:
        fields: tuple[AnswerField, ...] = tuple(
            ChoiceField(name=VERDICT, choices=verdicts, clear=declared.clear_verdict)
            if one.heading == VERDICT
            else TextField(name=one.heading, opens=one.opens)
            for one in declared.sections
        )
    else:
        fields = tuple(
            field.model_copy(update={"choices": verdicts})
            if isinstance(field, ChoiceField) and not field.choices
            else field
            for field in declared.fields
        )
    return AnswerForm(fields=fields, is_stated=not declared.sections, language=benchmark.language)


TEMPLATE = "prompt/1"
"""Version of this rendering; it is part of the key of every answer."""


def prompt_for(
    benchmark: Benchmark, scenario: Scenario, examples: Sequence[tuple[Scenario, str]] = ()
) -> Prompt:
    """Return the conversation that asks `scenario`, after worked `examples` where given.

    A conversation is asked as its turns, and what surrounds it stands before them in the system
    message. The objective, the rubric and the outcome type are never part of it.
    """
    instruction, given = benchmark.answer_format.instruction, scenario.domain_input
    if isinstance(given, Conversation):
        around = (*_around(benchmark, scenario), given.instruction)
        instruction = "\n".join(part for part in (instruction, *around) if part)
    turns = [Message(role="system", content=instruction)]
    for example, answer in examples:
        turns.append(Message(role="user", content=question(benchmark, example)))
        turns.append(Message(role="assistant", content=answer))
    if isinstance(given, Conversation):
        return (*turns, *given.messages())
    turns.append(Message(role="user", content=question(benchmark, scenario)))
    return tuple(turns)


def question(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return the user message: who asks, the situation, the input, the form of the answer."""
    opening, asked = _around(benchmark, scenario)
    parts = f"{opening}\n{scenario.input_text().strip()}"
    return f"{parts}\n{asked}" if asked else parts


def _around(benchmark: Benchmark, scenario: Scenario) -> tuple[str, str]:
    """Return what stands before an input, and behind it: the form of the answer."""
    opening = (
        f"{scenario.category}, seen by {scenario.operator_lens} "
        f"({mechanic_words(benchmark.mechanic, scenario)}).\n"
        f"{scenario.description.strip()}"
    )
    return opening, answer_words(benchmark, scenario)


def mechanic_words(mechanic: Mechanic, scenario: Scenario) -> str:
    """Return a scenario's mechanic as its schema words it: by the titles of fields and of values.

    A text without a title says for itself what it is; a number, a list, yes or no has its name.
    """
    schema: Mapping[str, Any] = mechanic.schema_
    shapes, parts = schema.get("properties", {}), []
    for name, value in sorted(scenario.mechanic.items()):  # as records keep it
        shape = shapes.get(name, {})
        shape = shape if isinstance(shape, Mapping) else {}  # `true`, which any value keeps
        title = shape.get("title", "" if isinstance(value, str) else name)
        parts.append(f"{title}: {_worded(value, shape)}" if title else _worded(value, shape))
    return ", ".join(parts)


def _worded(value: JsonValue, shape: Mapping[str, Any]) -> str:
    for one in shape.get("oneOf", ()):
        if one.get("const", one) == value and "title" in one:
            return str(one["title"])
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, list):
        return " and ".join(_worded(part, shape.get("items", {})) for part in value)
    if isinstance(value, dict):
        return "; ".join(f"{name} {_worded(part, {})}" for name, part in value.items())
    return str(value)


def answer_words(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return what whoever is asked is told of the form of the answer; nothing of a free text."""
    form = form_for(benchmark, scenario)
    if form.is_stated:
        return form_words(form)
    return f"Verdicts: {', '.join(verdicts_for(benchmark, scenario))}"


def worked_examples(
    train: Sequence[Scenario], answers: Mapping[str, str]
) -> tuple[tuple[Scenario, str], ...]:
    """Return one flagging and one clear train scenario with its right answer, shortest first.

    Short examples leave room for the question; both verdicts are shown so that neither is
    suggested. The same two stand before every question.

    Args:
        train: Scenarios to choose from.
        answers: A right answer by scenario id; scenarios without one are passed over.
    """
    chosen = []
    for flags in (True, False):
        pool = [s for s in train if s.outcome_type.flags is flags and s.id in answers]
        if pool:
            shortest = min(pool, key=lambda s: (len(s.body()) + len(answers[s.id]), s.id))
            chosen.append((shortest, answers[shortest.id]))
    return tuple(chosen)
