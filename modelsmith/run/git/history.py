"""The history of a git repository, bare or not, and each run as a commit holds it.

It is read from git's objects, as git reads them: nothing is checked out, written or fetched.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path
from typing import Self

from typing_extensions import override

from modelsmith.errors import BrokenRecordError, InputError
from modelsmith.git.cli.object_reader import FOLDER, LINK_TO_COMMIT, GitReader, TreeEntry, words_of
from modelsmith.git.commits import BRANCHES, Change, Commit, CommitSignature, Identity
from modelsmith.layout import LEDGER, PROMOTIONS, RUNS, in_run, ledger_path
from modelsmith.run.history import History
from modelsmith.run.ledger import RESTORE, Entry, entries_in
from modelsmith.run.ports import RunRecord

AHEAD = 256
"""Commits whose trees are read together."""

REMEMBERED = 256
"""Contents that are kept: a ledger is looked at from each side of a commit."""


class GitTreeRunFolder(RunRecord):
    """The run in one folder of a commit."""

    def __init__(
        self, name: str, files: Mapping[str, str], content: Callable[[str], bytes]
    ) -> None:
        """Know the run.

        Args:
            name: The run's name.
            files: Name of each file's content by path, relative to the run.
            content: Returns what has a name.
        """
        self._name = name
        self._files = files
        self._content = content

    @property
    @override
    def name(self) -> str:
        return self._name

    @override
    def entries(self) -> Sequence[Entry]:
        content = self.read(LEDGER) if LEDGER in self._files else b""
        return entries_in(content, ledger_path(self._name))

    @override
    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise BrokenRecordError(
                f"{in_run(self._name, path)} is not there, the run's ledger or a command names it",
                remedy=RESTORE,
            )
        return self._content(self._files[path])

    @override
    def files(self) -> Iterator[str]:
        yield from sorted(self._files)


class GitHistory(AbstractContextManager["GitHistory"], History):
    """One clone."""

    def __init__(self, root: Path) -> None:
        """Know the clone; nothing is read yet."""
        self._objects = GitReader(root)
        self._root = root
        self._line: Sequence[str] = ()
        self._known: dict[str, int] = {}
        self._content = lru_cache(REMEMBERED)(self._blob)

    def __enter__(self) -> Self:
        """Return the history, to be read until the end of the block.

        Raises:
            InputError: there is no repository, or its history is cut off.
        """
        shallow = self._objects.git("rev-parse", "--is-shallow-repository")
        if shallow is None:
            raise InputError(
                f"{self._root.name} is no git repository that this user may read",
                remedy="Name a clone with --repo. Where git speaks of dubious ownership, see "
                "`git help config`, safe.directory.",
            )
        if shallow == "true":
            raise InputError(
                f"{self._root.name} is a shallow clone: its history is cut off",
                remedy="Fetch the rest: git fetch --unshallow. In a workflow: fetch-depth: 0.",
            )
        return self

    def __exit__(self, *raised: object) -> None:
        """End what reads."""
        self._objects.end()

    @override
    def commit_of(self, revision: str) -> str | None:
        return self._objects.git(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
        )

    @override
    def default_branch(self) -> str | None:
        """Return the remote's, or `main` or `master`."""
        named = self._objects.git("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD")
        known = ("refs/heads/main", "refs/heads/master")
        present = self.references(*BRANCHES)
        return next((name for name in (named, *known) if name and name in present), None)

    @override
    def references(self, *under: str) -> Mapping[str, str]:
        listed = self._objects.git("for-each-ref", "--format=%(objectname) %(refname)", *under)
        pairs = [line.split(" ", 1) for line in (listed or "").splitlines()]
        return {name: sha for sha, name in pairs}

    @override
    def merge_base(self, one: str, other: str) -> str | None:
        return self._objects.git("merge-base", one, other)

    @override
    def walk(self, tips: Sequence[str]) -> Mapping[str, Commit]:
        listed = self._objects.git("rev-list", "--stdin", stdin=words_of(tips)) or ""
        read = self._objects.read_all(listed.split(), "commit")
        seen: dict[str, Commit] = {}
        found: dict[str, Commit] = {}
        waiting = list(reversed(tips))
        while waiting:
            sha = waiting[-1]
            if sha not in seen:  # what git listed saves waiting; what counts is what commits say
                seen[sha] = commit_in(sha, read.get(sha) or self._objects.read(sha, "commit"))
            missing = [parent for parent in reversed(seen[sha].parents) if parent not in seen]
            waiting += missing
            if not missing:
                found.setdefault(sha, seen[sha])
                waiting.pop()
        self._line = [commit.tree for commit in found.values()]
        self._known = {tree: at for at, tree in enumerate(self._line)}
        return found

    @override
    def changes(self, before: str | None, after: str, *under: str) -> Sequence[Change]:
        self._read_ahead(after)
        old = {} if before is None else self._objects.tree(before)
        new = self._objects.tree(after)
        names = {*old, *new} if not under else set(under)
        found = (
            change for name in names for change in self._between(name, old.get(name), new.get(name))
        )
        return sorted(found)

    @override
    def written(self, commits: Sequence[str], *under: str) -> Mapping[str, Sequence[Change]]:
        """Let git compare the trees: with ten thousand scenarios that is fifty times as fast."""
        words = ("diff-tree", "--stdin", "-r", "--root", "--raw", "--no-renames", "-z", "--")
        said = self._objects.git(*words, *under, stdin=words_of(commits)) or ""
        found: dict[str, list[Change]] = {}
        changes: list[Change] = []
        parts = iter(said.split("\0"))
        for part in parts:
            if part.startswith(":"):
                before, after = (None if set(n) == {"0"} else n for n in part.split()[2:4])
                changes.append(Change(next(parts), before, after))
            elif part:
                changes = found.setdefault(part.strip(), [])
        return found

    @override
    def object_at(self, tree: str, path: str) -> str | None:
        *folders, last = path.split("/")
        for folder in folders:
            entry = self._objects.tree(tree).get(folder)
            if entry is None or entry.mode != FOLDER:
                return None
            tree = entry.name
        found = self._objects.tree(tree).get(last)
        return found.name if found and found.mode != LINK_TO_COMMIT else None

    @override
    def folders(self, tree: str, path: str) -> Mapping[str, str]:
        for part in path.split("/"):
            entry = self._objects.tree(tree).get(part)
            if entry is None or entry.mode != FOLDER:
                return {}
            tree = entry.name
        entries = self._objects.tree(tree)
        return {name: one.name for name, one in entries.items() if one.mode == FOLDER}

    @override
    def files(self, tree: str) -> Mapping[str, str]:
        return {change.path: str(change.after) for change in self.changes(None, tree)}

    @override
    def content(self, name: str) -> bytes:
        return self._content(name)

    @override
    def run(self, name: str, tree: str) -> GitTreeRunFolder:
        return GitTreeRunFolder(name, self.files(tree), self.content)

    @override
    def whole_run(self, name: str, tree: str) -> GitTreeRunFolder:
        files = self.files(tree)
        contents = self._objects.read_all(files.values(), "blob")
        return GitTreeRunFolder(name, files, contents.__getitem__)

    @override
    def signatures(self, commits: Sequence[str]) -> Mapping[str, CommitSignature]:
        if not commits:
            return {}
        form = "--format=%H%x00%G?%x00%GS%x00%GF"
        said = self._objects.git(
            "log", "--no-walk=unsorted", "--stdin", form, stdin=words_of(commits)
        )
        found: dict[str, CommitSignature] = {}
        for line in (said or "").splitlines():
            sha, status, signer, key = line.split("\0")
            found[sha] = CommitSignature(status=status, signer=signer, key=key)
        return found

    def _between(self, path: str, old: TreeEntry | None, new: TreeEntry | None) -> Iterator[Change]:
        """Yield the files that differ at and below one path; equal folders are not entered."""
        if old == new:
            return
        inside = [
            self._objects.tree(entry.name) if entry and entry.mode == FOLDER else {}
            for entry in (old, new)
        ]
        for name in {*inside[0], *inside[1]}:
            yield from self._between(f"{path}/{name}", inside[0].get(name), inside[1].get(name))
        before, after = (_content_of(entry) for entry in (old, new))
        if before != after:
            yield Change(path, before, after)

    def _blob(self, name: str) -> bytes:
        return self._objects.read(name, "blob")

    def _read_ahead(self, tree: str) -> None:
        """Read the trees of the next commits together: in history one leads to the next."""
        at = self._known.pop(tree, None)
        if at is None:
            return
        line = self._line[at : at + AHEAD]
        for name in line:
            self._known.pop(name, None)
        new = self._objects.know_trees(line)
        below = [one.get(folder) for one in new for folder in (RUNS, PROMOTIONS)]
        while wanted := [one.name for one in below if one and one.mode == FOLDER]:
            below = [one for tree in self._objects.know_trees(wanted) for one in tree.values()]


