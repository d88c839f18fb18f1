"""What a promotion attempt's evidence gives: comparisons for the gate, and what decisions cost.

Each comparison is read as its own judges graded it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modelsmith.decisions.attempt import Attempt, Contender, exam_digest
from modelsmith.exam.answers import Answered
from modelsmith.exam.scenario import Split
from modelsmith.judges.panel_selection import ComparisonPanel, ModelAncestry, in_all
from modelsmith.loop.answers.baselines import by_baseline
from modelsmith.loop.answers.constants import constants_of
from modelsmith.loop.answers.grading import (
    GradingPanel,
    is_judged,
    opinions_in,
    panel_against,
    trials_on,
)
from modelsmith.loop.answers.stand_ins import Answers, files_of
from modelsmith.loop.evidence.files import answers, answers_alone
from modelsmith.loop.phases.evaluate import ALONE as ALONE_STEER
from modelsmith.loop.phases.model_ancestry import ancestry_of
from modelsmith.run.config import StandIn, is_stand_in
from modelsmith.run.context import PhaseContext
from modelsmith.run.entry_facts import StartedFacts, facts_of
from modelsmith.run.evidence import Evidence
from modelsmith.run.state_machine import Event
from modelsmith.statistics.cost_and_latency import Economy, hosted_economy, local_economy
from modelsmith.statistics.trial import Trial

CANDIDATE = answers(Split.SEALED, "candidate")


def panels_of(
    context: PhaseContext, foreseen: ModelAncestry | None = None
) -> dict[str, ComparisonPanel]:
    """Return who decides each comparison, by baseline; nobody where checks decide all of it.

    Args:
        context: What is known.
        foreseen: What the candidate will descend from, where nothing is trained yet.
    """
    if not is_judged(context, context.snapshot.sealed):
        return {}
    ancestry, panels = foreseen or ancestry_of(context), {}
    for name in context.config.baselines:
        family = None if isinstance(name, StandIn) else context.hosted.model(name).family
        panels[str(name)] = panel_against(context, ancestry, family)
    return panels


def judges_of(panels: Mapping[str, ComparisonPanel]) -> dict[str, tuple[str, ...]]:
    """Return who is asked about each system's answers: about the candidate's, who judges any."""
    if not panels:
        return {}
    everybody = {judge for panel in panels.values() for judge in panel.judges}
    own = {name: panel.judges for name, panel in panels.items()}
    return {"candidate": tuple(sorted(everybody))} | own


def judges_of_constants(panels: Mapping[str, ComparisonPanel]) -> tuple[str, ...]:
    """Return who decides on constants: who decides every comparison, else whoever decides any."""
    everybody = {judge for panel in panels.values() for judge in panel.judges}
    return in_all(panels.values()) or tuple(sorted(everybody))


class _Side(NamedTuple):
    """The candidate as one comparison sees it."""

    panel: ComparisonPanel
    trials: tuple[Trial, ...]


def attempt_of(
    context: PhaseContext,
    raw: Evidence,
    answers: Answers,
    number: int,
) -> Attempt:
    """Return what the gate reads, from the raw evidence of a promotion attempt."""
    snapshot, given = context.snapshot, by_baseline(context, Split.SEALED, answers)
    digest = exam_digest(snapshot.benchmark, snapshot.sealed)
    ours = {
        name: _Side(panel, _graded(context, raw, "candidate", answers[CANDIDATE], panel.judges))
        for name, panel in panels_of(context).items()
    }
    candidate = Contender(
        system="candidate",
        is_stand_in=False,
        exam_sha256=digest,
        trials=_headline(context, raw, answers[CANDIDATE], ours),
    )
    baselines = []
    for name, own in given.items():
        side = ours.get(name)
        judges = side.panel.judges if side else None
        model = None if is_stand_in(name) else context.hosted.model(name)
        baselines.append(
            Contender(
                system=name,
                is_stand_in=model is None,
                exam_sha256=digest,
                trials=_graded(context, raw, name, own, judges),
                provider=model.provider if model else "",
                model=model.model if model else "",
                panel=side.panel if side else None,
                against=side.trials if side else (),
            )
        )
    return Attempt(
        number=number,
        candidate=candidate,
        baselines=tuple(baselines),
        constants=constants_of(context, raw, Split.SEALED, judges_of_constants(panels_of(context))),
        benchmark=snapshot.benchmark,
        exam_sha256=digest,
        promotion=context.config.promotion,
        checks=context.reference.checks,
        providers=facts_of(context.entries[0], StartedFacts).providers,
    )


def _graded(
    context: PhaseContext,
    raw: Evidence,
    system: str,
    answers: Sequence[Answered],
    judges: Sequence[str] | None,
) -> tuple[Trial, ...]:
    """Return a system's answers as `judges` grade them: a tie counts against whoever it is."""
    opinions = opinions_in(raw, Split.SEALED, system)
    panel = None if judges is None else GradingPanel(judges, opinions, "against")
    return trials_on(context, context.snapshot.sealed, answers, panel)


def _headline(
    context: PhaseContext,
    raw: Evidence,
    answers: Sequence[Answered],
    ours: Mapping[str, _Side],
) -> tuple[Trial, ...]:
    """Return the candidate's answers as they are shown; the gate reads each comparison's own.

    Graded by the judges of all comparisons; where no judge is in all of them, as in the comparison
    in which it passes least.
    """
    if not ours:
        return _graded(context, raw, "candidate", answers, None)
    common = in_all(side.panel for side in ours.values())
    if common:
        return _graded(context, raw, "candidate", answers, common)
    return min((side.trials for side in ours.values()), key=_passes)


def _passes(trials: Sequence[Trial]) -> int:
    return sum(trial.passed is True for trial in trials)


def headline_notes(attempt: Attempt) -> list[str]:
    """Return who graded the candidate's line, where judges did."""
    panels = [baseline.panel for baseline in attempt.baselines if baseline.panel]
    if not panels:
        return []
    common = in_all(panels)
    by = f"judged by {', '.join(common)}, who judge every comparison"
    worst = "as in the comparison in which it passes least: no judge is in all of them"
    return [
        (
            f"The candidate's line is {by if common else worst}. It is for reading; the gate reads "
            "each comparison as its own judges graded it."
        ),
    ]


ALONE = answers_alone(Split.SEALED)
"""The candidate's answers to questions that were asked one by one."""


def economy_of(context: PhaseContext, given: Answers) -> tuple[Economy, ...]:
    """Return what decisions cost and how long they take, of the candidate and each baseline.

    The zero-shot stand-in is the untouched base model, which eval asked one at a time; the other
    stand-ins were asked in batches alone, so nothing is said of their latency.
    """
    price = context.progress.price_usd_per_hour
    found = [local_economy("candidate", given[CANDIDATE], given[ALONE], price)]
    for name in context.config.baselines:
        if isinstance(name, StandIn):
            files = files_of(context.config, Split.SEALED, name)
            asked = [one for file in files for one in given[file]]
            alone = _asked_alone(context) if name is StandIn.ZERO_SHOT else ()
            found.append(
                local_economy(name.value, asked, alone, price, decisions=len(given[files[0]]))
            )
        else:
            found.append(hosted_economy(name, given[answers(Split.SEALED, name)]))
    return tuple(found)


def _asked_alone(context: PhaseContext) -> tuple[Answered, ...]:
    """Return the base model's answers that eval asked for one at a time."""
    first = next(entry for entry in context.entries if entry.event is Event.EVALUATED)
    return tuple(one for given in ALONE_STEER.held_by(first, context.read) for one in given)
