"""Figures with their magnitude and unit, as people of several languages write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.exam.checks import text
from modelsmith.exam.checks.quantities import UNITS, dimension_of, quantity_of, words_of
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.scenario import shown


def quantities(written, language="en", *, has_decimals=False):
    found = words_of(language).figure.finditer(normalised(written))
    return [quantity_of(hit[0], language, has_decimals=has_decimals) for hit in found]


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("1,234", 1234, ""),
        ("1,234.5", 1234.5, ""),
        ("1.234,5", 1234.5, ""),
        ("1.234.567", 1234567, ""),
        ("1'234'567.8", 1234567.8, ""),
        ("1\u2019234", 1234, ""),
        ("12,34,567", 1234567, ""),
        ("4,2 %", 4.2, "%"),
        ("0,125", 0.125, ""),
        ("1.234", 1.234, ""),
        (".5", 0.5, ""),
        ("-4 \u00b0C", -4, "\u00b0C"),
        ("3k bids", 3000, ""),
        ("2.5 million", 2.5e6, ""),
        ("1,2 Mio. \u20ac", 1.2e6, "\u20ac"),
        ("$1.2M", 1.2e6, "$"),
        ("-$1.2bn", -1.2e9, "usd"),
        ("USD 1,200", 1200, "$"),
        ("1,200 euros", 1200, "eur"),
        ("\u00a312.50", 12.5, "gbp"),
        ("12 US dollars", 12, "$"),
        ("30 secs", 0.5, "min"),
        ("0.5 hrs", 30, "min"),
        ("1,800 sec", 30, "min"),
        ("5m", 5, "min"),
        ("5m", 5e6, ""),
        ("5 m", 5, "meters"),
        ("2 weeks", 14, "days"),
        ("1.5 GB", 1500, "MB"),
        ("50 km/h", 50 / 3.6, "m/s"),
        ("27 knots", 50.004, "km/h"),
        ("31 mph", 49.8897, "km/h"),
        ("21.4 bar", 2140, "kPa"),
        ("310 PSI", 310, "psi"),
        ("420 bps", 4.2, "%"),
        ("7 pp", 7, "pp"),
        ("7 percentage points", 7, "pp"),
        ("3x", 3, "x"),
        ("3 times", 3, "x"),
        ("5 widgets", 5, ""),
        ("5 GB/s", 5, ""),
        ("900 a day", 900, ""),
    ],
)
def test_a_figure_is_read_with_its_magnitude_and_unit(written, value, unit):
    (found,) = quantities(written)
    assert found.equals(value, 1e-3, unit)
    assert found.may_be(unit)


@pytest.mark.parametrize(
    ("language", "written", "value"),
    [
        ("en", "1,234", 1234),
        ("de", "1,234", 1.234),
        ("de", "1.234", 1234),
        ("de", "4,2", 4.2),
        ("de", "18.5", 18.5),
        ("de", "2,5 Millionen", 2.5e6),
        ("de", "2 Billionen", 2e12),
        ("en", "2 billion", 2e9),
        ("fr", "1,234", 1.234),
        ("fr", "2 millions", 2e6),
        ("ru", "1,5 \u0442\u044b\u0441.", 1500),
        ("xx", "1,234", 1234),
    ],
)
def test_what_may_be_read_in_two_ways_is_read_by_the_language(language, written, value):
    (found,) = quantities(written, language)
    assert found.value == value


@pytest.mark.parametrize("language", ["es", "fr", "hu", "no", "dz"])
def test_a_short_word_of_a_language_is_no_unit(language):
    found = quantities("900 a 1200 y 4 o 7 e 3 u 12 d", language)
    assert [(one.value, {*one.amounts}) for one in found] == [
        (value, {""}) for value in (900, 1200, 4, 7, 3, 12)
    ]
    assert not any(name.isdigit() for name in words_of(language).months)


def test_a_point_parts_decimals_in_any_language_where_the_metric_has_some():
    (found,) = quantities("1.234", "de", has_decimals=True)
    assert found.value == 1.234
    (found,) = quantities("1,234", "en", has_decimals=True)
    assert found.value == 1234


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("900k", 900, ""),
        ("11k", 11, "%"),
        ("30 sec", 30, "min"),
        ("1.5 TB", 1.5, "GB"),
        ("5 ns", 6, "ns"),
        ("900 \u20ac", 900, "$"),
        ("82 \u00b0F", 82, "\u00b0C"),
        ("11 hours", 11, "%"),
        ("11 pp", 11, "%"),
        ("310 kPa", 310, "psi"),
    ],
)
def test_another_magnitude_or_unit_is_another_figure(written, value, unit):
    (found,) = quantities(written)
    assert not found.equals(value, 0, unit)


@pytest.mark.parametrize("written", ["1.2.3", "10.0.0.1", "1,23,4", "p95", "v2", "sha3e"])
def test_versions_addresses_and_names_are_no_figures(written):
    assert [found for found in quantities(written) if found] == []


@settings(deadline=None)
@given(
    st.floats(-1e9, 1e9).map(lambda one: round(one, 4)),
    st.sampled_from(UNITS),
    st.sampled_from(["en", "de", "fr", "pl", "sv"]),
)
def test_what_a_question_shows_is_read_back_in_every_unit_and_language(value, unit, language):
    (found,) = quantities(f"{shown(value)} {unit}", language, has_decimals=value % 1 != 0)
    assert found.equals(value, 1e-6, unit)


def test_every_unit_of_before_is_one_still():
    dimensions = {}
    for unit, (dimension, size) in text.UNITS.items():
        name, given = dimension_of(unit)
        assert (dimensions.setdefault(dimension, name), given) == (name, size)
    assert len({*dimensions.values()}) == len(dimensions)
