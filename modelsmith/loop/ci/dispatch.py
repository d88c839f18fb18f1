"""Dispatch: ask CI for the next phase of a run, if there is one and this one recorded something."""

from modelsmith.forge.port import Forge
from modelsmith.loop.ci.dispatching import reason_to_rest
from modelsmith.loop.phases.case_history import case_of
from modelsmith.loop.stepper import over_budget
from modelsmith.record import Record
from modelsmith.run.ports import RunFolder


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


def dispatched(forge: Forge, folder: RunFolder, workflow: str, after: int) -> Dispatched:
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
    case = case_of(folder)
    count, spent = len(case.entries), over_budget(case)
    reason = reason_to_rest(
        case.run, case.config, case.entries, after=after, over=spent.words if spent else None
    )
    if reason is None:
        inputs = {"run": case.run, "after": str(count)}
        branch = forge.settings().default_branch
        forge.dispatch(workflow, ref=branch, inputs=inputs)
        said = f"asked CI for the phase {case.state} of run {case.run}: {workflow} of {branch}"
        return Dispatched(run=case.run, is_dispatched=True, entries=count, words=said)
    said = f"nothing was asked of CI: {reason}"
    return Dispatched(run=case.run, is_dispatched=False, entries=count, words=said)
