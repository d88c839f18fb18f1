"""Figures with magnitude and unit, as people write them in a language; its words are CLDR's.

| written                            | read as                                                  |
|------------------------------------|----------------------------------------------------------|
| `1,234.5`, `1.234,5`, `1'234.5`    | 1234.5: what stands last parts the decimals              |
| `4,2`, `0.125`, `1234,567`         | decimals, whatever the language: no group looks so       |
| `1,234`                            | 1234; 1.234 in a language that writes decimal commas     |
| `1.234`                            | 1.234; 1234 in such a language, unless the metric's own  |
|                                    | figures have decimals: questions print them with a point |
| `$1.2M`, `2,5 Mio. EUR`, `3k bids` | 1.2 million dollars, 2.5 million euros, 3000             |
| `0.5 hrs`, `30 min`, `1.800 Sek.`  | the same duration                                        |
| `5 m`                              | 5 million, minutes or metres: whichever is looked for    |
| `5 widgets`, `5 gb/s`              | 5: a word that is no unit here says nothing              |

A blank parts thousands where the language has it so, else only one that does not break.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import Literal, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.numbers import (
    format_compact_decimal,
    get_currency_name,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
)
from babel.units import format_unit

from modelsmith.exam.checks import text
from modelsmith.exam.checks.text import normalised

ENGLISH = "en"
"""The language whose words are read beside the benchmark's own."""

CLDR_UNITS: Mapping[str, tuple[str, float]] = {
    "%": ("concentr-percent", 1), "\u2030": ("concentr-permille", 0.1),
    "bp": ("concentr-permyriad", 0.01), "ppm": ("concentr-part-per-1e6", 1e-4),
    "ns": ("duration-nanosecond", 1e-9), "\u00b5s": ("duration-microsecond", 1e-6),
    "ms": ("duration-millisecond", 1e-3), "s": ("duration-second", 1),
    "min": ("duration-minute", 60), "h": ("duration-hour", 3600),
    "days": ("duration-day", 86_400), "weeks": ("duration-week", 604_800),
    "months": ("duration-month", 2_629_746), "years": ("duration-year", 31_556_952),
    "byte": ("digital-byte", 1), "kB": ("digital-kilobyte", 1e3),
    "MB": ("digital-megabyte", 1e6), "GB": ("digital-gigabyte", 1e9),
    "TB": ("digital-terabyte", 1e12), "PB": ("digital-petabyte", 1e15),
    "km/h": ("speed-kilometer-per-hour", 1 / 3.6), "m/s": ("speed-meter-per-second", 1),
    "mph": ("speed-mile-per-hour", 0.44704), "kn": ("speed-knot", 1852 / 3600),
    "Pa": ("pressure-pascal", 1), "hPa": ("pressure-hectopascal", 100),
    "kPa": ("pressure-kilopascal", 1e3), "MPa": ("pressure-megapascal", 1e6),
    "mbar": ("pressure-millibar", 100), "bar": ("pressure-bar", 1e5),
    "psi": ("pressure-pound-force-per-square-inch", 6894.757293168),
    "\u00b0C": ("temperature-celsius", 1), "\u00b0F": ("temperature-fahrenheit", 1),
    "K": ("temperature-kelvin", 1),
    "mm": ("length-millimeter", 1e-3), "cm": ("length-centimeter", 1e-2),
    "meters": ("length-meter", 1), "km": ("length-kilometer", 1e3),
    "ft": ("length-foot", 0.3048), "mi": ("length-mile", 1609.344),
    "mg": ("mass-milligram", 1e-6), "g": ("mass-gram", 1e-3), "kg": ("mass-kilogram", 1),
    "t": ("mass-tonne", 1e3), "lb": ("mass-pound", 0.45359237),
    "ml": ("volume-milliliter", 1e-3), "l": ("volume-liter", 1),
    "m\u00b3": ("volume-cubic-meter", 1e3), "gal": ("volume-gallon", 3.785411784),
    "W": ("power-watt", 1), "kW": ("power-kilowatt", 1e3), "MW": ("power-megawatt", 1e6),
    "GW": ("power-gigawatt", 1e9), "kWh": ("energy-kilowatt-hour", 3.6e6),
    "J": ("energy-joule", 1), "kJ": ("energy-kilojoule", 1e3),
    "Hz": ("frequency-hertz", 1), "kHz": ("frequency-kilohertz", 1e3),
    "MHz": ("frequency-megahertz", 1e6), "GHz": ("frequency-gigahertz", 1e9),
    "V": ("electric-volt", 1), "mA": ("electric-milliampere", 1e-3),
}  # fmt: skip
"""A unit by its sign: its name in CLDR, which begins with what it measures, and its size."""

