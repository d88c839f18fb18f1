"""Whether the rows of a table follow each other: days do, pumps do not."""

import re
from collections.abc import Iterable
from itertools import pairwise

from modelsmith.exam.scenario import Cell, Table, place_of

TIMES = re.compile(
    r"[0-9]|(?<![a-z])(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov"
    r"|dec|day|date|time|week|month|quarter|year|hour|minute|today|yesterday|tomorrow|morning|noon"
    r"|evening|night|before|after|during|baseline|earl|late|first|last|prior|previous|next|now"
    r"|start|begin|end|final|phase|stage|step|round|spring|summer|autumn|fall|winter|pre|mid|post"
    r"|old|new|ago|open|clos|top|best|worst|rank|place|position|order"
    r"|total|sum|overall|all|average|avg|mean|other|rest|small|medium|large|low|high|tiny|huge|x[sl])"
)
"""What a label has that may stand for a time, for a place in a sequence or for other rows."""

ORDERED = re.compile(
    r"\b(?:first|last|latest|second|third|top|bottom|rank(?:s|ed|ing)?"
    r"|sort(?:s|ed)?|order(?:ed)? (?:by|of)|in order|order of|listed|above|below|next|previous"
    r"|rows?|lines?|trend|rose|rises|fell|falls|since|then|from .{1,30} to)\b",
    re.IGNORECASE,
)
"""Words that speak of the order of rows."""

IN_TIME = re.compile(
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"[a-z]*|yesterday|today|tomorrow|baseline|(?:before|during)\b.*|after\b.*|morning|noon|evening"
    r"|night|(?:day|week|month|quarter|year|hour|round|step)[ _-]?[0-9]+|q[1-4]|[0-9]{1,2}:[0-9]{2}"
    r"(?::[0-9]{2})?"
)
"""What a label is that stands for a time."""

YEARLY = r"(?:.*_)?(?:19|20)[0-9]{2}"

COUNTED = re.compile(
    r"(?:.*_)?(?:day|week|month|quarter|year|hour|minute|second|round|iteration|step|epoch|time"
    r"|date|period)s?"
)
"""Columns whose numbers are times."""


def are_in_time(columns: Iterable[str]) -> bool:
    """Return whether several columns follow each other: `jan` and `feb`, `n_2025`."""
    found = [one for one in columns if IN_TIME.fullmatch(one) or re.fullmatch(YEARLY, one)]
    return len(found) > 1


def is_series(table: Table) -> bool:
    """Return whether the rows are one thing after the other, oldest first: it went somewhere."""
    name, labels = table.columns[0], table.series(table.columns[0])
    places = [place_of(label) for label in labels]
    if any(place is None for place in places):
        words = [str(label).lower().strip() for label in labels]
        is_backwards = words[0].startswith("after") or words[0] == "today"
        return all(map(IN_TIME.fullmatch, words)) and not is_backwards and _counts_up(words)
    are_dates = all(isinstance(label, str) for label in labels)
    return (are_dates or COUNTED.fullmatch(name) is not None) and all(
        before < after for before, after in pairwise(place for place in places if place is not None)
    )


def _counts_up(words: list[str]) -> bool:
    """Return whether the numbers in labels do not fall; those of labels without any do not."""
    found = [tuple(map(int, re.findall("[0-9]+", word))) for word in words]
    return all(before <= after for before, after in pairwise(found))


def may_follow(table: Table) -> bool:
    """Return whether rows may follow each other, by their labels or by a time in any column."""
    labels = [str(label).lower() for label in table.series(table.columns[0])]
    return (
        len(set(labels)) < len(labels)
        or any(map(TIMES.search, (table.columns[0], *labels)))
        or any(COUNTED.fullmatch(name) or TIMES.fullmatch(name) for name in table.columns[1:])
        or any(_is_time(cell) for row in table.rows for cell in row)
    )


def _is_time(cell: Cell) -> bool:
    return isinstance(cell, str) and (
        place_of(cell) is not None or IN_TIME.fullmatch(cell.lower().strip()) is not None
    )
