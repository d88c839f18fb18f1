"""Pydantic's findings in the product's words: what was found, what was expected, how to fix it.

What was expected at a place is what the record's JSON Schema says of it.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import JsonValue
from pydantic_core import ErrorDetails

from modelsmith.documents.diagnostic import (
    Loc,
    Remark,
    WordChange,
    error,
    nearest,
    one_line,
    quoted,
)
from modelsmith.documents.strict_yaml import Document, as_yaml, in_its_place, meaning
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

NO_CHANGE: tuple[WordChange, ...] = ()

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

    def owners_of(self, name: str) -> list[str]:
        """Return the lists and mappings below the top, by name, whose entries have this field."""
        found = []
        for field, node in self._schema.get("properties", {}).items():
            shapes = list(self._flat([node]))
            shapes += self._flat([one["items"] for one in shapes if "items" in one])
            if any(name in shape.get("properties", {}) for shape in shapes):
                found.append(f"`{self._originals.get(field, field)}`")
        return found

    def is_enough_at(self, loc: Loc, name: str) -> bool:
        """Return whether one kind of mapping at `loc` needs this field alone."""
        return any(node.get("required") == [name] for node in self._nodes_at(loc))

    def most_at(self, loc: Loc) -> float | None:
        """Return the largest figure that may stand at `loc`; None where any may."""
        limits = [node.get("maximum") for node in self._nodes_at(loc)]
        return next((float(limit) for limit in limits if limit is not None), None)

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


class RecordFault(NamedTuple):
    """One of pydantic's errors, and all that its message is made of."""

    detail: ErrorDetails
    """The error."""
    loc: Loc
    """Its place in the record, unions' tags included."""
    here: Loc
    """The part of it that is in the file."""
    shape: SchemaIndex
    """What may stand at each place."""
    document: Document
    """The file."""

    @property
    def found(self) -> Any:  # noqa: ANN401 - raw input of any shape
        """What stands there."""
        return self.detail["input"]

    def instead(self, text: str) -> tuple[WordChange, ...]:
        """Return the change that writes `text`, as YAML, in place of what stands there."""
        return (WordChange(self.here, text),)

    def siblings(self) -> Collection[str]:
        """Return the fields of the mapping that the fault's field is in."""
        value: Any = self.document.value
        for part in self.document.stepped(self.loc)[:-1]:
            value = value[part]
        return value if isinstance(value, dict) else ()


def remark_on(fault: RecordFault) -> Remark:
    """Return what one of pydantic's errors says."""
    return MESSAGES.get(fault.detail["type"], _invalid)(fault)


def remark_beside_files(
    detail: ErrorDetails, here: Loc, shape: SchemaIndex, value: JsonValue
) -> Remark:
    """Return what one of pydantic's errors says of a value that stands in no file."""
    document = Document("", "", value, {}, {})
    return remark_on(RecordFault(detail, detail["loc"], here, shape, document))


def _missing(fault: RecordFault) -> Remark:
    name = str(fault.loc[-1])
    expected = _lower(fault.shape.description_at(fault.loc)) or "every field"
    within = f" in {_spelled(fault.here)}" if fault.here else ""
    remedy = f"add `{name}: ...`"
    return error("missing-field", f"`{name}` is missing{within}", expected, remedy, fault.here)


def _unknown_field(fault: RecordFault) -> Remark:
    name, known = str(fault.loc[-1]), fault.shape.fields_at(fault.loc[:-1])
    near = _nearest(name, known)
    expected = f"one of {', '.join(known)}" if known else "no such field"
    remedy, changes = "delete it", NO_CHANGE
    if near and near in fault.siblings():
        remedy = f"delete it, `{near}` is there"
    elif near:
        remedy, changes = f"rename it to `{near}`", (WordChange(fault.here, near, is_key=True),)
    elif within := _field_within(fault, known):
        return _misplaced(fault, known, *within)
    elif len(fault.here) > 1 and name in fault.shape.fields_at(fault.here[:-2]):
        remedy = f"move it out of `{fault.here[-2]}`, beside it"
    elif owners := fault.shape.owners_of(name):
        remedy = f"move it to where it belongs, indented like the fields of {' or '.join(owners)}"
    what = f"unknown field {quoted(name)}"
    return error("unknown-field", what, expected, remedy, fault.here, changes)


def _field_within(fault: RecordFault, known: Collection[str]) -> tuple[str, str] | None:
    """Return the field beside a misplaced one that it belongs into, and its name there."""
    said = str(fault.loc[-1])
    plain = PARTS.sub("", said.lower())
    meant = OTHER_KINDS.get(said.lower().replace("-", "_"), "")
    for field in known:
        inner = {PARTS.sub("", one.lower()): one for one in _inner(fault, field)}
        if plain in inner or meant in inner.values():
            return field, inner.get(plain, meant)
    return None


def _inner(fault: RecordFault, field: str) -> list[str]:
    """Return the fields of a field beside the fault's."""
    return fault.shape.fields_at((*fault.here[:-1], field)) if len(fault.here) > 1 else []