CURRENCIES = {
    "$": "USD", "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY", "chf": "CHF", "inr": "INR",
}  # fmt: skip
"""A currency by its sign; none is converted into another."""

OTHERS: Mapping[str, tuple[str, float]] = {"pp": ("points", 1), "x": ("ratio", 1)}
"""Units of what is no quantity of its own: a change of a percentage, how many times as much."""

NO_FACTOR = ("temperature", "electric")
"""Kinds of which no unit is a multiple of another."""

SPELLED = {
    "pct": "%", "per cent": "%", "bps": "bp", "basis points": "bp", "basis point": "bp",
    "m": "min", "mins": "min", "sec": "s", "secs": "s", "hrs": "h", "msec": "ms", "msecs": "ms",
    "bytes": "byte", "kmh": "km/h", "kph": "km/h", "kt": "kn", "kts": "kn", "lbs": "lb",
    "c": "\u00b0C", "deg c": "\u00b0C", "f": "\u00b0F", "deg f": "\u00b0F",
    "us$": "$", "dollar": "$", "dollars": "$", "euro": "\u20ac", "euros": "\u20ac",
    "pounds sterling": "\u00a3", "quid": "\u00a3", "rupees": "inr", "francs": "chf",
    "p.p.": "pp", "ppt": "pp", "ppts": "pp", "pts": "pp", "percentage points": "pp",
    "percentage point": "pp", "% points": "pp", "%-points": "pp", "points": "pp", "point": "pp",
    "prozentpunkte": "pp", "prozentpunkten": "pp", "times": "x", "-fold": "x", "fold": "x",
}  # fmt: skip
"""What people write and CLDR does not."""

MAGNITUDES = {
    "k": 1e3, "tsd": 1e3, "tsd.": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6, "mio.": 1e6,
    "bn": 1e9, "mrd": 1e9, "mrd.": 1e9, "thousands": 1e3, "millions": 1e6, "billions": 1e9,
}  # fmt: skip
"""Magnitudes that people write and CLDR does not."""

PLURALS = (1, 2, 5)
"""Counts that take each form of a noun, in most languages."""

LETTERS = frozenset("bghjklmstvw")
"""Signs of one letter; what else CLDR has of these are words in some languages ("a", "o", "y")."""

WIDTHS: tuple[Literal["long", "short"], ...] = ("long", "short")


class Quantity(NamedTuple):
    """A figure of an answer."""

    value: float
    """The number with its magnitude, as written before the unit."""
    amounts: Mapping[str, float]
    """What it may be, by dimension, in the dimension's own unit; a bare number's is empty."""
    text: str
    """The characters that it was read from."""

    def amount(self, unit: str) -> float:
        """Return it in a unit where it may be of that kind, else as written."""
        dimension, size = dimension_of(unit)
        return self.amounts[dimension] / size if dimension in self.amounts else self.value

    def may_be(self, unit: str) -> bool:
        """Return whether it may be a figure of that unit; a bare number may be of any."""
        return not unit or "" in self.amounts or dimension_of(unit)[0] in self.amounts

    def equals(self, value: float, tolerance: float, unit: str) -> bool:
        """Return whether it is a value within a tolerance; units of other kinds differ.

        Args:
            value: What is looked for.
            tolerance: Absolute distance that still counts, in `unit`.
            unit: The value's unit; empty accepts the number with any unit written after it.
        """
        as_written = not unit or "" in self.amounts
        found = {self.amount(unit)} if self.may_be(unit) else set()
        found |= {self.value} if as_written else set()
        return any(abs(one - value) <= tolerance + 1e-9 for one in found)


