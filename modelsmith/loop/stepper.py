"""Walk the loop: one phase a step, one entry a phase, until a person or the gate must decide."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from modelsmith.boundary.budget import unpaid_words
from modelsmith.boundary.call import EgressEvent, Held, Unpaid, paid_for
from modelsmith.errors import BlockedError, BoundaryError, BudgetError, UsageError
from modelsmith.layout import SETTINGS
from modelsmith.loop.phases import assess, evaluate, expand, promote, train
from modelsmith.loop.phases.context_history import context_after, context_of
from modelsmith.loop.phases.intake import resume
from modelsmith.loop.phases.merged_proposals import require_reviewed
from modelsmith.run.context import PhaseContext, PhaseResult, RunPorts, budget_left_of, journal_of
from modelsmith.run.entry_commits import commit_entry
from modelsmith.run.entry_facts import StoppedFacts, facts_as_json
from modelsmith.run.evidence import OUTBOUND, Evidence, Files, verified
from modelsmith.run.ledger import Entry, entry_after
from modelsmith.run.ports import SealedAttempts
from modelsmith.run.state_machine import TERMINAL, Event, State

DECIDERS: dict[State, Callable[[PhaseContext, Evidence], PhaseResult]] = {
    State.EVAL: evaluate.decide,
    State.TRAIN: train.decide,
    State.EXPAND: expand.decide,
    State.ASSESS: assess.decide,
    State.PROMOTE: promote.decide,
}
"""What each phase concludes from its raw evidence; replay concludes it again."""


GATHERERS: dict[State, Callable[[RunPorts, PhaseContext], Evidence]] = {
    State.EVAL: evaluate.gather,
    State.TRAIN: train.gather,
    State.EXPAND: expand.gather,
    State.ASSESS: assess.gather,
}
"""What does the work of each phase; only promotion, which looks at sealed, needs more."""


@dataclass
class Stepper:
    """Steps one run; what is known after a step is kept for the next."""

    ports: RunPorts
    attempts: SealedAttempts
    """Who may look at the sealed split, and how often it was looked at."""
    _known: PhaseContext | None = field(default=None, init=False)

    def step(self) -> Entry:
        """Do the one phase that the run's state calls for, and return its entry.

        A phase that waits for a person or a machine is an entry too: `blocked`. So is one that
        wanted to send what the boundary keeps in, with `boundary` for its reason, and one that the
        budget left did not pay for: `halted`. What left, and what was refused, is evidence of each.

        Raises:
            UsageError: the run has not been started, or is over.
            InputError: its run.yaml is not the one that it began with.
            RunBusyError: another process steps it, or promotes another run.
            BrokenRecordError: its ledger or evidence was altered.
            EngineError: the machine could not load a model or train; nothing was recorded.
            HostedError: a hosted model cannot be asked; nothing was recorded, and the journal of
                what left is kept for the next attempt.
        """
        return self._take_step().entries[-1]

    def go(self) -> Entry:
        """Step until the run is over or blocked, and return the last entry.

        Raises:
            ModelsmithError: as `step` does.
        """
        with self.ports.folder.lock():
            context = self._settle(self._present())
        while context.state not in TERMINAL:
            context = self._take_step()
            if context.state is State.BLOCKED:
                break
        return context.entries[-1]

    def is_over(self) -> bool:
        """Return whether no step follows."""
        return self._present().state in TERMINAL

    def is_spent(self) -> bool:
        """Return whether the next step can only record that the budget is used up."""
        context = self._present()
        return context.state in DECIDERS and over_budget(context) is not None

    def _take_step(self) -> PhaseContext:
        """Do the next phase, and return what is known after it."""
        with self.ports.folder.lock():
            context = self._settle(self._present())
            if context.state in TERMINAL:
                raise UsageError(
                    f"run {self.ports.folder.name} is over: {context.state}",
                    remedy="Write a new run.yaml in a folder of its own and start that.",
                )
            resume(context.run, context.entries[0], self.ports.folder.read(SETTINGS))
            if context.state is State.BLOCKED:
                retried = StoppedFacts(reason="retried", words="The step was asked for again.")
                return self._append(
                    context, PhaseResult(Event.UNBLOCKED, retried), context.progress.iteration
                )
            if (stopped := over_budget(context)) is not None:
                return self._append(
                    context, PhaseResult(Event.HALTED, stopped), context.progress.iteration
                )
            with self.attempts.hold() if context.state is State.PROMOTE else nullcontext():
                return self._append(context, self._outcome(context), round_of(context))

    def _present(self) -> PhaseContext:
        """Return what is known now; read again where the ledger does not end as it was left."""
        known = self._known
        if known is None or self.ports.folder.last_digest() != known.entries[-1].digest():
            known = self._known = context_of(self.ports.folder)
        return known

    def _settle(self, context: PhaseContext) -> PhaseContext:
        """Commit and offer the last entry, where a killed step did not come to it."""
        commit_entry(self.ports.folder, self.ports.repository, context.entries)
        if context.state is State.STAGED:
            promote.write_promotion_branch(self.ports, context)
        return context

    def _outcome(self, context: PhaseContext) -> PhaseResult:
        self.ports.progress.phase(context.state.value, {"round": str(round_of(context))})
        self.ports.ready(context)
        journal, raw = journal_of(self.ports.folder, context), Files()
        written = [line for line in journal.egress_events() if isinstance(line, Held)]
        if written[-1:] != [self.ports.wall.held_by]:
            journal.write(self.ports.wall.held_by)
        try:
            with self.ports.wall.standing(journal.write):
                raw |= self._gathered(context)
        except (BlockedError, BoundaryError) as error:
            egress_events = journal.egress_events()
            stopped = StoppedFacts(
                reason="boundary" if isinstance(error, BoundaryError) else error.reason,
                words=f"{error.what}. {error.remedy}",
                remedy=error.remedy,
                usage=paid_for(egress_events),
            )
            return PhaseResult(Event.BLOCKED, stopped, OUTBOUND.of(tuple(egress_events)))
        except BudgetError:
            pass  # the journal's last line says it, and what follows from it
        raw |= OUTBOUND.of(tuple(journal.egress_events()))
        outcome = conclude(context, raw)
        return PhaseResult(outcome.event, outcome.facts, {**raw, **outcome.derived})

    def _gathered(self, context: PhaseContext) -> Evidence:
        require_reviewed(self.ports, context)
        if context.state is State.PROMOTE:
            return promote.gather(self.ports, context, self.attempts)
        return GATHERERS[context.state](self.ports, context)

    def _append(self, context: PhaseContext, outcome: PhaseResult, iteration: int) -> PhaseContext:
        evidence = {
            path: self.ports.folder.write(path, content)
            for path, content in named(context, outcome.derived).items()
        }
        entry = entry_after(
            context.entries,
            outcome.event,
            iteration=iteration,
            facts=facts_as_json(outcome.facts),
            evidence=evidence,
            at=self.ports.clock.now(),
        )
        self.ports.folder.append(entry)
        read = verified(self.ports.folder.read, (*context.entries, entry))
        self._known = context_after(context, entry, read)
        self._settle(self._known)
        self.ports.workspace.clear()
        return self._known


def conclude(context: PhaseContext, raw: Evidence) -> PhaseResult:
    """Return what a phase concludes from its raw evidence; replay concludes it again."""
    egress_events = OUTBOUND.read(raw, ())
    if set(raw) == {OUTBOUND} and any(isinstance(line, Unpaid) for line in egress_events):
        return PhaseResult(Event.HALTED, _unpaid(context, egress_events))
    outcome = DECIDERS[context.state](context, raw)
    if isinstance(outcome.facts, StoppedFacts):
        stopped = StoppedFacts(
            reason=outcome.facts.reason, words=outcome.facts.words, usage=paid_for(egress_events)
        )
        return PhaseResult(outcome.event, stopped, outcome.derived)
    return outcome


def _unpaid(context: PhaseContext, egress_events: Sequence[EgressEvent]) -> StoppedFacts:
    at = max(n for n, line in enumerate(egress_events) if isinstance(line, Unpaid))
    line = egress_events[at]
    left = budget_left_of(context.config.budgets, context.progress.usage, egress_events[:at])
    words = unpaid_words(line, left) if isinstance(line, Unpaid) else ""
    return StoppedFacts(reason="budget", words=words, usage=paid_for(egress_events))


def named(context: PhaseContext, evidence: Evidence) -> dict[str, bytes]:
    """Return a phase's evidence by the paths in the run folder."""
    return {file.at(context.place): body for file, body in evidence.items()}


def round_of(context: PhaseContext) -> int:
    """Return the round that the next phase belongs to: an evaluation begins the next one."""
    return context.progress.iteration + (context.state is State.EVAL)


def over_budget(context: PhaseContext) -> StoppedFacts | None:
    """Return why the next phase may not begin, or none.

    The iteration budget is assess's to judge, since a round is finished before it counts. A
    candidate that assess found ready is promoted, whatever finding that out has cost.
    """
    spent, budgets = context.progress.usage, context.config.budgets
    limits = (
        ("wall time", spent.seconds, budgets.wall_time_s, "s"),
        ("tokens", spent.tokens, budgets.tokens, "tokens"),
        ("cost", spent.cost_usd, budgets.cost_usd, "USD"),
    )
    for name, used, allowed, unit in limits:
        if used > allowed and context.state is not State.PROMOTE:
            words = f"{name}: {used:g} {unit} used, {allowed:g} {unit} allowed by run.yaml"
            return StoppedFacts(reason="budget", words=words)
    return None
