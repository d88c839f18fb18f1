"""A new benchmark.yaml: what its author chose, commented, with the defaults of the rest."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from modelsmith.exam.benchmark import Benchmark, Category, CompositeWeights, Floors

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 _/'()-]*[A-Za-z0-9)]")
"""Text that YAML reads as text without quotes, also in a list."""

NO_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
"""Words that some reader of YAML takes for something else."""


def benchmark_text(benchmark: Benchmark) -> str:
    """Return the text of a benchmark's file; read again it is the same benchmark."""
    schema: Mapping[str, Any] = benchmark.mechanic.schema_
    parts = "".join(
        f"      {name}: {{enum: {_listed(shape['enum'])}}}\n"
        for name, shape in schema["properties"].items()
    )
    categories = "".join(_category(*one) for one in benchmark.categories.items())
    form = benchmark.answer_format
    listed = [f"    - {_field(one.model_dump(by_alias=True))}\n" for one in form.fields]
    fields = "".join(["  fields:\n", *listed] if listed else [])
    return f"""\
# yaml-language-server: $schema=../../schemas/benchmark.schema.json
domain: {benchmark.domain}
title: {_scalar(benchmark.title)}
# The role that reviews changes to the exam.
owner: {_scalar(benchmark.owner)}
{_language(benchmark)}\
# Grows when the sealed split changes: a look at the sealed split counts for one version.
version: {benchmark.version}
# Stands in every sealed file, so that a leak into training data can be proved. Never reuse it.
canary: {benchmark.canary}
# The one field of a scenario that is your domain's own, and the JSON Schema of its value.
mechanic:
  field: {benchmark.mechanic.field}
  schema:
    type: object
    additionalProperties: false
    required: {_listed(schema["required"])}
    properties:
{parts}\
# Whose eyes an answer is written for.
lenses: {_listed(benchmark.lenses)}
# The capabilities that are examined.
categories:
{categories}\
# How an answer is written. With `fields` the prompt states them and answers are read by them; a
# category that says `freeText: true` has none of them, and without any all answers are free text.
answerFormat:
  instruction: {_scalar(form.instruction)}
{fields}\
# What columns of your tables may be called else, their unit, and up to which change one is flat:
#   columns:
#     error_rate_pct: {{aliases: [error rate], unit: "%", flatWithin: 0.2}}
# Shares of the composite score, and what a candidate must reach whatever the baselines do.
weights: {_mapped(CompositeWeights().model_dump())}
floors: {_mapped(Floors().model_dump())}
# Promotion attempts that one sealed version allows.
attempts: {benchmark.attempts}
"""


def _language(benchmark: Benchmark) -> str:
    code = benchmark.model_dump().get("language")
    return f"# The language that it is written in.\nlanguage: {_scalar(code)}\n" if code else ""


def _category(name: str, category: Category) -> str:
    verdicts = f"    verdicts: {_listed(category.verdicts)}\n" if category.verdicts else ""
    free = "    freeText: true\n" if category.free_text else ""
    return f"  {name}:\n    title: {_scalar(category.title)}\n{verdicts}{free}"


def _field(field: Mapping[str, Any]) -> str:
    """Return a field of the answer on one line, what is empty left out."""
    name, kind = field["name"], field["kind"]
    said = {"name": name, "kind": kind} | {key: one for key, one in field.items() if one}
    return _mapped(said)


def _mapped(values: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {_value(one)}" for key, one in values.items()) + "}"


def _listed(values: Iterable[str]) -> str:
    return "[" + ", ".join(map(_scalar, values)) + "]"


def _value(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return _scalar(value)
    return _listed(value) if isinstance(value, list | tuple) else json.dumps(value)


def _scalar(text: str) -> str:
    """Return a text as YAML, in quotes where it could be read as anything else."""
    is_plain = PLAIN.fullmatch(text) is not None and text.lower() not in NO_TEXT
    return text if is_plain else json.dumps(text, ensure_ascii=False)