def _misplaced(fault: RecordFault, known: Collection[str], field: str, name: str) -> Remark:
    """Return that a part of a field stands beside it."""
    said, beside = str(fault.loc[-1]), fault.siblings()
    written, changes = fault.document.written(fault.here), NO_CHANGE
    strangers = [one for one in beside if one not in known]
    remedy = f"move it under `{field}:`" + (f", as `{name}`" if name != said else "")
    is_part = name == "number" != said  # its figure, or the metric that it belongs to
    if is_part:
        remedy = f"move it under `{field}:`, within `{name}:`"
    is_alone = strangers == [said] and field not in beside and not is_part
    if is_alone and written and fault.shape.is_enough_at((*fault.here[:-1], field), name):
        whole = f"{{{name}: {_in_braces(written, fault.found)}}}"
        remedy = f"write `{field}: {whole}`"
        changes = (WordChange(fault.here, field, is_key=True), WordChange(fault.here, whole))
    what = f"`{said}` is a part of `{field}`, and stands outside it"
    return error("unknown-field", what, f"one of {', '.join(known)}", remedy, fault.here, changes)


def _in_braces(written: str, value: JsonValue) -> str:
    """Return what a file writes as it may stand in braces, where a comma parts fields."""
    is_open = (
        isinstance(value, str) and written[0] not in "\"'" and re.search(r"[,\[\]{}]", written)
    )
    return json.dumps(value, ensure_ascii=False) if is_open else written


def _unknown_word(fault: RecordFault) -> Remark:
    words = WORD.findall(str(fault.detail["ctx"]["expected"]))
    found = fault.found
    near = "" if found is None else _nearest(str(found), words)  # nothing resembles no word
    remedy, changes = in_its_place(fault.here, near)
    listed = ", ".join(word or '""' for word in words)
    what = _reading(fault.here, found)
    return error("unknown-word", what, f"one of {listed}", remedy, fault.here, changes)


FORMS: tuple[Callable[[str], str], ...] = (
    lambda text: re.sub(r"[\s-]+", "_", text).upper(),
    lambda text: re.sub(r"[\s_]+", "-", text).lower(),
    lambda text: re.sub(r"[\s-]+", "_", text).lower(),
)
"""How names are written: SCENARIO_IDS, verdict-labels, column_names."""


def _pattern(fault: RecordFault) -> Remark:
    found, pattern = fault.found, fault.detail["ctx"]["pattern"]
    meaning_here = fault.shape.description_at(fault.loc)
    expected = f"the form {pattern}" + (f" ({_lower(meaning_here)})" if meaning_here else "")
    text = found.strip() if isinstance(found, str) else ""
    ways = (form(text) for form in FORMS)
    meant = next((way for way in ways if way != found and re.search(pattern, way)), "")
    remedy = f"write `{meant}`" if meant else "write it in that form"
    changes = fault.instead(as_yaml(meant)) if meant else ()
    return error("pattern", _reading(fault.here, found), expected, remedy, fault.here, changes)


def _wrong_type(fault: RecordFault) -> Remark:
    found, expected = fault.found, TYPES[fault.detail["type"]]
    remedy, changes = f"write {expected}", NO_CHANGE
    written = fault.document.written(fault.here)
    if expected == "text" and isinstance(found, bool | int | float):
        remedy = f'put it in quotes: "{written or found}"'
        changes = fault.instead(f'"{written}"') if written else ()
    elif expected == "a list" and isinstance(found, str) and found.strip():
        items = [part.strip() for part in found.split(",")] if "_" in found else [found.strip()]
        listed = ", ".join(map(as_yaml, items))
        remedy, changes = f"put it in brackets: [{listed}]", fault.instead(f"[{listed}]")
    elif expected == "a list" and isinstance(found, dict):
        remedy = "put `- ` before its first field, and indent the others by two spaces more"
    elif expected == "true or false" and str(found).strip().lower() in BOOLEANS:
        meant = BOOLEANS[str(found).strip().lower()]
        remedy, changes = f"write `{meant}`", fault.instead(meant)
    elif isinstance(found, str) and "number" in expected:
        remedy = "write a figure, without quotes and without its unit"
        meant = _figure_meant(found, fault.shape.most_at(fault.loc))
        if meant:
            remedy, changes = f"write `{meant}`", fault.instead(meant)
        elif AMBIGUOUS.fullmatch(found.strip()):
            whole, decimal = found.strip().replace(",", ""), found.strip().replace(",", ".")
            remedy = f"write `{whole}`, or `{decimal}` if the comma is a decimal one"
    return error("wrong-type", _reading(fault.here, found), expected, remedy, fault.here, changes)


BOOLEANS = {
    **dict.fromkeys(("yes", "y", "on", "ja", "oui", "1", "true"), "true"),
    **dict.fromkeys(("no", "n", "off", "nein", "non", "0", "false"), "false"),
}
"""What people write for true and false."""

