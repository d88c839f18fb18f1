"""YAML at the speed of C, with YAML 1.2's meaning of plain words, and a place for every value.

What a reviewer cannot see at a glance is refused: anchors and aliases, tags, duplicate keys,
keys that are not text, several documents. PyYAML alone would read `no` as false and `2026-01-05`
as a date (YAML 1.1); here they are text: a plain word means what the core schema of YAML 1.2
(section 10.3.2) says, nothing more.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser

from modelsmith.documents.decoding import CONTROL, decoded
from modelsmith.documents.diagnostic import (
    START,
    Diagnostic,
    Loc,
    Position,
    Remark,
    error,
    is_error,
    located,
    quoted,
)

MAX_DEPTH = 30
"""Deepest nesting; a scenario needs six, a JSON Schema in it seldom more than twenty."""

MAX_PROBLEMS = 50
"""After so many problems the rest of a file is not read: the first ones are the ones to fix."""

LARGEST_INTEGER = 2**53 - 1
"""Largest whole number that JSON keeps exact (RFC 8785, section 3.2.2.3, after ECMA-262)."""

MOST_DIGITS = 400
"""A longer run of digits is read as a float, which is infinite then and refused as such; Python
itself refuses to turn more than 4,300 digits into an integer."""

CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
"""Words that stand for one value."""

NUMBER_START = frozenset("+-.0123456789")
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")

REMEDIES = {
    "found character that cannot start any token": (
        "put the value in quotes; indent with spaces, never with tabs"
    ),
    "mapping values are not allowed in this context": (
        "put a text that holds `: ` in quotes, or write it as a block after `>-`"
    ),
    "could not find expected ':'": "a field is `name: value`; write long text after `>-`",
    "did not find expected key": "line fields of one mapping up in one column; close quotes",
    "did not find expected '-' indicator": "line the items of one list up in one column",
    "did not find expected ',' or ']'": "close the list with `]`, with commas between items",
    "did not find expected ',' or '}'": "close the mapping with `}`, with commas between fields",
    "found unexpected end of stream": "close the quote",
}
"""What libyaml says, and what helps."""


@dataclass(frozen=True)
class Document:
    """What a YAML file says, and where it says it."""

    path: str
    """The file, relative to the repository, with forward slashes."""
    text: str
    """Its text."""
    value: Any
    """Its value: mappings, lists, texts, numbers, true, false and null."""
    values_at: dict[Loc, Position] = field(repr=False)
    """Where each value begins."""
    keys_at: dict[Loc, Position] = field(repr=False)
    """Where the name of each field begins."""

    def stepped(self, loc: Loc) -> Loc:
        """Return the part of `loc` that is in the file; what is not (a union's tag) is left out.

        The name of a check's kind is both a tag and a field, so every way to leave parts out is
        tried: the way that reaches the last part wins, then the one that leaves out least.
        """
        ways: list[Loc] = [()]
        for part in loc:
            longer = [(*way, part) for way in ways if (*way, part) in self.values_at]
            ways = list(dict.fromkeys([*longer, *ways]))
        return max(ways, key=lambda way: (way[-1:] == loc[-1:], len(way)))

    def place(self, loc: Loc, *, key: bool = False) -> Position:
        """Return where the value at `loc` begins, or the field's name if `key`."""
        here = self.stepped(loc)
        return self.keys_at.get(here, self.values_at[here]) if key else self.values_at[here]

    def diagnostic(self, remark: Remark, *, key: bool = False) -> Diagnostic:
        """Return `remark` as a located problem of this file."""
        return located(remark, self.path, self.place(remark.loc, key=key))


def parsed(path: str, content: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """Return the document in `content`, and its problems; no document if one is an error.

    Args:
        path: Name of the file, for messages.
        content: Its bytes; never trusted.
    """
    text, problems = decoded(path, content)
    if text is None:
        return None, problems
    parser = CParser(text)
    reader = _Reader(path, iter(parser.get_event, None), problems)
    value: Any = None
    try:
        value = reader.document()
    except _StoppedError:
        pass
    except yaml.MarkedYAMLError as failure:
        reader.refuse_syntax(failure)
    except yaml.YAMLError as failure:  # libyaml's reader, on text that was already looked at
        problem = " ".join(str(failure).split())
        reader.refuse(START, "syntax", problem, "YAML 1.2", "save the file as plain UTF-8")
    finally:
        parser.dispose()
    if any(map(is_error, problems)):
        return None, problems
    return Document(path, text, value, reader.values_at, reader.keys_at), problems


class _StoppedError(Exception):
    """A limit was passed; the rest of the file is not read."""


class _Reader:
    """A document while it is read; PyYAML has no types for its C parser and its events."""

    def __init__(self, path: str, events: Iterator[Any], problems: list[Diagnostic]) -> None:
        self._path = path
        self._events = events
        self._problems = problems
        self.values_at: dict[Loc, Position] = {}
        self.keys_at: dict[Loc, Position] = {}

    def document(self) -> Any:  # noqa: ANN401 - a YAML value
        """Return the value of the one document.

        Raises:
            _StoppedError: a limit was passed; the problems say which.
            YAMLError: it is not YAML.
        """
        value: Any = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and self.values_at:
                what, expected = "a second YAML document begins", "one document a file"
                remedy = "move it to a file of its own, or delete the `---`"
                self.refuse(_start(event), "multiple-documents", what, expected, remedy)
                return None
            if isinstance(event, yaml.NodeEvent):
                value = self._value(event, ())
        if value is None and not self._problems:
            what, expected = "the file is empty", "a mapping of fields"
            self.refuse(START, "empty-file", what, expected, "write it")
        return value

    def refuse(self, place: Position, rule: str, what: str, expected: str, remedy: str) -> None:
        """Note a problem.

        Raises:
            _StoppedError: it is one too many.
        """
        self._problems.append(located(error(rule, what, expected, remedy), self._path, place))
        if len(self._problems) >= MAX_PROBLEMS:
            raise _StoppedError

    def refuse_syntax(self, failure: yaml.MarkedYAMLError) -> None:
        """Note that it is no YAML from some place on."""
        mark = failure.problem_mark or failure.context_mark
        place = Position(mark.line + 1, mark.column + 1) if mark else START
        problem = failure.problem or "this is not YAML"
        remedy = REMEDIES.get(
            problem, "look at this line and the one above: indentation, colons, quotes"
        )
        context = f" {failure.context}" if failure.context else ""
        self.refuse(place, "syntax", f"{problem}{context}", "YAML 1.2", remedy)

    def _value(self, event: Any, loc: Loc) -> Any:  # noqa: ANN401 - as above
        """Return the value that begins at `event`, noting its place and its problems."""
        place = _start(event)
        self.values_at[loc] = place
        self._refuse_indirection(event, place)
        if isinstance(event, yaml.ScalarEvent):
            value = meaning(event.value) if event.implicit[0] else event.value
            self._refuse_scalar(value, place)
            return value
        if isinstance(event, yaml.AliasEvent):
            return None
        if len(loc) >= MAX_DEPTH:
            what, expected = f"nested more than {MAX_DEPTH} deep", f"at most {MAX_DEPTH} levels"
            self.refuse(place, "depth", what, expected, "flatten it")
            raise _StoppedError
        return self._list(loc) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(loc)

    def _list(self, loc: Loc) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*loc, len(items))))
        return items

    def _mapping(self, loc: Loc) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            place, key = _start(event), self._key(event, loc)
            if key in fields:
                what = f"field {quoted(key)} stands here a second time"
                expected = f"it once; the first is on line {self.keys_at[*loc, key].line}"
                remedy = "delete or rename one of the two"
                self.refuse(place, "duplicate-key", what, expected, remedy)
                self._pass_over(next(self._events), loc)
                continue
            self.keys_at[*loc, key] = place
            fields[key] = self._value(next(self._events), (*loc, key))
        return fields

    def _key(self, event: Any, loc: Loc) -> str:  # noqa: ANN401
        place, expected = _start(event), "a field name that is text"
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_indirection(event, place)
            text = str(event.value)
            if event.implicit[0] and not isinstance(meaning(text), str):
                named = quoted(text) if text else "an empty field name"
                what, remedy = f"{named} is read as a value, not as a name", "put it in quotes"
                self.refuse(place, "text-key", what, expected, f'{remedy}: "{text}"')
            return text
        what = "a list, mapping or alias stands where a field name should"
        self.refuse(place, "text-key", what, expected, "write the name as a word")
        key = f"\0{place.line}:{place.column}"
        self._pass_over(event, (*loc, key))
        return key

    def _pass_over(self, event: Any, loc: Loc) -> None:  # noqa: ANN401
        """Read a value that is not part of the document, for its events alone."""
        _Reader(self._path, self._events, [])._value(event, loc)  # noqa: SLF001 - its own class

    def _refuse_indirection(self, event: Any, place: Position) -> None:  # noqa: ANN401
        if event.anchor is not None:
            alias = isinstance(event, yaml.AliasEvent)
            what = f"{'alias *' if alias else 'anchor &'}{event.anchor}"
            expected = "neither anchors nor aliases: what a reviewer reads is what is there"
            remedy = "write the value out" if alias else "delete the anchor"
            self.refuse(place, "alias", what, expected, remedy)
        tag = getattr(event, "tag", None)
        if tag is not None:
            remedy = "delete it; put a number that is meant as text in quotes"
            self.refuse(place, "tag", f"tag {quoted(tag)}", "no tags", remedy)

    def _refuse_scalar(self, value: Any, place: Position) -> None:  # noqa: ANN401 - a YAML scalar
        if isinstance(value, str) and CONTROL.search(value):
            what, expected = "an escape that makes a control character", "text that can be read"
            self.refuse(place, "control-character", what, expected, "delete it")
        if isinstance(value, float) and not math.isfinite(value):
            self.refuse(place, "not-finite", f"{value}", "a finite figure", "write the figure")
        if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            what = f"a whole number of {len(str(value))} digits"
            expected = f"at most {LARGEST_INTEGER:,}, which JSON keeps exact"
            remedy = "write it as a decimal (1.5e20), or in quotes if it is a name"
            self.refuse(place, "not-finite", what, expected, remedy)


def _start(event: Any) -> Position:  # noqa: ANN401
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def meaning(word: str) -> str | int | float | bool | None:
    """Return the value of a plain (unquoted) scalar.

    Dates, `yes`, `no`, `on`, `off` and `1:30` are text, as in YAML 1.2.
    """
    if word in CONSTANTS:
        return CONSTANTS[word]
    return _number(word) if word[0] in NUMBER_START else word


def _number(word: str) -> str | int | float:
    if INTEGER.fullmatch(word):
        base = 0 if word.startswith(("0o", "0x")) else 10
        return int(word, base) if len(word) <= MOST_DIGITS else math.inf
    return float(word) if FLOAT.fullmatch(word) else word
