"""Which targets may be learnt from: what decides a criterion in eval decides it in training.

| what decides     | where                                                          |
|------------------|----------------------------------------------------------------|
| people           | a labelled right answer is a target on their word              |
| checks           | the criteria that they decide in eval                          |
| certified judges | those that judges decide in eval, where the run has judges     |

Whoever picks the targets does not decide alone: of several certified families one picks none, the
one whose certificate is strongest, and is there for the gate (judges favour what was picked to
their taste; research: evalscience, section 1.4).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from modelsmith.exam.checks.answer_reading import faults_in
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.verdict import Judged, failing, graded, unchecked
from modelsmith.judges.ask_judges import opinions_on, wanted_of
from modelsmith.judges.certification.result import agreement_among, deciders
from modelsmith.judges.panel import JudgeVote, judged, judged_and_deciding, judged_criteria
from modelsmith.loop.answers.baselines import Asking
from modelsmith.loop.answers.grading import steering_panel
from modelsmith.run.config import is_stand_in
from modelsmith.run.context import PhaseContext
from modelsmith.training.curriculum import Origin

CHECKS, PEOPLE, JUDGE = "checks", "people", "judge:"
"""Who accepted a target, as its row says it; a judge's name follows."""


class Target(NamedTuple):
    """An answer that could be learnt."""

    scenario: Scenario
    """What it answers."""
    text: str
    """The answer."""
    origin: Origin
    """Where it comes from."""


class AcceptedTarget(NamedTuple):
    """A target, and who accepted it."""

    target: Target
    """The answer."""
    by: tuple[str, ...]
    """`checks`, `people`, `judge:NAME`."""


def accepting_judges(context: PhaseContext) -> tuple[str, ...]:
    """Return the judges that pick targets, sorted; none where the run has no certified one.

    Those of one family, so that others are left for the gate: of the family without which most
    comparisons keep a judge that picked nothing, of equals the second best, which leaves the best
    to the gate. Where there is one family alone, those that steer.
    """
    steering = steering_panel(context).judges
    families = context.hosted.families(context.config.judges)
    own = context.config.model.descent
    certified = {
        result.judge: result.certificate
        for result in context.certified_judges.certified(context.config.judges)
        if families.get(result.judge) != own
    }
    if len({families[judge] for judge in certified}) < 2:  # noqa: PLR2004 - somebody else
        return tuple(steering)

    def strength(judge: str) -> tuple[float, str]:
        agreement = agreement_among(context.certified_judges, (judge,))
        return min(agreement.sensitivity_bound, agreement.specificity_bound), judge

    by_strength = dict.fromkeys(families[one] for one in sorted(certified, key=strength)[::-1])
    best, *others = by_strength
    rivals = [
        None if is_stand_in(name) else context.hosted.model(name).family
        for name in map(str, context.config.baselines)
    ]

    def left_alone(picking: str) -> int:
        return sum(not by_strength.keys() - {picking, rival} for rival in rivals)

    picking = min([*others, best], key=left_alone)
    picks = [judge for judge in certified if families[judge] == picking]
    return tuple(sorted(deciders(context.certified_judges, picks)))


def can_be_accepted(context: PhaseContext, scenario: Scenario) -> bool:
    """Return whether somebody decides each criterion that an answer to `scenario` passes by."""
    left = judged_criteria(context.snapshot.benchmark, scenario) if _judges(context) else ()
    return all(key in left for key in unchecked(scenario))


def ask_about_targets(
    outbound: Asking, context: PhaseContext, targets: Sequence[Target]
) -> tuple[JudgeVote, ...]:
    """Return what judges say of targets; of none that checks refuse, or that people labelled.

    Raises:
        BoundaryError, BudgetError, HostedError: a judge was not asked, as in eval.
    """
    benchmark, judges = context.snapshot.benchmark, _judges(context)
    open_ones = [
        one
        for one in targets
        if one.origin != "labelled"
        and judged_and_deciding(benchmark, one.scenario)
        and _may_pass(context, one)
    ]
    if not judges or not open_ones:
        return ()
    return opinions_on(
        outbound(),
        [context.hosted.judge(judge) for judge in judges],
        benchmark,
        wanted_of(benchmark, [(one.scenario, Split.TRAIN, one.text) for one in open_ones]),
        seed=context.config.seed,
        label="judges on targets",
        boundary=context.hosted.boundary,
    )


def accepted_of(
    context: PhaseContext, targets: Iterable[Target], opinions: Sequence[JudgeVote]
) -> list[AcceptedTarget]:
    """Return the targets that may be learnt, in their order, each with who accepted it."""
    said: dict[str, list[JudgeVote]] = {}
    for opinion in opinions:
        said.setdefault(opinion.scenario, []).append(opinion)
    found = []
    for target in targets:
        by = _accepted_by(context, target, said.get(target.scenario.id, ()))
        if by:
            found.append(AcceptedTarget(target, by))
    return found


def _accepted_by(
    context: PhaseContext, target: Target, opinions: Sequence[JudgeVote]
) -> tuple[str, ...]:
    """Return who accepts a target; nobody where it does not pass."""
    benchmark, scenario, judges = context.snapshot.benchmark, target.scenario, _judges(context)
    if target.origin == "labelled":  # people decide what is right, not what can be read
        return () if faults_in(form_for(benchmark, scenario), target.text) else (PEOPLE,)
    if judges and judged_and_deciding(benchmark, scenario):
        tie = benchmark.judging.tie
        verdict = judged(benchmark, scenario, target.text, opinions, judges, tie=tie)
        alone = {
            judge: judged(benchmark, scenario, target.text, opinions, (judge,), tie=tie)
            for judge in judges
        }
        agreed = [judge for judge, its in alone.items() if isinstance(its, Judged) and its.passed]
        by = tuple(f"{JUDGE}{judge}" for judge in agreed or judges)  # each outvoted once: all
    else:
        verdict = graded(scenario, target.text, form_for(benchmark, scenario))
        by = ()
    if not isinstance(verdict, Judged) or not verdict.passed:
        return ()
    has_checks = any(one.check is not None for one in scenario.criteria().values())
    return (*((CHECKS,) if has_checks else ()), *by)


def _may_pass(context: PhaseContext, target: Target) -> bool:
    """Return whether nothing that checks alone decide fails a target."""
    benchmark, scenario = context.snapshot.benchmark, target.scenario
    verdict = graded(scenario, target.text, form_for(benchmark, scenario))
    left = judged_criteria(benchmark, scenario)
    outcomes = {v.criterion: v.outcome for v in verdict.criteria if v.criterion not in left}
    return not failing(scenario, outcomes)


def _judges(context: PhaseContext) -> tuple[str, ...]:
    return accepting_judges(context) if context.config.judges else ()
