"""What makes a text YAML again where it stopped being that: honest slips, and the edits for them.

A cure is a guess until the text was read again with it: who asks for cures tries each, and keeps
the first with which the parser comes further than the line.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from modelsmith.documents.diagnostic import (
    Diagnostic,
    Edit,
    Position,
    error,
    inserted,
    located,
    quoted,
    replaced,
)
from modelsmith.documents.edits import Lines, with_edits

SYNTAX_REMEDIES = {
    "found character that cannot start any token": (
        "put the value in quotes; indent with spaces, never with tabs"
    ),
    "mapping values are not allowed in this context": (
        "put a text that holds `: ` in quotes, or write it as a block after `>-`; if it is a field "
        "of its own, indent it like the fields around it"
    ),
    "could not find expected ':'": "a field is `name: value`; write long text after `>-`",
    "did not find expected key": (
        "line fields of one mapping up in one column, put `- ` before each item of a list, close "
        "quotes"
    ),
    "did not find expected '-' indicator": "line the items of one list up in one column",
    "did not find expected ',' or ']'": "close the list with `]`, with commas between items",
    "did not find expected ',' or '}'": "close the mapping with `}`, with commas between fields",
    "did not find expected node content": (
        "write something between two commas: in a cell the figure, or `n/a` where none was measured"
    ),
    "found unexpected end of stream": "close the quote",
}
"""What libyaml says, and what helps where no cure does."""

SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
"""Spaces of Unicode that are letters to YAML."""

STRUCTURAL_SPACE = re.compile(
    f"(?:^[ \t]*|(?<=[:,\\[{{])[ \t]*|(?<=- )[ \t]*|(?<=-))({SPACES.pattern}+)", re.MULTILINE
)
"""Such a space where YAML looks for its own: it indents, or follows what parts words."""

INDENTING_TAB = re.compile(r"^[ ]*(\t[ \t]*)(?=\S)", re.MULTILINE)
TAB_WIDTH = 2
"""Spaces that a tab is replaced by: the step of every file that this project writes."""

NEAR = 20
"""Places before the one where a parser stopped that are looked at for what stopped it; a text of
several lines may stand between."""

MOST_IN_ONE_CURE = 100
"""Places that one cure mends; the next check finds the next ones."""

MOST_READ = 4_000_000
"""Characters that are read again in search of one cure: less than a second of work."""

FENCE = re.compile(r"^(?:`{3,}|~{3,})[\w-]*[ \t]*$", re.MULTILINE)
"""A line that begins or ends a block of code in Markdown. In the first column no YAML holds one."""

ITEM = r"\s*(?:- +)*"
GLUED_FIELD = re.compile(rf"^({ITEM}[A-Za-z_][\w-]*):(?=[^\s:/])")
GLUED_ITEM = re.compile(r"^(\s*-)(?=[^\s\-\d.])")
VALUE = re.compile(rf"^({ITEM}(?:[\w.-]+:\s+)?)(\S.*?)(\s+#.*)?\s*$")
BLOCK_HEADER = re.compile(r"[|>][-+]?\d?[-+]?")

QUOTES = {"\u201c": "\u201d\u201c", "\u201e": "\u201c\u201d", "\u201d": "\u201d",
          "\u2018": "\u2019\u2018", "\u201a": "\u2018\u2019", "\u00ab": "\u00bb",
          "\u00bb": "\u00ab", "\u2039": "\u203a"}  # fmt: skip
"""Typographic quotes that open, and what closes each, over the languages of Europe."""


class Cure(NamedTuple):
    """What may make a text YAML again."""

    rule: str
    """A key of the rules."""
    what: str
    """What was found."""
    expected: str
    """What was expected."""
    remedy: str
    """How to fix it."""
    edits: tuple[Edit, ...]
    """That, as replacements; at least one."""


def unquoted(value: str) -> str | None:
    """Return what stands within typographic quotes around all of `value`; None without them."""
    closing = QUOTES.get(value[:1], "")
    inner = value[1:-1].strip()
    is_wrapped = len(value) > 2 and value[-1:] in closing and closing != ""  # noqa: PLR2004
    return inner if is_wrapped and not any(mark in inner for mark in (value[0], *closing)) else None


def fence_problem(path: str, text: str) -> Diagnostic | None:
    """Return that a block of code stands around the YAML; None where none does."""
    found = [*FENCE.finditer(text)]
    if not found:
        return None
    lines = Lines(text)
    first = lines.place(found[0].start())
    what = f"a code fence ({found[0][0].strip()}), which pages and chats put around YAML"
    expected = "YAML alone"
    before = [line for line in text[: found[0].start()].splitlines() if line.strip()]
    is_around = all(line.startswith("#") for line in before)
    if len(found) > 1:
        is_around = is_around and not text[found[-1].end() :].strip()
    remedy = "keep what stands within the fence, and delete its lines and all around them"
    edits: tuple[Edit, ...] = ()
    if is_around and len(found) <= 2:  # noqa: PLR2004 - one that opens, one that closes
        remedy = "delete the lines of the fence"
        at = [lines.place(one.start()) for one in found]
        edits = tuple(replaced(p, Position(p.line + 1, 1), "") for p in at)
    return located(error("code-fence", what, expected, remedy), path, first, edits)


ReadsUntil = Callable[[str], int | None]
"""Returns the line at which a text stops being YAML; None where all of it is."""


def cures(text: str, place: Position, reads_until: ReadsUntil) -> Iterator[Cure]:
    """Yield what may help where a parser stopped, the likeliest first.

    Args:
        text: The whole text.
        place: Where it stopped.
        reads_until: The parser.
    """
    lines = Lines(text)
    yield from _spaces(text, lines, reads_until)
    yield from _tabs(text, lines, reads_until)
    for number in (place.line, place.line - 1):
        below = " ".join(lines[number + more] for more in range(1, LINES_BELOW + 1))
        yield from _line_cures(lines[number], number, below, lines[number + 1])
    above = VALUE.match(lines[place.line - 2])  # where a text of two lines is found wanting
    if above is not None and _goes_on(above, lines[place.line - 1]):
        yield from _folding(above, place.line - 2, lines[place.line - 1])


def _stopping(
    text: str,
    lines: Lines,
    reads_until: ReadsUntil,
    pattern: re.Pattern[str],
    written: Callable[[str], str],
) -> tuple[Edit, ...]:
    """Return the edits of those matches at which the parser stops, one after the other.

    A match within a text, where it is a character like any other, stops nothing.
    """
    found, edits = [*pattern.finditer(text)], list[Edit]()
    places = [lines.place(one.start(1)) for one in found]
    stopped = reads_until(text)
    left = max(NEAR, MOST_READ // (len(text) + 1))
    while stopped is not None and len(edits) < MOST_IN_ONE_CURE and left > 0:
        near = [at for at, place in enumerate(places) if place.line <= stopped][-NEAR:]
        for at in reversed(near):
            one = found[at]
            edit = replaced(places[at], lines.place(one.end(1)), written(one[1]))
            if edit in edits:
                continue
            left -= 1
            reached = reads_until(with_edits(text, [*edits, edit]))
            if reached is None or reached > stopped:
                edits.append(edit)
                stopped = reached
                break
        else:
            break
    return tuple(sorted(edits, key=lambda edit: (edit.line, edit.column)))


def _spaces(text: str, lines: Lines, reads_until: ReadsUntil) -> Iterator[Cure]:
    edits = _stopping(text, lines, reads_until, STRUCTURAL_SPACE, lambda found: " " * len(found))
    if edits:
        code = ord(lines[edits[0].line][edits[0].column - 1])
        yield Cure(
            "spacing",
            f"a space that is none to YAML (U+{code:04X}) stands where one is needed",
            "plain spaces",
            "write plain spaces in their places",
            edits,
        )


def _tabs(text: str, lines: Lines, reads_until: ReadsUntil) -> Iterator[Cure]:
    edits = _stopping(
        text,
        lines,
        reads_until,
        INDENTING_TAB,
        lambda found: found.replace("\t", " " * TAB_WIDTH),
    )
    if edits:
        yield Cure(
            "spacing",
            "a tab indents this line",
            "spaces, which look the same everywhere",
            f"write {TAB_WIDTH} spaces for each tab",
            edits,
        )


LINES_BELOW = 3
"""Lines that are looked at for the end of a list or mapping that a line opens."""

LEAST_WORDS = 4
"""Words of a value that is surely a sentence: a shorter one may be two lines that ran together."""


def _line_cures(line: str, number: int, below: str, under: str) -> Iterator[Cure]:
    if glued := GLUED_FIELD.match(line):
        yield Cure(
            "spacing",
            f"no space stands behind the colon of `{glued[1].strip(' -')}:`",
            "`name: value`",
            "write a space behind the colon",
            (inserted(Position(number, glued.end() + 1), " "),),
        )
    if glued := GLUED_ITEM.match(line):
        yield Cure(
            "spacing",
            "no space stands behind the dash",
            "`- item`",
            "write a space behind the dash",
            (inserted(Position(number, glued.end() + 1), " "),),
        )
    if (found := VALUE.match(line)) is not None:
        several = _goes_on(found, under) and ": " in found[2]
        yield from _folding(found, number, under) if several else _quoting(found, number, below)


FIELD_OR_ITEM = re.compile(r" *(?:- |[\w-]+:(?: |$))")
"""How a line begins that goes on with no text."""


def _folding(found: re.Match[str], number: int, under: str) -> Iterator[Cure]:
    """Yield a text of several lines as a block, where a colon within makes a field of its words."""
    value, deep = found[2], len(under) - len(under.lstrip(" "))
    if ": " in value and len(value.split()) >= LEAST_WORDS and value[0] not in "\"'[{|>&*#-":
        what = f"the colon in {quoted(value)} makes a field of the words before it"
        remedy = "write `>-` in its place, and the text below it"
        edit = inserted(Position(number, found.start(2) + 1), f">-\n{' ' * deep}")
        yield Cure("syntax", what, "a text of several lines as a block", remedy, (edit,))


def _goes_on(found: re.Match[str], under: str) -> bool:
    """Return whether the text of a line goes on in the one below."""
    begins = len(found[0]) - len(found[0].lstrip(" "))
    deep = len(under) - len(under.lstrip(" "))
    return deep > begins and not FIELD_OR_ITEM.match(under)


def _quoting(found: re.Match[str], number: int, below: str) -> Iterator[Cure]:
    value, begin = found[2], Position(number, found.start(2) + 1)
    end = Position(number, found.end(2) + 1)
    close = {"[": "]", "{": "}"}.get(value[0], "")
    if close and close not in value and below.count(close) > below.count(value[0]):
        return  # it goes on, and its lines are indented wrongly
    if close and close not in value:
        what = f"{quoted(value)} is opened and not closed"
        remedy = f"close it with `{close}`"
        yield Cure("syntax", what, f"`{value[0]}...{close}`", remedy, (inserted(end, close),))
        return
    is_noted = re.match(r"\[[^\W\d_]+\] ", value)  # "[sic] the bids", no list
    if (close and not is_noted) or value[-1] == ":" or value[0] in "#-:":
        return
    if BLOCK_HEADER.fullmatch(value):
        return
    meant = value
    what, remedy = f"{quoted(value)} is no plain text to YAML", "put it in quotes"
    if value[0] in "\"'":
        is_closed = len(value) > 1 and value[-1] == value[0]
        meant = value[1:-1] if is_closed else value[1:]
        doubled, single = ("''", "'") if value[0] == "'" else ('\\"', '"')
        meant = meant.replace(doubled, single)
        what = f"the quote in {quoted(value)} is not closed"
        remedy = "close it at the end of the line"
        if is_closed:
            what = f"{quoted(value)} holds the quote that it stands in"
            remedy = 'put it in double quotes, with `\\"` for one within'
    elif ": " in value:
        if len(value.split()) < LEAST_WORDS or value.partition(": ")[2][:1] in "{[":
            return
        what = f"the colon in {quoted(value)} makes a field of the words before it"
    edit = replaced(begin, end, json.dumps(meant, ensure_ascii=False))
    yield Cure("syntax", what, "text in quotes, or as a block after `>-`", remedy, (edit,))
