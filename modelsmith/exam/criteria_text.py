"""Prose as criteria: one sentence a criterion, by the same rules in a file and in an issue form.

| what is written                                   | what becomes of it                          |
|---------------------------------------------------|---------------------------------------------|
| a line that begins with a bullet or a number       | one criterion, as its author cut it         |
| a row of a Markdown table                          | one criterion, its cells in their order     |
| a line that begins in lower case, or is indented   | it goes on with the line before             |
| lines, in one of which a sentence ends midway      | one paragraph, cut into its sentences       |
| other lines                                        | one criterion each                          |
| words with a colon above a list                    | they stand before each item of it           |
| words with a colon above a list to choose from     | one criterion with all of it                |
| words with a colon that say nothing, a heading     | none                                        |
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from textwrap import dedent
from typing import NamedTuple

from modelsmith.exam.prose.list_marks import items_apart, marks_in
from modelsmith.exam.prose.sentences import sentences_of

SPLITTERS = ("sentencex/1", "sentencex/2")
"""Versions of these rules, the one in force last. A run records it at its intake and freezes the
criteria as they were split, so that no better splitter renumbers one that a record cites."""

DEFAULT_LANGUAGE = "en"
"""Language of a text that names none."""

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
"""Characters that nobody sees."""

HEADING = re.compile(r"#{1,6}\s")
"""How a heading of Markdown begins, which is no criterion."""

RULE = re.compile(r"(?:[-=_*]\s*){3,}|[`~]{3,}\w*")
"""A line of Markdown without words."""

BETWEEN = re.compile(r"(?=.*\|)[\s:|]*-[\s:|-]*")
"""The line of a table between its head and its rows."""

ROW_NAME = re.compile(r"[PF#]?\d{1,2}[.)]?")
"""A cell that only counts its row."""

EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=\S)(.{1,400}?)(?<=\S)\1(?![\w*])")
"""Words in bold or italics, without their stars."""

SAYS_NOTHING = frozenset(
    {
        "a", "all", "an", "answer", "answers", "as", "correct", "criteria", "criterion", "do",
        "does", "following", "follows", "good", "must", "of", "pass", "points", "response", "right",
        "rubric", "shall", "should", "that", "the", "these", "things", "will", "alle", "antwort",
        "die", "diese", "eine", "folgende", "folgendes", "gute", "kriterien", "muss", "punkte",
        "richtige", "soll", "sollte",
    }
)  # fmt: skip
"""Words of which a line above criteria says nothing that its field does not: "The answer must:"."""

CHOOSES = re.compile(
    r"\b(?:(?:one|any|some|either|two|three|\d+)(?: or more)? of|either|at least|at most"
    r"|entweder|mindestens|wenigstens|h\u00f6chstens|eine[rs]? (?:von|der|dieser)"
    r"|au moins|l'une? d|al menos|almeno)",
    re.IGNORECASE,
)
"""How a list begins of which not every item is asked for."""

WRAPPED = 40
"""Characters of a line without an end that a paragraph is taken to be wrapped at."""


class _Block(NamedTuple):
    """An item of a list, or lines that belong together."""

    indent: int
    """Where its item begins; -1 where it is none."""
    lines: list[str]
    """Its lines, continued ones joined; an item has one."""


def criteria_in(text: str, language: str = DEFAULT_LANGUAGE) -> tuple[str, ...]:
    """Return the criteria of a text in its order; none where nothing is written.

    Args:
        text: Prose, lines or a list.
        language: ISO 639-1 code of the language that it is written in.
    """
    blocks = list(_blocks(list(_lines(text.translate(INVISIBLE)))))
    return tuple(_listed(blocks, language))


def _listed(blocks: Sequence[_Block], language: str) -> Iterator[str]:
    """Yield the criteria of blocks, each list below what leads to it."""
    while blocks:
        first, *rest = blocks
        said = _said(first, language)
        below = _below(first, rest)
        if below and said and said[-1].endswith((":", "\uff1a")):
            *said, lead = said
            items, rest = list(_listed(below, language)), rest[len(below) :]
            if CHOOSES.search(lead):
                items = ["; ".join(item.rstrip(" .;,") for item in items) + "."]
            yield from said
            yield from items if _says_nothing(lead) else (f"{lead} {item}" for item in items)
        else:
            yield from said
        blocks = rest


def _below(block: _Block, rest: Sequence[_Block]) -> list[_Block]:
    """Return the items that stand deeper than a block, one after the other behind it."""
    return list(takewhile(lambda one: one.indent > block.indent, rest))


def _said(block: _Block, language: str) -> list[str]:
    lines = [EMPHASIS.sub(r"\2", line) for line in block.lines]
    if block.indent >= 0:
        return lines
    if len(lines) == 1 or _is_prose(lines, language):
        return sentences_of(" ".join(lines), language)
    return lines


def _is_prose(lines: Sequence[str], language: str) -> bool:
    """Return whether lines are one paragraph: a sentence ends in one, or is wrapped to the next."""
    ended = [line.rstrip("*_\"')").endswith((".", "!", "?", "\u3002")) for line in lines]
    is_wrapped = ended[-1] and any(
        not end and len(line) >= WRAPPED for end, line in zip(ended, lines, strict=True)
    )
    return is_wrapped or any(len(sentences_of(line, language)) > 1 for line in lines)


def _says_nothing(lead: str) -> bool:
    return lead.endswith((":", "\uff1a")) and SAYS_NOTHING.issuperset(
        re.findall(r"\w+", lead.lower())
    )


def _lines(text: str) -> Iterator[str]:
    """Yield the lines; rows of a table as items, what is numbered in one line parted."""
    lines = dedent(text.expandtabs(4)).splitlines()
    written = [line for line in lines if line.strip()]
    if all(re.match(r"\s*>(?!\s*[\d=])", line) for line in written):
        lines = [re.sub(r"^\s*> ?", "", line) for line in lines]
    stripped, below, after = [line.strip() for line in lines], "", ""
    led = list[tuple[str, str, str]]()
    for said in reversed(stripped):
        led.append((said, after, below))
        below, after = said or below, said
    for line, (said, after, below) in zip(lines, reversed(led), strict=True):
        heading = _heading_in(said, after)
        if said.startswith("|") and said.endswith("|") and said.count("|") > 1:
            if not BETWEEN.fullmatch(said) and not BETWEEN.fullmatch(after):
                yield f"- {_row(said)}"
        elif heading and any(marks_in([below])) and not _says_nothing(heading):
            yield from ("", heading)
        elif heading or RULE.fullmatch(said) or (below and _says_nothing(said)):
            yield ""
        else:
            yield from items_apart(line)


def _heading_in(said: str, after: str) -> str:
    """Return a heading of Markdown as words that lead to what is below; empty where none is."""
    if HEADING.match(said):
        return f"{said.strip('# ').rstrip(':')}:"
    return f"{said}:" if re.fullmatch("={3,}", after) and said[-1:].isalnum() else ""


def _row(said: str) -> str:
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", said.strip("|"))]
    first, *more = filter(None, cells) if any(cells) else ("",)
    first, *more = (cell.replace("\\|", "|") for cell in (first, *more))
    return " | ".join(more if more and ROW_NAME.fullmatch(first) else (first, *more))


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    """Yield each item of a list, and each run of other lines, continued lines joined."""
    block, is_parted = _Block(-1, []), False
    for line, end in zip(lines, marks_in(lines), strict=True):
        said, indent = " ".join(line[end:].split()), len(line) - len(line.lstrip())
        if not said:
            is_parted = True
            continue
        is_item = block.indent >= 0
        goes_on = bool(block.lines) and not end and _goes_on(line, block, is_parted=is_parted)
        if goes_on:
            block.lines[-1] = f"{block.lines[-1]} {said}"
        elif block.lines and (end or is_item or is_parted):
            yield block
            block = _Block(indent if end else -1, [said])
        elif end:
            block = _Block(indent, [said])
        else:
            block.lines.append(said)
        is_parted = False
    if block.lines:
        yield block


def _goes_on(line: str, block: _Block, *, is_parted: bool) -> bool:
    """Return whether a line goes on with the one before: indented, in lower case, or by a dash."""
    if block.indent >= 0 and len(line) - len(line.lstrip()) > block.indent:
        return True
    if is_parted:
        return False
    starts_upper = block.indent >= 0 or not block.lines[0][:1].islower()
    return (
        line[:1].isspace()
        or (line[:1].islower() and starts_upper)
        or re.match(r"[\u2013\u2014]\s|\((?!\w{1,3}\))", line) is not None
    )
