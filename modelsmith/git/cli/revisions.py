"""What git holds, read as data: nothing is checked out, no hook or filter of a commit runs."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from modelsmith.disk.repository_files import MAX_BYTES
from modelsmith.errors import ForgeError, InputError, UsageError
from modelsmith.git.cli.command import Git, authorised
from modelsmith.git.cli.objects import contents_of
from modelsmith.record import short

REGULAR = frozenset({"100644", "100755"})
"""Modes of plain files in a git tree; a link is 120000, another repository 160000."""

MOST_BYTES = 1 << 29
"""Most bytes that are read of one commit: 10,000 scenarios of 50 KB, ten times the usual. One small
object can stand in a tree a million times."""


class Blob(NamedTuple):
    """One entry of a commit's tree."""

    path: str
    """Path from the top of the repository."""
    is_file: bool
    """Whether it is a plain file; else a link or another repository."""
    size: int
    """Its bytes, counted."""
    content: bytes
    """Its bytes; none where there are more than a file may have that is read."""


class GitReading:
    """A git repository, read only."""

    def __init__(self, root: Path) -> None:
        """Know the checkout whose top level is `root`."""
        self._git = Git(root)

    def commit_of(self, revision: str) -> str:
        """Return the commit that a revision names.

        Raises:
            UsageError: it names none here.
        """
        commit = self._git.tried(*_naming(revision)).text
        if not commit:
            raise UsageError(
                f"git knows no commit {revision!r} here",
                remedy="Name a branch, a tag or a commit; fetch it first if it is elsewhere.",
            )
        return commit

    def fetch(self, commit: str, ref: str) -> str:
        """Return `commit` once git has it, from `origin` if need be, where `ref` may lead to it.

        Raises:
            ForgeError: neither the commit nor the reference could be fetched.
        """
        for wanted in ("", commit, ref):
            if wanted:
                words = ("fetch", "--quiet", "--no-tags", "origin", wanted)
                self._git.tried(*words, extra=authorised(os.environ))
            if self._git.tried(*_naming(commit)).text:
                return commit
        raise ForgeError(
            f"commit {short(commit)} of {ref} could not be fetched from origin",
            remedy="Let this checkout read the repository, then run the command again.",
        )

    def read(self, commit: str, path: str) -> bytes | None:
        """Return what a file holds at a commit, fetched if need be; none where it is not there.

        Raises:
            ForgeError: the commit could not be fetched.
        """
        self.fetch(commit, "")
        return contents_of(self._git, [f"{commit}:{path}"])[0]

    def changed_since(self, revision: str, folder: str) -> tuple[str, ...]:
        """Return the files below `folder` that differ from where HEAD left `revision`, sorted.

        What is not committed yet counts too, so that an author sees it before the commit.

        Raises:
            UsageError: git does not know the revision, or a commit that both share.
        """
        base = self.shared(self.commit_of(revision), "HEAD")
        others = self._git.output("ls-files", "--others", "--exclude-standard", "-z", "--", folder)
        return _paths(self._differing(folder, base) + others)

    def changed_between(self, base: str, head: str, folder: str) -> tuple[str, ...]:
        """Return the files below `folder` that `head` changed since it left `base`, sorted.

        Raises:
            UsageError: they share no commit that git has.
        """
        return _paths(self._differing(folder, self.shared(base, head), head))

    def shared(self, one: str, other: str) -> str:
        """Return the newest commit that both stand on.

        Raises:
            UsageError: git has none.
        """
        base = self._git.tried("merge-base", one, other).text
        if not base:
            raise UsageError(
                f"git has no commit that both {one} and {other} stand on",
                remedy="Fetch more history: `git fetch --unshallow`, or fetch-depth in CI.",
            )
        return base

    def blobs(self, commit: str, folder: str) -> Iterator[Blob]:
        """Yield every entry below `folder` of a commit, by path.

        Raises:
            InputError: there is more than anybody would write.
        """
        words = ("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", folder)
        entries = [
            entry.split(b"\t", 1) for entry in self._git.output(*words).split(b"\0") if entry
        ]
        heads = [(path, head.decode().split()) for head, path in entries]
        small = [name for _, (_, _, name, size) in heads if _fits(size)]
        total = sum(int(size) for _, (_, _, _, size) in heads if _fits(size))
        if total > MOST_BYTES:
            raise InputError(
                f"{folder} of {short(commit)} has {total:,} bytes, expected {MOST_BYTES:,} at most",
                remedy="Keep raw exports out of the repository.",
            )
        contents = iter(contents_of(self._git, small))
        for path, (mode, _, _, size) in heads:
            content = (next(contents) or b"") if _fits(size) else b""
            length = int(size) if size.isdigit() else 0
            yield Blob(os.fsdecode(path), mode in REGULAR, length, content)

    def _differing(self, folder: str, *commits: str) -> bytes:
        options = ("--name-only", "--no-renames", "--no-ext-diff", "--relative", "-z")
        links = "--ignore-submodules=none"  # a link to another repository is a change too
        return self._git.output("diff", *options, links, *commits, "--", folder)


def _naming(revision: str) -> tuple[str, ...]:
    return ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def _fits(size: str) -> bool:
    return size.isdigit() and int(size) <= MAX_BYTES  # another repository has no size


def _paths(listed: bytes) -> tuple[str, ...]:
    return tuple(sorted({os.fsdecode(path) for path in listed.split(b"\0") if path}))
