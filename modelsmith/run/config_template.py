"""A new run.yaml to write over: every setting with its default and what it means."""

import json
import re
import textwrap
from collections.abc import Iterator
from enum import Enum
from typing import get_args, get_origin

from pydantic.fields import FieldInfo

from modelsmith.record import Record
from modelsmith.run.config import RunConfig

WIDTH = 96
"""Characters of a comment line."""

PLAIN = re.compile(r"[a-z][a-z0-9-]*")
"""A text that YAML reads as text without quotes."""


def run_scaffold(run: str, benchmark: str) -> str:
    """Return the text of a new run.yaml, with every default written out and explained."""
    config = RunConfig(benchmark=benchmark, specialist=f"{benchmark}-specialist")
    lines = [
        "# yaml-language-server: $schema=../../schemas/run.schema.json",
        "# Reviewed before the run starts. Every line below is the default but the first two;",
        f"# delete what you leave alone, then run `modelsmith run start {run}`.",
        *_written(config, ""),
    ]
    return "\n".join(lines) + "\n"


def _written(record: Record, indent: str) -> Iterator[str]:
    """Yield a record's fields, each below a comment that says what it is."""
    for name, field in type(record).model_fields.items():
        value, key = getattr(record, name), field.alias or name
        yield from _comment(field, indent)
        if isinstance(value, Record):
            yield f"{indent}{key}:"
            yield from _written(value, indent + "  ")
        elif value is None:
            yield f"{indent}# {key}:"
        elif value == ():
            yield f"{indent}{key}: []"
        elif isinstance(value, tuple):
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_scalar(part)}" for part in value)
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _comment(field: FieldInfo, indent: str) -> list[str]:
    words = _words(field.annotation)
    each = "Each one of" if get_origin(field.annotation) is tuple else "One of"
    other = ", or another name" if _is_open(field.annotation) else ""
    listed = f" {each} {', '.join(words)}{other}." if len(words) > 1 else ""
    margin = f"{indent}# "
    return textwrap.wrap(
        f"{field.description or ''}{listed}",
        WIDTH,
        initial_indent=margin,
        subsequent_indent=margin,
        break_on_hyphens=False,
    )


def _words(annotation: object) -> list[str]:
    """Return the words a field chooses from, if it does."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    parts = get_args(annotation)
    if parts and all(isinstance(part, str) for part in parts):
        return list(parts)
    return [word for part in parts for word in _words(part)]


def _is_open(annotation: object) -> bool:
    """Return whether a field that chooses from words takes any other text too."""
    return annotation is str or any(map(_is_open, get_args(annotation)))


def _scalar(value: object) -> str:
    text = value.value if isinstance(value, Enum) else value
    return text if isinstance(text, str) and PLAIN.fullmatch(text) else json.dumps(text)
