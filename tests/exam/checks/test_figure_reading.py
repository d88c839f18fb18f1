"""Figures as models and people write them: the reading, not what stands beside it."""

import pytest

from modelsmith.exam.checks.answer_form import AnswerForm, Column, metrics_of
from modelsmith.exam.checks.answer_reading import normalised, reading_of
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
        ("barrier_kpa 310 (previously: 480)", 310, "down"),
        ("barrier_kpa is 180, compared to 240 before, down", 180, "down"),
        ("barrier_kpa 250 (SLO 200)", 250, None),
        ("share won is 11 %, down 7 percentage points", 11, "down"),
        ("share won 11 % (-7 pp)", 11, "down"),
        ("share won 11 %, a 39 % decline", 11, "down"),
        ("share won used to be 18 %, is now 11 %", 11, "down"),
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
        # where it began, or a sign, says where it went
        ("barrier_kpa 480 (was 310)", 480, "up"),
        ("barrier_kpa 480, before: 310", 480, "up"),
        ("barrier_kpa 480 (from 310)", 480, "up"),
        ("barrier_kpa 480 from 3 sites", 480, None),
        ("share won 18 % (was 3 hours)", 18, None),
        ("share won 11 %, was 11 %", 11, None),
        ("share won 18 % (+7 pp)", 18, "up"),
        ("share won 18 %, +63 %", 18, "up"),
        ("share won 18 % (+7 pp, -1 pp)", 18, "up"),
        ("share won 11 %, after a peak of 18 %", 11, None),
        ("share won 11 %, half the 22 % of before", 11, None),
        ("share won 72 %, 4x the 18 % of before", 72, None),
        ("share won 11 %, which is above the 5 % budget", 11, None),
        ("share won 11 % (max 18 %)", 11, None),
        ("share won 11 % in the last hour", 11, None),
        ("share won in the last hour 11 %", 11, None),
        ("share won 11 %, and if it stays we page", 11, None),
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


UNITS = {
    "p95_latency": Column(aliases=("tail latency",), unit="ms"),
    "recovery_time": Column(unit="min"),
    "spend": Column(unit="$"),
    "error_rate": Column(aliases=("Fehlerquote",), unit="%"),
    "requests": Column(aliases=("Anfragen",)),
    "vibration": Column(),
}
MEASURED = metrics_of(UNITS, UNITS, {"vibration"})


