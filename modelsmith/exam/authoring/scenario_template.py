"""A new scenario file to write over: valid, commented, one line of each kind of check."""

import json

from modelsmith.documents.json_schema import example_of
from modelsmith.exam.authoring.lint import METRIC_TO_READ, REPLACE_TEXT, REPLACE_WORDS
from modelsmith.exam.benchmark import VERDICT, Benchmark
from modelsmith.exam.checks.answer_form import (
    AnswerField,
    ChoiceField,
    FiguresField,
    SetField,
    TextField,
)
from modelsmith.exam.prompt import form_of_category
from modelsmith.exam.scenario import OutcomeType


def scaffold(  # noqa: PLR0913 - the choices of the command
    benchmark: Benchmark,
    comments: tuple[str, ...],
    *,
    scenario_id: str,
    outcome: OutcomeType,
    lens: str,
    category: str,
) -> str:
    """Return the text of a new scenario file.

    Args:
        benchmark: Its vocabularies and answer format.
        comments: The comment lines that such a file begins with.
        scenario_id: The new id.
        outcome: What a right answer does.
        lens: Whose eyes the answer is written for.
        category: The capability that is examined.
    """
    mechanic = json.dumps(example_of(benchmark.mechanic.schema_))
    fields = form_of_category(benchmark, category).fields
    criteria = "".join(_criterion(benchmark, field, outcome) for field in fields)
    wrong = "".join(
        f"  - text: Chooses {value} for {field.name}.\n    check: {{{_check(field)}: {value}}}\n"
        for field in fields
        if isinstance(field, ChoiceField) and (value := _value(field, not outcome.flags))
    )
    return f"""{chr(10).join(comments)}
id: {scenario_id}
outcomeType: {outcome}  # tp, tn, fp-guard or fn-guard: does a right answer flag a problem?
operatorLens: {lens}
category: {category}
{benchmark.mechanic.field}: {mechanic}
# The situation, as the person who asks would tell it. No conclusions: the table holds them.
description: >-
  {REPLACE_TEXT} two to five sentences: who asks, what they saw, what they suspect.
# What this finds out about a model. Never shown to the model.
testObjective: >-
  {REPLACE_TEXT} the mistake that the scenario provokes, and why it matters.
# One sentence a criterion, or a list. A check decides what it can, people's labels and judges
# decide the rest. `modelsmith scenario check` tries every check on wrong answers.
passCriteria:
{criteria or PROSE}failCriteria:
{wrong or MISTAKES}domainInput:  # a table; or text, in its place
  columns: [day, {METRIC_TO_READ}, other_metric]
  rows:  # oldest first; `number` checks want the last figure of their metric
    - [2026-01-05, 40, 7]
    - [2026-01-06, 44, 7]
    - [2026-01-07, 58, 8]
"""


PROSE = f"""  - {REPLACE_TEXT} what a right answer does, one sentence a criterion.
"""
MISTAKES = f"""  - {REPLACE_TEXT} what no right answer does, one sentence a criterion.
"""
"""What stands where no field of the answer gives an example."""


def _criterion(benchmark: Benchmark, field: AnswerField, outcome: OutcomeType) -> str:
    """Return an example of what a rubric asks of a field; nothing of a set without values."""
    if isinstance(field, ChoiceField):
        value = _value(field, outcome.flags)
        opening = _opening(benchmark, field.name, f"Chooses for {field.name}")
        return f"  - text: {opening} {value}.\n    check: {{{_check(field)}: {value}}}\n"
    if isinstance(field, FiguresField) or field == _first_text(benchmark, field):
        opening = _opening(benchmark, field.name, "Reads")
        kind = "figure" if isinstance(field, FiguresField) else "number"
        return (
            f"  - text: {opening} {METRIC_TO_READ} at its latest value, 58.\n"
            f"    check: {{{kind}: {{metric: {METRIC_TO_READ}, value: 58}}}}\n"
        )
    name = field.name.lower()
    if isinstance(field, SetField):
        value = field.choices[0] if field.choices else f"{name} to replace"
        return (
            f"  - text: Names {value} among {field.name}.\n"
            f"    check: {{set: [{value}], field: {field.name}}}\n"
        )
    opening = _opening(benchmark, field.name, "Says the")
    return (
        f"  - text: {opening} {name} {REPLACE_WORDS}.\n"
        f"    check: {{any_of: [{name} to replace]}}  # the ways to say it; or leave it to judges\n"
    )


def _opening(benchmark: Benchmark, name: str, otherwise: str) -> str:
    sections = {one.heading: one.opens for one in benchmark.answer_format.sections}
    fields = benchmark.answer_format.fields
    opens = {field.name: field.opens for field in fields if isinstance(field, TextField)}
    return ((*sections.get(name, ()), *opens.get(name, ()), otherwise)[0]).rstrip()


def _first_text(benchmark: Benchmark, field: AnswerField) -> AnswerField | None:
    """Return the field itself where it is the first line of a format of `sections`."""
    sections = benchmark.answer_format.sections
    return field if sections and sections[0].heading == field.name else None


def _check(field: ChoiceField) -> str:
    return "verdict" if field.name == VERDICT else "choice"


def _value(field: ChoiceField, flags: bool) -> str:  # noqa: FBT001 - whether a problem is flagged
    """Return a value that flags a problem, or the one that says there is none."""
    if not flags and field.clear is not None:
        return field.clear
    return next((choice for choice in field.choices if choice != field.clear), "")
