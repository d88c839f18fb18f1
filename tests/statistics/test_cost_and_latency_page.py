"""Cost per decision and latency, as people read them."""

from modelsmith.statistics.cost_and_latency import (
    Economy,
    hosted_economy,
    latency_of,
    local_economy,
)
from modelsmith.statistics.cost_and_latency_page import economy_line, economy_page, histogram
from tests.statistics.test_cost_and_latency import answered

OURS = local_economy(
    "candidate", [answered("A", 3.6)], [answered("A", 0.5), answered("B", 0.7)], 2.0
)
THEIRS = hosted_economy("gpt-1", [answered("A", 2.0, cost_usd=0.004)])
UNPRICED = local_economy("stand-in:few-shot", [answered("A", 1.0)], (), 0.0)


def test_each_system_s_cost_and_quantiles_stand_in_a_row_with_what_they_rest_on():
    lines = economy_page([OURS, THEIRS, UNPRICED]).splitlines()
    assert "| candidate | 0.002000 USD | 1 | 0.50 s | 0.70 s | 2 |" in lines
    assert "| gpt-1 | 0.004000 USD | 1 | 2.00 s | 2.00 s | 1 |" in lines
    assert (
        "| stand-in:few-shot | 0 (cluster price not set) | 1 | not measured | not measured | 0 |"
        in lines
    )


def test_the_histogram_goes_from_the_fastest_to_the_slowest_bin_that_is_filled():
    assert list(histogram([OURS, THEIRS])) == [
        ("over 0.316 s, up to 0.562 s", (1, 0)),
        ("over 0.562 s, up to 1 s", (1, 0)),
        ("over 1 s, up to 1.78 s", (0, 0)),
        ("over 1.78 s, up to 3.16 s", (0, 1)),
    ]
    assert "| over 1.78 s, up to 3.16 s | 0 | 1 |" in economy_page([OURS, THEIRS])


def test_the_first_and_the_last_bin_have_one_end():
    both = Economy(
        system="odd",
        decisions=0,
        cost_usd=None,
        price_usd_per_hour=None,
        latency=latency_of([0.001, 900.0]),
    )
    spans = [span for span, _ in histogram([both])]
    assert (spans[0], spans[-1]) == ("up to 0.01 s", "over 316 s")


def test_nothing_timed_has_no_histogram():
    assert list(histogram([UNPRICED])) == []
    assert "answers that took" not in economy_page([UNPRICED])


def test_a_line_says_the_same():
    assert economy_line(OURS) == ("0.002000 USD a decision, p50 0.50 s, p95 0.70 s of 2 answers")
    assert economy_line(UNPRICED) == ("0 (cluster price not set) a decision, latency not measured")
