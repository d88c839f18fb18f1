"""A phase's client of hosted models: what is left of its budget, and the journal of what left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from modelsmith.boundary.budget import Worst
from modelsmith.boundary.call import EgressEvent, paid_for
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.boundary.ports import HostedModels, Journal, Wall
from modelsmith.models.answer import Usage
from modelsmith.run.config import Budgets
from modelsmith.run.context import PhaseContext
from modelsmith.run.evidence import OUTBOUND
from modelsmith.run.ports import RunFolder
from modelsmith.run.state_machine import State
from modelsmith.runtime import Clock, Progress
from modelsmith.store.port import Cache


def left_of(budgets: Budgets, used: Usage, departures: Iterable[EgressEvent]) -> Worst:
    """Return what a phase may still spend after what it has sent.

    Args:
        budgets: The run's.
        used: What the phases before took.
        departures: The phase's journal.
    """
    spent = used.plus(paid_for(departures))
    return Worst(
        max(0.0, round(budgets.cost_usd - spent.cost_usd, 9)),
        max(0, budgets.tokens - spent.tokens),
    )


def journal_of(folder: RunFolder, context: PhaseContext) -> Journal:
    """Return what the phase under way writes down of all that leaves."""
    return folder.journal(OUTBOUND.at(context.place))


@dataclass(frozen=True)
class PhaseOutbound:
    """Returns what asks on behalf of a phase; a phase is given the same one each time."""

    models: HostedModels
    cache: Cache
    folder: RunFolder
    wall: Wall
    clock: Clock
    progress: Progress
    _made: dict[str, BoundedOutbound] = field(default_factory=dict)

    def __call__(self, context: PhaseContext) -> BoundedOutbound:
        """Return what asks within the boundary of the run and what is left of its budget."""
        if context.place not in self._made:
            self._made[context.place] = BoundedOutbound(
                hosted=context.hosted,
                exam=context.snapshot,
                models=self.models,
                cache=self.cache,
                journal=journal_of(self.folder, context),
                wall=self.wall,
                clock=self.clock,
                progress=self.progress,
                left=partial(left_of, context.config.budgets, context.progress.usage),
            )
        return self._made[context.place]


def asked_in(context: PhaseContext) -> tuple[HostedModel, ...]:
    """Return the hosted models that a phase may ask; training asks nobody."""
    config = context.config
    if context.state is State.EXPAND:
        names = {*config.council.members, *config.judges}
    elif context.state in (State.EVAL, State.ASSESS, State.PROMOTE):
        names = {*map(str, config.baselines), *config.judges}
    else:
        names = set()
    return tuple(model for model in context.hosted.models if model.name in names)
