"""Chains of acts: each act is a commit, its tree is how things stand, its author is who acted."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote

from modelsmith.forge.records import Person
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import commit_with, contents_of, files_at, tree_with
from modelsmith.git.commits import FACTORY, Identity

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


class Chains:
    """What the chains of a clone hold."""

    def __init__(self, git: Git, signature: Identity) -> None:
        """Know the clone, and who acts."""
        self._git = git
        self._signature = signature

    def files(self, tip: str, folder: str = ".") -> dict[str, bytes]:
        """Return what stands at `tip`, below `folder`, by path."""
        return files_at(self._git, tip, folder)

    def holds(self, tip: str, files: Mapping[str, bytes]) -> bool:
        """Return whether `files` stand at `tip`, byte by byte."""
        standing = contents_of(self._git, [f"{tip}:{path}" for path in files])
        return standing == list(files.values())

    def acts(self, tip: str) -> list[ForgeEvent]:
        """Return the acts of a chain, oldest first."""
        form = f"--format={RECORD}%H{FIELD}%ae{FIELD}%aI{FIELD}"
        listing = self._git.output(
            *("-c", "core.quotePath=true", "log", "--first-parent", "--reverse", form),
            *("--diff-merges=first-parent", "--name-only", "--no-renames", "--diff-filter=A", tip),
        )
        acts = []
        for row in listing.decode(errors="replace").split(RECORD)[1:]:
            commit, author, at, added = row.split(FIELD, 3)
            moment = datetime.fromisoformat(at).astimezone(UTC)
            acts.append(ForgeEvent(commit, author, moment, tuple(added.split())))
        return acts

    def acted(
        self,
        tip: str | None,
        files: Mapping[str, bytes],
        message: str,
        *,
        about: str | None = None,
    ) -> str:
        """Return a new act on top of `tip` that puts `files`; no ref is moved.

        Args:
            tip: The chain so far; None begins one.
            files: What changes, by path.
            message: The act in words.
            about: A commit that the act speaks of, which the chain keeps from being lost; an act
                that begins a chain speaks of none.
        """
        tree = tree_with(self._git, tip, files)
        parents = [*([tip] if tip else []), *([about] if tip and about else [])]
        return commit_with(
            self._git,
            tree,
            parents,
            message,
            author=self._signature,
            committer=self._signature,
            is_signed=True,
        )
