"""JSON values as YAML that people read: long texts as blocks, and read back as just that value."""

import json
import re
from collections.abc import Iterator, Mapping
from textwrap import wrap

from pydantic import JsonValue

from modelsmith.documents.strict_yaml import meaning

WIDTH = 96
"""Characters of a line, as in the files that people write."""

PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9_/.()' -]*[A-Za-z0-9_/.)])?")
"""A text that means itself without quotes."""

ESCAPED = re.compile("[\x7f-\x9f\xa0\u2028\u2029\ufeff]")
"""What a reader of YAML takes for a line break, or does not see."""


def yaml_text(fields: Mapping[str, JsonValue]) -> str:
    """Return the fields in their order."""
    return "\n".join(_mapping(fields, 0)) + "\n"


def _mapping(fields: Mapping[str, JsonValue], indent: int) -> Iterator[str]:
    for name, value in fields.items():
        yield from _named(" " * indent + _scalar(name) + ":", value, indent)


def _named(head: str, value: JsonValue, indent: int) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield head
        yield from _mapping(value, indent + 2)
    elif isinstance(value, list) and value and not _is_short(value):
        yield head
        yield from _items(value, indent + 2)
    elif isinstance(value, str) and (block := _block(value, indent + 2)):
        yield f"{head} {block[0]}"
        yield from block[1:]
    else:
        yield f"{head} {_flow(value)}"


def _items(values: list[JsonValue], indent: int) -> Iterator[str]:
    for value in values:
        dash = " " * indent + "-"
        if isinstance(value, dict) and value:
            first, *rest = _mapping(value, indent + 2)
            yield f"{dash} {first.lstrip(' ')}"
            yield from rest
        else:
            yield from _named(dash, value, indent)


def _is_short(values: list[JsonValue]) -> bool:
    """Return whether a list stands on one line: a row of figures and words."""
    is_flat = not any(isinstance(one, list | dict) for one in values)
    return is_flat and len(_flow(values)) <= WIDTH


def _block(text: str, indent: int) -> list[str]:
    """Return a long text as a block that is read back as it is, or nothing."""
    pad = " " * indent
    lines = text.split("\n")
    is_kept = bool(text) and text[:1] != " " and all(line.isprintable() for line in lines)
    if not is_kept or any(line != line.rstrip() for line in lines):
        return []
    if len(lines) > 1 and lines[0] and lines[-1]:
        return ["|-", *(f"{pad}{line}" if line else "" for line in lines)]
    if len(lines) == 1 and len(text) > WIDTH - indent and text == " ".join(text.split()):
        parts = wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        return [">-", *(pad + part for part in parts)]
    return []


def _flow(value: JsonValue) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{_scalar(name)}: {_flow(one)}" for name, one in value.items()) + "}"
        )
    return _scalar(value)


def _scalar(value: JsonValue) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value) and meaning(value) == value:
        return value
    written = json.dumps(value, ensure_ascii=False)
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
