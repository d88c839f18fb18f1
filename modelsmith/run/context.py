"""What a step works with: ports, settings, what the ledger says, its client of hosted models."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from typing_extensions import override

from modelsmith.boundary.budget import Worst
from modelsmith.boundary.call import Ask, EgressEvent, Lost, Reply, paid_for
from modelsmith.boundary.guarded_client import BoundedOutbound
from modelsmith.boundary.hosted_model import Hosted, HostedModel
from modelsmith.boundary.local_client import LocalOutbound
from modelsmith.boundary.ports import HostedModels, Journal, Outbound, Wall
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.family import Families
from modelsmith.exam.scenario import Scenario
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.models.engine_port import Engines
from modelsmith.models.generation import Usage
from modelsmith.record import Record
from modelsmith.run.config import Budgets, RunConfig
from modelsmith.run.entry_facts import RunProgress
from modelsmith.run.evidence import OUTBOUND, Evidence, Read, place_of
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunFolder, TrainingProgress, Workspace
from modelsmith.run.reference_scores import ReferenceScores
from modelsmith.run.repository import Repository
from modelsmith.run.state_machine import Event, LoopPosition, State
from modelsmith.runtime import Clock, Progress
from modelsmith.store.port import Cache, Store
from modelsmith.training.port import Trainer


@dataclass(frozen=True)
class RunPorts:
    """The ports of one run."""

    engines: Engines
    trainer: Trainer
    store: Store
    cache: Cache
    folder: RunFolder
    clock: Clock
    progress: Progress
    families: Families
    repository: Repository
    training_progress: TrainingProgress
    """Tells another terminal how far a training is."""
    workspace: Workspace
    """Where checkpoints lie while a training is under way."""
    outbound: Callable[["PhaseContext"], Outbound]
    """Returns what asks the models beside the run's own on behalf of a phase."""
    wall: Wall
    """Keeps the process to the addresses that it was allowed."""
    ready: Callable[["PhaseContext"], None] = lambda _: None
    """Says before a phase's work begins whether the hosted models that it asks can be asked."""


@dataclass(frozen=True)
class PhaseContext:
    """What a phase knows when it begins; everything here replays from the run folder."""

    run: str
    """The run's name."""
    config: RunConfig
    """Its settings, as they were at intake."""
    snapshot: ExamSnapshot
    """Its exam, as it was at intake."""
    entries: Sequence[Entry]
    """Everything recorded before."""
    position: LoopPosition
    """Where the run stands, and where it returns to when it is blocked."""
    progress: RunProgress
    """What it goes on from."""
    read: Read
    """Returns an evidence file of an earlier phase, checked against the ledger."""
    reference: ReferenceScores
    """What every round is measured against."""
    joined: Sequence[Scenario] = ()
    """Accepted proposals of earlier rounds; they stand on the train side."""
    offered: Sequence[tuple[str, Scenario]] = ()
    """Models' accepted proposals of earlier rounds with their authors; people decide on them."""
    hosted: Hosted = field(default_factory=Hosted)
    """What the run may ask beside the model that it trains, as it was at intake."""
    certified_judges: CertifiedJudges = field(default_factory=CertifiedJudges)
    """The run's judges with what they did on the exam, as it was at intake."""

    @property
    def state(self) -> State:
        """Where the run stands."""
        return self.position.state

    @property
    def place(self) -> str:
        """Where the phase's evidence lies, relative to the run folder."""
        return place_of(len(self.entries), self.state)

    @property
    def train(self) -> tuple[Scenario, ...]:
        """The train side of this round: the exam's scenarios and the accepted proposals."""
        return (*self.snapshot.train, *self.joined)


@dataclass(frozen=True)
class PhaseResult:
    """What a phase decided, from its raw evidence alone."""

    event: Event
    facts: Record
    derived: Evidence = field(default_factory=dict)
    """Evidence computed from the raw one."""


def budget_left_of(budgets: Budgets, used: Usage, events: Iterable[EgressEvent]) -> Worst:
    """Return what a phase may still spend after what it has sent.

    Args:
        budgets: The run's.
        used: What the phases before took.
        events: What left so far, as the phase's journal has it.
    """
    spent = used.plus(paid_for(events))
    return Worst(
        max(0.0, round(budgets.cost_usd - spent.cost_usd, 9)),
        max(0, budgets.tokens - spent.tokens),
    )


def journal_of(folder: RunFolder, context: PhaseContext) -> Journal:
    """Return what the phase under way writes down of all that leaves."""
    return folder.journal(OUTBOUND.at(context.place))


@dataclass(frozen=True)
class _EitherOutbound(Outbound):
    """Asks a model where it is: here, or behind a network address."""

    local: LocalOutbound
    hosted: Outbound

    @override
    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        is_local = any(judge.name == model for judge in self.local.judges)
        return (self.local if is_local else self.hosted).ask(model, asks, label)


@dataclass(frozen=True)
class PhaseOutbound:
    """Returns what asks on behalf of a phase; a phase is given the same one each time."""

    models: HostedModels
    cache: Cache
    folder: RunFolder
    wall: Wall
    clock: Clock
    progress: Progress
    engines: Engines
    """Opens the local models that a run names as judges."""
    _made: dict[str, Outbound] = field(default_factory=dict)

    def __call__(self, context: PhaseContext) -> Outbound:
        """Return what asks within the boundary of the run and what is left of its budget."""
        if context.place not in self._made:
            journal = journal_of(self.folder, context)
            local = context.hosted.local
            self._made[context.place] = _EitherOutbound(
                LocalOutbound(local, self.engines, self.cache, journal, self.progress),
                BoundedOutbound(
                    hosted=context.hosted,
                    exam=context.snapshot,
                    models=self.models,
                    cache=self.cache,
                    journal=journal,
                    wall=self.wall,
                    clock=self.clock,
                    progress=self.progress,
                    remaining=partial(
                        budget_left_of, context.config.budgets, context.progress.usage
                    ),
                ),
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
