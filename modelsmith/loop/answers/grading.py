"""Answers become graded trials: by checks, and by judges where the run has them.

Steering asks one panel about every system: the run's deciders without the base model's family.
At the gate each comparison has a panel of its own, the same for both sides (`ComparisonPanel`).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from modelsmith.boundary.call import paid_for_judges
from modelsmith.exam.answers import Answered, verdict_of
from modelsmith.exam.benchmark import Tie, by_id
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import AnswerVerdict, of_what_was_decided, unchecked
from modelsmith.judges.ask_judges import opinions_on, wanted_of
from modelsmith.judges.certification.judges_page import judging_page
from modelsmith.judges.certification.panel_agreement import PhaseJudging, system_judging_of
from modelsmith.judges.certification.result import deciders
from modelsmith.judges.panel import JudgeVote, judged, judged_and_deciding, judged_criteria
from modelsmith.judges.panel_selection import ComparisonPanel, ModelAncestry, matched_panel
from modelsmith.loop.answers.baselines import Asking
from modelsmith.loop.evidence.files import JUDGING, opinions
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import rules_of
from modelsmith.run.evidence import OUTBOUND, Evidence, Files
from modelsmith.statistics.scorecard import Scorecard, scorecard_of
from modelsmith.statistics.trial import Trial, trial_of


class GradingPanel(NamedTuple):
    """Who decides what no check decides, what they said, and what a tie says."""

    judges: Collection[str]
    """Names of the judges; none leaves unscored what is theirs to decide."""
    opinions: Sequence[JudgeVote]
    """What they and others said."""
    tie: Tie
    """What a tied panel says."""


def is_judged(context: PhaseContext, scenarios: Iterable[Scenario]) -> bool:
    """Return whether the run has judges, and they decide anything of `scenarios`.

    What is not required decides nothing; in a run of before, judges were asked about it too.
    """
    benchmark = context.snapshot.benchmark
    left = judged_and_deciding if rules_of(context.entries) > 1 else judged_criteria
    return bool(context.config.judges) and any(left(benchmark, s) for s in scenarios)


def what_is_open(context: PhaseContext) -> Callable[[Scenario], Sequence[str]]:
    """Return what tells the criteria of a scenario that wait for somebody: no check decides them.

    In a run of before, those waited too that decide nothing.
    """
    if rules_of(context.entries) > 1:
        return unchecked
    return lambda scenario: [key for key, one in scenario.criteria().items() if one.check is None]


def steering_panel(context: PhaseContext) -> ComparisonPanel:
    """Return who decides while the run steers, whatever the system."""
    return panel_against(context, ModelAncestry(base=context.config.model.descent), None)


def panel_against(
    context: PhaseContext, ancestry: ModelAncestry, rival: str | None
) -> ComparisonPanel:
    """Return who decides between the specialist and a rival of family `rival`."""
    families = context.hosted.families(context.config.judges)
    return matched_panel(
        families, ancestry, rival, lambda some: deciders(context.certified_judges, some)
    )


def ask_judges(  # noqa: PLR0913, PLR0917 - who is asked about what
    outbound: Asking,
    context: PhaseContext,
    split: Split,
    system: str,
    scenarios: Sequence[Scenario],
    answers: Iterable[Answered],
    judges: Collection[str],
) -> Files:
    """Return what `judges` say of a system's answers, as evidence; none without judges.

    A refusal meets nothing and a lost answer is an error: no judge is asked about either.
    """
    if not is_judged(context, scenarios):
        return {}
    known = by_id(scenarios)
    given = [
        (known[one.scenario], split, one.answer.text)
        for one in answers
        if one.answer is not None and one.answer.finish != "refusal"
    ]
    said = opinions_on(
        outbound(),
        [context.hosted.judge(judge) for judge in sorted(judges)],
        context.snapshot.benchmark,
        wanted_of(context.snapshot.benchmark, given),
        seed=context.config.seed,
        label=f"judges on {system}, {split.value}",
        boundary=context.hosted.boundary,
    )
    return opinions(split, system).of(said)


def opinions_in(raw: Evidence, split: Split, system: str) -> tuple[JudgeVote, ...]:
    """Return what judges said of a system's answers; nothing where they were not asked."""
    return opinions(split, system).read(raw, ())


def judging_evidence(
    context: PhaseContext,
    raw: Evidence,
    asked: Collection[tuple[Split, str, Collection[str]]],
) -> tuple[Files, list[str]]:
    """Return what judges made of each system's answers in a phase: evidence, and a report's part.

    Args:
        context: What the phase knew when it began.
        raw: Its raw evidence.
        asked: Split, system, and who was asked about its answers; nobody says nothing.
    """
    if not asked:
        return {}, []
    judging = PhaseJudging(
        hearings=tuple(
            system_judging_of(
                context.certified_judges, system, split, opinions_in(raw, split, system), judges
            )
            for split, system, judges in asked
        ),
        cost_usd=paid_for_judges(OUTBOUND.read(raw, ())),
    )
    return JUDGING.of(judging), [judging_page(judging)]


def steered(
    context: PhaseContext, raw: Evidence, split: Split, system: str, answers: Sequence[Answered]
) -> tuple[Trial, ...]:
    """Return a system's graded answers while the run steers; by checks where judges decide none."""
    scenarios = context.train if split is Split.TRAIN else context.snapshot.steer
    if not is_judged(context, scenarios):
        return trials_on(context, scenarios, answers)
    tie = context.snapshot.benchmark.judging.tie
    panel = GradingPanel(steering_panel(context).judges, opinions_in(raw, split, system), tie)
    return trials_on(context, scenarios, answers, panel)


def trials_on(
    context: PhaseContext,
    scenarios: Sequence[Scenario],
    answers: Sequence[Answered],
    panel: GradingPanel | None = None,
) -> tuple[Trial, ...]:
    """Return one graded trial an answer, in order; by checks alone where there is no panel."""
    known, rules = by_id(scenarios), rules_of(context.entries)
    said: dict[str, list[JudgeVote]] = defaultdict(list)
    for opinion in panel.opinions if panel else ():
        said[opinion.scenario].append(opinion)

    def verdict(given: Answered) -> AnswerVerdict:
        found = decided_by(given)
        return of_what_was_decided(known[given.scenario], found) if rules > 1 else found

    def decided_by(given: Answered) -> AnswerVerdict:
        scenario, answer = known[given.scenario], given.answer
        if panel is None or answer is None or answer.finish == "refusal":
            return verdict_of(scenario, given, form_for(context.snapshot.benchmark, scenario))
        return judged(
            context.snapshot.benchmark,
            scenario,
            answer.text,
            said[scenario.id],
            panel.judges,
            tie=panel.tie,
            is_truncated=answer.finish == "length",
        )

    return tuple(
        trial_of(
            known[given.scenario],
            verdict(given),
            latency_s=given.answer.latency_s if given.answer else None,
            is_cut=rules > 0 and given.answer is not None and given.answer.finish == "length",
        )
        for given in answers
    )


def card_of(context: PhaseContext, system: str, trials: Iterable[Trial]) -> Scorecard:
    """Return the scorecard of graded answers."""
    return scorecard_of(system, trials, context.snapshot.benchmark)
