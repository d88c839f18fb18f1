"""Figures drawn as SVG: a loss curve with its axes, and a rate with its interval."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

WIDTH, HEIGHT = 640, 240
"""Units of a curve's picture; it scales with the page."""

LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 42
"""Room for the axes' words."""

STEPS_WANTED = 5
"""Marks on an axis: few enough to be read, enough to read between them."""

BAR = 120
"""Units of a rate's picture from 0 to 1."""


class AxisMark(NamedTuple):
    """One mark of an axis."""

    at: float
    """Where it stands."""
    text: str
    """What it says."""


class Curve(NamedTuple):
    """A line with its axes, in units of the picture."""

    points: str
    """The line, as SVG writes one."""
    dot: tuple[float, float] | None
    """The only point, where a line needs two."""
    across: tuple[AxisMark, ...]
    """Marks of the lower axis."""
    up: tuple[AxisMark, ...]
    """Marks of the left axis."""


class Bar(NamedTuple):
    """A rate and its interval, in units of the picture."""

    value: float
    """The rate."""
    low: float
    """Where the interval begins."""
    width: float
    """How long it is."""


def curve(pairs: Sequence[tuple[float, float]]) -> Curve:
    """Return a curve through (x, y) pairs, both axes from 0; nothing is cut off or smoothed."""
    across = marks(max((x for x, _ in pairs), default=1.0))
    up = marks(max((y for _, y in pairs), default=1.0))
    most_x, most_y = across[-1], up[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return round(LEFT + wide * x / most_x, 1), round(TOP + high * (1 - y / most_y), 1)

    placed = [place(x, y) for x, y in pairs]
    return Curve(
        points=" ".join(f"{x:g},{y:g}" for x, y in placed),
        dot=placed[0] if placed and not placed[1:] else None,
        across=tuple(AxisMark(place(x, 0)[0], f"{x:g}") for x in across),
        up=tuple(AxisMark(place(0, y)[1], f"{y:g}") for y in up),
    )


def marks(most: float) -> tuple[float, ...]:
    """Return round figures from 0 to at least `most`: steps of 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 0.0, 1.0
    rough = most / STEPS_WANTED
    power = 10.0 ** floor(log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * (1 - 1e-9))
    count = max(1, ceil(most / step - 1e-9))
    return tuple(round(step * number, 10) for number in range(count + 1))


def bar(value: float, low: float, high: float) -> Bar:
    """Return a rate with its interval, 0 on the left and 1 on the right."""
    return Bar(round(BAR * value, 1), round(BAR * low, 1), round(BAR * (high - low), 1))
