"""Prose as criteria: one sentence a criterion, by the same rules in a file and in an issue form.

| what is written                                   | what becomes of it                          |
|---------------------------------------------------|---------------------------------------------|
| a line that begins with a bullet or a number       | one criterion, as its author cut it         |
| a line that begins in lower case, or is indented   | it goes on with the line before             |
| lines, in one of which a sentence ends midway      | one paragraph, cut into its sentences       |
| other lines                                        | one criterion each                          |

Sentences are found by `sentencex` (Wikimedia's segmenter: abbreviations, figures and full stops of
244 languages, without data to fetch). What it cuts off behind an abbreviation before a figure, or
as a number of its own, is joined again.
"""

import re
from collections.abc import Iterable, Iterator

SPLITTERS = ("sentencex/1",)
"""Versions of these rules, the one in force last. A run records it at its intake and freezes the
criteria as they were split, so that no better splitter renumbers one that a record cites."""

DEFAULT_LANGUAGE = "en"
"""Language of a text that names none."""

LIST_MARK = re.compile(r"^\s*(?:[-*+\u2022\u2023\u25aa\u2013\u2014]|\(?\d{1,2}[.)]|\(?[a-z]\))\s+")
"""What an item of a list begins with."""

INITIALS = re.compile(r"(?:\w\.)+")
"""An abbreviation of single letters: "e.g.", "z.B.", in any script."""

ABBREVIATIONS = frozenset(
    {
        "approx", "avg", "ca", "cf", "ch", "dept", "eq", "est", "excl", "fig", "incl", "max", "min",
        "no", "nos", "nr", "p", "pp", "resp", "sec", "vol", "vs",
    }
)  # fmt: skip
"""Words that a full stop shortens, and behind which a figure goes on with the sentence."""


def criteria_in(text: str, language: str = DEFAULT_LANGUAGE) -> tuple[str, ...]:
    """Return the criteria of a text in its order; none where nothing is written.

    Args:
        text: Prose, lines or a list.
        language: ISO 639-1 code of the language that it is written in.
    """
    found: list[str] = []
    for is_item, lines in _blocks(text):
        joined = " ".join(lines)
        if is_item:
            found.append(joined)
            continue
        sentences = _sentences(joined, language)
        by_line = [" ".join(_sentences(line, language)) for line in lines]
        is_prose = any(len(_sentences(line, language)) > 1 for line in lines)
        found += sentences if is_prose or len(lines) == 1 else by_line
    return tuple(found)


def _blocks(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield each item of a list, and each run of other lines, continued lines joined."""
    is_item, lines = False, list[str]()
    for line in _lines(text):
        said, mark = " ".join(line.split()), LIST_MARK.match(line)
        if mark or not said or (is_item and not _goes_on(line, lines)):
            if lines:
                yield is_item, lines
            is_item, lines = mark is not None, []
            said = " ".join(line[mark.end() :].split()) if mark else said
        if said and lines and _goes_on(line, lines):
            lines[-1] = f"{lines[-1]} {said}"
        elif said:
            lines.append(said)
    if lines:
        yield is_item, lines


def _lines(text: str) -> Iterator[str]:
    """Yield the lines; what is numbered from 1 on within one line is parted there."""
    for line in text.splitlines():
        rest, number = line, 2
        if first := re.match(r"\s*\(?1([.)])\s", line):
            while (at := rest.find(f" {number}{first[1]} ")) >= 0:
                yield rest[:at]
                rest, number = rest[at + 1 :], number + 1
        yield rest


def _goes_on(line: str, before: list[str]) -> bool:
    return bool(before) and (line[:1].isspace() or line[:1].islower())


def _sentences(line: str, language: str) -> list[str]:
    import sentencex

    return list(_rejoined(part.strip() for part in sentencex.segment(language, line)))


def _rejoined(parts: Iterable[str]) -> Iterator[str]:
    """Yield the sentences, those joined again that no full stop ended."""
    held = ""
    for part in filter(None, parts):
        if held and not _is_cut_short(held, part):
            yield held
            held = part
        else:
            held = f"{held} {part}".strip()
    if held:
        yield held


def _is_cut_short(part: str, after: str) -> bool:
    last = part.rsplit(maxsplit=1)[-1]
    if after[:1].isdigit():
        return last.rstrip(".").lower() in ABBREVIATIONS
    return INITIALS.fullmatch(last) is not None and after[:1].islower()
