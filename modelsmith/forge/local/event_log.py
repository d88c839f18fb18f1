"""Chains of acts: each act is a commit, its tree is how things stand, its author is who acted."""

from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from modelsmith.forge.records import Person
from modelsmith.git.cli.command import Git
from modelsmith.git.commits import FACTORY

RECORD, FIELD = "\x1e", "\x1f"
"""Separators that no path of a chain holds."""

BOT = "[bot]@"
"""How GitHub writes the address of a program."""


class ForgeEvent(NamedTuple):
    """One commit of a chain."""

    commit: str
    """The commit."""
    author: str
    """Address of who acted."""
    at: datetime
    """When, in UTC."""
    added: tuple[str, ...]
    """Files that it added, by path."""


def person_of(email: str) -> Person:
    """Return who is behind an address; the factory and GitHub's programs are bots."""
    return Person(login=email, is_bot=email == FACTORY.email or BOT in email)


def file_name(name: str) -> str:
    """Return a word of any characters as one safe part of a path."""
    return quote(name, safe="")


def events_of(git: Git, tip: str) -> list[ForgeEvent]:
    """Return the acts of a chain, oldest first."""
    form = f"--format={RECORD}%H{FIELD}%ae{FIELD}%aI{FIELD}"
    listing = git.output(
        *("-c", "core.quotePath=true", "log", "--first-parent", "--reverse", form),
        *("--diff-merges=first-parent", "--name-only", "--no-renames", "--diff-filter=A", tip),
    )
    events = []
    for row in listing.decode(errors="replace").split(RECORD)[1:]:
        commit, author, at, added = row.split(FIELD, 3)
        moment = datetime.fromisoformat(at).astimezone(UTC)
        events.append(ForgeEvent(commit, author, moment, tuple(added.split())))
    return events
