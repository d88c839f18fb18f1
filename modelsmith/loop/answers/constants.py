"""The constant policies where no check decides some criterion: judges decide on them as on all.

Left open, such a criterion would count as met, and where nothing has a check nothing could be said
of a constant, and so nothing would be better than one.
"""

from collections.abc import Collection, Mapping

from modelsmith.exam.answers import Answered
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.loop.answers.grading import (
    GradingPanel,
    card_of,
    is_judged,
    opinions_in,
    trials_on,
    what_is_open,
)
from modelsmith.models.generation import Answer
from modelsmith.record import digest_of
from modelsmith.run.context import PhaseContext
from modelsmith.run.evidence import Evidence
from modelsmith.statistics.constant_policies import ConstantPolicy, recited_by


def constants_asked(context: PhaseContext, split: Split) -> dict[str, tuple[Answered, ...]]:
    """Return what the constant policies say to a held-out split, where judges decide on them."""
    scenarios = _asked(context, split)
    if not any(map(what_is_open(context), scenarios)) or not is_judged(context, scenarios):
        return {}
    benchmark = context.snapshot.benchmark
    return {
        policy.name: tuple(
            Answered(
                scenario=scenario.id,
                scenario_sha256=scenario.digest(),
                batch=digest_of(policy.name),
                answer=Answer(
                    text=recited_by(policy, benchmark, scenario),
                    finish="stop",
                    prompt_tokens=0,
                    answer_tokens=0,
                    latency_s=0.0,
                ),
            )
            for scenario in scenarios
        )
        for policy in _by_checks(context, split)
    }


def constants_of(
    context: PhaseContext, raw: Evidence, split: Split, judges: Collection[str]
) -> tuple[ConstantPolicy, ...]:
    """Return the constant policies with their scores on a held-out split, as judges grade them.

    A tie is in their favour: the floor is generous, as where checks leave a criterion open. By
    checks alone where they decide all, and of a run of before judges were asked.
    """
    asked = constants_asked(context, split)
    said = {name: opinions_in(raw, split, name) for name in asked}
    if not any(said.values()):
        return _by_checks(context, split)
    return tuple(
        policy.model_copy(update={"card": card_of(context, policy.name, trials)})
        for policy in _by_checks(context, split)
        for panel in [GradingPanel(tuple(judges), said[policy.name], "unscored")]
        for trials in [trials_on(context, _asked(context, split), asked[policy.name], panel)]
    )


def _asked(context: PhaseContext, split: Split) -> tuple[Scenario, ...]:
    held_out: Mapping[Split, tuple[Scenario, ...]] = {
        Split.STEER: context.snapshot.steer,
        Split.SEALED: context.snapshot.sealed,
    }
    return held_out[split]


def _by_checks(context: PhaseContext, split: Split) -> tuple[ConstantPolicy, ...]:
    reference = context.reference
    return reference.on_steer if split is Split.STEER else reference.on_sealed
