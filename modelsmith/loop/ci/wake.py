"""Wake: ask CI for the next phase of runs that nobody asks it for.

A push of a run's settings begins it. And a machine or a network that is lost between the push of a
phase and the request for the next one would leave the run waiting for ever: the clock asks again.
Asking twice is safe: CI does one phase of a run at a time, and drops a request that a newer one of
the same run has overtaken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from modelsmith.errors import BrokenRecordError
from modelsmith.forge.port import Forge
from modelsmith.loop.ci.pull_requests import Close, is_decided
from modelsmith.run.entry_facts import ExpandedFacts, facts_of
from modelsmith.run.ledger import Entry
from modelsmith.run.progress import latest, walk_of
from modelsmith.run.state_machine import TERMINAL, Event, State

WAITS = "waits for somebody"


def woken(
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
    position, _ = walk_of(entries)
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
