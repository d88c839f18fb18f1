"""Whether a training row or a proposal resembles a scenario that is held out.

| rule          | limit          | action     |
|---------------|----------------|------------|
| same-family   | any            | block      |
| exact         | equal digest   | block      |
| 13-gram       | one shared     | block      |
| 8-gram        | coverage .5    | block      |
| 5-gram        | coverage .4    | block      |
| char-5        | Jaccard .5     | block      |
| facts         | calibrated     | quarantine |

Limits and recall: research, evalscience, section 5, S-8. Word n-grams see copies and reordering and
no paraphrase at all; the fact score .5 * tfidf + .3 * numbers + .2 * names sees nine paraphrases of
ten. Coverage is the share of the held-out scenario's n-grams; 8- and 5-grams have numbers masked.
The char-5 Jaccard is what MinHash estimates: it is computed exactly, since estimating pays from
about 20,000 rows on. Boilerplate, an n-gram in more than a fifth of the corpus's families, is
dropped. Texts of fewer than 13 words are compared by digest and facts only. A scenario is never
compared with itself.

The fact score is calibrated by how alike the scenarios of an exam are already: the score of each
one's nearest neighbour. All pairs are compared, as matrix products over blocks of scenarios: a
thousand scenarios take a second instead of half a minute one pair at a time (measured, 2 cores).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from modelsmith.exam.scenario import Scenario
from modelsmith.exam.similarity import (
    Likeness,
    Vectors,
    cosine,
    grams,
    jaccard,
    likeness_of,
    number_jaccard,
)
from modelsmith.record import Amount, Record, kept

SHORT = 13
"""Words below which n-grams say nothing."""

Gram = tuple[str, ...]
Rule = Literal["same-family", "exact", "13-gram", "8-gram", "5-gram", "char-5", "facts"]

COVERAGE: Mapping[int, tuple[Rule, float]] = {8: ("8-gram", 0.5), 5: ("5-gram", 0.4)}
"""Size of the masked n-grams to their rule and the coverage that blocks."""

SHINGLES = 0.5
"""Jaccard of five-character substrings that blocks."""

FACTS = 0.45
"""Least fact score that quarantines; a narrow domain's own scenarios may raise it."""

FACT_QUANTILE = 0.99
"""Quantile of the nearest-neighbour fact score among scenarios that are known to be distinct."""

BOILERPLATE = 0.20
"""Share of the corpus's families above which an n-gram is boilerplate."""

LEAST_BOILERPLATE = 3
"""Families that share an n-gram before it can be boilerplate: a copy stands in two."""

SHARES = {"words": 0.5, "numbers": 0.3, "names": 0.2}
"""What words, numbers and names count for in the fact score (research: evalscience, S-8)."""

BLOCK = 512
"""Scenarios compared with all others at a time, so that memory stays small."""


class LeakFinding(Record):
    """One resemblance between a candidate and a held-out scenario."""

    candidate: str
    """Id of the row's or proposal's scenario."""
    held_out: str
    """Id of the held-out scenario."""
    rule: Rule
    """Which comparison found it."""
    value: Amount
    """What was measured."""
    limit: Amount
    """From which value on it is found."""
    action: Literal["block", "quarantine"]
    """Blocked for good, or kept out until a person says that the two are distinct."""

    @property
    def words(self) -> str:
        """That, for people."""
        return (
            f"{self.candidate} resembles {self.held_out}, which is held out ({self.rule} "
            f"{self.value:.3g}, from {self.limit:.3g} on)"
        )


class _Body(NamedTuple):
    likeness: Likeness
    long: frozenset[Gram]
    masked: Mapping[int, frozenset[Gram]]
    vector: Mapping[str, float]


class LeakGuard:
    """What is held out, made ready to be compared with.

    Attributes:
        limit: Fact score from which on a candidate is quarantined.
    """

    def __init__(self, held_out: Sequence[Scenario], corpus: Sequence[Scenario]) -> None:
        """Read both once.

        Args:
            held_out: The steer and sealed scenarios.
            corpus: The exam's own scenarios: they say which words are common and how alike
                distinct scenarios are.
        """
        known = [likeness_of(scenario) for scenario in corpus]
        theirs = [likeness_of(scenario) for scenario in held_out]
        self._vectors = Vectors(known)
        self._common = _boilerplate(known)
        self._guarded = [_body(one, self._common, self._vectors) for one in theirs]
        ranked = nearest_scores(known, self._vectors, {one.scenario for one in theirs})
        self.limit = max(FACTS, kept(_quantile(ranked, FACT_QUANTILE))) if ranked else FACTS

    def found(self, candidates: Iterable[Scenario]) -> tuple[LeakFinding, ...]:
        """Return every resemblance of `candidates` to what is held out, sorted."""
        found: list[LeakFinding] = []
        for scenario in candidates:
            body = _body(likeness_of(scenario), self._common, self._vectors)
            for other in self._guarded:
                if scenario.id != other.likeness.scenario:
                    found.extend(_compared(body, other, self.limit))
        return tuple(sorted(found, key=lambda f: (f.candidate, f.held_out, f.rule)))


