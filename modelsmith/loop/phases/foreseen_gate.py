"""What the gate will find whatever is answered: rules that exam, judges and settings decide.

Concluded by the gate's own rules from a candidate that answers everything right.
"""

from modelsmith.decisions.attempt import Attempt, Contender, GateFinding, exam_digest
from modelsmith.decisions.preconditions import evidence_findings, policy_findings
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import AnswerVerdict, Judged, Skipped, unchecked
from modelsmith.judges.panel_selection import ComparisonPanel, ModelAncestry
from modelsmith.loop.answers.acceptance import accepting_judges
from modelsmith.loop.answers.grading import is_judged, steering_panel
from modelsmith.loop.phases.comparisons import panels_of
from modelsmith.run.config import is_stand_in
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import StartedFacts, facts_of
from modelsmith.statistics.trial import trial_of

CANDIDATE = "candidate"

FORESEEN = (
    "attempts",
    "stand-ins",
    "providers",
    "families",
    "outcome-types",
    "checks",
    "judges",
    "independent-judge",
    f"unscored:{CANDIDATE}",
)
"""Rules of the gate that the exam, the judges and the settings decide, whatever is answered; of a
rule that is asked of several, its name before the colon."""


def foreseen_findings(context: PhaseContext, before: int | None = None) -> tuple[GateFinding, ...]:
    """Return what the gate will find of rules that no answer changes.

    Args:
        context: What is known so far.
        before: Attempts that others made at this sealed version; None leaves that rule out.
    """
    attempt = _attempt(context, before or 0)
    return tuple(
        one
        for one in (*policy_findings(attempt), *evidence_findings(attempt))
        if {one.rule, one.rule.partition(":")[0]} & {*FORESEEN}
        and (before is not None or one.rule != "attempts")
    )


def foreseen_panels(context: PhaseContext) -> dict[str, ComparisonPanel]:
    """Return who will decide each comparison, where all who may accept targets have."""
    judges = accepting_judges(context) if is_judged(context, context.snapshot.train) else ()
    families = context.hosted.families(judges)
    return panels_of(
        context,
        ModelAncestry(
            base=context.config.model.descent, accepting=tuple(sorted({*families.values()}))
        ),
    )


def _attempt(context: PhaseContext, before: int) -> Attempt:
    """Return the attempt of a candidate that answers everything right, as its graders see it."""
    snapshot, config = context.snapshot, context.config
    digest, panels = exam_digest(snapshot.benchmark, snapshot.sealed), foreseen_panels(context)
    is_decided = bool(steering_panel(context).judges)
    trials = tuple(
        trial_of(scenario, _best_verdict(scenario, is_judged=is_decided))
        for scenario in snapshot.sealed
    )

    def contender(name: str) -> Contender:
        model = None if is_stand_in(name) else context.hosted.model(name)
        return Contender(
            system=name,
            is_stand_in=model is None,
            exam_sha256=digest,
            trials=trials,
            provider=model.provider if model else "",
            model=model.model if model else "",
            panel=panels.get(name),
            against=trials if name in panels else (),
        )

    return Attempt(
        number=before + 1,
        candidate=Contender(system=CANDIDATE, is_stand_in=False, exam_sha256=digest, trials=trials),
        baselines=tuple(contender(str(name)) for name in config.baselines),
        constants=(),
        benchmark=snapshot.benchmark,
        exam_sha256=digest,
        promotion=config.promotion,
        checks=context.reference.checks,
        providers=facts_of(context.entries[0], StartedFacts).providers,
    )


def _best_verdict(scenario: Scenario, *, is_judged: bool) -> AnswerVerdict:
    """Return the verdict on a right answer: undecided where a criterion is nobody's."""
    keys = () if is_judged else unchecked(scenario)
    if keys:
        return Skipped(scenario=scenario.id, criteria=(), reason=f"undecided: {', '.join(keys)}")
    return Judged(scenario=scenario.id, criteria=(), passed=True, score=1.0)
