"""One thing that a doctor looked at: what is, what must be, why, and what closes the gap."""

from enum import StrEnum, unique
from typing import Annotated

from pydantic import Field

from modelsmith.record import Record

GITHUB_DOCS = "https://docs.github.com/en"
"""Where a page is named, it is below this."""


@unique
class ObservationState(StrEnum):
    """How something stands, worst first."""

    GAP = "gap"
    """It is not what it must be."""
    UNKNOWN = "unknown"
    """It could not be read; nobody may call it in order."""
    NOTE = "note"
    """This forge cannot enforce it, or it is worth knowing; never fails."""
    OK = "ok"
    """It is what it must be."""


class Observation(Record):
    """One thing that was looked at."""

    state: ObservationState
    """How it stands."""
    rule: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    """Stable name of what was asked."""
    found: str
    """What is."""
    needed: str = ""
    """What must be; empty where it is."""
    why: str = ""
    """What goes wrong otherwise."""
    remedy: str = ""
    """The command or the page that closes the gap."""


class Unread(Record):
    """What a forge would not tell."""

    what: str
    """What could not be read."""
    right: str
    """Which right would let it."""


class DoctorReport(Record):
    """Everything that was looked at."""

    forge: str
    """`local` or `github`."""
    acted_as: str
    """Who asked the forge."""
    observations: tuple[Observation, ...]
    """In the order of the page."""

    def count(self, state: ObservationState) -> int:
        """Return how many observations stand so."""
        return sum(seen.state is state for seen in self.observations)

    def is_sound(self) -> bool:
        """Return whether nothing is amiss, and nothing that must hold is unknown."""
        return not self.count(ObservationState.GAP) and not self.count(ObservationState.UNKNOWN)


def fine(rule: str, found: str) -> Observation:
    """Return that something is what it must be."""
    return Observation(state=ObservationState.OK, rule=rule, found=found)


def gap(rule: str, found: str, needed: str, why: str, remedy: str) -> Observation:
    """Return that something is not what it must be."""
    return Observation(
        state=ObservationState.GAP, rule=rule, found=found, needed=needed, why=why, remedy=remedy
    )


def unknown(rule: str, unread: Unread, needed: str, why: str) -> Observation:
    """Return that something could not be read, with the right that would let it."""
    return Observation(
        state=ObservationState.UNKNOWN,
        rule=rule,
        found=f"unknown: {unread.what}",
        needed=needed,
        why=why,
        remedy=unread.right,
    )


def note(rule: str, found: str, remedy: str = "") -> Observation:
    """Return what is worth knowing and fails nothing."""
    return Observation(state=ObservationState.NOTE, rule=rule, found=found, remedy=remedy)
