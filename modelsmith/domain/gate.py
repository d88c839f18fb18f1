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
sides (section 3.5). Nothing depends on the order of answers or baselines.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelsmith.domain.admission import evidence_findings, finding, policy_findings
from modelsmith.domain.attempt import Attempt, GateFinding, RuleClass
from modelsmith.domain.composite import Measures, measures_of, registry_of
from modelsmith.domain.constant import floor_of
from modelsmith.domain.interval import kept
from modelsmith.domain.lead import Lead, difference_of, lead_over
from modelsmith.domain.merit import (
    Standing,
    certainty_findings,
    merit_findings,
    standings_of,
)
from modelsmith.domain.record import Rate, Record
from modelsmith.domain.trial import by_scenario

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
    """Candidate first, then the baselines by name; empty where nothing could be compared."""
    leads: tuple[Lead, ...]
    """The candidate against each baseline."""
    complete_case: Mapping[str, float]
    """The same differences with unscored answers left out, for reading only."""
    constant: str | None
    """The constant policy that scores best."""
    constant_composite: Rate | None
    """Its composite: the floor a candidate must clear."""
    families: Annotated[int, Field(ge=0)]
    """Sealed families: the unit of analysis."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)]
    """Error rate of the bounds in this attempt."""
    smallest_detectable: float | None
    """True lead that this exam shows with 80 % chance against every baseline."""
    families_missing: Annotated[int, Field(ge=0)] | None
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
        measured = _measured(attempt)
        standings = standings_of(measured, attempt)
        leads = _leads(measured, attempt)
        findings.append(_all_measured(standings, leads, measured, attempt))
        if findings[-1].holds:
            findings += merit_findings(standings, attempt)
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


def _measured(attempt: Attempt) -> list[tuple[str, Measures]]:
    registry = registry_of(attempt.candidate.trials)
    return [
        (contender.system, measures_of(attempt.worst_case(contender), registry))
        for contender in attempt.contenders()
    ]


def _leads(measured: Sequence[tuple[str, Measures]], attempt: Attempt) -> tuple[Lead, ...]:
    (_, ours), *rivals = measured
    alpha, seed = attempt.alpha(), attempt.seed()
    leads = [
        lead_over(system, ours, theirs, attempt.benchmark, alpha=alpha, seed=seed)
        for system, theirs in rivals
    ]
    return tuple(lead for lead in leads if lead is not None)


def _complete_case(attempt: Attempt) -> dict[str, float]:
    registry = registry_of(attempt.candidate.trials)
    ours, *rivals = (
        (c.system, measures_of(by_scenario(c.trials).values(), registry))
        for c in attempt.contenders()
    )
    gaps = {name: difference_of(ours[1], theirs, attempt.benchmark) for name, theirs in rivals}
    return {name: gap for name, gap in gaps.items() if gap is not None}


def _all_measured(
    standings: Sequence[Standing],
    leads: Sequence[Lead],
    measured: Sequence[tuple[str, Measures]],
    attempt: Attempt,
) -> GateFinding:
    thin = measured[0][1].unmeasured
    return finding(
        RuleClass.EVIDENCE,
        "measured",
        f"{len(standings)} of {len(measured)} systems have a finite composite, "
        f"{len(leads)} of {len(attempt.baselines)} comparisons could be made; "
        f"families without three answers: {', '.join(thin) or 'none'}",
        len(standings) == len(measured) and len(leads) == len(attempt.baselines),
        "Evaluate at least two invariant variants of each sealed scenario; "
        "a missing part is never left out of the composite.",
    )
