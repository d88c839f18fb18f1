"""What a scenario is made of, for comparing two: words, shingles, numbers and names.

Column names are vocabulary, shared by every table of a category, so they are in none of them; the
figures of a table count as numbers, its first column as nothing but labels.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import log, sqrt
from typing import NamedTuple

from modelsmith.exam.checks.text import UNITS, figures, normalised
from modelsmith.exam.scenario import Scenario, Table, figure_in

WORD = re.compile(r"[a-z0-9]+(?:['.-][a-z0-9]+)*")
COLUMN_NAME = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
NAME = re.compile(
    r"(?<![.!?]\s)(?<!^)\b[A-Z][\w-]*[\w]|\"[^\"]{2,60}\"|\b[A-Z]+-\d+\w*", re.MULTILINE
)
COUNTED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen twenty"
)
NUMBER_WORDS: Mapping[str, str] = {
    word: str(value) for value, word in enumerate(COUNTED.split())
} | {"thirty": "30", "forty": "40", "fifty": "50", "hundred": "100", "twice": "2", "dozen": "12"}
MASK = "#"
"""Stands for any number where numbers are masked."""

STOP_WORDS = frozenset(
    WORD.findall(
        "a about after all also an and any are as at be been before but by can could did do "
        "does down each every few for from further had has have he her here him his how i if in "
        "into is it its just last more most new no nor not now of off on once one only or other "
        "our out over own same she should since so some such than that the their them then "
        "there these they this those through to too under until up very was we were what when "
        "where which while who whom why will with would you your"
    )
)
"""English words that say nothing of what a scenario is about."""


class Likeness(NamedTuple):
    """The comparable parts of one scenario."""

    scenario: str
    """Its id."""
    family: str
    """Its family."""
    words: tuple[str, ...]
    """Words of description and text input, normalised, number words as digits."""
    masked: tuple[str, ...]
    """The same with every number masked."""
    shingles: frozenset[str]
    """Substrings of five characters of the words."""
    numbers: Counter[float]
    """Numbers in the words, to their units, and the figures of the table."""
    names: frozenset[str]
    """Capitalised names inside sentences, tags, quoted strings and text cells of the table."""
    fingerprint: str
    """Digest of words and numbers: equal for equal questions."""


def likeness_of(scenario: Scenario) -> Likeness:
    """Return the comparable parts of `scenario`."""
    prose, cells = _contents(scenario)
    words, numbers = _words(prose), _numbers(prose, cells)
    masked = tuple(NUMBER.sub(MASK, word) for word in words)
    text = " ".join(words)
    return Likeness(
        scenario=scenario.id,
        family=scenario.family,
        words=words,
        masked=masked,
        shingles=frozenset(text[at : at + 5] for at in range(len(text) - 4)),
        numbers=numbers,
        names=frozenset(
            _names(prose, [c for c in cells if isinstance(c, str) and figure_in(c) is None])
        ),
        fingerprint=_fingerprint(words, numbers),
    )


def fingerprint_of(scenario: Scenario) -> str:
    """Return the digest of the normalised words and the numbers of a scenario."""
    prose, cells = _contents(scenario)
    return _fingerprint(_words(prose), _numbers(prose, cells))


def _contents(scenario: Scenario) -> tuple[str, list[str | float]]:
    """Return what a scenario tells in words, and the cells of its table, where it has one."""
    given = scenario.domain_input
    if isinstance(given, Table):
        begins = 1 if given.counts_on else 0
        return scenario.description, [cell for row in given.rows for cell in row[begins:]]
    return f"{scenario.description}\n{scenario.input_text()}", []


def _words(prose: str) -> tuple[str, ...]:
    return tuple(
        NUMBER_WORDS.get(word, word)
        for word in WORD.findall(COLUMN_NAME.sub(" ", normalised(prose)))
    )


def _numbers(prose: str, cells: Iterable[str | float]) -> Counter[float]:
    numbers = Counter(_measures(prose))
    numbers.update(float(figure) for figure in map(figure_in, cells) if figure is not None)
    return numbers


def _fingerprint(words: Iterable[str], numbers: Mapping[float, int]) -> str:
    exact = f"{' '.join(words)}|{sorted(numbers.items())}"
    return hashlib.sha256(exact.encode()).hexdigest()


def grams(words: tuple[str, ...], size: int) -> frozenset[tuple[str, ...]]:
    """Return the runs of `size` words."""
    return frozenset(zip(*(words[at:] for at in range(size)), strict=False))


def jaccard(ours: frozenset[str], theirs: frozenset[str]) -> float:
    """Return shared / all; two empty sets share nothing."""
    shared = len(ours & theirs)
    return shared / (len(ours) + len(theirs) - shared) if shared else 0.0


def number_jaccard(ours: Counter[float], theirs: Counter[float]) -> float:
    """Return the multiset Jaccard of two scenarios' numbers."""
    few, many = (ours, theirs) if len(ours) < len(theirs) else (theirs, ours)
    shared = sum(min(count, many[number]) for number, count in few.items() if number in many)
    return shared / (ours.total() + theirs.total() - shared) if shared else 0.0


class Vectors:
    """Sublinear TF-IDF of words and word pairs, numbers masked, stop words left out.

    Attributes:
        rarity: Weight of each term; a term that the corpus does not know weighs most.
    """

    def __init__(self, corpus: Iterable[Likeness]) -> None:
        """Learn from `corpus` how rare each term is; one vote a family."""
        families: dict[str, set[str]] = {}
        for likeness in corpus:
            families.setdefault(likeness.family, set()).update(_terms(likeness))
        seen = Counter(term for terms in families.values() for term in terms)
        self._count = len(families)
        self.rarity = {term: self._weight(count) for term, count in seen.items()}

    def vector(self, likeness: Likeness) -> dict[str, float]:
        """Return the unit vector of one scenario."""
        unknown = self._weight(0)
        weights = {
            term: (1 + log(count)) * self.rarity.get(term, unknown)
            for term, count in Counter(_terms(likeness)).items()
        }
        length = sqrt(sum(weight * weight for weight in weights.values()))
        return {term: weight / length for term, weight in weights.items()} if length else {}

    def _weight(self, seen: int) -> float:
        return log((1 + self._count) / (1 + seen)) + 1


def cosine(ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Return the cosine of two unit vectors."""
    few, many = (ours, theirs) if len(ours) < len(theirs) else (theirs, ours)
    return sum(weight * many[term] for term, weight in few.items() if term in many)


def _terms(likeness: Likeness) -> list[str]:
    kept = [word for word in likeness.masked if word not in STOP_WORDS]
    return kept + [f"{first} {second}" for first, second in pairwise(kept)]


def _measures(prose: str) -> list[float]:
    plain = " ".join(NUMBER_WORDS.get(word, word) for word in normalised(prose).split())
    return [figure.value * UNITS[figure.unit][1] for figure in figures(plain)]


def _names(prose: str, cells: Iterable[str]) -> set[str]:
    text = unicodedata.normalize("NFKC", prose)
    found = {name.strip('"').lower() for name in NAME.findall(text)}
    return found - STOP_WORDS | {cell.lower() for cell in cells if not cell[:1].isdigit()}
