"""Whether a candidate is good enough, and whether its lead is more than chance."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from modelsmith.decisions.attempt import Attempt, GateFinding, RuleClass
from modelsmith.decisions.preconditions import finding
from modelsmith.record import Rate, Record, kept
from modelsmith.statistics.composite import Measures, components_of, composite_of
from modelsmith.statistics.paired_difference import TARGET, Lead

SLACK = 0.05
"""How far a component may fall behind the best baseline's (evalscience, section 2.5): a strong
composite does not buy a weak part. A judgement, not a result (section 10)."""

SWAPS_REQUIRED_BELOW = 20
"""Families below which the swap permutation must agree with the t bound (section 3.1)."""


class Standing(Record):
    """One system's parts, what is unscored counted against the candidate."""

    system: str
    """The system."""
    core: Rate
    """Balanced pass rate."""
    robust: Rate
    """pass^3 over variants."""
    coverage: Rate
    """Share of cells above the floor, softly capped."""
    composite: Rate
    """Weighted sum."""


class Match(NamedTuple):
    """One comparison; both sides as the same judges graded them, undecided answers decided."""

    system: str
    """The baseline."""
    ours: Measures
    """The candidate's rates."""
    theirs: Measures
    """The baseline's."""


class Stood(NamedTuple):
    """The parts of all systems."""

    ours: tuple[Standing, ...]
    """The candidate's, comparison by comparison: at least one."""
    theirs: tuple[Standing, ...]
    """Each baseline's, in the same order."""

    def worst(self) -> Standing:
        """Return the candidate's parts in the comparison in which it scores least."""
        return min(self.ours, key=lambda standing: standing.composite)


def standings_of(
    measured: Sequence[tuple[str, Measures]], attempt: Attempt
) -> tuple[Standing, ...]:
    """Return each system's parts; none at all if one is missing or not finite."""
    standings = []
    for system, measures in measured:
        parts = components_of(measures, attempt.benchmark.floors.cell)
        composite = composite_of(parts, attempt.benchmark.weights)
        core, robust, coverage = parts
        if core is None or robust is None or coverage is None or composite is None:
            return ()
        if not isfinite(composite):
            return ()
        standings.append(
            Standing(
                system=system,
                core=kept(core),
                robust=kept(robust),
                coverage=kept(coverage),
                composite=min(1.0, kept(composite)),
            )
        )
    return tuple(standings)


def merit_findings(stood: Stood, attempt: Attempt) -> Iterator[GateFinding]:
    """Yield what is found of the floors, the parts and the constant policies.

    Each must hold in every comparison, so the comparison in which it holds least is told.
    """
    floors = attempt.benchmark.floors.model_dump()
    for part in ("core", "robust", "coverage"):
        reached: float = min(getattr(standing, part) for standing in stood.ours)
        yield finding(
            RuleClass.MERIT,
            f"floor:{part}",
            f"{part} {reached:.3f}, at least {floors[part]:.3f} expected",
            reached >= floors[part],
            "Train further, or on other scenarios; the floor holds whatever the baselines do.",
        )
        pairs = [
            (getattr(theirs, part), getattr(ours, part))
            for ours, theirs in zip(stood.ours, stood.theirs, strict=False)
        ]
        best, own = max(pairs, key=lambda pair: pair[0] - pair[1], default=(0.0, reached))
        yield finding(
            RuleClass.MERIT,
            f"behind:{part}",
            f"{part} {own:.3f}, the best baseline has {best:.3f}; "
            f"at most {SLACK:.2f} behind expected",
            kept(best - own) <= SLACK,
            "Train on what the best baseline does better; the composite does not buy it off.",
        )
    yield from _above_constants(stood.worst(), attempt)


def _above_constants(candidate: Standing, attempt: Attempt) -> Iterator[GateFinding]:
    for policy in sorted(attempt.constants, key=lambda policy: policy.name):
        floor = policy.card.composite.value if policy.card.composite else 1.0
        yield finding(
            RuleClass.MERIT,
            f"above:{policy.name}",
            f"composite {candidate.composite:.3f}, {policy.name} has {floor:.3f}; more expected",
            candidate.composite > floor,
            "An exam that a constant answer passes teaches nothing: add scenarios with the same "
            "words and other figures, and bind checks to those figures.",
        )


def certainty_findings(lead: Lead, attempt: Attempt, families: int) -> Iterator[GateFinding]:
    """Yield what is found of one lead: proven, futile, by chance, or a tie."""
    margin, alpha = attempt.promotion.margin, kept(attempt.alpha())
    figures = f"{lead.difference:+.3f} [{lead.low:+.3f}, {lead.high:+.3f}]"
    yield finding(
        RuleClass.CERTAINTY,
        f"lead:{lead.baseline}",
        f"lead {figures} over {families} families; lower bound above {margin:.3f} expected",
        lead.low > margin,
        f"Such families show a true lead of {lead.smallest_detectable:.3f} with 80 % chance; "
        f"add {max(0, lead.families_needed - families)} to show one of {TARGET:.2f}.",
    )
    worth = max(margin, TARGET)
    yield finding(
        RuleClass.MERIT,
        f"not-futile:{lead.baseline}",
        f"lead {figures}; it can be {worth:.3f} or more, or is proven",
        lead.low > margin or lead.high >= worth,
        f"More scenarios would not help: the lead is at most {lead.high:+.3f}.",
    )
    required = families < SWAPS_REQUIRED_BELOW or lead.error == 0
    method = "all swaps" if lead.is_exact else "sampled swaps"
    yield finding(
        RuleClass.CERTAINTY,
        f"swap:{lead.baseline}",
        f"p {lead.permutation_p:.4f} by {method}; "
        + (f"at most {alpha:.4f} expected" if required else "not required with so many families"),
        not required or lead.permutation_p <= alpha,
        "The lead could be chance: add sealed scenarios.",
    )
    yield finding(
        RuleClass.CERTAINTY,
        f"no-tie:{lead.baseline}",
        f"difference {lead.difference:+.3f} with standard error {lead.error:.3f}; not 0 expected",
        lead.difference != 0,
        "A tie promotes nothing.",
    )
