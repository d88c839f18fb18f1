"""Pydantic's findings in the product's words: what was found, what was expected, how to fix it.

What was expected at a place is what the record's JSON Schema says of it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic_core import ErrorDetails

from modelsmith.documents.diagnostic import Loc, Remark, error, nearest, one_line, quoted
from modelsmith.record import Record

TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of fields",
    "mapping_type": "a mapping of fields",
    "model_type": "a mapping of fields",
    "none_required": "nothing",
}
"""Pydantic's type errors, and the type that was expected."""

BOUNDS = {
    "string_too_short": "at least {min_length}",
    "string_too_long": "at most {max_length}",
    "too_short": "at least {min_length}",
    "too_long": "at most {max_length}",
    "greater_than": "more than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}
"""Pydantic's bound errors, and the bound."""

FIX = "; fix: "
"""What stands, in the words of a rule of ours, between what is wrong and its remedy."""

WORD = re.compile(r"'([^']*)'")


class SchemaIndex:
    """The schema of a record, asked by place; only errors ask."""

    def __init__(self, kind: type[Record], originals: Mapping[str, str]) -> None:
        """Know the record, and the names in the file of fields that have another in the record."""
        self._schema = _schema_of(kind)
        self._originals = originals

    def fields_at(self, loc: Loc) -> list[str]:
        """Return the names of the fields that a mapping at `loc` may have, in order."""
        names = [name for node in self._nodes_at(loc) for name in node.get("properties", {})]
        if len(loc) == 0:
            names = [self._originals.get(name, name) for name in names]
        return list(dict.fromkeys(names))

    def description_at(self, loc: Loc) -> str:
        """Return the docstring of the field at or around `loc`, no full stop; empty if none."""
        for length in range(len(loc), 0, -1):
            for node in self._nodes_at(loc[:length]):
                if "description" in node:
                    return str(node["description"]).split("\n")[0].rstrip(".")
        return ""

    def _nodes_at(self, loc: Loc) -> list[Mapping[str, Any]]:
        back = {old: new for new, old in self._originals.items()}
        nodes: list[Mapping[str, Any]] = [self._schema]
        for depth, part in enumerate(loc):
            name = back.get(str(part), part) if depth == 0 else part
            nodes = self._stepped(list(self._flat(nodes)), name)
        return [*nodes, *self._flat(nodes)]

    def _flat(self, nodes: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        for node in nodes:
            if "$ref" in node:
                name = str(node["$ref"]).removeprefix("#/$defs/")
                yield from self._flat([self._schema["$defs"][name]])
            elif "oneOf" in node or "anyOf" in node:
                yield from self._flat([*node.get("oneOf", []), *node.get("anyOf", [])])
            else:
                yield node

    @staticmethod
    def _stepped(nodes: list[Mapping[str, Any]], part: str | int) -> list[Mapping[str, Any]]:
        if isinstance(part, int):
            return [node["items"] for node in nodes if "items" in node] or nodes
        if titled := [node for node in nodes if node.get("title") == part]:
            return titled  # a union's tag
        having = [node for node in nodes if part in node.get("properties", {})]
        mappings = [node for node in nodes if "properties" in node]
        if having and len(mappings) > 1:
            return having  # the name is a union's tag
        named = [node["properties"][part] for node in having]
        others = [node.get("additionalProperties") for node in nodes]
        return named or [schema for schema in others if isinstance(schema, dict)] or nodes


def remark_on(detail: ErrorDetails, loc: Loc, here: Loc, shape: SchemaIndex) -> Remark:
    """Return what one of pydantic's errors says.

    Args:
        detail: The error.
        loc: Its place in the record, unions' tags included.
        here: The part of it that is in the file.
        shape: What may stand at each place.
    """
    return MESSAGES.get(detail["type"], _invalid)(detail, loc, here, shape)


def _missing(_detail: ErrorDetails, loc: Loc, here: Loc, shape: SchemaIndex) -> Remark:
    name = str(loc[-1])
    expected = _lower(shape.description_at(loc)) or "every field"
    within = f" in {_spelled(here)}" if here else ""
    remedy = f"add `{name}: ...`"
    return error("missing-field", f"`{name}` is missing{within}", expected, remedy, here)


def _unknown_field(_detail: ErrorDetails, loc: Loc, here: Loc, shape: SchemaIndex) -> Remark:
    name, known = str(loc[-1]), shape.fields_at(loc[:-1])
    near = _nearest(name, known)
    expected = f"one of {', '.join(known)}" if known else "no such field"
    remedy = f"rename it to `{near}`" if near else "delete it"
    return error("unknown-field", f"unknown field {quoted(name)}", expected, remedy, here)


def _unknown_word(detail: ErrorDetails, _loc: Loc, here: Loc, _shape: SchemaIndex) -> Remark:
    words = WORD.findall(str(detail["ctx"]["expected"]))
    found = detail["input"]
    near = "" if found is None else _nearest(str(found), words)  # nothing resembles no word
    remedy = f"write `{near}`" if near else "choose one of them"
    listed = ", ".join(word or '""' for word in words)
    return error("unknown-word", _reading(here, found), f"one of {listed}", remedy, here)


def _pattern(detail: ErrorDetails, loc: Loc, here: Loc, shape: SchemaIndex) -> Remark:
    what = _reading(here, detail["input"])
    meaning = shape.description_at(loc)
    expected = f"the form {detail['ctx']['pattern']}" + (f" ({_lower(meaning)})" if meaning else "")
    return error("pattern", what, expected, "write it in that form", here)


def _wrong_type(detail: ErrorDetails, _loc: Loc, here: Loc, _shape: SchemaIndex) -> Remark:
    found, expected = detail["input"], TYPES[detail["type"]]
    remedy = f"write {expected}"
    if expected == "text" and isinstance(found, int | float):
        remedy = f'put it in quotes: "{found}"'
    elif isinstance(found, str) and "number" in expected:
        remedy = "write a figure, without quotes and without its unit"
    return error("wrong-type", _reading(here, found), expected, remedy, here)


def _out_of_range(detail: ErrorDetails, _loc: Loc, here: Loc, _shape: SchemaIndex) -> Remark:
    found, limits = detail["input"], detail["ctx"]
    expected = BOUNDS[detail["type"]].format(**limits)
    what = _reading(here, found)
    if isinstance(found, str | list | dict):
        unit = "character" if isinstance(found, str) else "item"
        what = f"{_spelled(here)} has {len(found)} {unit}{'' if len(found) == 1 else 's'}"
    remedy = "shorten it" if detail["type"].endswith("too_long") else "write more"
    if isinstance(found, int | float):
        remedy = "change the figure"
    return error("out-of-range", what, expected, remedy, here)


def _check_kind(detail: ErrorDetails, _loc: Loc, here: Loc, _shape: SchemaIndex) -> Remark:
    found, message = detail["input"], str(detail["msg"])
    kinds = message.rpartition("exactly one of ")[2].split(", ")
    expected = f"exactly one of {', '.join(kinds)}"
    if not isinstance(found, dict):
        remedy = f"write a mapping, for instance `check: {{{kinds[0]}: a phrase}}`"
        return error("check-kind", f"the check is {_found(found)}", expected, remedy, here)
    given = [name for name in found if name in kinds]
    near = next((f"rename `{n}` to `{k}`" for n in found if (k := _nearest(n, kinds))), "")
    what = f"the check has {', '.join(map(quoted, given)) if given else 'no kind'}"
    remedy = "keep one; give each check a criterion of its own" if given else near or "add one"
    return error("check-kind", what, expected, remedy, here)


def _not_finite(detail: ErrorDetails, _loc: Loc, here: Loc, _shape: SchemaIndex) -> Remark:
    what = _reading(here, detail["input"])
    return error("not-finite", what, "a finite figure", "write the figure", here)


def _invalid(detail: ErrorDetails, loc: Loc, here: Loc, shape: SchemaIndex) -> Remark:
    message = one_line(str(detail["msg"]).removeprefix("Value error, "))
    message, _, remedy = message.partition(FIX)
    what = f"{_spelled(here)}: {message}" if here else message
    expected = _lower(shape.description_at(loc)) or "a file that keeps this rule"
    return error("invalid-value", what, expected, remedy or "correct it", here)


MESSAGES: dict[str, Callable[[ErrorDetails, Loc, Loc, SchemaIndex], Remark]] = {
    **dict.fromkeys(TYPES, _wrong_type),
    **dict.fromkeys(BOUNDS, _out_of_range),
    "missing": _missing,
    "extra_forbidden": _unknown_field,
    "enum": _unknown_word,
    "literal_error": _unknown_word,
    "string_pattern_mismatch": _pattern,
    "check_kind": _check_kind,
    "finite_number": _not_finite,
}
"""What says each of pydantic's errors; the others break a rule of ours."""


def _nearest(word: str, words: list[str]) -> str:
    plain = {w.lower().replace("_", ""): w for w in words}
    return plain.get(nearest(word.lower().replace("_", ""), plain), "")


def _spelled(loc: Loc) -> str:
    if not loc:
        return "the file"
    first, *rest = loc
    return str(first) + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in rest
    )


def _reading(loc: Loc, value: Any) -> str:  # noqa: ANN401 - as below
    return f"{_spelled(loc)} is {_found(value)}"


def _found(value: Any) -> str:  # noqa: ANN401 - raw input of any shape
    if value is None:
        return "empty"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return quoted(value) if isinstance(value, str) else quoted(json.dumps(value))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


@lru_cache(maxsize=16)
def _schema_of(kind: type[Record]) -> Mapping[str, Any]:
    return kind.model_json_schema(by_alias=True)
