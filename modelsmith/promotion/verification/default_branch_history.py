"""The default branch, read along its first parents: what brought what, and what stood before."""

from collections.abc import Mapping
from functools import cached_property

from modelsmith.errors import InputError
from modelsmith.git.commits import Commit, ancestors
from modelsmith.layout import PROMOTIONS
from modelsmith.policy import POLICY, Policy, policy_in
from modelsmith.run.history import History, file_at, folder_at


class DefaultBranchHistory:
    """The default branch at one commit."""

    def __init__(self, history: History, tip: str, *, base: str | None = None) -> None:
        """Know where to read.

        Args:
            history: The clone.
            tip: The commit that is read.
            base: Tip of the default branch where the tip is to be merged into it: its policy
                judges whatever it does not hold yet.

        Raises:
            InputError: the clone lacks a part of its history.
            BrokenRecordError: an object of the clone was altered.
        """
        self._history = history
        self.commits = history.walk([tip, *([base] if base else [])])
        """Every commit that the tip, and the base, stand on."""
        self._base = base
        self.tip = self.commits[tip]
        """The newest."""

    @cached_property
    def _line(self) -> list[Commit]:
        """The default branch, newest first: the first parent of each commit."""
        line = [self.tip]
        while line[-1].parents:
            line.append(self.commits[line[-1].parents[0]])
        return line

    @cached_property
    def arrivals(self) -> Mapping[str, tuple[Commit, Commit | None]]:
        """What brought each file below `promotions/` first, by path, and the commit before that."""
        found: dict[str, tuple[Commit, Commit | None]] = {}
        line = self._line
        for at, commit in enumerate(line):
            before = line[at + 1] if at + 1 < len(line) else None
            tree = before.tree if before else None
            for change in self._history.changes(tree, commit.tree, PROMOTIONS):
                if change.before is None:
                    found[change.path] = (commit, before)
        return found

    @cached_property
    def _of_base(self) -> set[str]:
        return ancestors(self.commits, self._base) if self._base else set()

    def brought(self) -> list[str]:
        """Return the paths below `promotions/` that the tip brings, and its base lacks."""
        return [
            path for path, (merged, _) in self.arrivals.items() if merged.sha not in self._of_base
        ]

    def policy_before(self, path: str) -> tuple[Policy, bytes, Commit]:
        """Return the policy in force right before `path` came in, its bytes, and its commit.

        Raises:
            InputError: there was none, or it cannot be read.
        """
        merged, before = self.arrivals.get(path, (None, None))
        if merged and self._base and merged.sha not in self._of_base:
            before = self.commits[self._base]
        content = self.file(POLICY, before) if before else None
        if before is None or content is None:
            raise InputError(
                f"there was no {POLICY} before {path} came in",
                remedy="Write the policy first, in a pull request of its own.",
            )
        return policy_in(content), content, before

    def is_seal_of(self, path: str, head: str) -> bool:
        """Return whether what brought `path` is the commit `head` with one commit on top."""
        merged, _ = self.arrivals[path]
        tops = merged.parents[1:] or (merged.sha,)
        return any(head in self.commits[top].parents for top in tops)

    def folder(self, commit: Commit, place: str) -> dict[str, bytes]:
        """Return the content of each file of a folder, by path below it."""
        return folder_at(self._history, commit.tree, place)

    def file(self, path: str, commit: Commit | None = None) -> bytes | None:
        """Return what a file holds at a commit, or at the tip; none where it is not there."""
        return file_at(self._history, (commit or self.tip).tree, path)

    def places(self, place: str) -> list[str]:
        """Return the folders in a folder of the tip, with their paths, sorted."""
        return [f"{place}/{name}" for name in sorted(self._history.folders(self.tip.tree, place))]
