"""Whether CI is asked for the next phase of a run; the breaker of loops that feed themselves."""

from collections.abc import Sequence

from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import StoppedFacts, facts_of
from modelsmith.run.ledger import Entry
from modelsmith.run.progress import walk_of
from modelsmith.run.state_machine import TERMINAL, State


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
    position, walk = walk_of(entries)
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
    if walk.iteration > config.budgets.iterations:
        return (
            f"run {run} is past its budget: round {walk.iteration}, "
            f"{config.budgets.iterations} allowed by run.yaml"
        )
    return None
