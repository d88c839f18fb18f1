"""Assess: how the new candidate stands on steer, and what follows."""

from collections.abc import Sequence

from modelsmith.decisions.assessment import Assessment, Spent, assess
from modelsmith.decisions.plateau import Round
from modelsmith.decisions.readiness import readiness_of
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.answers import usage_of
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import Judged
from modelsmith.loop.answers.baselines import asking
from modelsmith.loop.answers.grading import (
    ask_judges,
    card_of,
    is_judged,
    judging_evidence,
    steered,
    steering_panel,
)
from modelsmith.loop.answers.local_model import STEER, ask, open_engine, outbound_in
from modelsmith.loop.evidence.files import ASSESSMENT, REPORT, ROUND, scorecard
from modelsmith.loop.phases.evaluate import (
    baseline_trials,
    cluster_words,
    constants_on_steer,
)
from modelsmith.loop.phases.foreseen_gate import foreseen_findings
from modelsmith.loop.phases.reports import NOBODY, NOBODY_OF_BEFORE, scores_report
from modelsmith.models.generation import Usage
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts
from modelsmith.run.entry_facts import (
    AssessedFacts,
    EvaluatedFacts,
    TrainedFacts,
    facts_of,
    latest,
    line_of,
    rules_of,
)
from modelsmith.run.evidence import Evidence, evidence_of
from modelsmith.run.reference_scores import BaselineTrials
from modelsmith.run.state_machine import Event
from modelsmith.statistics.constant_policies import ConstantPolicy
from modelsmith.statistics.scorecard import Scorecard
from modelsmith.statistics.trial import Trial

CANDIDATE = "candidate"

EVENT_OF = {
    "continue": Event.CONTINUED,
    "escalate": Event.ESCALATED,
    "converged": Event.CONVERGED,
    "halt": Event.HALTED,
}


def gather(ports: RunPorts, context: PhaseContext) -> Evidence:
    """Return the new candidate's answers on steer, and what judges say of them.

    Raises:
        BoundaryError, BudgetError, HostedError: a judge was not asked, as in eval.
    """
    steer = context.snapshot.steer
    with open_engine(ports, context, context.progress.adapter) as engine:
        answers = ask(ports, context, engine, "answers on steer", steer)
    judges = steering_panel(context).judges
    opinions = ask_judges(
        asking(ports, context), context, Split.STEER, CANDIDATE, steer, answers, judges
    )
    return STEER.of(answers) | opinions


