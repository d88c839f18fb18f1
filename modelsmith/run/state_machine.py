"""The loop as a table.

Rule 1: every legal transition is a row of `TRANSITIONS`; no other module decides what follows.
Rule 2: `blocked` remembers where it was; unblocking returns there and nowhere else.
Rule 3: nothing here reads a clock, a file or a network.
"""

from collections.abc import Iterable
from enum import StrEnum, unique
from functools import reduce
from typing import NamedTuple

from modelsmith.errors import TransitionError


@unique
class State(StrEnum):
    """Where a run stands between two ledger entries."""

    INTAKE = "intake"
    EVAL = "eval"
    TRAIN = "train"
    EXPAND = "expand"
    ASSESS = "assess"
    PROMOTE = "promote"
    STAGED = "staged"
    REFUSED = "refused"
    HALTED = "halted"
    BLOCKED = "blocked"


@unique
class Event(StrEnum):
    """What happened; each one is a ledger entry with its evidence."""

    STARTED = "started"
    EVALUATED = "evaluated"
    TRAINED = "trained"
    EXPANDED = "expanded"
    CONTINUED = "continued"
    ESCALATED = "escalated"
    CONVERGED = "converged"
    HALTED = "halted"
    STAGED = "staged"
    REFUSED = "refused"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


TRANSITIONS: dict[State, dict[Event, State]] = {
    State.INTAKE: {Event.STARTED: State.EVAL},
    State.EVAL: {Event.EVALUATED: State.TRAIN, Event.HALTED: State.HALTED},
    State.TRAIN: {Event.TRAINED: State.EXPAND, Event.HALTED: State.HALTED},
    State.EXPAND: {Event.EXPANDED: State.ASSESS, Event.HALTED: State.HALTED},
    State.ASSESS: {
        Event.CONTINUED: State.EVAL,
        Event.ESCALATED: State.EVAL,
        Event.CONVERGED: State.PROMOTE,
        Event.HALTED: State.HALTED,
    },
    State.PROMOTE: {
        Event.STAGED: State.STAGED,
        Event.REFUSED: State.REFUSED,
        Event.HALTED: State.HALTED,
    },
    State.STAGED: {},
    State.REFUSED: {},
    State.HALTED: {},
}
"""Every row but those of `blocked`, which any phase may enter and leaves to where it was."""

PHASES = frozenset(state for state, row in TRANSITIONS.items() if row)
"""States in which there is work to do."""

TERMINAL = frozenset(TRANSITIONS) - PHASES
"""States that nothing follows."""


class LoopPosition(NamedTuple):
    """Where a run stands, and where it returns to when it is blocked."""

    state: State
    """The present state."""
    returns_to: State | None = None
    """The phase that is blocked; none in any other state."""


START = LoopPosition(State.INTAKE)


def accepted(position: LoopPosition) -> dict[Event, LoopPosition]:
    """Return what `position` accepts and what follows each event."""
    if position.state is State.BLOCKED and position.returns_to is not None:
        return {Event.UNBLOCKED: LoopPosition(position.returns_to)}
    row = {event: LoopPosition(state) for event, state in TRANSITIONS[position.state].items()}
    if position.state in PHASES:
        row[Event.BLOCKED] = LoopPosition(State.BLOCKED, position.state)
    return row


def advance(position: LoopPosition, event: Event) -> LoopPosition:
    """Return the position that follows `event`.

    Raises:
        TransitionError: `position` does not accept `event`.
    """
    row = accepted(position)
    if event not in row:
        raise TransitionError(
            f"a run in {position.state} cannot record {event}",
            remedy=f"It accepts {', '.join(row) or 'nothing: the run is over'}.",
        )
    return row[event]


def replayed(events: Iterable[Event]) -> LoopPosition:
    """Return the position a run reaches when its events are applied in order.

    Raises:
        TransitionError: an event does not fit where it stands.
    """
    return reduce(advance, events, START)
