"""Walk the loop: one phase a step, one entry a phase, until a person or the gate must decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modelsmith.domain.exam import ExamSnapshot
from modelsmith.domain.ledger import Entry, entry_after
from modelsmith.domain.loop import PHASES, TERMINAL, Event, State
from modelsmith.domain.record import Record
from modelsmith.domain.run import RunConfig
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.walk import (
    StoppedFacts,
    facts_as_json,
    walk_of,
)
from modelsmith.errors import BlockedError, UsageError
from modelsmith.ports.reports import Reports
from modelsmith.steps import assess, evaluate, expand, promote, train
from modelsmith.steps.expand import joined_in
from modelsmith.steps.tools import Case, Outcome, Tools

EXAM = "000-intake/exam.json"
CONFIG = "000-intake/run.json"

Decided = Callable[[Case, Mapping[str, bytes], Reports], Outcome]

DECIDERS: dict[State, Decided] = {
    State.EVAL: evaluate.decided,
    State.TRAIN: train.decided,
    State.EXPAND: expand.decided,
    State.ASSESS: assess.decided,
    State.PROMOTE: promote.decided,
}
"""What each phase concludes from its raw evidence; replay concludes it again."""


def case_of(tools: Tools, entries: list[Entry]) -> Case:
    """Return what the next phase knows, from the run folder alone.

    Raises:
        UsageError: the run has not been started.
    """
    if not entries:
        raise UsageError(
            f"run {tools.folder.name} has not been started",
            remedy=f"Start it: modelsmith run start {tools.folder.name}",
        )
    return case_from(tools.folder.name, tools.folder.read, entries)


def case_from(run: str, read: Callable[[str], bytes], entries: list[Entry]) -> Case:
    """Return what the phase after `entries` knows, reading evidence through `read`."""
    _, walk = walk_of(entries)
    joined: tuple[Scenario, ...] = ()
    for entry in entries:
        if entry.event is Event.EXPANDED:
            joined += joined_in(read, entry)
    return Case(
        run=run,
        config=RunConfig.model_validate_json(read(CONFIG)),
        snapshot=ExamSnapshot.model_validate_json(read(EXAM)),
        entries=entries,
        walk=walk,
        read=read,
        joined=joined,
    )


@dataclass(frozen=True)
class Stepper:
    """Steps one run."""

    tools: Tools
    looks_before: Callable[[str], int]
    """How often a sealed version was read before, over all runs of the repository."""

    def step(self) -> Entry:
        """Do the one phase that the run's state calls for, and return its entry.

        Raises:
            BlockedError: the phase waits for a person or a machine; an entry says so.
            UsageError: the run has not been started, or is over.
        """
        with self.tools.folder.locked():
            entries = list(self.tools.folder.entries())
            case = case_of(self.tools, entries)
            state = State(case.walk.state)
            if state in TERMINAL:
                raise UsageError(
                    f"run {self.tools.folder.name} is over: {state}",
                    remedy="Write a new run.yaml in a folder of its own and start that.",
                )
            if state is State.BLOCKED:
                return self._unblocked(entries)
            if (stopped := over_budget(case)) is not None:
                return self._append(case, Event.HALTED, stopped, {})
            return self._done(case, state)

    def go(self) -> Entry:
        """Step until the run is over or blocked, and return the last entry."""
        entries = list(self.tools.folder.entries())
        entry = entries[-1] if entries else self.step()
        while walk_of(list(self.tools.folder.entries()))[0].state in PHASES | {State.BLOCKED}:
            entry = self.step()
            if entry.event is Event.BLOCKED:
                break
        return entry

    def _done(self, case: Case, state: State) -> Entry:
        folder = f"{case.folder:03d}-{state.value}"
        self.tools.progress.phase(state.value, {"iteration": str(iteration_after(case, state))})
        try:
            raw = self._gathered(case, state)
        except BlockedError as error:
            stopped = StoppedFacts(reason="blocked", words=f"{error.what} {error.remedy}")
            return self._append(case, Event.BLOCKED, stopped, {})
        outcome = DECIDERS[state](case, raw, self.tools.reports)
        written = {
            f"{folder}/{name}": content for name, content in {**raw, **outcome.derived}.items()
        }
        return self._append(case, outcome.event, outcome.facts, written)

    def _gathered(self, case: Case, state: State) -> dict[str, bytes]:
        if state is State.EVAL:
            return evaluate.gathered(self.tools, case)
        if state is State.TRAIN:
            return train.gathered(self.tools, case)
        if state is State.EXPAND:
            return expand.gathered(self.tools, case)
        if state is State.ASSESS:
            return assess.gathered(self.tools, case)
        return promote.gathered(self.tools, case, self.looks_before(case.snapshot.sealed_version()))

    def _append(self, case: Case, event: Event, facts: Record, files: Mapping[str, bytes]) -> Entry:
        evidence = {path: self.tools.folder.write(path, body) for path, body in files.items()}
        state = State(case.walk.state)
        entry = entry_after(
            case.entries,
            event,
            iteration=iteration_after(case, state),
            facts=facts_as_json(facts),
            evidence=evidence,
            at=self.tools.clock.now(),
        )
        self.tools.folder.append(entry)
        return entry

    def _unblocked(self, entries: list[Entry]) -> Entry:
        case = case_of(self.tools, entries)
        stopped = StoppedFacts(reason="retried", words="The step was asked for again.")
        return self._append(case, Event.UNBLOCKED, stopped, {})


def iteration_after(case: Case, state: State) -> int:
    """Return the round an entry of `state` belongs to: an evaluation begins the next one."""
    return case.walk.iteration + (1 if state is State.EVAL else 0)


def over_budget(case: Case) -> StoppedFacts | None:
    """Return why the next phase may not begin, or none.

    The iteration budget is assess's to judge, since a round is finished before it counts.
    """
    spent, budgets = case.walk.usage, case.config.budgets
    limits = (
        ("wall time", spent.seconds, budgets.wall_time_s, "s"),
        ("tokens", spent.tokens, budgets.tokens, "tokens"),
        ("cost", spent.cost_usd, budgets.cost_usd, "USD"),
    )
    for name, used, allowed, unit in limits:
        if used > allowed:
            words = f"{name}: {used:g} {unit} used, {allowed:g} {unit} allowed by run.yaml"
            return StoppedFacts(reason="budget", words=words)
    return None