def measured(text, language="en"):
    """Return a text's readings by metric, each in the metric's unit, and its faults."""
    found = figures_of(normalised(text), MEASURED, language)
    values = {one.metric: one.figure.amount(UNITS[one.metric].unit) for one in found.readings}
    return values, found.faults


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("spend: $1.2M, up; requests: 3k", {"spend": 1.2e6, "requests": 3000}),
        ("spend reached USD 1.2 million", {"spend": 1.2e6}),
        ("p95_latency 0.18 s; error rate 4,2 %", {"p95_latency": 180, "error_rate": 4.2}),
        ("p95_latency 180 ms (0.18 s)", {"p95_latency": 180}),
        ("recovery_time took 1 h 30 min", {"recovery_time": 90}),
        ("error rate is 420 bps", {"error_rate": 4.2}),
        ("vibration is 7,1 mm/s (limit 4.5)", {"vibration": 7.1}),
        # a hedge is about the figure
        ("recovery_time: about 30 min", {"recovery_time": 30}),
        ("recovery_time: ~30 min", {"recovery_time": 30}),
        ("recovery_time is at least 30 min", {"recovery_time": 30}),
        ("recovery_time is roughly 30 min", {"recovery_time": 30}),
        ("recovery_time is over 30 min", {"recovery_time": 30}),
        ("recovery_time < 30 min", {"recovery_time": 30}),
        ("recovery_time: no more than 30 min", {"recovery_time": 30}),
        ("recovery_time: approx. 30 min", {"recovery_time": 30}),
        ("p95_latency is 180 ms, well below the 200 ms limit", {"p95_latency": 180}),
        ("p95_latency is 180 ms (prev. 240 ms, normal: 90 ms)", {"p95_latency": 180}),
        # what is denied
        ("error_rate is not 30 % but 40 %", {"error_rate": 40}),
        ("error_rate is not 30 %, but 40 %", {"error_rate": 40}),
        ("error_rate isn't 30 % or 35 %, it's 40 %", {"error_rate": 40}),
        ("error_rate is 40 % rather than 30 %", {"error_rate": 40}),
        # where it ended
        ("error_rate: 1 % to 2 % and then to 4 %, up", {"error_rate": 4}),
        ("error_rate fell to 3 %, now 3 %", {"error_rate": 3}),
        ("error_rate went up 7 points to 11 %", {"error_rate": 11}),
        ("error_rate is up at 11 %", {"error_rate": 11}),
        # days, items and how often
        ("requests fell on\n12. March to\n900, down", {"requests": 900}),
        ("requests were at\n3 May still 900", {"requests": 900}),
        ("requests fell in 3 of 14 regions to 900", {"requests": 900}),
        ("requests from 3/5/26 to May 14, 2026: 900", {"requests": 900}),
        ("requests between 3 and 14 May 900", {"requests": 900}),
        ("requests since March 2026 900, by 12-04-2026 900", {"requests": 900}),
        ("the top 3 campaigns get 900 requests 24/7", {"requests": 900}),
        ("12. requests: 900\n13. vibration: 7.1", {"requests": 900, "vibration": 7.1}),
        ("error_rate is\n11. It is up", {"error_rate": 11}),
        ("requests per day 900,\n2. error_rate 11", {"requests": 900, "error_rate": 11}),
        ("p95_latency 180 ms limit 200 ms", {"p95_latency": 180}),
        # a blank parts thousands where it can part nothing else
        ("requests 1 200", {"requests": 1200}),
        ("requests are 12 345 678 now", {"requests": 12345678}),
        ("p95_latency went from 300 to 1 200 ms", {"p95_latency": 1200}),
        ("error_rate is up. It now stands at 11 %.", {"error_rate": 11}),
    ],
)
def test_the_reading_is_the_figure_that_is_meant(text, values):
    assert measured(text) == (values, ())


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Fehlerquote 4,2 %; Anfragen 1.234", {"error_rate": 4.2, "requests": 1234}),
        ("Anfragen 2,5 Mio.; spend 1.200.000 US-Dollar", {"requests": 2.5e6, "spend": 1.2e6}),
        ("vibration 1.234", {"vibration": 1.234}),
        ("Fehlerquote am\n12. M\u00e4rz 4,2 %, vibration 2", {"error_rate": 4.2, "vibration": 2}),
        ("recovery_time 1,5 Stunden", {"recovery_time": 90}),
        ("Anfragen am 12.3. 900, am 13. M\u00e4rz 2026 noch 900", {"requests": 900}),
        ("Fehlerquote stieg von 1,1 % auf 4,2 %", {"error_rate": 4.2}),
        ("Fehlerquote nicht 1,1 %, sondern rund 4,2 %", {"error_rate": 4.2}),
        ("Fehlerquote sank um 4,2 %", {}),
    ],
)  # fmt: skip
def test_a_benchmark_in_german_is_answered_in_german(text, values):
    assert measured(text, "de") == (values, ())