def decide(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return what follows this round, with every number that it rests on."""
    answers = STEER.read(raw)
    steer = context.snapshot.steer
    trials = steered(context, raw, Split.STEER, CANDIDATE, answers)
    card = card_of(context, CANDIDATE, trials)
    usage = usage_of(answers).plus(outbound_in(raw))
    this = _round(context, trials, card)
    verdict = assess(
        [*earlier_rounds(context), this],
        readiness_of(
            trials,
            first_baselines(context),
            _constants(context),
            context.reference.checks,
            context.snapshot.benchmark,
        ),
        context.config.budgets,
        _spent(context, usage),
        context.config.ladder,
        ends_undecided=rules_of(context.entries) > 0,
    )
    adapter = verdict.back_to.adapter_sha256 if verdict.back_to else this.adapter_sha256
    if adapter is None:
        raise BrokenRecordError(
            "assess found no adapter to go on from",
            remedy="Replay the run; a training entry is missing.",
        )
    facts = AssessedFacts(
        decision=verdict.decision,
        reason=verdict.reason,
        rule=verdict.rule,
        steer=line_of(card),
        adapter=adapter,
        rung=context.config.ladder.index(verdict.strategy),
        usage=usage,
    )
    derived = ROUND.of(this) | scorecard(Split.STEER).of(card) | ASSESSMENT.of(verdict)
    judges = steering_panel(context).judges
    asked_on = [(Split.STEER, CANDIDATE, judges)] if is_judged(context, steer) else []
    judged, judging = judging_evidence(context, raw, asked_on)
    notes = [*_notes(context, verdict, card), *_refusals(context, verdict)]
    nobody = NOBODY if rules_of(context.entries) > 1 else NOBODY_OF_BEFORE
    title = f"Round {verdict.iteration}: {verdict.decision}"
    scores = scores_report(title, [card], notes, nobody=nobody)
    derived |= judged | REPORT.of("\n".join((scores, *judging)).encode())
    return PhaseResult(EVENT_OF[verdict.decision], facts, derived)


def earlier_rounds(context: PhaseContext) -> list[Round]:
    """Return the rounds assessed before this one."""
    return [one for entry in context.entries for one in ROUND.held_by(entry, context.read)]


def first_baselines(context: PhaseContext) -> BaselineTrials:
    """Return the baselines' graded answers on steer, from the first evaluation."""
    first = next(entry for entry in context.entries if entry.event is Event.EVALUATED)
    return context.reference.baselines(
        first.digest(), lambda: baseline_trials(context, evidence_of(first, context.read))
    )


def _constants(context: PhaseContext) -> tuple[ConstantPolicy, ...]:
    first = next(entry for entry in context.entries if entry.event is Event.EVALUATED)
    return constants_on_steer(context, evidence_of(first, context.read))


def _round(context: PhaseContext, trials: Sequence[Trial], card: Scorecard) -> Round:
    trained, evaluated = (
        latest(context.entries, Event.TRAINED),
        latest(context.entries, Event.EVALUATED),
    )
    if trained is None or evaluated is None:
        raise BrokenRecordError(
            "assess without a training and an evaluation before it",
            remedy="Restore the ledger from git.",
        )
    train = facts_of(evaluated, EvaluatedFacts).train
    lost = card.errored / max(1, card.judged + card.errored + card.skipped)
    return Round(
        iteration=context.progress.iteration,
        strategy=facts_of(trained, TrainedFacts).strategy,
        adapter_sha256=context.progress.adapter,
        scores={t.scenario: t.verdict.score for t in trials if isinstance(t.verdict, Judged)},
        train_pass_rate=train.passes / train.scenarios if train.scenarios else 0.0,
        errored=lost,
    )


def _spent(context: PhaseContext, usage: Usage) -> Spent:
    total = context.progress.usage.plus(usage.paid(context.progress.price_usd_per_hour))
    return Spent(
        iterations=context.progress.iteration,
        wall_time_s=total.seconds,
        tokens=total.tokens,
        cost_usd=total.cost_usd,
    )


def _refusals(context: PhaseContext, verdict: Assessment) -> list[str]:
    """Return what the gate misses of a run that nothing on steer can measure; no look is spent."""
    if verdict.reason != "undecided":
        return []
    lacking = [found for found in foreseen_findings(context) if not found.holds]
    return [f"the gate refuses, without a look: {one.message}. {one.remedy}" for one in lacking]


def _notes(context: PhaseContext, verdict: Assessment, card: Scorecard) -> list[str]:
    ended = f"{verdict.decision}: {verdict.reason} ({verdict.rule})"
    if verdict.reason == "undecided" and rules_of(context.entries) > 1:
        return [ended]  # nothing was measured that could lead, fail or be missing
    leads = [
        f"over {lead.baseline}: core {lead.gain.mean:+.2f} "
        f"[{lead.gain.low:+.2f}, {lead.gain.high:+.2f}] on {lead.gain.families} families"
        for lead in verdict.readiness.leads
    ]
    floor = verdict.readiness.constant_composite
    constant = "no composite" if floor is None else f"composite {floor:.2f}"
    missing = ", ".join(verdict.readiness.missing) or "nothing"
    return [
        ended,
        *leads,
        f"best constant policy: {verdict.readiness.constant} at {constant}",
        f"missing for an attempt: {missing}",
        f"weakest: {cluster_words(card) or 'nothing failed'}",
    ]
