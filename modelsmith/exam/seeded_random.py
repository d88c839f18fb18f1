"""Choices and daily figures that a key decides, the same on every machine."""

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_JITTER = 0.04
"""Day-to-day noise of a drawn series, as a share: far below any move that decides a verdict."""

STEADY_MOVE = 0.06
"""A series that did not move ends within this share of where it began."""

ONE_DECIMAL_BELOW = 10
"""Figures below it keep one decimal and others none, as a dashboard shows them."""

LARGEST_SHARE = 1 - 2**-53
"""The float before 1: the highest of 2**64 numbers would round to 1 itself."""


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
        return share_of(next(self._numbers))

    def between(self, low: float, high: float) -> float:
        """Return the next number from `low` to `high`."""
        return low + (high - low) * self.share()

    def pick(self, options: Sequence[T]) -> T:
        """Return one of `options`.

        Raises:
            ValueError: there is none.
        """
        if not options:
            raise ValueError("nothing to pick from")
        return options[int(self.share() * len(options))]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Return `values` in a drawn order."""
        places = [self.share() for _ in values]
        placed = sorted(range(len(values)), key=lambda at: places[at])
        return [values[at] for at in placed]


def share_of(number: int) -> float:
    """Return a whole number in [0, 2**64) as a share in [0, 1)."""
    return min(number / 2**64, LARGEST_SHARE)


def series(
    draws: Draws, first: float, last: float, rows: int, decimals: int | None = None
) -> list[float | int]:
    """Return `rows` daily figures from `first` to `last`, with noise between the exact ends.

    The move happens between the second and the last but one day.
    """
    figures = []
    for day in range(rows):
        through = min(1.0, max(0.0, (day - 1) / max(1, rows - 3)))
        through = 1.0 if day == rows - 1 else through
        noise = 1.0 if day in (0, rows - 1) else 1 + draws.between(-MOST_JITTER, MOST_JITTER)
        figures.append(rounded((first + (last - first) * through) * noise, decimals))
    return figures


def rounded(value: float, decimals: int | None = None) -> float | int:
    """Return `value` as a dashboard shows it: an int where no decimals are kept."""
    kept = (1 if abs(value) < ONE_DECIMAL_BELOW else 0) if decimals is None else decimals
    return round(value, kept) if kept else round(value)
