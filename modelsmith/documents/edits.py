"""The edits of problems made in a text: each remedy whole or not at all, the rest untouched."""

import bisect
import re
from collections.abc import Iterable
from typing import NamedTuple

from modelsmith.documents.diagnostic import Diagnostic, Edit, Position

LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What ends a line for YAML 1.1's parsers, whose places these are."""

BYTE_ORDER_MARK = "\ufeff"


class Lines:
    """Where the lines of a text lie."""

    def __init__(self, text: str) -> None:
        """Find each line's beginning."""
        self._text = text
        self._starts = [0, *(found.end() for found in LINE_END.finditer(text))]
        self._ends = [*(found.start() for found in LINE_END.finditer(text)), len(text)]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._starts)

    def __getitem__(self, line: int) -> str:
        """Return the line of this number, from 1, without its end; nothing beyond the last."""
        if not 1 <= line <= len(self._starts):
            return ""
        return self._text[self._starts[line - 1] : self._ends[line - 1]]

    def offset(self, place: Position) -> int:
        """Return how many characters stand before a place."""
        if place.line > len(self._starts):
            return len(self._text)
        start = self._starts[place.line - 1]
        return min(start + place.column - 1, len(self._text))

    def place(self, offset: int) -> Position:
        """Return the place behind so many characters."""
        line = bisect.bisect_right(self._starts, offset)
        return Position(line, offset - self._starts[line - 1] + 1)


class Mended(NamedTuple):
    """A text after edits."""

    text: str
    """The text."""
    done: tuple[Diagnostic, ...]
    """The problems whose edits were made; one that overlaps an earlier one waits."""


def mended(text: str, problems: Iterable[Diagnostic]) -> Mended:
    """Return a text with the edits of `problems`, in their order, as far as they do not overlap.

    Args:
        text: The text that the problems were found in, without a byte order mark.
        problems: Located in it.
    """
    lines, done = Lines(text), list[Diagnostic]()
    taken: list[tuple[int, int, str]] = []
    for problem in problems:
        wanted = [_span(lines, edit) for edit in problem.edits]
        new = [span for span in wanted if span not in taken]
        if not new or any(_overlap(one, other) for one in new for other in taken):
            continue
        taken += new
        done.append(problem)
    newline = found[0] if (found := LINE_END.search(text)) else "\n"
    for start, end, written in sorted(taken, reverse=True):
        text = text[:start] + written.replace("\n", newline) + text[end:]
    return Mended(text, tuple(done))


def with_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with edits that do not overlap."""
    lines = Lines(text)
    for start, end, written in sorted((_span(lines, edit) for edit in edits), reverse=True):
        text = text[:start] + written + text[end:]
    return text


def _span(lines: Lines, edit: Edit) -> tuple[int, int, str]:
    begin = lines.offset(Position(edit.line, edit.column))
    return begin, lines.offset(Position(edit.end_line, edit.end_column)), edit.text


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return (one[0] < other[1] and other[0] < one[1]) or one[0] == other[0]