@pytest.mark.parametrize(
    "text",
    [
        "error_rate fell by 18 %",
        "error_rate rose 18 %",
        "error_rate is down 18 %",
        "error_rate up by about 18 percentage points",
        "an 18 % drop in error_rate",
        "error_rate rose from 18 %",
        "error_rate is above the 18 % limit",
        "the target for error_rate is 18 %",
        "error_rate should be 18 %",
        "error_rate is not 18 %",
        "error_rate is neither 18 nor 20 %",
        "error_rate did not fall to 18 %",
        "error_rate never reached 18 %",
        "error_rate is far from 18 %",
        "error_rate 18 % is wrong",
        "error_rate 18 hours",
        "error_rate 18 pp",
        "requests fell on\n18. May",
        "requests fell on\n18 May",
        "requests fell at 18:30, or 6 pm, on the 18th",
        "requests fell over 18 days",
        "requests fell in 18 of 20 regions",
        "step 18: requests fell",
        "error_rate: max 18 %",
        "error_rate: max. 18 %",
        "error_rate 18 % is the limit",
        "error_rate 18 % is expected",
        "error_rate: 18 % budget",
        "error_rate 18 % (limit)",
        "error_rate is expected to be 18 %",
        "error_rate: alert at 18 %",
        "error_rate (18 % normally)",
        "error_rate 18 % (incorrect)",
        "error_rate 18 %: wrong",
        "error_rate 18 % \u2014 incorrect",
        "error_rate 18 %? No.",
        "error_rate 18 % seems wrong",
        "error_rate 18 % can't be",
        "error_rate has no 18 %",
        "error_rate 18 % yesterday",
        "error_rate was 18 % yesterday",
        "error_rate yesterday: 18 %",
        "error_rate 18 % last week",
        "error_rate an hour ago 18 %",
        "error_rate 18 % an hour before",
        "error_rate 18 % of before",
        "error_rate would be 18 %",
        "error_rate may be 18 %",
        "error_rate might rise to 18 %",
        "error_rate can be 18 %",
        "error_rate will be 18 %",
        "error_rate could be from 18 % to 20 %",
        "if the deploy stays error_rate is 18 %",
        "error_rate if the deploy stays 18 %",
        "error_rate 18 % unless it is reverted",
        "error_rate is nowhere close to 18 %",
        "error_rate is not even close to 18 %",
        "error_rate after a peak of 18 %",
        "error_rate 4x the 18 % limit",
        "error_rate previously at 18 %",
        "error_rate had been 18 %",
        "error_rate half the 18 % limit",
        "error_rate twice 18 %",
        "error_rate SLO: < 18 %",
        "error_rate 18 % would be bad",
        "error_rate four times the 18 % of before",
    ],
)
def test_a_change_a_limit_a_day_and_what_is_denied_are_no_readings(text):
    assert measured(text) == ({}, ())


@pytest.mark.parametrize(
    "text",
    [
        "error_rate is 10-12%",
        "error_rate is 10 to 12 %",
        "error_rate is between 10 and 12 %",
        "error_rate is 10\u201312 %",
        "error_rate is 10 or 12 %",
        "error_rate is 10 % (12 %)",
        "error_rate is 10/12 %",
        "error_rate is over 10 % and under 12 %",
        "error_rate fell to 10 %, now 12 %",
        "error_rate fell to 10 % or to 12 %",
        "error_rate 10 %; error_rate 12 %",
        "error_rate is 10 % or so, maybe 12 %",
    ],
)
def test_two_values_are_none(text):
    values, (fault,) = measured(text)
    assert values == {}
    assert fault.startswith("error_rate has 2 values: 1")


@pytest.mark.parametrize("said", ["1 20", "1 20 300", "1 200 30", "100 1 200", "1000 200", "0 200"])
def test_a_blank_that_may_part_figures_parts_no_thousands(said):
    values, (fault,) = measured(f"requests {said}")
    assert values == {}
    assert fault.startswith(f"requests has {len(said.split())} values")


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ("18 %, more than tripled", "up"),
        ("18 % \u2b06\ufe0f", "up"),
        ("18 %, rebounding", "up"),
        ("18 %, plummeting", "down"),
        ("18 % \u2b07\ufe0f", "down"),
        ("18 %, didn't change", "flat"),
        ("18 %, barely moved", "flat"),
        ("18 %, little change", "flat"),
        ("remains at 18 %", "flat"),
        ("18 % \u27a1\ufe0f", "flat"),
        ("more than 18 %", None),
        ("no less than 18 %", None),
        ("18 %, not higher than before", None),
        ("18 %, up and down", None),
        *[
            (f"{before}{arrow}18 %", "up")
            for arrow in (
                "->",
                "=>",
                *"\u2192\u21d2\u2794\u279c\u279e\u27a1\u27f6\u27f9",
                "\u27a1\ufe0f",
            )
            for before in ("7", "7 %", "7 % ", "7 percent ")
        ],
        ("40 % -> 18 %", "down"),
        ("7 % \u2192 9 % \u2192 18 %", "up"),
    ],
)
def test_a_direction_is_what_words_and_signs_say(said, direction):
    (found,) = reading_of(AnswerForm(metrics=MEASURED), f"error_rate {said}").figures
    assert (found.figure.value, found.direction) == (18, direction)


