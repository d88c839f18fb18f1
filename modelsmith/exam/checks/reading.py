"""What an answer says of one metric: the figures that stand beside its name."""

import re
from functools import lru_cache

from modelsmith.exam.checks.text import (
    DENIED_CLAUSE,
    REMEMBERED,
    Figure,
    clauses,
    figures,
    normalised,
    phrase_pattern,
)

DENIED_FIGURE = re.compile(r"^[^\d,:;(]*(?:\bnot|\bnever|n't)(?: [a-z]+){0,3} [-+$]?\.?\d")
"""A figure that is denied: "is not 58", "did not go from 4 to 58"; "not flat, 58" is a reading."""

METRIC_WORD = re.compile(r"(?<!\w)[a-z0-9]+(?:_[a-z0-9]+)+(?!\w)")


def parts_about(metric: str, answer: str) -> list[str]:
    """Return the stretches that follow `metric`, each up to the next metric, none in denials."""
    return list(_parts(metric, answer))


@lru_cache(maxsize=REMEMBERED)
def _parts(metric: str, answer: str) -> tuple[str, ...]:
    name, parts = phrase_pattern(metric), list[str]()
    for clause in clauses(normalised(answer)):
        denial = DENIED_CLAUSE.search(clause)
        spoken = name.search(clause, 0, denial.end() if denial else len(clause))
        while spoken:
            metric_word = METRIC_WORD.search(clause, spoken.end())
            again = name.search(clause, spoken.end())
            ends = [found.start() for found in (metric_word, again) if found]
            parts.append(clause[spoken.end() : min(ends, default=len(clause))])
            spoken = again if again and (not denial or again.start() < denial.end()) else None
    return tuple(parts)


def reading_in(part: str, given: list[Figure]) -> Figure | None:
    """Return the figure a stretch ends on: the one after "to", else the first; none if denied."""
    if DENIED_FIGURE.search(part):
        return None
    moved = re.search(r"\bto\b(?P<end>.*)$", part)
    ends = figures(moved["end"]) if moved else []
    return ends[0] if ends else (given[0] if given else None)
