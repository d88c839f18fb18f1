"""Whether the candidate looks good enough on steer to be worth an attempt at sealed."""

from collections.abc import Iterable, Mapping
from math import fsum, sqrt

from modelsmith.exam.benchmark import Benchmark
from modelsmith.judges.certification.examination import ExamFinding
from modelsmith.record import Count, Rate, Record, kept
from modelsmith.statistics.composite import measures_of, registry_of
from modelsmith.statistics.constant_policies import ConstantPolicy, floor_of
from modelsmith.statistics.intervals import t_quantile
from modelsmith.statistics.scorecard import scorecard_of
from modelsmith.statistics.trial import Trial

CONFIDENCE = 0.95
"""Confidence of the one-sided bounds that trigger an attempt (research: evalscience, section 3.3:
converged when the paired test against each baseline has p < .05)."""


class Gain(Record):
    """A mean paired difference over families, with one-sided t bounds."""

    mean: float
    """Mean difference."""
    low: float
    """Lower bound."""
    high: float
    """Upper bound."""
    families: Count
    """Families that both sides were decided on."""


class SteerLead(Record):
    """The candidate's core pass rate less one baseline's, on steer."""

    baseline: str
    """The baseline or stand-in."""
    gain: Gain
    """Paired difference over families at 95 %."""


class Readiness(Record):
    """What speaks for and against an attempt at sealed."""

    leads: tuple[SteerLead, ...]
    """Against each baseline, by name."""
    core: Rate | None
    """Balanced pass rate on steer."""
    robust: Rate | None
    """pass^3 over variants on steer."""
    coverage: Rate | None
    """Coverage on steer."""
    composite: Rate | None
    """Composite on steer."""
    mean_score: Rate | None
    """Mean weighted score on steer."""
    constant: str | None
    """The best constant policy on steer."""
    constant_composite: Rate | None
    """Its composite."""
    missing: tuple[str, ...]
    """What is not reached yet: each baseline not beaten, each floor not cleared, the exam."""

    @property
    def is_ready(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def beats_baselines(self) -> bool:
        """Whether the lower bound against every baseline is above 0."""
        return bool(self.leads) and all(lead.gain.low > 0 for lead in self.leads)


def readiness_of(
    trials: Iterable[Trial],
    baselines: Mapping[str, Iterable[Trial]],
    constants: Iterable[ConstantPolicy],
    checks: Iterable[ExamFinding],
    benchmark: Benchmark,
) -> Readiness:
    """Return how the candidate stands on steer; what was not measured is missing, not met.

    No floor is asked of a part that weighs nothing in the composite.

    Checks that have not passed the exam are missing too: an attempt would be spent for nothing.
    """
    answers, known = list(trials), list(constants)
    card = scorecard_of("candidate", answers, benchmark)
    ours = pass_rates(answers)
    leads = tuple(
        SteerLead(baseline=name, gain=paired_gain(ours, pass_rates(theirs), CONFIDENCE))
        for name, theirs in sorted(baselines.items())
    )
    best = floor_of(known) if known else None
    floor = best.card.composite.value if best and best.card.composite else None
    reached = {
        "core": card.core.value if card.core else None,
        "robust": card.robust,
        "coverage": card.coverage,
    }
    composite = card.composite.value if card.composite else None
    missing = [f"baseline:{lead.baseline}" for lead in leads if lead.gain.low <= 0]
    missing += [] if leads else ["baselines"]
    if floor is None or composite is None or composite <= floor:
        missing.append("constant-floor")
    floors = benchmark.floors.model_dump()
    weighed = {part for part, weight in benchmark.weights.model_dump().items() if weight != 0}
    missing += [
        f"floor:{part}"
        for part, rate in reached.items()
        if part in weighed and (rate is None or rate < floors[part])
    ]
    missing += [f"exam:{found.rule}" for found in checks if not found.holds]
    return Readiness(
        leads=leads,
        **reached,
        composite=composite,
        mean_score=card.mean_score,
        constant=best.name if best else None,
        constant_composite=floor,
        missing=tuple(missing),
    )


def pass_rates(trials: Iterable[Trial]) -> dict[str, float]:
    """Return the pass rate of each family's canonical forms, undecided ones left out."""
    answers = list(trials)
    core = measures_of(answers, registry_of(answers)).core
    families: dict[str, list[float]] = {}
    for (family, _), rate in core.items():
        families.setdefault(family, []).append(rate)
    return {family: fsum(rates) / len(rates) for family, rates in families.items()}


def paired_gain(ours: Mapping[str, float], theirs: Mapping[str, float], confidence: float) -> Gain:
    """Return the mean difference over the families both have, with one-sided t bounds.

    Fewer than two families say nothing: the bounds are then the widest a rate allows.
    """
    gaps = [ours[family] - theirs[family] for family in sorted(ours.keys() & theirs.keys())]
    count = len(gaps)
    mean = fsum(gaps) / count if count else 0.0
    if count < 2:  # noqa: PLR2004 - a spread needs two
        return Gain(mean=kept(mean), low=-1.0, high=1.0, families=count)
    error = sqrt(fsum((gap - mean) ** 2 for gap in gaps) / (count - 1) / count)
    reach = t_quantile(confidence, count - 1) * error
    return Gain(mean=kept(mean), low=kept(mean - reach), high=kept(mean + reach), families=count)