def _body(likeness: Likeness, common: Mapping[int, frozenset[Gram]], vectors: Vectors) -> _Body:
    return _Body(
        likeness,
        grams(likeness.words, SHORT) - common[SHORT],
        {size: grams(likeness.masked, size) - common[size] for size in COVERAGE},
        vectors.vector(likeness),
    )


def _compared(ours: _Body, theirs: _Body, limit: float) -> Iterator[LeakFinding]:
    mine, other = ours.likeness, theirs.likeness

    def found(rule: Rule, value: float, least: float) -> LeakFinding:
        return LeakFinding(
            candidate=mine.scenario,
            held_out=other.scenario,
            rule=rule,
            value=kept(value),
            limit=kept(least),
            action="quarantine" if rule == "facts" else "block",
        )

    if mine.family == other.family:
        yield found("same-family", 1.0, 1.0)
    if mine.fingerprint == other.fingerprint:
        yield found("exact", 1.0, 1.0)
    if min(len(mine.words), len(other.words)) >= SHORT:
        shared = len(ours.long & theirs.long)
        if shared:
            yield found("13-gram", float(shared), 1.0)
        for size, (rule, least) in COVERAGE.items():
            guarded = theirs.masked[size]
            covered = len(ours.masked[size] & guarded) / max(1, len(guarded))
            if covered >= least:
                yield found(rule, covered, least)
        alike = jaccard(mine.shingles, other.shingles)
        if alike >= SHINGLES:
            yield found("char-5", alike, SHINGLES)
    facts = SHARES["words"] * cosine(ours.vector, theirs.vector)
    facts += SHARES["numbers"] * number_jaccard(mine.numbers, other.numbers)
    facts += SHARES["names"] * jaccard(mine.names, other.names)
    if facts >= limit:
        yield found("facts", facts, limit)


def _boilerplate(corpus: Iterable[Likeness]) -> dict[int, frozenset[Gram]]:
    families: dict[str, list[Likeness]] = {}
    for likeness in corpus:
        families.setdefault(likeness.family, []).append(likeness)
    common = {}
    for size in (SHORT, *COVERAGE):
        seen: Counter[Gram] = Counter()
        for members in families.values():
            parts = (grams(m.words if size == SHORT else m.masked, size) for m in members)
            seen.update(frozenset().union(*parts))
        most = max(BOILERPLATE * len(families), LEAST_BOILERPLATE - 1)
        common[size] = frozenset(gram for gram, count in seen.items() if count > most)
    return common


def _quantile(ranked: Sequence[float], share: float) -> float:
    """Return the quantile by linear interpolation."""
    place = share * (len(ranked) - 1)
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (place - low) * (ranked[high] - ranked[low])


def nearest_scores(corpus: Sequence[Likeness], vectors: Vectors, held_out: set[str]) -> list[float]:
    """Return the fact score of each scenario with its nearest neighbour, sorted.

    A neighbour is of another family and on the same side: both held out, or neither. A scenario
    without a neighbour has no score.
    """
    import numpy as np

    words = _features([vectors.vector(one) for one in corpus])
    numbers = _features([_counted(one.numbers) for one in corpus])
    names = _features([dict.fromkeys(one.names, 1.0) for one in corpus])
    known = {family: place for place, family in enumerate(sorted({o.family for o in corpus}))}
    family = np.array([known[one.family] for one in corpus])
    side = np.array([one.scenario in held_out for one in corpus])
    nearest: list[float] = []
    for start in range(0, len(corpus), BLOCK):
        rows = slice(start, start + BLOCK)
        facts = SHARES["words"] * (words[rows] @ words.T).toarray()
        facts += SHARES["numbers"] * _jaccard(numbers, rows)
        facts += SHARES["names"] * _jaccard(names, rows)
        facts[(family[rows, None] == family) | (side[rows, None] != side)] = -1.0
        nearest += [float(score) for score in facts.max(axis=1) if score >= 0]
    return sorted(nearest)


def _counted(numbers: Mapping[float, int]) -> dict[Hashable, float]:
    """Return one feature for each occurrence, so that shared features are a multiset's overlap."""
    return {(number, place): 1.0 for number, count in numbers.items() for place in range(count)}


def _features(weights: Sequence[Mapping[Any, float]]) -> Any:  # noqa: ANN401 - untyped library
    from scipy.sparse import csr_array

    columns: dict[Any, int] = {}
    values, places, ends = [], [], [0]
    for given in weights:
        for feature, weight in given.items():
            places.append(columns.setdefault(feature, len(columns)))
            values.append(weight)
        ends.append(len(places))
    shape = (len(weights), max(1, len(columns)))
    return csr_array((values, places, ends), shape=shape, dtype=float)


def _jaccard(features: Any, rows: slice) -> Any:  # noqa: ANN401 - untyped library
    sizes = features.sum(axis=1)
    shared = (features[rows] @ features.T).toarray()
    together = sizes[rows, None] + sizes - shared
    together[shared == 0] = 1.0
    return shared / together
