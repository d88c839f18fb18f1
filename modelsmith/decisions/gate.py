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
sides (domain/matching.py), so the candidate has a score a comparison and must hold in every one.
Nothing depends on the order of answers, baselines or judges.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelsmith.decisions.attempt import Attempt, GateFinding, RuleClass, against_candidate
from modelsmith.decisions.merit import (
    Match,
    Standing,
    Stood,
    certainty_findings,
    merit_findings,
    standings_of,
)
from modelsmith.decisions.preconditions import evidence_findings, finding, policy_findings
from modelsmith.record import Count, Rate, Record, kept
from modelsmith.statistics.composite import measures_of, registry_of
from modelsmith.statistics.constant_policies import floor_of
from modelsmith.statistics.paired_difference import Lead, difference_of, lead_over
from modelsmith.statistics.trial import by_scenario

Decision = Literal["promote", "reject", "insufficient_evidence"]

DECISION_OF: Mapping[RuleClass, Decision] = {
    RuleClass.POLICY: "reject",
    RuleClass.EVIDENCE: "insufficient_evidence",
    RuleClass.MERIT: "reject",
    RuleClass.CERTAINTY: "insufficient_evidence",
}
"""What a rule that does not hold decides; classes in the order in which they decide."""


class GateVerdict(Record):
    """The gate's decision and everything it found."""

    decision: Decision
    """Promote, reject, or not enough evidence for either."""
    findings: tuple[GateFinding, ...]
    """Every rule that was asked."""
    standings: tuple[Standing, ...]
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
    standings: tuple[Standing, ...] = ()
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


def _matches(attempt: Attempt) -> list[Match]:
    """Return the comparisons, what is undecided counted against the candidate."""
    registry = registry_of(attempt.candidate.trials)
    _, *baselines = attempt.contenders()
    return [
        Match(
            baseline.system,
            measures_of(against_candidate(attempt.ours(baseline), is_candidate=True), registry),
            measures_of(against_candidate(baseline.trials, is_candidate=False), registry),
        )
        for baseline in baselines
    ]


def _stood(matches: Sequence[Match], attempt: Attempt) -> Stood | None:
    """Return the parts of all systems; none where one of them has no finite composite."""
    name, alone = (
        attempt.candidate.system,
        against_candidate(attempt.candidate.trials, is_candidate=True),
    )
    own = [match.ours for match in matches] or [measures_of(alone, registry_of(alone))]
    ours = standings_of([(name, measures) for measures in own], attempt)
    theirs = standings_of([(match.system, match.theirs) for match in matches], attempt)
    return Stood(ours, theirs) if ours and len(theirs) == len(matches) else None


def _leads(matches: Sequence[Match], attempt: Attempt) -> tuple[Lead, ...]:
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
    standings: Sequence[Standing], leads: Sequence[Lead], attempt: Attempt
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
