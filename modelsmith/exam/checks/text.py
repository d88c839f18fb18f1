"""An answer as the checks see it: normalised text, clauses, phrases with polarity, figures."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""What Unicode calls default-ignorable: it is there, and nobody sees it (UAX 44)."""

MARKUP = re.compile(r"[*`#>|]+|(?<!\w)_+|_+(?!\w)")
DASHES = str.maketrans("\u2019\u2018\u2010\u2011\u2212\u058a\u05be\u2e17\u30a0", "''-------")
ARROWS = re.compile("[-=]>|\u2192|\u21d2|\u27f6")
"""An arrow between two figures reads "to"."""

JOINED = re.compile("(?<=[^\\W\\d_])[\u2012\u2013](?=\\w)")
"""A dash that parts the letters of a word: written as a hyphen's."""

LONG_DASHES = re.compile("\\s*[\u2012-\u2015]\\s*")

NEGATORS = re.compile(
    r"\b(?:not(?! (?:only|just|merely)\b)|no(?! doubt\b)|never|without(?! doubt\b)|cannot|avoid"
    r"|refrain|neither|nor|nobody|against|unnecessary|wrong|rather than|instead of|\w+n't"
    r"|nothing (?:suggests|shows|indicates|says|proves|points)"
    r"|(?:do|does|did|is|are|was|were|would|should|could|ca|wo)nt)\b"
)
NEGATION_WINDOW = 6
"""Words before a phrase in which a negator turns it (research: evalscience, section 7.2)."""

DENIED_CLAUSE = re.compile(
    r"(?:\b(?:not|hardly|no longer)|n't) (?:true|right|correct|the case|so) that\b"
    r"|\b(?:wrong|false|untrue|incorrect|a mistake) (?:to (?:say|claim|conclude) )?that\b"
)
"""What denies the rest of its clause, however long: "it is not true that ..."."""

REJECTED = re.compile(
    r"(?: (?!(?:and|but|or|so|it|this|that|which|because)\b)[a-z-]+){0,2}?"
    r"(?: (?:is|are|was|were|be|being|been|seems|looks)(?: (?:clearly|probably|also))?"
    r" (?:(?:not|never) (?:the (?:cause|reason|problem|answer|remedy)|what|why|needed|necessary"
    r"|recommended|right|correct|true|advisable|supported)|wrong|a mistake|unnecessary"
    r"|ruled out|excluded|incorrect|false|untrue|unlikely)\b"
    r"| (?:should|must|need) (?:not|never)\b)"
)
"""What rejects the phrase before it: "raising the floor is wrong", "shading is not the cause"."""

REMEMBERED = 16_384
"""Results kept in memory: constant policies ask every recited answer of every scenario, and a
replay grades each answer in two phases."""

WINDOW_CHARACTERS = 200
"""Characters that are looked at on each side of a phrase, so that cost stays linear."""

NO = (
    r"(?:no|not|false|wrong|rejected|incorrect|unlikely|excluded|dismissed|discarded|withdrawn"
    r"|ruled out|nein|non|falsch|faux)"
)
"""A bare denial."""

CONDITION = (
    r"\b(?:if(?! (?:i|we) ha(?:d|ve) to\b)|unless|provided that|(?:as|so) long as"
    r"|assuming|supposing|in (?:case|the event)|depending on|wenn|sofern)\b"
)
"""What makes all behind it depend on something."""

CLAUSE_END = re.compile(r"(?<=[.!?;])\s+|;|\n+|,\s+(?=(?:but|while|whereas|although|however)\b)")
"""Where a clause ends: a full stop inside a figure does not end one."""

FIGURE = re.compile(
    r"(?<![\w.])(?P<sign>[-+])?(?P<currency>\$)?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<exponent>e[-+]?\d{1,2})?(?![\d])\s?(?P<unit>%|[a-z$]+\b)?",
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


@lru_cache(maxsize=REMEMBERED)
def normalised(text: str) -> str:
    """Return `text` as checks compare it: NFKC, no invisible characters, no markup, lower case.

    Line breaks stay, since clauses and verdict lines end there; other white space is one space.
    """
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).lower()
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", plain)).translate(DASHES)
    plain = MARKUP.sub(" ", LONG_DASHES.sub("; ", JOINED.sub("-", ARROWS.sub(" to ", plain))))
    lines = (" ".join(line.split()) for line in plain.splitlines())
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=REMEMBERED)
def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a normalised text, in order, without the empty ones."""
    return tuple(part.strip() for part in CLAUSE_END.split(text) if part and part.strip())


@lru_cache(maxsize=REMEMBERED)
def mentions(text: str, phrase: str) -> tuple[tuple[str, bool], ...]:
    """Return (clause, negated) for each place where `text` holds `phrase` as whole words.

    A mention is negated when a negator stands among the `NEGATION_WINDOW` words before it in
    its clause ("do not raise the floor" mentions "raise the floor", negated), when the clause is
    denied as a whole, or when what follows rejects it ("raising the floor is wrong").
    """
    plain, found = normalised(text), list[tuple[str, bool]]()
    if not normalised(phrase) or normalised(phrase) not in plain:
        return ()
    pattern = phrase_pattern(phrase)
    for clause in clauses(plain):
        denial = DENIED_CLAUSE.search(clause)
        for mention in pattern.finditer(clause):
            start, end = mention.span()
            before = clause[max(0, start - WINDOW_CHARACTERS) : start].split()[-NEGATION_WINDOW:]
            negated = (
                (denial is not None and denial.end() <= start)
                or NEGATORS.search(" ".join(before)) is not None
                or REJECTED.match(clause[end : end + WINDOW_CHARACTERS]) is not None
            )
            found.append((clause, negated))
    return tuple(found)


@lru_cache(maxsize=4096)
def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return what finds `phrase` in a normalised text: whole words, any white space between."""
    words = r"\s+".join(re.escape(word) for word in normalised(phrase).split())
    return re.compile(rf"(?<!\w){words}(?!\w)")


@lru_cache(maxsize=REMEMBERED)
def figures(text: str) -> tuple[Figure, ...]:
    """Return every number of `text`, in order, with the unit word that follows it."""
    found = []
    for match in FIGURE.finditer(normalised(text)):
        value = float(match["digits"].replace(",", "") + (match["exponent"] or ""))
        unit = match["currency"] or match["unit"] or ""
        sign = -1.0 if match["sign"] == "-" else 1.0
        found.append(Figure(sign * value, unit if unit in UNITS else "", match[0].strip()))
    return tuple(found)
