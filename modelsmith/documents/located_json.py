"""JSON and JSON Lines with a place for every value, as strict as the YAML of this repository.

What a reader cannot know to be meant is refused: duplicate keys, NaN. An escape that makes a
control character or half a surrogate pair is left out of its text, with a warning: no YAML file can
hold it.
"""

import json
import math
import re
from bisect import bisect_right
from json import JSONDecodeError
from typing import Any

from modelsmith.documents.decoding import CONTROL, decoded
from modelsmith.documents.diagnostic import (
    Diagnostic,
    Loc,
    Position,
    error,
    is_error,
    located,
    warning,
)
from modelsmith.documents.strict_yaml import LARGEST_INTEGER, MAX_PROBLEMS, Document

MAX_NESTING = 60
"""Deepest nesting; a JSON Schema within a file of another tool seldom needs more than twenty."""

SPACE = re.compile(r"[ \t\n\r]*")
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*)*"')
WORDS = {"true": True, "false": False, "null": None}


def parsed_json(path: str, content: bytes) -> tuple[Document | None, list[Diagnostic]]:
    """Return the document in `content`, and its problems; no document if one is an error."""
    text, problems = decoded(path, content)
    if text is None:
        return None, problems
    if not text.strip():
        return None, [_refusal(path, Position(1, 1), "empty-file", "the file is empty", "JSON")]
    document, more = _document(path, text, _Places(text), 0, len(text))
    return document, [*problems, *more]


def parsed_json_lines(path: str, content: bytes) -> tuple[list[Document], list[Diagnostic]]:
    """Return the document of each line that holds one, and the problems of all lines."""
    text, problems = decoded(path, content)
    if text is None:
        return [], problems
    places, documents, begins = _Places(text), list[Document](), 0
    for line in text.split("\n"):
        if line.strip() and len(problems) < MAX_PROBLEMS:
            document, more = _document(path, text, places, begins, begins + len(line))
            problems += more
            documents += [] if document is None else [document]
        begins += len(line) + 1
    if not documents and not any(map(is_error, problems)):
        what = "the file is empty"
        problems.append(
            _refusal(path, Position(1, 1), "empty-file", what, "JSON, an object a line")
        )
    return documents, problems


class _Places:
    """Where each character of a text stands."""

    def __init__(self, text: str) -> None:
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]

    def __getitem__(self, at: int) -> Position:
        line = bisect_right(self._lines, at)
        return Position(line, at - self._lines[line - 1] + 1)


class _FaultError(Exception):
    """The text is not what it must be at a place."""

    def __init__(self, at: int, rule: str, what: str, expected: str) -> None:
        super().__init__(what)
        self.at, self.rule, self.what, self.expected = at, rule, what, expected


def _document(
    path: str, text: str, places: _Places, begins: int, ends: int
) -> tuple[Document | None, list[Diagnostic]]:
    scanner = _Scanner(path, text, ends, places)
    try:
        value = scanner.whole(begins)
    except _FaultError as fault:
        return None, [_refusal(path, places[fault.at], fault.rule, fault.what, fault.expected)]
    document = Document(path, text, value, scanner.values_at, scanner.keys_at)
    return document, scanner.warnings


def _refusal(path: str, place: Position, rule: str, what: str, expected: str) -> Diagnostic:
    remedy = "write the file anew with the tool that it comes from, or mend this place"
    return located(error(rule, what, expected, remedy), path, place)


