"""Figures as models and people write them: the reading, not what stands beside it."""

import pytest

from modelsmith.exam.checks.answer_form import Column, metrics_of
from modelsmith.exam.checks.answer_reading import normalised
from modelsmith.exam.checks.figure_reading import figures_of

COLUMNS = {
    "win_rate_pct": Column(aliases=("share won", "win rate"), unit="%"),
    "barrier_kpa": Column(aliases=("barrier pressure",)),
    "bids_won": Column(),
}
METRICS = metrics_of(COLUMNS, COLUMNS)


def read(text):
    return figures_of(normalised(text), METRICS)


@pytest.mark.parametrize(
    ("text", "value", "direction"),
    [
        ("barrier_kpa: 180 (-25 %), down", 180, "down"),
        ("barrier pressure is 310, down 35% from 480", 310, "down"),
        ("barrier_kpa 310 (baseline 480)", 310, None),
        ("barrier_kpa 310 (previously: 480)", 310, None),
        ("barrier_kpa is 180, compared to 240 before, down", 180, "down"),
        ("barrier_kpa 250 (SLO 200)", 250, None),
        ("share won is 11 %, down 7 percentage points", 11, "down"),
        ("share won 11 % (-7 pp)", 11, None),
        ("share won 11 %, a 39 % decline", 11, "down"),
        ("share won used to be 18 %, is now 11 %", 11, None),
        ("share won 11 %, relative to 18 %", 11, None),
        ("share won 11 %, down from 18 % (day 1 to 14)", 11, "down"),
        ("share won fell to 11 % due to 3 causes", 11, "down"),
        ("share won 11 % at 14:30 on March 14", 11, None),
        ("share won 11 % on 14/03/2026, n=5 [1]", 11, None),
        ("* **Share won** \u2014 11 % (down)", 11, "down"),
        ("share won 11 % \u2014 down", 11, "down"),
        ("share won: 11 %. Down.", 11, "down"),
        ("share won: 11 %; direction: down", 11, "down"),
        ("metric: share won\nvalue: 11\nunit: %\ndirection: down", 11, "down"),
        ("win-rate: 11 %, \u2193", 11, "down"),
        ("WinRate 11 %", 11, None),
        ("share won is 11 %, not 18 %", 11, None),
        ("share won 11 %, not down", 11, None),
        ("share won 11 %, flat (no significant increase)", 11, "flat"),
        ("share won 11 %, no longer flat", 11, None),
        ("share won is reduced to 11 %", 11, "down"),
        ("bids-won 900 (flat, +1 %)", 900, "flat"),
    ],
)
def test_what_stands_beside_a_reading_is_no_second_one(text, value, direction):
    found = read(text)
    assert found.faults == ()
    (reading,) = found.readings
    assert (reading.figure.value, reading.direction) == (value, direction)


@pytest.mark.parametrize(
    "text", ["barrier_kpa: 180-240", "barrier_kpa: 180 \u2013 240", "barrier_kpa 180, 240"]
)
def test_a_range_is_two_values(text):
    found = read(f"barrier_kpa: {text}")
    assert found.readings == ()
    assert found.faults[0].startswith("barrier_kpa has 2 values")


def test_what_is_near_to_a_figure_is_not_it():
    (reading,) = read("barrier_kpa is 99, close to 180").readings
    assert reading.figure.value == 99