def _content_of(entry: TreeEntry | None) -> str | None:
    return entry.name if entry and entry.mode not in {FOLDER, LINK_TO_COMMIT} else None


SIGNATURE = re.compile(r"gpgsig(-sha256)? ")
"""Header of a signed commit."""


STAMP = re.compile(r"(.*?) ?<(.*)> (-?\d+) [-+]\d{4}")
"""Who and when, in a commit's header."""


def commit_in(sha: str, content: bytes) -> Commit:
    """Return the commit that an object holds.

    Raises:
        BrokenRecordError: it has no tree, author or committer.
    """
    head, _, message = content.decode(errors="replace").partition("\n\n")
    lines = head.split("\n")
    values = [line.partition(" ") for line in lines if not line.startswith(" ")]
    fields = {key: value for key, _, value in reversed(values)}  # of two, git takes the first
    stamps = [STAMP.fullmatch(fields.get(who, "")) for who in ("author", "committer")]
    if None in stamps or "tree" not in fields:
        raise BrokenRecordError(
            f"commit {sha} has no tree, author or committer that can be read",
            remedy="Run `git fsck`, and clone again from a remote that you trust.",
        )
    (wrote, wrote_at), (put, put_at) = [
        (Identity(stamp[1], stamp[2]), int(stamp[3])) for stamp in stamps if stamp
    ]
    return Commit(
        sha=sha,
        tree=fields["tree"],
        parents=tuple(value for key, _, value in values if key == "parent"),
        author=wrote,
        authored_at=wrote_at,
        committer=put,
        committed_at=put_at,
        message=message,
        is_signed=any(SIGNATURE.match(line) for line in lines),
    )
