"""Intervals and quantiles: how sure a figure is, given how few families it comes from."""

from collections.abc import Mapping, Sequence
from math import ceil, fsum, sqrt
from statistics import NormalDist

from modelsmith.record import Positive, Rate, Record, kept

CONFIDENCE = 0.90
"""Two-sided confidence of every printed interval: its ends are the one-sided 95 % bounds that the
gate decides by (research: evalscience, section 0, rule 5)."""

LEAST_UNITS = 2
"""A spread needs two families."""


class Estimate(Record):
    """A rate and how sure it is."""

    value: Rate
    """The rate."""
    low: Rate
    """Lower end of the 90 % interval."""
    high: Rate
    """Upper end of the 90 % interval."""
    families: Positive
    """Families it was measured on: the unit of analysis."""


def wilson(passes: float, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return Wilson's score interval of a rate; nothing measured gives (0, 1).

    Wilson (1927); it keeps its coverage at the ends, where p +- z*se collapses to a point.
    """
    if total == 0:
        return 0.0, 1.0
    z = normal_quantile((1 + confidence) / 2)
    rate, spread = passes / total, z * z / total
    centre = (rate + spread / 2) / (1 + spread)
    half = z * sqrt(rate * (1 - rate) / total + spread / (4 * total)) / (1 + spread)
    return kept(max(0.0, centre - half)), kept(min(1.0, centre + half))


def estimate(value: float, error: float, families: int, confidence: float = CONFIDENCE) -> Estimate:
    """Return the t interval of a rate over `families`, clipped to [0, 1].

    Families that all agree (standard error 0, or one family) say nothing of their spread; there
    Wilson's interval over the families stands in, so that 12 of 12 never prints as certain.
    """
    if error <= 0 or families < LEAST_UNITS:
        low, high = wilson(value * families, families, confidence)
    else:
        half = t_quantile((1 + confidence) / 2, families - 1) * error
        low, high = max(0.0, value - half), min(1.0, value + half)
    value = kept(value)
    return Estimate(
        value=value, low=min(kept(low), value), high=max(kept(high), value), families=families
    )


def jackknife_error(without: Mapping[str, float]) -> float:
    """Return the delete-one-family jackknife standard error (evalscience, section 3.1).

    Args:
        without: The statistic recomputed without each family, by family.
    """
    count = len(without)
    if count < LEAST_UNITS:
        return 0.0
    mean = fsum(without.values()) / count
    squares = fsum((value - mean) ** 2 for value in without.values())
    return kept(sqrt((count - 1) / count * squares))


def nearest_rank(ranked: Sequence[float], share: float) -> float | None:
    """Return the quantile of sorted figures by nearest rank; None where there is none."""
    return ranked[ceil(share * len(ranked)) - 1] if ranked else None


def normal_quantile(share: float) -> float:
    """Return the quantile of the standard normal distribution."""
    return NormalDist().inv_cdf(share)


def t_quantile(share: float, degrees: int) -> float:
    """Return the quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, share))


def chi_square_quantile(share: float, degrees: int) -> float:
    """Return the quantile of the chi-square distribution."""
    from scipy.special import gammaincinv

    return 2 * float(gammaincinv(degrees / 2, share))
