"""The JSON of an answer, as models write it: fenced, nested, with comments, or as Python's dict.

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

STRING = r'"(?:[^"\\\n]|\\.)*+"?|\'(?:[^\'\\\n]|\\.)*+\'?'
TOKEN = re.compile(rf"{STRING}|(?://|\#)[^\n]*|/\*[^*]*\*/|\b(?:True|False|None)\b|[{{}}\[\]]")
"""Strings, comments, brackets and Python's words: what an object is parted by."""

BEGINS = re.compile(rf"\{{\s*+(?:[}}/#]|(?:{STRING})\s*+:)")
"""How an object begins: with a key, with a comment, or empty."""

IN_PYTHON = {"True": "true", "False": "false", "None": "null"}
"""How JSON says what Python writes."""

QUOTES = {"\\'": "'", '"': '\\"'}
"""How a string between double quotes has the quotes of one between single quotes."""

OURS = re.compile(r"^(?:final|the|my|our)+")
"""What a field's name may begin with."""

SET_ASIDE = re.compile(
    r"(?:(?:reject|consider|discard|dismiss|exclud|eliminat)e?d?|ruledout|alternatives?|previous|prior"
    r"|drafts?|initial|old|wrong|examples?|not)"
    r"(?:answers?|verdicts?|causes?|hypothes[ie]s|options?|choices?|alternatives?)?"
)
"""Bare keys of what is no answer."""

NAMES = ("metric", "name", "column", "field")
VALUES = (
    "value", "to", "after", "current", "latest", "now", "end", "final", "last", "new", "reading",
    "latest value", "current value", "latest_value", "current_value", "latestvalue", "currentvalue",
)  # fmt: skip
WAYS = ("direction", "trend", "way", "change")
"""Keys under which JSON and tables name a metric, its reading, and where it went."""

WAY_OF = re.compile(rf"[_ -]?(?:{'|'.join(('unit', *WAYS))})$", re.IGNORECASE)
"""How a key ends that tells where the figure of another key went, or its unit."""


def json_objects(answer: str) -> list[Any]:
    """Return the JSON objects of an answer, in order; of a key that is there twice both values."""
    return json_parts(answer)[0]


def json_parts(answer: str) -> tuple[list[Any], list[str]]:
    """Return the JSON objects of an answer, and what stands around them."""
    found, around, failures, told, at = list[Any](), list[str](), 0, 0, 0
    while (at := answer.find("{", at)) >= 0 and failures < MAX_STRAY_BRACES:
        written, end, depth = _object_at(answer, at)
        if depth > MOST_NESTED:
            break
        try:
            found.append(json.loads(written, object_pairs_hook=_with_doubles))
        except ValueError:
            at, failures = at + 1, failures + 1
            continue
        around.append(answer[told:at])
        at = told = end
    return found, [*around, answer[told:]]


def _object_at(answer: str, at: int) -> tuple[str, int, int]:
    """Return an object as JSON has it, where it ends, and how deep it is nested."""
    written, depth, deepest, end = list[str](), 0, 0, at
    for token in TOKEN.finditer(answer, at) if BEGINS.match(answer, at) else ():
        written.append(answer[end : token.start()])
        end = token.end()
        written.append(_strict(token[0]))
        depth += (token[0] in "{[") - (token[0] in "}]")
        deepest = max(deepest, depth)
        if depth == 0 or deepest > MOST_NESTED:
            break
    return re.sub(r",(\s*[}\]])", r"\1", "".join(written)), end, deepest


def _strict(token: str) -> str:
    """Return a token of Python or of commented JSON as JSON has it."""
    if token[0] == "'" and len(token) > 1:
        plain = re.sub(r'\\.|"', lambda hit: QUOTES.get(hit[0], hit[0]), token[1:-1])
        return f'"{plain}"'
    return "" if token[0] in "/#" else IN_PYTHON.get(token, token)


def _with_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: several if len(several) > 1 else several[0] for key, several in found.items()}


def keyed(names: Mapping[str, str], value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Yield the fields of a JSON value, each with its normalised text.

    A field counts at the outermost level that has it: what is nested below may be a draft, or an
    example. What its key says to be set aside is none anywhere.

    Args:
        names: Each field by its bare name; by a metric's the field that holds figures, where no
            other field stands further out.
        value: Any JSON value.
    """
    level, told = [value], set[str]()
    while level:
        found, below = list[tuple[str, str]](), list[Any]()
        for one in level:
            if isinstance(one, list):
                level.extend(one)
            elif isinstance(one, dict) and (entry := _entry(names, one)):
                found.append(entry)
            elif isinstance(one, dict):
                for key, said in _with_ways(one).items():
                    called = bare(key) if bare(key) in names else OURS.sub("", bare(key))
                    name = names.get(called, "")
                    if name and bare(name) == called:
                        found.append((name, normalised(as_text(said))))
                    elif name and not told:
                        found.append((name, normalised(as_text({key: said}))))
                    elif not _is_set_aside(key, said):
                        below.append(said)
        yield from (pair for pair in found if pair[0] not in told)
        told |= {name for name, _ in found}
        level = below


def _entry(names: Mapping[str, str], value: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the field of an object that has its name and its value under keys."""
    lowered = {key.lower(): part for key, part in value.items()}
    entry = next((lowered[key] for key in NAMES if isinstance(lowered.get(key), str)), "")
    if bare(entry) not in names or lowered.keys().isdisjoint(VALUES):
        return None
    name = names[bare(entry)]
    rest = [part for key, part in lowered.items() if key in VALUES]
    said = "\n".join(map(as_text, rest)) if bare(name) == bare(entry) else as_reading(lowered)
    return name, normalised(said)


def _with_ways(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with what keys as "p95_unit" and "p95Direction" say beside "p95"."""
    found = dict(value)
    for key, said in value.items():
        stem = WAY_OF.sub("", key)
        if stem != key and stem in found and isinstance(said, str) and not re.search(r"\d", said):
            found[stem] = f"{as_text(found[stem])} {found.pop(key)}"
    return found


def _is_set_aside(key: str, value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, dict | list | str) and SET_ASIDE.fullmatch(bare(key)) is not None


def bare(name: str) -> str:
    """Return a name without case, blanks and punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()


def as_text(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return a JSON value as a labelled line would say it."""
    if isinstance(value, list):
        is_row = not any(isinstance(part, list | dict) for part in value)
        numbers = sum(isinstance(part, int | float) for part in value) if is_row else 0
        return {0: ";\n", 1: " "}.get(numbers, ", ").join(map(as_text, value))
    if isinstance(value, dict):
        lowered = {str(key).lower(): part for key, part in value.items()}
        if not lowered.keys().isdisjoint((*NAMES, *VALUES)):
            return as_reading(lowered)
        value = _with_ways(value)
        is_ticked = all(isinstance(part, bool) for part in value.values())
        told = (
            name if is_ticked else f"{name} {as_text(said)}"
            for name, said in value.items()
            if (said or not is_ticked) and not _is_set_aside(name, said)
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
    told += [", ".join(as_text(value[key]) for key in VALUES if key in value)]
    told += [value[key] for key in ("unit", *WAYS) if isinstance(value.get(key), str)]
    return " ".join(filter(None, map(as_text, told)))
