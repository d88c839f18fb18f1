"""The check of a figure: within tolerance, in its unit, bound to the metric that it belongs to."""

import re
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from modelsmith.exam.checks.result import CheckResult, met, not_met
from modelsmith.exam.checks.text import (
    DENIED_CLAUSE,
    REMEMBERED,
    UNITS,
    Figure,
    clauses,
    figures,
    normalised,
    phrase_pattern,
)
from modelsmith.record import Amount, Record

MAX_FIGURES = 3
"""More figures than this beside one metric is a list, not a reading (from, to and the change)."""

MAX_READINGS = 2
"""More different readings of one metric are guesses: an answer knows where it was and is."""

DENIED_FIGURE = re.compile(r"^[^\d,:;(]*(?:\bnot|\bnever|n't)(?: [a-z]+){0,3} [-+$]?\.?\d")
"""A figure that is denied: "is not 58", "did not go from 4 to 58"; "not flat, 58" is a reading."""

METRIC_WORD = re.compile(r"(?<!\w)[a-z0-9]+(?:_[a-z0-9]+)+(?!\w)")


class NumberSought(Record):
    """A figure, its tolerance and unit, and the metric it belongs to."""

    value: float
    """The figure that a right answer gives."""
    tolerance: Amount = 0.0
    """Absolute distance that still counts, in `unit`."""
    unit: Literal[tuple(UNITS)] = ""  # type: ignore[valid-type] # the table is the type
    """Unit of `value`; empty accepts the bare number, or any unit written after it."""
    metric: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    """The metric's name: the figure counts only in the part of a clause that speaks of it."""


class Number(Record):
    """Met when the answer gives the figure, bound to its metric."""

    number: NumberSought
    """What is looked for."""

    def finding(self, answer: str) -> CheckResult:
        """Return whether the figure is there.

        Bound to a metric, the figure must stand between that metric's name and the next metric
        (a word with an underscore) or the end of the clause, among at most
        `MAX_FIGURES` figures, and it must be the last of them that moves: "from 4 to 58" reads 58,
        "58 to 4" does not. More than `MAX_READINGS` different readings are guesses.
        """
        wanted = self.number
        if wanted.metric is None:
            hit = next((f for f in figures(answer) if _is_wanted(f, wanted)), None)
            return met(hit.text) if hit else not_met()
        parts = parts_about(wanted.metric, answer)
        listed = next((part for part in parts if len(figures(part)) > MAX_FIGURES), None)
        if listed is not None:
            return not_met(f"a list of figures: {listed}")
        readings = [reading_in(part) for part in parts]
        values = {reading.value for reading in readings if reading is not None}
        if len(values) > MAX_READINGS:
            return not_met(f"{wanted.metric}: {len(values)} readings")
        for part, reading in zip(parts, readings, strict=True):
            if reading is not None and _is_wanted(reading, wanted):
                return met(part)
        reason = "no such figure beside it" if parts else "not mentioned"
        return not_met(f"{wanted.metric}: {reason}")


def _is_wanted(figure: Figure, wanted: NumberSought) -> bool:
    if wanted.unit and wanted.metric is None and not figure.unit:
        return False
    return equals(figure, wanted.value, wanted.tolerance, wanted.unit)


def equals(figure: Figure, value: float, tolerance: float, unit: str) -> bool:
    """Return whether a figure is a value within a tolerance, in the value's unit.

    A figure without a unit is taken to be in it; units of other kinds differ.
    """
    if unit and figure.unit:
        given, size = UNITS[figure.unit]
        sought, scale = UNITS[unit]
        if given != sought:
            return False
        return abs(figure.value * size - value * scale) <= tolerance * scale + 1e-9
    return abs(figure.value - value) <= tolerance + 1e-9


@lru_cache(maxsize=REMEMBERED)
def parts_about(metric: str, answer: str) -> tuple[str, ...]:
    """Return the stretches that follow `metric`, each up to the next metric, none in denials."""
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


def reading_in(part: str) -> Figure | None:
    """Return the figure a stretch ends on: the one after "to", else the first; none if denied."""
    if DENIED_FIGURE.search(part):
        return None
    moved = re.search(r"\bto\b(?P<end>.*)$", part)
    ends = figures(moved["end"]) if moved else ()
    return next(iter(ends or figures(part)), None)
