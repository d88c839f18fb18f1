"""The JSON of an answer, as models write it: fenced, nested, in lists, with a comma too many.

Values become the text that a labelled line would have, so that both are read by the same rules.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from modelsmith.exam.checks.text import normalised

MAX_STRAY_BRACES = 100
"""Opening braces without an object that are looked at, so that cost stays linear."""

MOST_NESTED = 32
"""Levels of an object; what is nested deeper than anybody writes is no object. A number says so,
and not what a process happens to have left of its stack."""

NAMES = ("metric", "name", "column", "field")
VALUES = (
    "value", "to", "after", "current", "latest", "now", "end", "final", "last", "new", "reading",
    "latest value", "current value", "latest_value", "current_value", "latestvalue", "currentvalue",
)  # fmt: skip
WAYS = ("direction", "trend", "way", "change")
"""Keys under which JSON and tables name a metric, its reading, and where it went."""


def json_objects(answer: str) -> list[Any]:
    """Return the JSON objects of an answer, in order; of a key that is there twice both values."""
    return json_parts(answer)[0]


def json_parts(answer: str) -> tuple[list[Any], list[str]]:
    """Return the JSON objects of an answer, and what stands around them."""
    text = re.sub(r",(\s{0,9}[}\]])", r"\1", answer)
    decoder, at = json.JSONDecoder(object_pairs_hook=_with_doubles), 0
    found, around, failures, told = list[Any](), list[str](), 0, 0
    while (at := text.find("{", at)) >= 0 and failures < MAX_STRAY_BRACES:
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError:
            at, failures = at + 1, failures + 1
            continue
        except RecursionError:
            break
        if _is_too_deep(value):
            break
        found.append(value)
        around.append(text[told:at])
        at = told = end
    return found, [*around, text[told:]]


def _with_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        found[key] = [found[key], value] if key in found else value
    return found


def _is_too_deep(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    level = [value]
    for _ in range(MOST_NESTED):
        level = [part for one in level for part in _within(one)]
    return bool(level)


def _within(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [part for part in parts if isinstance(part, dict | list)]


def keyed(names: Mapping[str, str], value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Yield the fields of a JSON value, at any level, each with its normalised text.

    Args:
        names: Each field by its bare name.
        value: Any JSON value.
    """
    if isinstance(value, list):
        for part in value:
            yield from keyed(names, part)
    if not isinstance(value, dict):
        return
    lowered = {key.lower(): part for key, part in value.items()}
    entry = next((lowered[key] for key in NAMES if isinstance(lowered.get(key), str)), "")
    if bare(entry) in names and not lowered.keys().isdisjoint(VALUES):
        rest = [part for key, part in lowered.items() if key in VALUES]
        yield names[bare(entry)], normalised("\n".join(map(as_text, rest)))
        return
    for key, said in value.items():
        if bare(key) in names:
            yield names[bare(key)], normalised(as_text(said))
        else:
            yield from keyed(names, said)


def bare(name: str) -> str:
    """Return a name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()


def as_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value as a labelled line would say it."""
    if isinstance(value, list):
        is_row = value and not any(isinstance(part, list | dict) for part in value)
        is_reading = is_row and any(isinstance(part, int | float) for part in value)
        return (" " if is_reading else ";\n").join(map(as_text, value))
    if isinstance(value, dict):
        lowered = {str(key).lower(): part for key, part in value.items()}
        if not lowered.keys().isdisjoint((*NAMES, *VALUES)):
            return as_reading(lowered)
        is_ticked = all(isinstance(part, bool) for part in value.values())
        told = (
            name if is_ticked else f"{name} {as_text(said)}"
            for name, said in value.items()
            if said or not is_ticked
        )
        return ";\n".join(told)
    if isinstance(value, float) and isfinite(value):
        return _decimals(value)
    return "" if value is None else str(value)


def _decimals(value: float) -> str:
    """Return a number of JSON so that every language reads its point as one of decimals.

    With a fourth digit behind it nobody takes it to part thousands.
    """
    written = f"{Decimal(repr(value)):f}"
    return f"{written}0" if written[-4:-3] == "." else written


def as_reading(value: Mapping[str, Any]) -> str:
    """Return one metric's reading, or a value with its reason, from the keys that models use."""
    told = [*[value[key] for key in NAMES if key in value][:1]]
    told += [value[key] for key in VALUES if key in value]
    told += [value[key] for key in ("unit", *WAYS) if isinstance(value.get(key), str)]
    return " ".join(filter(None, map(as_text, told)))
