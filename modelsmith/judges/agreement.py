"""How well a grader agrees with people on criteria that are met or not met.

Labels are the people's; outcomes are the grader's. An abstention is wrong for whichever class the
label is of. Formulas: research, evalscience, section 1.5, after Cohen (1960), Gwet (2008),
Krippendorff (2004) and Clopper and Pearson (1934). No one of the three chance-corrected figures
may stand alone: a grader that always says `met` reaches AC1 .95 where 95 % are met.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from modelsmith.exam.checks.result import Outcome
from modelsmith.record import Count, Rate, Record, kept

BOUND_CONFIDENCE = 0.90
"""One-sided confidence of the lower bounds (section 1.5, pass rule)."""

Coefficient = Annotated[float, Field(ge=-1, le=1)]
Pair = tuple[Outcome, Outcome]
"""A label and the grader's outcome on the same criterion of the same answer."""


class Confusion(Record):
    """Who said what, in counts."""

    agreed_met: Count = 0
    """Label and grader: met."""
    missed: Count = 0
    """Label met, grader not met or abstaining."""
    raised: Count = 0
    """Label not met, grader met or abstaining."""
    agreed_not_met: Count = 0
    """Label and grader: not met."""
    abstained: Count = 0
    """Abstentions among `missed` and `raised`."""

    @property
    def met(self) -> int:
        """Criteria that people found met."""
        return self.agreed_met + self.missed

    @property
    def not_met(self) -> int:
        """Criteria that people found not met."""
        return self.agreed_not_met + self.raised

    @property
    def total(self) -> int:
        """All criteria."""
        return self.met + self.not_met

    @property
    def agreed(self) -> int:
        """Criteria on which both agree."""
        return self.agreed_met + self.agreed_not_met


class Agreement(Record):
    """A confusion with everything that is computed from it; none where it is not defined."""

    counts: Confusion
    """Who said what."""
    sensitivity: Rate | None
    """Share of what people found met that the grader found met."""
    sensitivity_bound: Rate
    """Its lower Clopper-Pearson bound, one-sided 90 %; 0 where nothing was met."""
    specificity: Rate | None
    """Share of what people found not met that the grader found not met."""
    specificity_bound: Rate
    """Its lower bound."""
    raw: Rate | None
    """Share of criteria on which both agree."""
    kappa: Coefficient | None
    """Cohen's kappa."""
    ac1: Coefficient | None
    """Gwet's AC1."""
    alpha: Coefficient | None
    """Krippendorff's alpha, nominal, two raters."""


def confusion_of(pairs: Iterable[Pair]) -> Confusion:
    """Return the counts of (label, outcome) pairs.

    Raises:
        ValueError: a label is neither met nor not met.
    """
    counts = Counter(pairs)
    if any(label is Outcome.UNSCORED for label, _ in counts):
        raise ValueError("a label is met or not met; people do not abstain")
    met, not_met, unscored = Outcome.MET, Outcome.NOT_MET, Outcome.UNSCORED
    return Confusion(
        agreed_met=counts[met, met],
        missed=counts[met, not_met] + counts[met, unscored],
        raised=counts[not_met, met] + counts[not_met, unscored],
        agreed_not_met=counts[not_met, not_met],
        abstained=counts[met, unscored] + counts[not_met, unscored],
    )


def agreement_of(counts: Confusion) -> Agreement:
    """Return all figures of agreement."""
    return Agreement(
        counts=counts,
        sensitivity=_share(counts.agreed_met, counts.met),
        sensitivity_bound=lower_bound(counts.agreed_met, counts.met),
        specificity=_share(counts.agreed_not_met, counts.not_met),
        specificity_bound=lower_bound(counts.agreed_not_met, counts.not_met),
        raw=_share(counts.agreed, counts.total),
        kappa=_kappa(counts),
        ac1=_ac1(counts),
        alpha=_alpha(counts),
    )


def lower_bound(hits: int, total: int, confidence: float = BOUND_CONFIDENCE) -> float:
    """Return the one-sided Clopper-Pearson lower bound of hits/total; 0 without a hit."""
    from scipy.special import betaincinv

    return kept(float(betaincinv(hits, total - hits + 1, 1 - confidence))) if hits else 0.0


def _share(part: int, whole: int) -> float | None:
    return kept(part / whole) if whole else None


def _shares_met(counts: Confusion) -> tuple[float, float]:
    """Return the share of criteria met by the labels, and by the grader."""
    return counts.met / counts.total, (counts.agreed_met + counts.raised) / counts.total


def _corrected(counts: Confusion, by_chance: float) -> float | None:
    if by_chance == 1:
        return None
    return kept((counts.agreed / counts.total - by_chance) / (1 - by_chance))


def _kappa(counts: Confusion) -> float | None:
    """(po - pe) / (1 - pe) with pe = p1 p2 + (1 - p1)(1 - p2)."""
    if not counts.total:
        return None
    people, grader = _shares_met(counts)
    return _corrected(counts, people * grader + (1 - people) * (1 - grader))


def _ac1(counts: Confusion) -> float | None:
    """(po - pe) / (1 - pe) with pe = 2 q (1 - q) and q = (p1 + p2) / 2."""
    if not counts.total:
        return None
    mean = sum(_shares_met(counts)) / 2
    return _corrected(counts, 2 * mean * (1 - mean))


def _alpha(counts: Confusion) -> float | None:
    """1 - Do / De with De = 2 n1 n0 / (N (N - 1)) over the N = 2n values of both raters."""
    values = 2 * counts.total
    met = counts.met + counts.agreed_met + counts.raised
    expected = 2 * met * (values - met)
    if not expected:
        return None
    observed = (counts.missed + counts.raised) / counts.total
    return kept(1 - observed * values * (values - 1) / expected)