@pytest.mark.parametrize(
    "text",
    [
        "share won 18 %; win rate 11 %",
        "share won 11 % (win rate 18 %)",
        "share won 11 %? No, 18 %",
        "share won 11 %. Actually 18 %",
        "share won 11 % \u2014 correction: 18 %",
        "share won 11 %. Or 18 %",
        "share won 11 %\nmaybe 18 %",
    ],
)
def test_a_reading_that_is_taken_back_or_doubted_is_two_values(text):
    found = read(text)
    assert found.readings == ()
    assert found.faults[0].startswith("win_rate_pct has 2 values")


def test_the_same_value_twice_is_one_and_two_ways_are_none():
    (one,) = read("share won 11 %; win rate 11 %, down").readings
    assert (one.figure.value, one.direction) == (11, "down")
    found = read("share won 11 %, up; win rate 11 %, down")
    assert (found.readings, found.faults) == ((), ("win_rate_pct goes up and down",))


@pytest.mark.parametrize(
    "text",
    [
        "not share won 11 %",
        "It is not true that the share won is at 11 %",
        "share won 11 %?",
        "is share won 11 %?",
        "share won 1e999",
        "share won 0x11",
        "share won 11x5",
        "share won nan",
    ],
)
def test_what_is_asked_denied_or_no_number_is_no_reading(text):
    found = read(text)
    assert (found.readings, found.faults) == ((), ())


@pytest.mark.parametrize(
    "text",
    [
        "share won 11 % across 3 exchanges",
        "share won is 11 % on all 3 exchanges, down",
        "share won 11 % \u00b1 1 %",
        "share won 11 % +/- 1 %",
        "share won 11 % (-39 %)",
        "share won 11 %, +39 %",
    ],
)
def test_a_count_and_a_margin_beside_a_reading_are_no_second_one(text):
    (found,) = read(text).readings
    assert found.figure.value == 11


@pytest.mark.parametrize(
    ("text", "strays"),
    [
        ("share won 11 %", 0),
        ("share won 11 %; the target is 18 %", 0),
        ("share won 11 %; in 3 of 14 regions", 0),
        ("share won 11 %; since 3 May", 0),
        ("share won 11 %; hit ratio: 5", 1),
        ("share won 11 %; the hit ratio is 5 %; error count 7", 2),
    ],
)
def test_readings_of_something_else_are_counted(text, strays):
    assert read(text).strays == strays


@pytest.mark.parametrize(
    ("text", "value", "direction"),
    [
        ("win rate est pass\u00e9 de 18 % \u00e0 11,5 %", 11.5, "down"),
        ("win rate a baiss\u00e9 de 18 % \u00e0 11,5 %", 11.5, "down"),
        ("win rate a baiss\u00e9 de 7 points \u00e0 11,5 %", 11.5, "down"),
        ("win rate est de 11,5 %, en baisse", 11.5, "down"),
        ("win rate \u00e9tait de 18 %, maintenant 11,5 %", 11.5, "down"),
        ("win rate n'est pas 18 % mais 11,5 %", 11.5, None),
        ("win rate reste \u00e0 11,5 %, stable", 11.5, "flat"),
        ("win rate : environ 11,5 %, en hausse", 11.5, "up"),
    ],
)
def test_a_benchmark_in_french_is_answered_in_french(text, value, direction):
    (found,) = figures_of(normalised(text), METRICS, "fr").readings
    assert (found.figure.value, found.direction) == (value, direction)


@pytest.mark.parametrize("text", ["win rate a baiss\u00e9 de 7 %", "win rate n'est pas 11 %"])
def test_a_change_and_a_denial_in_french_are_no_readings(text):
    assert figures_of(normalised(text), METRICS, "fr").readings == ()


@pytest.mark.parametrize(
    ("said", "direction"), [("steigend", "up"), ("runter", "down"), ("gleichbleibend", "flat")]
)
def test_a_direction_in_german_is_one(said, direction):
    (found,) = figures_of(normalised(f"win rate 11 %, {said}"), METRICS, "de").readings
    assert found.direction == direction
