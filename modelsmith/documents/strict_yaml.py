"""YAML events turned into values, a place for each, and refusals.

What a reviewer cannot see at a glance is refused: anchors and aliases, tags, duplicate keys,
keys that are not text, several documents.

YAML at the speed of C, with YAML 1.2's meaning of plain words, and a place for every value.

PyYAML alone would read `no` as false and `2026-01-05` as a date (YAML 1.1); here they are text.

What a plain word of YAML means: the core schema of YAML 1.2 (section 10.3.2), nothing more.
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


@dataclass
class YamlReader:
    """A document while it is read."""

    path: str
    """Name of the file, for messages."""
    values_at: dict[Loc, Position] = field(default_factory=dict)
    """Where each value begins."""
    keys_at: dict[Loc, Position] = field(default_factory=dict)
    """Where the name of each field begins."""
    problems: list[Diagnostic] = field(default_factory=list)
    """What was refused so far."""

    def refuse(self, place: Position, rule: str, what: str, expected: str, remedy: str) -> None:
        """Note a problem.

        Raises:
            StoppedError: it is one too many.
        """
        self.problems.append(located(error(rule, what, expected, remedy), self.path, place))
        if len(self.problems) >= MAX_PROBLEMS:
            raise StoppedError


class StoppedError(Exception):
    """A limit was passed; the rest of the file is not read."""


def document_in(reading: YamlReader, parser: Any) -> Any:  # noqa: ANN401 - a YAML value
    """Return the value of the one document that `parser` reads.

    Raises:
        StoppedError: a limit was passed; `reading` says which.
        YAMLError: it is not YAML.
    """
    events = _events(parser)
    value: Any = None
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                reading.refuse(
                    _start(event),
                    "multiple-documents",
                    "a second YAML document begins",
                    "one document a file",
                    "move it to a file of its own, or delete the `---`",
                )
                return None
        elif isinstance(event, yaml.NodeEvent):
            value = _value(reading, events, event, ())
    if value is None and not reading.problems:
        reading.refuse(
            Position(1, 1), "empty-file", "the file is empty", "a mapping of fields", "write it"
        )
    return value


def _events(parser: Any) -> Iterator[Any]:  # noqa: ANN401 - PyYAML has no types for its C parser
    while (event := parser.get_event()) is not None:
        yield event


def _start(event: Any) -> Position:  # noqa: ANN401 - as above
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _value(reading: YamlReader, events: Iterator[Any], event: Any, loc: Loc) -> Any:  # noqa: ANN401
    """Return the value that begins at `event`, noting its place and its problems."""
    place = _start(event)
    reading.values_at[loc] = place
    _refuse_indirection(reading, event, place)
    if isinstance(event, yaml.ScalarEvent):
        value = meaning(event.value) if event.implicit[0] else event.value
        return _kept(reading, value, place)
    if isinstance(event, yaml.AliasEvent):
        return None
    if len(loc) >= MAX_DEPTH:
        what, expected = f"nested more than {MAX_DEPTH} deep", f"at most {MAX_DEPTH} levels"
        reading.refuse(place, "depth", what, expected, "flatten it")
        raise StoppedError
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(reading, events, loc)
    return _mapping(reading, events, loc)


def _sequence(reading: YamlReader, events: Iterator[Any], loc: Loc) -> list[Any]:
    items: list[Any] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        items.append(_value(reading, events, event, (*loc, len(items))))
    return items


def _mapping(reading: YamlReader, events: Iterator[Any], loc: Loc) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        place = _start(event)
        key = _key(reading, events, event, loc)
        if key in fields:
            first = reading.keys_at[(*loc, key)]
            reading.refuse(
                place,
                "duplicate-key",
                f"field {quoted(key)} stands here a second time",
                f"it once; the first is on line {first.line}",
                "delete or rename one of the two",
            )
            _value(YamlReader(reading.path), events, next(events), loc)
            continue
        reading.keys_at[(*loc, key)] = place
        fields[key] = _value(reading, events, next(events), (*loc, key))
    return fields


def _key(reading: YamlReader, events: Iterator[Any], event: Any, loc: Loc) -> str:  # noqa: ANN401
    place = _start(event)
    if isinstance(event, yaml.ScalarEvent):
        _refuse_indirection(reading, event, place)
        text = str(event.value)
        if not event.implicit[0] or isinstance(meaning(text), str):
            return text
        reading.refuse(
            place,
            "text-key",
            f"{quoted(text) if text else 'an empty field name'} is read as a value, not as a name",
            "a field name that is text",
            f'put it in quotes: "{text}"',
        )
        return text
    reading.refuse(
        place,
        "text-key",
        "a list, mapping or alias stands where a field name should",
        "a field name that is text",
        "write the name as a word",
    )
    key = f"\0{place.line}:{place.column}"
    _value(YamlReader(reading.path), events, event, (*loc, key))
    return key


def _refuse_indirection(reading: YamlReader, event: Any, place: Position) -> None:  # noqa: ANN401
    if event.anchor is not None:
        alias = isinstance(event, yaml.AliasEvent)
        reading.refuse(
            place,
            "alias",
            f"{'alias *' if alias else 'anchor &'}{event.anchor}",
            "neither anchors nor aliases: what a reviewer reads is what is there",
            "write the value out" if alias else "delete the anchor",
        )
    tag = getattr(event, "tag", None)
    if tag is not None:
        remedy = "delete it; put a number that is meant as text in quotes"
        reading.refuse(place, "tag", f"tag {quoted(tag)}", "no tags", remedy)


def _kept(reading: YamlReader, value: Any, place: Position) -> Any:  # noqa: ANN401 - a YAML scalar
    if isinstance(value, str) and CONTROL.search(value):
        what, expected = "an escape that makes a control character", "text that can be read"
        reading.refuse(place, "control-character", what, expected, "delete it")
    if isinstance(value, float) and not math.isfinite(value):
        reading.refuse(place, "not-finite", f"{value}", "a finite figure", "write the figure")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        reading.refuse(
            place,
            "not-finite",
            f"a whole number of {len(str(value))} digits",
            f"at most {LARGEST_INTEGER:,}, which JSON keeps exact",
            "write it as a decimal (1.5e20), or in quotes if it is a name",
        )
    return value


PROBLEMS = {
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
    reading = YamlReader(path, problems=problems)
    parser = CParser(text)
    value: Any = None
    try:
        value = document_in(reading, parser)
    except StoppedError:
        pass
    except yaml.MarkedYAMLError as failure:
        _refuse_syntax(reading, failure)
    except yaml.YAMLError as failure:  # libyaml's reader, on text that was already looked at
        problem = " ".join(str(failure).split())
        reading.refuse(
            Position(1, 1), "syntax", problem, "YAML 1.2", "save the file as plain UTF-8"
        )
    finally:
        parser.dispose()
    if any(map(is_error, problems)):
        return None, problems
    return Document(path, text, value, reading.values_at, reading.keys_at), problems


def _refuse_syntax(reading: YamlReader, failure: yaml.MarkedYAMLError) -> None:
    mark = failure.problem_mark or failure.context_mark
    place = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
    problem = failure.problem or "this is not YAML"
    remedy = PROBLEMS.get(
        problem, "look at this line and the one above: indentation, colons, quotes"
    )
    context = f" {failure.context}" if failure.context else ""
    reading.refuse(place, "syntax", f"{problem}{context}", "YAML 1.2", remedy)


NULL = frozenset({"", "~", "null", "Null", "NULL"})


TRUE = frozenset({"true", "True", "TRUE"})


FALSE = frozenset({"false", "False", "FALSE"})


NUMBER_START = frozenset("+-.0123456789")


DECIMAL = re.compile(r"[-+]?[0-9]+")


OCTAL = re.compile(r"0o[0-7]+")


HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")


FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


INFINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)")


NAN = frozenset({".nan", ".NaN", ".NAN"})


MOST_DIGITS = 400
"""A longer run of digits is read as a float, which is infinite then and refused as such; Python
itself refuses to turn more than 4,300 digits into an integer."""


def meaning(word: str) -> str | int | float | bool | None:
    """Return the value of a plain (unquoted) scalar.

    Dates, `yes`, `no`, `on`, `off` and `1:30` are text, as in YAML 1.2.
    """
    if word in NULL:
        return None
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    return _number(word) if word[0] in NUMBER_START else word


def _number(word: str) -> str | int | float:
    if DECIMAL.fullmatch(word):
        return int(word) if len(word) <= MOST_DIGITS else math.inf
    if OCTAL.fullmatch(word):
        return int(word, 0) if len(word) <= MOST_DIGITS else math.inf
    if HEXADECIMAL.fullmatch(word):
        return int(word, 0) if len(word) <= MOST_DIGITS else math.inf
    if FLOAT.fullmatch(word):
        return float(word)
    if INFINITE.fullmatch(word):
        return -math.inf if word[0] == "-" else math.inf
    return math.nan if word in NAN else word
