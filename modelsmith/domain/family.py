"""A scenario and its variants: worlds that a template can draw, with or without flipping the verdict."""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from modelsmith.domain.record import Record

T = TypeVar("T")


class Family(Record):
    """The template that makes variants of one scenario."""

    parent: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$")]
    """Id of the scenario whose variants it makes."""
    worlds: Annotated[Mapping[str, Literal["same", "flip"]], Field(min_length=1)]
    """Each world the template can draw: `same` keeps the parent's verdict, `flip` changes it."""
    template: Annotated[str, Field(min_length=1, max_length=20_000)]
    """Jinja2, rendered in a sandbox to a YAML mapping of the fields that differ from the parent."""

    def worlds_that(self, relation: Literal["same", "flip"]) -> tuple[str, ...]:
        """Return the names of the worlds with this relation, sorted."""
        return tuple(sorted(name for name, kept in self.worlds.items() if kept == relation))


class Draws:
    """Choices that a key decides, the same on every machine: sha256 in counter mode.

    Attributes:
        key: What the draws are for; two keys give unrelated draws.
    """

    def __init__(self, *key: object) -> None:
        """Begin the draws of `key`."""
        self.key = "/".join(str(part) for part in key)
        self._numbers = self._stream()

    def _stream(self) -> Iterator[int]:
        for counter in itertools.count():
            digest = hashlib.sha256(f"{self.key}#{counter}".encode()).digest()
            yield int.from_bytes(digest[:8], "big")

    def share(self) -> float:
        """Return the next number in [0, 1)."""
        return next(self._numbers) / 2**64

    def between(self, low: float, high: float) -> float:
        """Return the next number in [low, high)."""
        return low + (high - low) * self.share()

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`."""
        return options[int(self.share() * len(options))]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return `values` in a drawn order."""
        places = [self.share() for _ in values]
        placed = sorted(range(len(values)), key=lambda at: places[at])
        return [values[at] for at in placed]


MOST_JITTER = 0.04
"""Day-to-day noise of a drawn series, as a share: far below any move that decides a verdict."""

STEADY_MOVE = 0.06
"""A series that did not move ends within this share of where it began."""


def series(
    draws: Draws, first: float, last: float, rows: int, decimals: int | None = None
) -> list[float | int]:
    """Return `rows` daily figures from `first` to `last`, with noise between the exact ends.

    The move happens between the second and the last but one day. Without `decimals`, figures
    below 10 keep one decimal and others none, as a dashboard shows them.
    """
    figures = []
    for day in range(rows):
        through = min(1.0, max(0.0, (day - 1) / max(1, rows - 3)))
        noise = 1.0 if day in (0, rows - 1) else 1 + draws.between(-MOST_JITTER, MOST_JITTER)
        figures.append(rounded((first + (last - first) * through) * noise, decimals))
    return figures


def rounded(value: float, decimals: int | None = None) -> float | int:
    """Return `value` as a dashboard shows it: an int where no decimals are kept."""
    kept = (1 if abs(value) < 10 else 0) if decimals is None else decimals  # noqa: PLR2004
    return round(value, kept) if kept else round(value)