class _Scanner:
    """Reads one value and notes where each part of it begins."""

    def __init__(self, path: str, text: str, ends: int, places: _Places) -> None:
        self._path, self._text, self._ends, self._places = path, text, ends, places
        self.warnings: list[Diagnostic] = []
        self.values_at: dict[Loc, Position] = {}
        self.keys_at: dict[Loc, Position] = {}

    def whole(self, begins: int) -> Any:  # noqa: ANN401 - a JSON value
        """Return the one value from `begins` on.

        Raises:
            _FaultError: it is not JSON, or not alone.
        """
        value, at = self.value(self.past_space(begins), ())
        if self.past_space(at) < self._ends:
            what = "there is more behind the value"
            raise _FaultError(self.past_space(at), "syntax", what, "one JSON value")
        return value

    def past_space(self, at: int) -> int:
        found = SPACE.match(self._text, at, self._ends)
        return at if found is None else found.end()

    def value(self, at: int, loc: Loc) -> tuple[Any, int]:
        """Return the value that begins at `at`, and where it ends."""
        self.values_at[loc] = self._places[min(at, max(0, len(self._text) - 1))]
        if len(loc) > MAX_NESTING:
            raise _FaultError(at, "depth", f"nested more than {MAX_NESTING} deep", "less depth")
        begins = self._text[at : at + 1] if at < self._ends else ""
        if begins == "{":
            return self._object(at, loc)
        if begins == "[":
            return self._list(at, loc)
        if begins == '"':
            return self._string(at)
        if (number := NUMBER.match(self._text, at, self._ends)) is not None:
            return self._number(number), number.end()
        for word, meaning in WORDS.items():
            if self._text.startswith(word, at, self._ends):
                return meaning, at + len(word)
        found = re.match(r"-?(?:NaN|Infinity)", self._text[at : at + 9])
        if found is not None:
            raise _FaultError(at, "not-finite", f"{found[0]} is no JSON", "a finite figure")
        what = f"`{begins}` begins no value" if begins.strip() else "a value is missing"
        raise _FaultError(at, "syntax", what, "a JSON value")

    def _string(self, at: int) -> tuple[str, int]:
        token = STRING.match(self._text, at, self._ends)
        if token is None:
            what = "a text is not closed on its line"
            raise _FaultError(at, "syntax", what, "a closing quote")
        try:
            said, ends = str(json.loads(token[0])), token.end()
        except JSONDecodeError as fault:
            what = fault.msg.lower()
            raise _FaultError(at + fault.pos, "syntax", what, "JSON text") from None
        for found in dict.fromkeys(CONTROL.findall(said)):
            what = f"an escape makes U+{ord(found):04X}, which is left out"
            remedy = "write what was meant there"
            remark = warning("control-character", what, "text that can be read", remedy)
            self.warnings.append(located(remark, self._path, self._places[at]))
        return CONTROL.sub("", said), ends

    def _number(self, found: re.Match[str]) -> int | float:
        value: int | float = float(found[0])
        if found[0].lstrip("-").isdigit() and abs(value) <= LARGEST_INTEGER:
            value = int(found[0])
        if not math.isfinite(value):
            raise _FaultError(found.start(), "not-finite", f"{found[0]} is too large", "a figure")
        return value

    def _list(self, at: int, loc: Loc) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = self.past_space(at + 1)
        while not self._is(at, "]"):
            item, at = self.value(at, (*loc, len(items)))
            items.append(item)
            at = self._behind(at, "]")
        return items, at + 1

    def _object(self, at: int, loc: Loc) -> tuple[dict[str, Any], int]:
        fields: dict[str, Any] = {}
        at = self.past_space(at + 1)
        while not self._is(at, "}"):
            if not self._is(at, '"'):
                raise _FaultError(at, "syntax", "no field name stands here", "a name in quotes")
            begins, (key, at) = at, self._string(at)
            if key in fields:
                first = self.keys_at[*loc, key].line
                what = f"field `{key[:60]}` stands here a second time"
                raise _FaultError(begins, "duplicate-key", what, f"it once; see line {first}")
            at = self.past_space(at)
            if not self._is(at, ":"):
                raise _FaultError(at, "syntax", "no colon stands behind a name", "`:`")
            self.keys_at[*loc, key] = self._places[begins]
            fields[key], at = self.value(self.past_space(at + 1), (*loc, key))
            at = self._behind(at, "}")
        return fields, at + 1

    def _behind(self, at: int, closing: str) -> int:
        """Return where the next part begins, or the bracket that closes."""
        at = self.past_space(at)
        if self._is(at, closing):
            return at
        if not self._is(at, ","):
            raise _FaultError(at, "syntax", "a part does not end here", f"`,` or `{closing}`")
        at = self.past_space(at + 1)
        if self._is(at, closing):
            raise _FaultError(at, "syntax", f"`,` stands before `{closing}`", "another part")
        return at

    def _is(self, at: int, sign: str) -> bool:
        return at < self._ends and self._text[at] == sign