def _dimensions() -> Iterator[tuple[str, tuple[str, float]]]:
    for sign, (name, size) in CLDR_UNITS.items():
        kind = name.partition("-")[0]
        yield sign, (name if kind in NO_FACTOR else kind, size)
    for sign, code in CURRENCIES.items():
        yield sign, (code, 1)
        yield code.lower(), (code, 1)
    yield from OTHERS.items()
    for word, size in MAGNITUDES.items():
        yield word, ("", size)


_SIGNS: Mapping[str, tuple[str, float]] = dict(_dimensions())

UNITS: tuple[str, ...] = tuple(
    dict.fromkeys((*text.UNITS, *CLDR_UNITS, *CURRENCIES, "eur", "gbp", *OTHERS))
)
"""What a column may be declared to be measured in."""


@cache
def dimension_of(unit: str) -> tuple[str, float]:
    """Return what a declared unit measures, and its size; nothing is measured by bare numbers."""
    if unit in _SIGNS:
        return _SIGNS[unit]
    words = words_of(ENGLISH)
    return next(iter(words.units.get(unit, {"": words.magnitudes.get(unit, 1.0)}).items()))


class LanguageWords(NamedTuple):
    """How figures are written in a language; its own words come before the English ones."""

    decimal: str
    """What parts the decimals."""
    is_spaced: bool
    """Whether a blank parts thousands."""
    magnitudes: Mapping[str, float]
    """Words of magnitude, lower case."""
    units: Mapping[str, Mapping[str, float]]
    """Words of units with their sizes by dimension."""
    months: tuple[str, ...]
    """Names of months, long and short, without dots."""
    figure: re.Pattern[str]
    """What finds figures in a normalised text."""


@cache
def words_of(language: str) -> LanguageWords:
    """Return how figures are written in a language; one that CLDR has not is read as English."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        locale = Locale.parse(ENGLISH)
    locales = [Locale.parse(ENGLISH), locale]
    magnitudes, months = dict(MAGNITUDES), dict[str, None]()
    spelled = {sign: sign for sign in _SIGNS if sign not in MAGNITUDES} | SPELLED
    units = {normalised(word): dict([_SIGNS[sign]]) for word, sign in spelled.items()}
    for one in locales:
        magnitudes |= _magnitudes(one)
        for word, dimension, size in _units(one):
            units.setdefault(word, {})[dimension] = size
        for width in ("wide", "abbreviated"):
            for form in ("format", "stand-alone"):
                names = one.months[form][width].values()
                words = (normalised(name).strip(".") for name in names)
                months |= dict.fromkeys(word for word in words if not word.isdigit())
    return LanguageWords(
        get_decimal_symbol(locale),
        get_group_symbol(locale).isspace(),
        magnitudes,
        units,
        tuple(months),
        _pattern(magnitudes, units),
    )


def _magnitudes(locale: Locale) -> Iterator[tuple[str, float]]:
    for size in (1e3, 1e6, 1e9, 1e12):
        for width, count in product(WIDTHS, PLURALS):
            said = format_compact_decimal(count * size, format_type=width, locale=locale)
            if _is_read(word := _word(said)):
                yield word, size


def _units(locale: Locale) -> Iterator[tuple[str, str, float]]:
    """Yield a locale's words of units, each with its dimension and size."""
    for sign, (name, _) in CLDR_UNITS.items():
        for width, count in product(WIDTHS, PLURALS):
            if _is_read(word := _word(format_unit(count, name, width, locale=locale))):
                yield word, *_SIGNS[sign]
                yield word.rstrip("."), *_SIGNS[sign]
    for code in CURRENCIES.values():
        yield normalised(get_currency_symbol(code, locale)), code, 1
        for count in PLURALS:
            yield normalised(get_currency_name(code, count, locale)), code, 1