AMBIGUOUS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}")
"""Thousands to some, thousandths to others."""


def _figure_meant(text: str, most: float | None) -> str:
    """Return the figure that a text can only mean; empty where it is none, or one of two.

    Args:
        text: What stands there.
        most: The largest figure allowed, if there is one: a percentage above it means its share.
    """
    plain = text.strip().strip("\"'").strip()
    percent = re.fullmatch(r"(.*?)\s*%", plain)
    plain = percent[1] if percent else plain
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3}){2,}(\.\d+)?", plain) or (
        re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+\.\d+", plain)
    ):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"[-+]?\d+,\d+", plain) and not AMBIGUOUS.fullmatch(plain):
        plain = plain.replace(",", ".")
    else:
        plain = re.sub(r"(?<=\d)[\s'\u2019\u00a0\u202f](?=\d{3}(?!\d))", "", plain)
    figure = meaning(plain) if plain else None
    if not isinstance(figure, int | float) or isinstance(figure, bool):
        return ""
    if percent and most is not None and figure > most:
        return f"{figure / 100:g}"
    return plain.removeprefix("+")


def _out_of_range(fault: RecordFault) -> Remark:
    found, limits = fault.found, fault.detail["ctx"]
    expected = BOUNDS[fault.detail["type"]].format(**limits)
    what = _reading(fault.here, found)
    if isinstance(found, str | list | dict):
        unit = "character" if isinstance(found, str) else "item"
        what = f"{_spelled(fault.here)} has {len(found)} {unit}{'' if len(found) == 1 else 's'}"
    remedy = "shorten it" if fault.detail["type"].endswith("too_long") else "write more"
    if isinstance(found, int | float):
        remedy = "change the figure"
    return error("out-of-range", what, expected, remedy, fault.here)


OTHER_KINDS = {
    "equals": "contains", "includes": "contains", "icontains": "contains", "phrase": "contains",
    "contains_any": "any_of", "icontains_any": "any_of", "one_of": "any_of", "or": "any_of",
    "contains_all": "all_of", "icontains_all": "all_of", "every_of": "all_of", "and": "all_of",
    "not_contains": "none_of", "not_icontains": "none_of", "excludes": "none_of",
    "matches": "regex", "pattern": "regex", "is_json": "json", "json_schema": "json",
    "value": "number", "metric": "number", "label": "verdict", "order": "ordered",
}  # fmt: skip
"""What other tools call what a kind of ours does."""


def _check_kind(fault: RecordFault) -> Remark:
    found, message = fault.found, str(fault.detail["msg"])
    kinds = message.rpartition("exactly one of ")[2].split(", ")
    expected = f"exactly one of {', '.join(kinds)}"
    if not isinstance(found, dict):
        remedy = f"write a mapping, for instance `check: {{{kinds[0]}: a phrase}}`"
        what = f"the check is {_found(found)}"
        return error("check-kind", what, expected, remedy, fault.here)
    given = [name for name in found if name in kinds]
    if given:
        what = f"the check has {', '.join(map(quoted, given))}"
        remedy = "keep one; give each check a criterion of its own"
        return error("check-kind", what, expected, remedy, fault.here)
    if not found:
        return error("check-kind", "the check has no kind", expected, "add one", fault.here)
    name = next((name for name in found if _kind_meant(name, kinds)), next(iter(found)))
    meant, remedy, changes = _kind_meant(name, kinds), "choose one of them", NO_CHANGE
    if meant:
        remedy = f"rename `{name}` to `{meant}`"
        if not isinstance(found[name], dict | list) or _nearest(name, kinds):
            changes = (WordChange((*fault.here, name), meant, is_key=True),)
    what = f"the check is of kind {quoted(name)}, which there is not"
    return error("check-kind", what, expected, remedy, fault.here, changes)


def _kind_meant(name: str, kinds: list[str]) -> str:
    return OTHER_KINDS.get(name.lower().replace("-", "_")) or _nearest(name, kinds)


def _not_finite(fault: RecordFault) -> Remark:
    what = _reading(fault.here, fault.found)
    return error("not-finite", what, "a finite figure", "write the figure", fault.here)


def _invalid(fault: RecordFault) -> Remark:
    message = one_line(str(fault.detail["msg"]).removeprefix("Value error, "))
    message, _, remedy = message.partition(FIX)
    what = f"{_spelled(fault.here)}: {message}" if fault.here else message
    expected = _lower(fault.shape.description_at(fault.loc)) or "a file that keeps this rule"
    return error("invalid-value", what, expected, remedy or "correct it", fault.here)


MESSAGES: dict[str, Callable[[RecordFault], Remark]] = {
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


PARTS = re.compile(r"[_\s-]")
"""What parts the words of a name; whether it is there is no difference."""


def _nearest(word: str, words: list[str]) -> str:
    plain = {PARTS.sub("", w.lower()): w for w in words}
    return plain.get(nearest(PARTS.sub("", word.lower()), plain), "")


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
