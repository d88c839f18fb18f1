"""Whether a candidate may be promoted: every rule is asked, every finding is returned.

| class     | when a rule of it does not hold | because                                      |
|-----------|---------------------------------|----------------------------------------------|
| policy    | reject                          | this attempt was not allowed                 |
| evidence  | insufficient_evidence           | nothing can be compared honestly             |
| merit     | reject                          | measured, and not good enough                |
| certainty | insufficient_evidence           | the lead could be chance; more could show it |

The first class with a rule that does not hold decides. Against each baseline the candidate's lower
bound must exceed the margin: an intersection-union test, so no correction is due (Berger 1982;
research: evalscience, section 3.1). What could not be scored counts against the candidate on both
sides (section 3.5). Where judges decide, each comparison has judges of its own, the same for both
sides (`ComparisonPanel`), so the candidate has a score a comparison and must hold in every one.
Nothing depends on the order of answers, baselines or judges.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from modelsmith.decisions.attempt import Attempt, GateFinding, RuleClass, against_candidate
from modelsmith.decisions.preconditions import evidence_findings, finding, policy_findings
from modelsmith.record import Count, Rate, Record, kept
from modelsmith.statistics.composite import (
    Measures,
    components_of,
    composite_of,
    measures_of,
    registry_of,
)
from modelsmith.statistics.constant_policies import floor_of
from modelsmith.statistics.paired_difference import TARGET, Lead, difference_of, lead_over
from modelsmith.statistics.trial import by_scenario

Decision = Literal["promote", "reject", "insufficient_evidence"]

DECISION_OF: Mapping[RuleClass, Decision] = {
    RuleClass.POLICY: "reject",
    RuleClass.EVIDENCE: "insufficient_evidence",
    RuleClass.MERIT: "reject",
    RuleClass.CERTAINTY: "insufficient_evidence",
}
"""What a rule that does not hold decides; classes in the order in which they decide."""


class SystemScores(Record):
    """One system's parts, what is unscored counted against the candidate."""

    system: str
    """The system."""
    core: Rate
    """Balanced pass rate."""
    robust: Rate | None
    """pass^3 over variants; none where it was not measured and weighs nothing."""
    coverage: Rate
    """Share of cells above the floor, softly capped."""
    composite: Rate
    """Weighted sum."""


class GateVerdict(Record):
    """The gate's decision and everything it found."""

    decision: Decision
    """Promote, reject, or not enough evidence for either."""
    findings: tuple[GateFinding, ...]
    """Every rule that was asked."""
    standings: tuple[SystemScores, ...]
    """Candidate first, in the comparison in which it scores least, then the baselines by name;
    empty where nothing could be compared."""
    leads: tuple[Lead, ...]
    """The candidate against each baseline."""
    complete_case: Mapping[str, float]
    """The same differences with unscored answers left out, for reading only."""
    constant: str | None
    """The constant policy that scores best."""
    constant_composite: Rate | None
    """Its composite: the floor a candidate must clear."""
    families: Count
    """Sealed families: the unit of analysis."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    """Error rate of the bounds in this attempt."""
    smallest_detectable: float | None
    """True lead that this exam shows with 80 % chance against every baseline."""
    families_missing: Count | None
    """Families to add so that a true lead of ten points shows with 80 % chance."""

    def failed(self) -> tuple[GateFinding, ...]:
        """Return the findings that do not hold."""
        return tuple(found for found in self.findings if not found.holds)


def gate(attempt: Attempt) -> GateVerdict:
    """Return whether the candidate of `attempt` may be promoted, with all findings."""
    findings = [*policy_findings(attempt), *evidence_findings(attempt)]
    rules = {found.rule: found.holds for found in findings}
    families = len({trial.family for trial in attempt.candidate.trials})
    standings: tuple[SystemScores, ...] = ()
    leads: tuple[Lead, ...] = ()
    if rules["answers"] and rules["same-questions"]:
        matches = _matches(attempt)
        stood = _stood(matches, attempt)
        standings = (stood.worst(), *stood.theirs) if stood else ()
        leads = _leads(matches, attempt)
        findings.append(_all_measured(standings, leads, attempt))
        if stood and findings[-1].holds:
            findings += merit_findings(stood, attempt)
            findings += [f for lead in leads for f in certainty_findings(lead, attempt, families)]
    needed = max((lead.families_needed for lead in leads), default=None)
    best = floor_of(attempt.constants) if attempt.constants else None
    return GateVerdict(
        decision=decision_of(findings),
        findings=tuple(findings),
        standings=standings,
        leads=leads,
        complete_case=_complete_case(attempt) if leads else {},
        constant=best.name if best else None,
        constant_composite=best.card.composite.value if best and best.card.composite else None,
        families=families,
        alpha=kept(attempt.alpha()),
        smallest_detectable=max((lead.smallest_detectable for lead in leads), default=None),
        families_missing=None if needed is None else max(0, needed - families),
    )


def decision_of(findings: Sequence[GateFinding]) -> Decision:
    """Return what the findings decide; no findings at all is no evidence."""
    if not findings:
        return "insufficient_evidence"
    for rule_class, decision in DECISION_OF.items():
        if any(not found.holds for found in findings if found.rule_class is rule_class):
            return decision
    return "promote"


class MatchedComparison(NamedTuple):
    """One comparison; both sides as the same judges graded them, undecided answers decided."""

    system: str
    """The baseline."""
    ours: Measures
    """The candidate's rates."""
    theirs: Measures
    """The baseline's."""