def _word(said: str) -> str:
    """Return what stands beside the figure."""
    return re.sub(r"\d[\d.,]*", " ", normalised(said), count=1).strip()


def _is_read(word: str) -> bool:
    return word in LETTERS or len(word) > 1 or not word.isascii()


def _pattern(
    magnitudes: Mapping[str, float], units: Mapping[str, Mapping[str, float]]
) -> re.Pattern[str]:
    money = [word for word, sizes in units.items() if {*sizes} & {*CURRENCIES.values()}]
    return re.compile(
        rf"(?<![\w.])(?P<sign>[-+])?(?:(?P<money>{_any(money)})\s?(?P<inner>[-+])?)?"
        r"(?P<digits>\d(?:[\d.,']*\d)?|\.\d+)(?P<exponent>e[-+]?\d{1,2})?(?![\d_]|[a-z]+\d)"
        rf"(?:(?P<blank>\s?)(?P<magnitude>{_any(magnitudes)})(?!\w))?"
        rf"(?:[\s-]?(?P<unit>{_any(units)})(?![\w/]))?"
    )


def _any(words: Mapping[str, object] | list[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


def quantity_of(written: str, language: str, *, has_decimals: bool) -> Quantity | None:
    """Return the figure that a match of the language's pattern is; None where it is none.

    Args:
        written: What the pattern found.
        language: The language that it is written in.
        has_decimals: Whether the figures of its metric are known to have decimals.
    """
    words = words_of(language)
    hit = words.figure.fullmatch(written)
    plain = hit and _plain(hit["digits"], words.decimal, has_decimals=has_decimals)
    if not hit or not plain:
        return None
    number = float(plain + (hit["exponent"] or ""))
    number = -number if "-" in {hit["sign"], hit["inner"]} else number
    magnitude = hit["magnitude"] or ""
    value = number * words.magnitudes.get(magnitude, 1.0)
    unit = hit["money"] or hit["unit"]
    if unit:
        return Quantity(value, _scaled(words.units[unit], value), written)
    others = _scaled(words.units.get(magnitude, {}), number)
    return Quantity(number if others and hit["blank"] else value, {"": value, **others}, written)


def _scaled(sizes: Mapping[str, float], number: float) -> dict[str, float]:
    return {dimension: number * size for dimension, size in sizes.items()}


GROUPED = r"\d{{1,3}}(?:{0}\d{{2,3}})*{0}\d{{3}}"
"""A number whose thousands are parted; Indian ones by two digits."""


def _plain(digits: str, decimal: str, *, has_decimals: bool) -> str:
    """Return a number as Python reads it; empty where it is none (a version, an address)."""
    digits = digits.replace("'", "")
    marks = [mark for mark in digits if mark in ".,"]
    if not marks:
        return digits
    last = marks[-1]
    whole, _, part = digits.rpartition(last)
    if len({*marks}) > 1:
        other = "," if last == "." else "."
        is_one = last not in whole and re.fullmatch(GROUPED.format(re.escape(other)), whole)
        return f"{whole.replace(other, '')}.{part}" if is_one else ""
    is_grouped = re.fullmatch(GROUPED.format(re.escape(last)), digits) and whole[0] != "0"
    if len(marks) > 1:
        return digits.replace(last, "") if is_grouped else ""
    is_decimal = last == decimal or (last == "." and has_decimals)
    return digits.replace(last, "" if is_grouped and not is_decimal else ".")
