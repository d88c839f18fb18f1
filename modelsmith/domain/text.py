"""An answer as the checks see it: normalised text, clauses, phrases with polarity, figures."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
MARKUP = re.compile(r"[*`#>|]+|(?<!\w)_+|_+(?!\w)")
DASHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u2010": "-", "\u2011": "-", "\u2212": "-"})
LONG_DASHES = re.compile("\\s*[\u2012-\u2015]\\s*")

NEGATORS = re.compile(
    r"\b(?:not|no|never|without|cannot|avoid|refrain|neither|nor|against|unnecessary|wrong"
    r"|rather than|instead of|\w+n't)\b"
)
NEGATION_WINDOW = 6
"""Words before a phrase in which a negator turns it (research: evalscience, section 7.2)."""

CLAUSE_END = re.compile(r"(?<=[.!?;])\s+|;|\n+|,\s+(?=(?:but|while|whereas|although|however)\b)")
"""Where a clause ends: a full stop inside a figure does not end one."""

FIGURE = re.compile(
    r"(?<![\w.])(?P<sign>[-+])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?P<exponent>e[-+]?\d{1,2})?(?![\d])\s?(?P<unit>%|[a-z$€£]+\b)?",
    re.IGNORECASE,
)

UNITS: dict[str, tuple[str, float]] = {
    "": ("count", 1.0),
    "k": ("count", 1e3),
    "m": ("count", 1e6),
    "thousand": ("count", 1e3),
    "million": ("count", 1e6),
    "%": ("percent", 1.0),
    "pct": ("percent", 1.0),
    "percent": ("percent", 1.0),
    "usd": ("usd", 1.0),
    "$": ("usd", 1.0),
    "ms": ("duration", 1e-3),
    "s": ("duration", 1.0),
    "seconds": ("duration", 1.0),
    "min": ("duration", 60.0),
    "minutes": ("duration", 60.0),
    "h": ("duration", 3600.0),
    "hours": ("duration", 3600.0),
    "days": ("duration", 86400.0),
}
"""Unit word to its dimension and its size in that dimension's own unit."""


class Figure(NamedTuple):
    """One number in a text."""

    value: float
    """The number as written, before its unit."""
    unit: str
    """The unit word that follows it, lower case; empty where none is known."""
    text: str
    """The characters it was read from."""


def normalised(text: str) -> str:
    """Return `text` as checks compare it: NFKC, no invisible characters, no markup, lower case.

    Line breaks stay, since clauses and verdict lines end there; other white space is one space.
    """
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).translate(DASHES)
    plain = MARKUP.sub(" ", LONG_DASHES.sub("; ", plain)).lower()
    lines = (" ".join(line.split()) for line in plain.splitlines())
    return "\n".join(line for line in lines if line)


def clauses(text: str) -> list[str]:
    """Return the clauses of a normalised text, in order, without the empty ones."""
    return [part.strip() for part in CLAUSE_END.split(text) if part and part.strip()]


def mentions(text: str, phrase: str) -> Iterator[tuple[str, bool]]:
    """Yield (clause, negated) for each place where `text` holds `phrase` as whole words.

    A mention is negated when a negator stands among the `NEGATION_WINDOW` words before it in
    its clause: "do not raise the floor" mentions "raise the floor", negated.
    """
    wanted = normalised(phrase)
    if not wanted:
        return
    words = r"\s+".join(re.escape(word) for word in wanted.split())
    pattern = re.compile(rf"(?<!\w){words}(?!\w)")
    for clause in clauses(normalised(text)):
        for found in pattern.finditer(clause):
            before = " ".join(clause[: found.start()].split()[-NEGATION_WINDOW:])
            yield clause, NEGATORS.search(before) is not None


def figures(text: str) -> list[Figure]:
    """Return every number of `text`, in order, with the unit word that follows it."""
    found = []
    for match in FIGURE.finditer(normalised(text)):
        value = float(match["digits"].replace(",", "") + (match["exponent"] or ""))
        unit = match["unit"] or ""
        sign = -1.0 if match["sign"] == "-" else 1.0
        found.append(Figure(sign * value, unit if unit in UNITS else "", match[0].strip()))
    return found
