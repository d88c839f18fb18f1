"""What comes of an issue in which somebody filled in the scenario form."""

from typing import Literal

from modelsmith.forge.records import PullRequest
from modelsmith.record import Record


class Drafted(Record):
    """A scenario file that somebody's answers describe."""

    path: str
    """Where it would lie; empty where the answers say no place."""
    text: str
    """What it would hold; empty where the answers cannot be read."""
    problems: tuple[str, ...]
    """Why there is no such file."""


class Answer(Record):
    """What came of an issue."""

    kind: Literal["left-alone", "refused", "proposed", "taken-over"]
    """Nothing of ours; something is wrong; a pull request; one that others have changed since."""
    why: tuple[str, ...]
    """Why it was left alone or refused; what a reviewer of the proposal should look at."""
    drafted: Drafted | None = None
    """The file, as far as there is one."""
    pull: PullRequest | None = None
    """The pull request."""
