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


def journal_of(folder: RunFolder, case: PhaseContext) -> Journal:
    """Return what the phase under way writes down of all that leaves."""
    return folder.journal(OUTBOUND.at(case.place))


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

    def __call__(self, case: PhaseContext) -> BoundedOutbound:
        """Return what asks within the boundary of the run and what is left of its budget."""
        if case.place not in self._made:
            self._made[case.place] = BoundedOutbound(
                hosted=case.hosted,
                exam=case.snapshot,
                models=self.models,
                cache=self.cache,
                journal=journal_of(self.folder, case),
                wall=self.wall,
                clock=self.clock,
                progress=self.progress,
                left=partial(left_of, case.config.budgets, case.walk.usage),
            )
        return self._made[case.place]


def asked_in(case: PhaseContext) -> tuple[HostedModel, ...]:
    """Return the hosted models that a phase may ask; training asks nobody."""
    config = case.config
    if case.state is State.EXPAND:
        names = {*config.council.members, *config.judges}
    elif case.state in (State.EVAL, State.ASSESS, State.PROMOTE):
        names = {*map(str, config.baselines), *config.judges}
    else:
        names = set()
    return tuple(model for model in case.hosted.models if model.name in names)
