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
from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent

SPLITTERS = ("sentencex/1",)
"""Versions of these rules, the one in force last. A run records it at its intake and freezes the
criteria as they were split, so that no better splitter renumbers one that a record cites."""

DEFAULT_LANGUAGE = "en"
"""Language of a text that names none."""

LIST_MARK = re.compile(
    r"^\s*(?:[-*+\u2022\u2023\u25aa](?:\s+\[[ xX]\])?\s+|\(?\d{1,2}[.)](?:\s+|(?=[A-Z]))"
    r"|\(?(?:[a-z]|[ivx]{1,4})[.)]\s+|[PF]\d{1,2}[.:)]\s+)"
)
"""What an item of a list begins with."""

DASH_MARK = re.compile(r"^\s*[\u2013\u2014]\s+")
"""What one begins with where several do: a single dash goes on with a sentence."""

HEADING = re.compile(r"^\s*#{1,6}\s")
"""A heading of Markdown, which is no criterion."""

BOLD = re.compile(r"\*\*(.+?)\*\*")
ENDED = re.compile(r"(?<=\betc\.)\s+(?=[A-Z])|(?<=\b[ap]\.m\.)\s+(?=[A-Z])")
"""Where an abbreviation ends its sentence too."""

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
        if is_item:
            found.append(" ".join(lines))
        elif len(lines) == 1 or _is_prose(lines, language):
            found += _sentences(" ".join(lines), language)
        else:
            found += lines
    return tuple(found)


def _is_prose(lines: Sequence[str], language: str) -> bool:
    """Return whether lines are one paragraph: a sentence ends in one, or is wrapped to the next."""
    ended = [line.rstrip("*_\"')").endswith((".", "!", "?", "\u3002")) for line in lines]
    is_wrapped = ended[-1] and any(
        not end and len(line) >= WRAPPED for end, line in zip(ended, lines, strict=True)
    )
    return is_wrapped or any(len(_sentences(line, language)) > 1 for line in lines)


WRAPPED = 40
"""Characters of a line without an end that a paragraph is taken to be wrapped at."""


def _blocks(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield each item of a list, and each run of other lines, continued lines joined."""
    is_item, lines = False, list[str]()
    listed = [line for line in _lines(dedent(text)) if not HEADING.match(line)]
    dashes = sum(DASH_MARK.match(line) is not None for line in listed)
    for line in listed:
        said = " ".join(line.split())
        mark = LIST_MARK.match(line) or (DASH_MARK.match(line) if dashes > 1 else None)
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
        if first := re.match(r"\s*(\(?)1([.)])\s", line):
            while (at := rest.find(f" {first[1]}{number}{first[2]} ")) >= 0:
                yield rest[:at]
                rest, number = rest[at + 1 :], number + 1
        yield rest


def _goes_on(line: str, before: list[str]) -> bool:
    """Return whether a line goes on with the one before: indented, in lower case, or by a dash."""
    if not before:
        return False
    starts_upper = before[0][:1].isupper() or not before[0][:1].islower()
    return (
        line[:1].isspace() or (line[:1].islower() and starts_upper) or bool(DASH_MARK.match(line))
    )


def _sentences(line: str, language: str) -> list[str]:
    import sentencex

    parts = sentencex.segment(language, BOLD.sub(r"\1", line))
    return list(_rejoined(one for part in parts for one in ENDED.split(part.strip())))


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