def _matches(attempt: Attempt) -> list[MatchedComparison]:
    """Return the comparisons, what is undecided counted against the candidate."""
    registry = registry_of(attempt.candidate.trials)
    _, *baselines = attempt.contenders()
    return [
        MatchedComparison(
            baseline.system,
            measures_of(against_candidate(attempt.ours(baseline), is_candidate=True), registry),
            measures_of(against_candidate(baseline.trials, is_candidate=False), registry),
        )
        for baseline in baselines
    ]


class Stood(NamedTuple):
    """The parts of all systems."""

    ours: tuple[SystemScores, ...]
    """The candidate's, comparison by comparison: at least one."""
    theirs: tuple[SystemScores, ...]
    """Each baseline's, in the same order."""

    def worst(self) -> SystemScores:
        """Return the candidate's parts in the comparison in which it scores least."""
        return min(self.ours, key=lambda scores: scores.composite)


def _stood(matches: Sequence[MatchedComparison], attempt: Attempt) -> Stood | None:
    """Return the parts of all systems; none where one of them has no finite composite."""
    name, alone = (
        attempt.candidate.system,
        against_candidate(attempt.candidate.trials, is_candidate=True),
    )
    own = [match.ours for match in matches] or [measures_of(alone, registry_of(alone))]
    ours = standings_of([(name, measures) for measures in own], attempt)
    theirs = standings_of([(match.system, match.theirs) for match in matches], attempt)
    return Stood(ours, theirs) if ours and len(theirs) == len(matches) else None


def _leads(matches: Sequence[MatchedComparison], attempt: Attempt) -> tuple[Lead, ...]:
    alpha, seed = attempt.alpha(), attempt.seed()
    leads = [
        lead_over(match.system, match.ours, match.theirs, attempt.benchmark, alpha=alpha, seed=seed)
        for match in matches
    ]
    return tuple(lead for lead in leads if lead is not None)


def _complete_case(attempt: Attempt) -> dict[str, float]:
    registry = registry_of(attempt.candidate.trials)
    gaps = {}
    for baseline in attempt.baselines:
        ours, theirs = (
            measures_of(by_scenario(trials).values(), registry)
            for trials in (attempt.ours(baseline), baseline.trials)
        )
        gaps[baseline.system] = difference_of(ours, theirs, attempt.benchmark)
    return {name: gap for name, gap in gaps.items() if gap is not None}


def _all_measured(
    standings: Sequence[SystemScores], leads: Sequence[Lead], attempt: Attempt
) -> GateFinding:
    candidate = attempt.candidate.trials
    thin = measures_of(
        against_candidate(candidate, is_candidate=True), registry_of(candidate)
    ).unmeasured
    return finding(
        RuleClass.EVIDENCE,
        "measured",
        f"{len(standings)} of {1 + len(attempt.baselines)} systems have a finite composite, "
        f"{len(leads)} of {len(attempt.baselines)} comparisons could be made; "
        f"families without three answers: {', '.join(thin) or 'none'}",
        bool(standings) and len(leads) == len(attempt.baselines),
        "Evaluate at least two invariant variants of each sealed scenario; "
        "a missing part is never left out of the composite.",
    )


SLACK = 0.05
"""How far a component may fall behind the best baseline's (evalscience, section 2.5): a strong
composite does not buy a weak part. A judgement, not a result (section 10)."""


SWAPS_REQUIRED_BELOW = 20
"""Families below which the swap permutation must agree with the t bound (section 3.1)."""


def standings_of(
    measured: Sequence[tuple[str, Measures]], attempt: Attempt
) -> tuple[SystemScores, ...]:
    """Return each system's parts; none at all if one is missing or not finite."""
    standings = []
    for system, measures in measured:
        parts = components_of(measures, attempt.benchmark.floors.cell)
        composite = composite_of(parts, attempt.benchmark.weights)
        core, robust, coverage = parts
        if core is None or coverage is None or composite is None or not isfinite(composite):
            return ()
        standings.append(
            SystemScores(
                system=system,
                core=kept(core),
                robust=None if robust is None else kept(robust),
                coverage=kept(coverage),
                composite=min(1.0, kept(composite)),
            )
        )
    return tuple(standings)


def merit_findings(stood: Stood, attempt: Attempt) -> Iterator[GateFinding]:
    """Yield what is found of the floors, the parts and the constant policies.

    Each must hold in every comparison, so the comparison in which it holds least is told. Nothing
    is asked of a part that weighs nothing.
    """
    floors, weights = (getattr(attempt.benchmark, n).model_dump() for n in ("floors", "weights"))
    for part in (part for part, weight in weights.items() if weight != 0):
        reached: float = min(getattr(scores, part) for scores in stood.ours)
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


def _above_constants(candidate: SystemScores, attempt: Attempt) -> Iterator[GateFinding]:
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
