"""What an item of a list begins with, in prose as people type it.

| kind                      | for example                  | counts                              |
|---------------------------|------------------------------|-------------------------------------|
| bullet, box               | "- ", "- [x] "               | always                              |
| dash, bullet without gap  | "-Names", "[1] "             | where several lines begin so        |
| name of a criterion       | "P1: "                       | always                              |
| number or letter, closed  | "2) ", "(a) "                | always                              |
| number or letter, open    | "2. ", "b. ", "iv. ", "1.2 " | where another counts on, or "1."    |

A month or a figure behind a number makes it none: "3. October", "1.2 percent".
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from string import ascii_lowercase
from typing import NamedTuple

from modelsmith.exam.prose.sentences import ABBREVIATIONS, MONTH, OPENING

UPPER = "A-Z\u00c4\u00d6\u00dc\u0400-\u042f\u3040-\u9fff"

AMOUNTS = "[A-Z]{1,3}|Mio|Mrd|Tsd"
"""What stands behind a figure and is a unit."""

BULLETS = (
    "\u2022\u2023\u25aa\u25e6\u00b7\u25cf\u25cb\u25a0\u25a1\u25c6\u25ba\u25b6\u27a4\u2192\u2713"
    "\u2714\u2717\u2718\u2610\u2611\u2612\u30fb"
)

ALWAYS = re.compile(
    r"(?:[-*+]|--)\s+(?:\[[ xX]\]\s+)?|\[[ xX]\]\s+"
    rf"|[{BULLETS}]\s*"
    r"|\*{0,2}[PF]\d{1,2}(?:[.:)]\*{0,2}|\*\*[.:)])\s+"
    r"|\(?(?:\d{1,2}|[a-zA-Z\u0430-\u044f]|[ivxIVX]{1,5})\.?[)\uff09]"
    rf"(?:\s+|(?=[{UPPER}]))"
    r"|[\u2460-\u2473]\s*|[\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341]{1,3}\u3001"
)
SEVERAL = re.compile(r"[\u2013\u2014]\s+|\[\d{1,2}\]\s+|-(?=[^\W\d_])|\*(?=[^\W\d_][^*]*$)")
COUNTED = re.compile(
    rf"\*{{0,2}}(?:(\d{{1,2}})(?:[.\uff0e]\*{{0,2}}(?:\s+|(?=[{UPPER}]))|\u3001)"
    rf"|#?(\d{{1,2}})(?:(?:\s[-\u2013]|:)\s+(?!\d)|\s+(?=[{UPPER}]))"
    rf"|\d{{1,2}}(?:\.\d{{1,2}})*\.(\d{{1,2}})\.?\s+(?!(?:{AMOUNTS})\b)(?=[{UPPER}])"
    r"|([a-z]|[ivx]{1,5}|[A-Z]|[IVX]{1,5})\.\*{0,2}\s+)"
)
"""What counts on: the place of each is in the group that holds it."""

NUMBER, LABELLED = 1, 2
"""The group of "1. ", and that of "1 - " and "1: ", which begin at 1: "10: " may be an hour."""

ROMAN = {"i": 1, "v": 5, "x": 10}


class _Counted(NamedTuple):
    """A mark that may count on."""

    style: int
    """Which kind of it."""
    places: frozenset[int]
    """Where it may stand; "i" is a letter and a number."""
    end: int
    """Where its line goes on."""

    @property
    def is_first(self) -> bool:
        """Whether it is the first number of a list, alone as its only item too."""
        return self.style == NUMBER and 1 in self.places


def marks_in(lines: Sequence[str]) -> list[int]:
    """Return where the text of each line begins behind its mark; 0 where it has none."""
    bare = [line.lstrip() for line in lines]
    counted = [_counted(line) for line in bare]
    places: dict[int, set[int]] = {}
    for one in filter(None, counted):
        places.setdefault(one.style, set()).update(one.places)
    counting = {style for style, at in places.items() if any(one + 1 in at for one in at)}
    if 1 not in places.get(LABELLED, ()):
        counting.discard(LABELLED)
    several = [SEVERAL.match(line) for line in bare]
    is_several = sum(map(bool, several)) > 1
    ends = []
    for line, full, number, dash in zip(bare, lines, counted, several, strict=True):
        end = 0
        if always := ALWAYS.match(line):
            end = always.end()
        elif number and (number.style in counting or number.is_first):
            end = number.end
        elif dash and is_several:
            end = dash.end()
        ends.append(end and end + len(full) - len(line))
    return ends


def _counted(line: str) -> _Counted | None:
    found = COUNTED.match(line)
    if found is None or MONTH.match(line, found.end()):
        return None
    style = found.lastindex or 0
    said = found[style]
    if said.isdigit():
        return _Counted(style, frozenset({int(said)}), found.end())
    is_upper, places = said.isupper(), {ord(said.lower())} if len(said) == 1 else set()
    if set(said.lower()) <= {*ROMAN}:
        places.add(_roman(said.lower()))
    return _Counted(style + 10 * is_upper, frozenset(places), found.end())


def _roman(said: str) -> int:
    values = [*(ROMAN[letter] for letter in said), 0]
    return sum(-value if value < after else value for value, after in pairwise(values))


def items_apart(line: str) -> Iterator[str]:
    """Yield a line in parts where its mark comes again within, as in a list that YAML folded.

    A bullet, a number from 1 on or a letter from a on; a dash where a sentence ends before it or
    begins behind it.
    """
    said = line.strip()
    if said and said[0] in BULLETS:
        yield from re.split(rf"\s(?={said[0]}\s)", line)
        return
    if dashed := re.match(r"([-*+])\s", said):
        mark = re.escape(dashed[1])
        yield from re.split(rf"(?<=[.;!?])\s(?={mark}\s)|\s(?={mark}\s{OPENING})", line)
        return
    begins = 0
    if first := re.match(r"\s*(\(?)(?:1([.)])|a(\)))\s", line):
        closed = first[2] or first[3]
        for place in map(str, range(2, 100)) if first[2] else ascii_lowercase[1:]:
            found = _mark_in(line, begins, f"{first[1]}{place}{closed}")
            if not found:
                break
            yield line[begins:found]
            begins = found + 1
    yield line[begins:]


def _mark_in(line: str, begins: int, mark: str) -> int:
    """Return where the blank before a mark stands that no abbreviation goes on with; 0 nowhere."""
    at = line.find(f" {mark} ", begins + 1)
    while at > 0 and _is_counted(line[begins:at], line[at + len(mark) + 2 :]):
        at = line.find(f" {mark} ", at + 1)
    return max(at, 0)


def _is_counted(before: str, after: str) -> bool:
    """Return whether a number goes on with the words around it: "no. 2.", "2. October"."""
    word = before.rsplit(maxsplit=1)[-1].rstrip(".").lower()
    return word in ABBREVIATIONS or MONTH.match(after) is not None
