"""What a program runs in: its clock, and who is told of its progress."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time, passed in so that tests can fix it."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""

    def elapsed_s(self) -> float:
        """Return seconds on a clock that never goes back."""


class Progress(Protocol):
    """What a person watching is shown; never part of a record."""

    def phase(self, title: str, facts: Mapping[str, str]) -> None:
        """Say that a phase begins."""

    def track(self, label: str, done: int, total: int, note: str = "") -> None:
        """Say how far one piece of work is."""

    def say(self, line: str) -> None:
        """Say one line."""
