"""YAML at the speed of C, with YAML 1.2's meaning of plain words, and a place for every value.

What a reviewer cannot see at a glance is refused: anchors and aliases, tags, duplicate keys,
keys that are not text, several documents. PyYAML alone would read `no` as false and `2026-01-05`
as a date (YAML 1.1); here they are text: a plain word means what the core schema of YAML 1.2
(section 10.3.2) says, nothing more.
"""

import json
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
    Edit,
    Loc,
    Position,
    Remark,
    WordChange,
    error,
    is_error,
    located,
    quoted,
    replaced,
    warning,
)
from modelsmith.documents.edits import Lines, with_edits
from modelsmith.documents.yaml_cures import (
    SPACES,
    SYNTAX_REMEDIES,
    cures,
    fence_problem,
    unquoted,
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
CUT_OFF = re.compile(r"[ \t]+#\d[^\r\n]*")
"""A number behind a text that is meant as part of it and is a comment."""
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


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
    ends_at: dict[Loc, Position] = field(default_factory=dict, repr=False)
    """Where each value ends that is one word or text on one line, quotes included."""

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
        place = self.place(remark.loc, key=key)
        return located(remark, self.path, place, self._edits(remark.changes))

    def written(self, loc: Loc) -> str:
        """Return the value at `loc` as the file writes it; nothing where it has several lines."""
        begin, end = self.values_at.get(loc, START), self.ends_at.get(loc)
        return "" if end is None else self.between(begin, end)

    def between(self, begin: Position, end: Position) -> str:
        """Return what the file says between two places."""
        lines = Lines(self.text)
        return self.text[lines.offset(begin) : lines.offset(end)]

    def _edits(self, changes: tuple[WordChange, ...]) -> tuple[Edit, ...]:
        """Return the changes as edits; none of them where one has no place of its own."""
        edits = []
        for change in changes:
            begin, end = self.values_at.get(change.loc), self.ends_at.get(change.loc)
            if change.is_key:
                begin = self.keys_at.get(change.loc)
                end = None if begin is None else self._key_end(change.loc, begin)
            if begin is None or end is None:
                return ()
            is_empty = begin == end  # right behind the colon
            edits.append(replaced(begin, end, f" {change.text}" if is_empty else change.text))
        return tuple(edits)

    def _key_end(self, loc: Loc, begin: Position) -> Position | None:
        """Return where a field's name ends; None where it is written in quotes."""
        name = str(loc[-1])
        end = Position(begin.line, begin.column + len(name))
        return end if self.between(begin, end) == name else None


def parsed(path: str, content: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """Return the document in `content`, and its problems; no document if one is an error.

    Args:
        path: Name of the file, for messages.
        content: Its bytes; never trusted.
    """
    text, problems = decoded(path, content)
    if text is None:
        return None, problems
    if (fence := fence_problem(path, text)) is not None:
        return None, [*problems, fence]
    parser = CParser(text)
    reader = _Reader(path, text, iter(parser.get_event, None), problems)
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
    return Document(path, text, value, reader.values_at, reader.keys_at, reader.ends_at), problems


def reads_until(text: str) -> int | None:
    """Return the line at which a text stops being YAML; None where all of it is."""
    parser = CParser(text)
    try:
        while parser.get_event() is not None:
            pass
    except yaml.MarkedYAMLError as failure:
        mark = failure.problem_mark or failure.context_mark
        return mark.line + 1 if mark else 1
    except yaml.YAMLError:
        return 1
    finally:
        parser.dispose()
    return None


def as_yaml(text: str) -> str:
    """Return a text as a scalar that means it: plain where that is safe, else in quotes."""
    is_plain = re.fullmatch(r"[A-Za-z][\w.-]*(?: [\w.-]+)*", text, re.ASCII) is not None
    return text if is_plain and meaning(text) == text else json.dumps(text, ensure_ascii=False)


def in_its_place(
    loc: Loc, near: str, otherwise: str = "choose one of them"
) -> tuple[str, tuple[WordChange, ...]]:
    """Return what an author may do about an unknown word, and the change that does it.

    Args:
        loc: Where the word stands.
        near: The known word that it may be a slip of; empty where none is like it.
        otherwise: What to do then.
    """
    return (f"write `{near}`", (WordChange(loc, as_yaml(near)),)) if near else (otherwise, ())


class _StoppedError(Exception):
    """A limit was passed; the rest of the file is not read."""


class _Reader:
    """A document while it is read; PyYAML has no types for its C parser and its events."""

    def __init__(
        self, path: str, text: str, events: Iterator[Any], problems: list[Diagnostic]
    ) -> None:
        self._path = path
        self._text = text
        self._events = events
        self._problems = problems
        self.values_at: dict[Loc, Position] = {}
        self.keys_at: dict[Loc, Position] = {}
        self.ends_at: dict[Loc, Position] = {}

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
        self._note(error(rule, what, expected, remedy), place)

    def _note(self, remark: Remark, place: Position, edits: tuple[Edit, ...] = ()) -> None:
        self._problems.append(located(remark, self._path, place, edits))
        if len(self._problems) >= MAX_PROBLEMS:
            raise _StoppedError

    def refuse_syntax(self, failure: yaml.MarkedYAMLError) -> None:
        """Note that it is no YAML from some place on, with what would make it YAML."""
        mark = failure.problem_mark or failure.context_mark
        problem = failure.problem or "this is not YAML"
        if problem == "found unexpected end of stream":
            mark = failure.context_mark or mark  # where the quote was opened
        place = Position(mark.line + 1, mark.column + 1) if mark else START
        stopped = reads_until(self._text) or place.line
        for cure in cures(self._text, place, reads_until):
            reached = reads_until(with_edits(self._text, cure.edits))
            if reached is None or reached > max(stopped, cure.edits[-1].line):
                self._problems[:] = [one for one in self._problems if one.rule != cure.rule]
                first = Position(cure.edits[0].line, cure.edits[0].column)
                remark = error(cure.rule, cure.what, cure.expected, cure.remedy)
                self._note(remark, first, cure.edits)
                return
        remedy = SYNTAX_REMEDIES.get(
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
            end = _end(event)
            if end.line == place.line:
                self.ends_at[loc] = end
                if event.implicit[0] and not event.value.isascii():
                    self._note_typography(event.value, place, end)
                is_text = event.implicit[0] and isinstance(value, str)
                if is_text and (cut := CUT_OFF.match(self._text, _offset(event))):
                    self._note_comment(event.value, cut[0], place, end)
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
                if isinstance((loc or ("",))[-1], int):
                    remedy += "; where a new item begins, put `- ` before it"
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
            if SPACES.search(text):
                what = f"the field name {quoted(text)} holds a space that is none to YAML"
                remedy = "write plain spaces in its place, and none in the name"
                remark = error("spacing", what, "`name: value`", remedy)
                plain = SPACES.sub(" ", text)
                is_whole = _end(event).line == place.line and event.implicit[0]
                self._note(
                    remark, place, (replaced(place, _end(event), plain),) if is_whole else ()
                )
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
        _Reader(self._path, self._text, self._events, [])._value(event, loc)  # noqa: SLF001 - its own class

    def _refuse_indirection(self, event: Any, place: Position) -> None:  # noqa: ANN401
        if event.anchor is not None:
            alias = isinstance(event, yaml.AliasEvent)
            what = f"{'alias *' if alias else 'anchor &'}{event.anchor}"
            expected = "neither anchors nor aliases: what a reviewer reads is what is there"
            remedy = "write the value out" if alias else "delete the anchor"
            self.refuse(place, "alias", what, expected, remedy)
        tag = getattr(event, "tag", None)
        if tag is not None:
            remedy = (
                "delete it; put text that begins with `!`, or a number meant as text, in quotes"
            )
            self.refuse(place, "tag", f"tag {quoted(tag)}", "no tags", remedy)

    def _note_comment(self, value: str, rest: str, place: Position, end: Position) -> None:
        """Note that what looks like a number is a comment, so that the text ends before it."""
        what = f"{quoted(rest.strip())} is a comment to YAML: the text ends before it"
        remedy = "put the text in quotes; write a space behind the `#` of a comment"
        whole = json.dumps(value + rest.rstrip(), ensure_ascii=False)
        edit = replaced(place, Position(end.line, end.column + len(rest)), whole)
        remark = warning("cut-by-comment", what, "text in quotes where it holds ` #`", remedy)
        self._note(remark, place, (edit,))

    def _note_typography(self, value: str, place: Position, end: Position) -> None:
        """Note quotes and spaces around a plain value that are part of it and look as if not."""
        if (inner := unquoted(value)) is not None:
            what = f"the quotes around {quoted(value)} are typographic, so they are part of it"
            remedy = 'write straight quotes ("), or none'
            edit = replaced(place, end, json.dumps(inner, ensure_ascii=False))
            remark = warning("typographic-quote", what, 'straight quotes: "..."', remedy)
            self._note(remark, place, (edit,))
        elif (stripped := value.strip()) != value:
            what = f"a space that is none to YAML stands around {quoted(stripped)}"
            edit = replaced(place, end, as_yaml(stripped))
            remark = warning("spacing", what, "plain spaces", "write plain spaces, or none")
            self._note(remark, place, (edit,))

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


def _offset(event: Any) -> int:  # noqa: ANN401
    """Return how many characters stand before the end of what an event is of."""
    return int(event.end_mark.index)


def _end(event: Any) -> Position:  # noqa: ANN401
    return Position(event.end_mark.line + 1, event.end_mark.column + 1)


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
