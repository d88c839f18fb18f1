"""Draws: decided by their key alone, spread evenly, the same on every machine."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.exam.seeded_random import MOST_JITTER, Draws, rounded, series, share_of


def test_a_key_gives_the_same_draws_on_every_machine():
    draws = Draws("SHADING_ONE", "no-issue", 3, 0)
    assert [draws.share() for _ in range(3)] == [
        0.15461568383810684,
        0.7913598169489042,
        0.8688443112407116,
    ]


def test_draws_are_pure():
    first, second = Draws("a", 1), Draws("a", 1)
    assert [first.share() for _ in range(20)] == [second.share() for _ in range(20)]
    assert first.key == "a/1"


def test_keys_give_unrelated_draws():
    shares = [Draws("a", n).share() for n in range(200)]
    assert len(set(shares)) == 200
    other = [Draws("b", n).share() for n in range(200)]
    mean = sum(shares) / 200
    products = [(a - 0.5) * (b - 0.5) * 12 for a, b in zip(shares, other, strict=True)]
    assert 0.45 < mean < 0.55
    assert abs(sum(products) / 200) < 0.25


def test_picks_are_even():
    """Chi-square with 9 degrees of freedom: 27.9 is passed by chance once in a thousand."""
    draws = Draws("even")
    counts = Counter(draws.pick(range(10)) for _ in range(5_000))
    assert sum((counts[n] - 500) ** 2 / 500 for n in range(10)) < 27.9


def test_every_order_is_drawn_about_as_often():
    """Chi-square with 5 degrees of freedom: 20.5 is passed by chance once in a thousand."""
    draws = Draws("orders")
    counts = Counter(tuple(draws.shuffled("abc")) for _ in range(1_200))
    assert len(counts) == 6
    assert sum((n - 200) ** 2 / 200 for n in counts.values()) < 20.5


def test_the_highest_number_is_below_one():
    assert share_of(2**64 - 1) < 1
    assert share_of(0) == 0
    assert share_of(2**63) == 0.5


def test_nothing_to_pick_from_is_refused():
    with pytest.raises(ValueError, match="nothing to pick from"):
        Draws("a").pick([])


@given(st.integers(0, 10_000), st.integers(2, 60))
def test_a_series_ends_exactly_and_jitters_little(key, rows):
    figures = series(Draws(key), 100, 200, rows)
    assert (figures[0], figures[-1], len(figures)) == (100, 200, rows)
    assert all(100 * (1 - MOST_JITTER) - 1 <= f <= 200 * (1 + MOST_JITTER) + 1 for f in figures)


def test_the_move_happens_between_the_second_and_the_last_but_one_day():
    figures = series(Draws("move"), 100, 200, 12)
    assert figures[1] < 110
    assert figures[-2] > 190


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(9.94, None, 9.9), (10.4, None, 10), (-3.26, None, -3.3), (2.345, 2, 2.35), (2.6, 0, 3)],
)
def test_figures_are_shown_as_a_dashboard_shows_them(value, decimals, shown):
    assert rounded(value, decimals) == shown
    assert isinstance(rounded(value, decimals), type(shown))
