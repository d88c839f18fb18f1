"""Whether, where and for how long CI runs the next phase of a run.

A phase that recorded something asks for the next one (`dispatch`), unless a loop feeds itself. And
CI is asked for the next phase of runs that nobody asks it for (`wake`).

A push of a run's settings begins it. And a machine or a network that is lost between the push of a
phase and the request for the next one would leave the run waiting for ever: the clock asks again.
Asking twice is safe: CI does one phase of a run at a time, and drops a request that a newer one of
the same run has overtaken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from math import ceil

from modelsmith.errors import BrokenRecordError
from modelsmith.forge.port import Forge
from modelsmith.loop.ci.pull_requests import Close, is_decided
from modelsmith.loop.phases.context_history import context_of
from modelsmith.loop.stepper import over_budget
from modelsmith.record import Record
from modelsmith.run.clusters import Cluster
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import ExpandedFacts, StoppedFacts, facts_of, latest, progress_of
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunFolder
from modelsmith.run.state_machine import TERMINAL, Event, State


class Dispatched(Record):
    """What was asked of CI."""

    run: str
    """The run's name."""
    is_dispatched: bool
    """Whether the next phase was asked for."""
    entries: int
    """Entries of the ledger; the next phase must record more."""
    words: str
    """What was asked, or why nothing was."""


def dispatch(forge: Forge, folder: RunFolder, workflow: str, after: int) -> Dispatched:
    """Ask CI to run `workflow` of the default branch with the inputs `run` and `after`.

    Args:
        forge: Where CI is asked.
        folder: The run.
        workflow: File name of the workflow.
        after: Entries that the ledger had before the phase that asks.

    Raises:
        UsageError: the run has not been started.
        BrokenRecordError: its ledger or evidence was altered.
        ForgeError: the forge does not answer; asking again is safe, since a phase that is asked
            for twice is recorded once.
    """
    context = context_of(folder)
    count, spent = len(context.entries), over_budget(context)
    reason = reason_to_rest(
        context.run,
        context.config,
        context.entries,
        after=after,
        over=spent.words if spent else None,
    )
    words = f"nothing was asked of CI: {reason}"
    if reason is None:
        inputs = {"run": context.run, "after": str(count)}
        branch = forge.settings().default_branch
        forge.dispatch(workflow, ref=branch, inputs=inputs)
        words = (
            f"asked CI for the phase {context.state} of run {context.run}: {workflow} of {branch}"
        )
    return Dispatched(run=context.run, is_dispatched=reason is None, entries=count, words=words)


WAITS = "waits for somebody"


def wake(
    forge: Forge,
    ledgers: Mapping[str, Sequence[Entry] | BrokenRecordError],
    workflow: str,
    begun: Collection[str] | None,
    close: Close,
) -> Iterator[str]:
    """Ask CI for the next phase of each run that can go on, and yield a line about each run.

    Args:
        forge: Where CI is asked.
        ledgers: Entries by run, none where it has not begun; or why they cannot be read.
        workflow: File name of the workflow.
        begun: Runs that begin now; where None, those that have begun go on.
        close: Keeps in git that people closed a run's proposals, for its next phase to read.

    Raises:
        BrokenRecordError: a ledger was altered; every other run was asked for before.
    """
    branch = forge.settings().default_branch if ledgers else ""
    broken = None
    for run, entries in ledgers.items():
        if begun is not None and run not in begun:
            continue
        try:
            count, reason = _stand(entries, is_new=begun is not None)
        except BrokenRecordError as error:
            broken = broken or error
            yield f"run {run}: is left alone: {error.what}"
            continue
        if reason == WAITS and _is_reviewed(forge, entries, close):
            reason = None
        if reason is None:
            inputs = {"run": run, "after": str(count)}
            forge.dispatch(workflow, ref=branch, inputs=inputs)
        yield f"run {run}: {reason or f'asked CI for its next phase, after {count} entries'}"
    if broken is not None:
        raise broken


def _stand(entries: Sequence[Entry] | BrokenRecordError, *, is_new: bool) -> tuple[int, str | None]:
    """Return how many entries there are, and why the run is not asked for, or None where it is."""
    if isinstance(entries, BrokenRecordError):
        raise entries
    if not entries:
        return 0, None if is_new else "has not begun; a push of its settings begins it"
    position, _ = progress_of(entries)
    if position.state in TERMINAL:
        return len(entries), f"is over: {position.state}"
    return len(entries), WAITS if position.state is State.BLOCKED else None


def _is_reviewed(forge: Forge, entries: Sequence[Entry] | BrokenRecordError, close: Close) -> bool:
    """Return whether a blocked run waits for a review that is over."""
    if isinstance(entries, BrokenRecordError) or entries[-1].facts.get("reason") != "review":
        return False
    expanded = latest(entries, Event.EXPANDED)
    branch = facts_of(expanded, ExpandedFacts).branch if expanded else None
    return branch is not None and is_decided(forge, branch, close)


def reason_to_rest(
    run: str, config: RunConfig, entries: Sequence[Entry], *, after: int, over: str | None
) -> str | None:
    """Return why the next phase is not asked for, or None where it is.

    Args:
        run: The run's name.
        config: Its settings.
        entries: Its ledger.
        after: Entries that the ledger had before the phase that asks; it must have more now.
        over: Why the budget is used up, in words, or None.
    """
    position, progress = progress_of(entries)
    if len(entries) <= after:
        return (
            f"run {run} has {len(entries)} entries and had {after} before: a phase that records "
            "nothing would ask for itself for ever"
        )
    if position.state in TERMINAL:
        return f"run {run} is over: {position.state}"
    if position.state is State.BLOCKED:
        return f"run {run} waits: {facts_of(entries[-1], StoppedFacts).words}"
    if over is not None:
        return f"run {run} is past its budget: {over}"
    if progress.iteration > config.budgets.iterations:
        return (
            f"run {run} is past its budget: round {progress.iteration}, "
            f"{config.budgets.iterations} allowed by run.yaml"
        )
    return None


HOSTED = ("ubuntu-24.04",)
"""Runner of a cluster without labels: a machine of GitHub's."""


SET_UP_MINUTES = 20
"""To check out and install: a gigabyte of packages at 1 MB/s."""


MOST_HOSTED_MINUTES = 355
"""GitHub ends a job on its own machines after 360 minutes (research: gha, section 5)."""


MOST_OWN_MINUTES = 23 * 60
"""A job's token lives at most 24 hours on a self-hosted runner, and the phase is pushed with it."""


class JobPlan(Record):
    """What a job asks CI for."""

    labels: tuple[str, ...]
    """Labels of the runner that takes it."""
    minutes: int
    """When CI ends it; a phase that is ended goes on in the next job where it was."""
    has_store: bool
    """Whether a store outlives the machine, as far as this one knows."""


def job_plan(config: RunConfig, cluster: Cluster, *, has_store: bool) -> JobPlan:
    """Return where a phase of a run goes, and its limit: the run's budget, if CI gives as much."""
    labels = cluster.labels or HOSTED
    most = MOST_OWN_MINUTES if cluster.labels else MOST_HOSTED_MINUTES
    needed = ceil(config.budgets.wall_time_s / 60) + SET_UP_MINUTES
    return JobPlan(labels=labels, minutes=min(needed, most), has_store=has_store)
