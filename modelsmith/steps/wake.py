"""Wake: ask CI for the next phase of runs that nobody asks it for.

A push of a run's settings begins it. And a machine or a network that is lost between the push of a
phase and the request for the next one would leave the run waiting for ever: the clock asks again.
Asking twice is safe: CI does one phase of a run at a time, and drops a request that a newer one of
the same run has overtaken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from modelsmith.domain.ledger import Entry
from modelsmith.domain.loop import TERMINAL, State
from modelsmith.domain.walk import walk_of
from modelsmith.ports.forge import Forge


def woken(
    forge: Forge,
    ledgers: Mapping[str, Sequence[Entry]],
    workflow: str,
    begun: Collection[str] | None,
) -> Iterator[str]:
    """Ask CI for the next phase of each run that can go on, and yield a line about each run.

    Args:
        forge: Where CI is asked.
        ledgers: Entries by run; none where a run has not begun.
        workflow: File name of the workflow.
        begun: Runs that begin now; where None, those that have begun go on.

    Raises:
        BrokenRecordError: a ledger was altered.
    """
    branch = forge.settings().default_branch if ledgers else ""
    for run, entries in ledgers.items():
        if begun is not None and run not in begun:
            continue
        reason = _reason_to_rest(entries, is_new=begun is not None)
        if reason is None:
            inputs = {"run": run, "after": str(len(entries))}
            forge.dispatch(workflow, ref=branch, inputs=inputs)
        yield f"run {run}: {reason or f'asked CI for its next phase, after {len(entries)} entries'}"


def _reason_to_rest(entries: Sequence[Entry], *, is_new: bool) -> str | None:
    if not entries:
        return None if is_new else "has not begun; a push of its settings begins it"
    position, _ = walk_of(entries)
    if position.state in TERMINAL:
        return f"is over: {position.state}"
    return "waits for somebody" if position.state is State.BLOCKED else None
