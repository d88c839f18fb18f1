"""Who wrote and who reviewed a version of a file, as the commits say."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from modelsmith.git.commits import (
    FACTORY,
    FORGE_COMMITTERS,
    Change,
    Commit,
    Identity,
    ancestors,
    people_in,
)
from modelsmith.git.trailers import CO_AUTHOR, REVIEWER
from modelsmith.run.history import History

SOURCES = ("benchmarks", "runs")
"""Top-level folders of files that people write and runs read."""


class Act(NamedTuple):
    """What somebody did to a file."""

    who: Identity
    """Who."""
    how: str
    """What, as a verb."""
    commit: str
    """The commit that says so."""


class Version(NamedTuple):
    """A version of a file."""

    commit: Commit
    """The commit that made it."""
    name: str
    """Name of its content."""


class Authorship:
    """The people behind every file, found in one pass over the history."""

    def __init__(self, history: History, commits: Mapping[str, Commit], tip: str) -> None:
        """Look at every commit.

        Args:
            history: Where the commits lie.
            commits: All of them, each after its parents.
            tip: The commit whose first parents are the line that others were merged into.
        """
        self._commits = commits
        self._versions: dict[str, list[Version]] = {}
        self._merges = _merges(commits, tip)
        for sha, changes in history.written(list(commits), *SOURCES).items():
            for change in changes:
                self._note(commits[sha], change)

    def versions(self, path: str) -> list[Version]:
        """Return the versions of the file at `path`, latest first."""
        return list(reversed(self._versions.get(path, ())))

    def acts(self, path: str, version: Version) -> Iterator[Act]:
        """Yield who wrote and who reviewed one version of a file, earlier versions included."""
        before = ancestors(self._commits, version.commit.sha)
        for earlier in self._versions.get(path, ()):
            commit = earlier.commit
            if commit.sha not in before:
                continue
            if commit.author != FACTORY:
                yield Act(commit.author, "wrote", commit.sha)
            for trailer, how in ((CO_AUTHOR, "wrote"), (REVIEWER, "reviewed")):
                for who in people_in(commit.trailers(trailer)):
                    yield Act(who, how, commit.sha)
            merge = self._merges.get(commit.sha)
            if merge is not None:
                by_forge = merge.committer.email in FORGE_COMMITTERS
                yield Act(merge.author if by_forge else merge.committer, "merged", merge.sha)
                for who in people_in(merge.trailers(REVIEWER)):
                    yield Act(who, "reviewed", merge.sha)

    def _note(self, commit: Commit, change: Change) -> None:
        if change.after is not None and change.path.endswith(".yaml"):
            self._versions.setdefault(change.path, []).append(Version(commit, change.after))


def _merges(commits: Mapping[str, Commit], tip: str) -> dict[str, Commit]:
    """Return the merge that brought each commit into the line of first parents up to `tip`."""
    line = [tip]
    while commits[line[-1]].parents:
        line.append(commits[line[-1]].parents[0])
    seen: set[str] = set()
    brought: dict[str, Commit] = {}
    for sha in reversed(line):
        waiting = list(commits[sha].parents[1:])
        seen.add(sha)
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                brought[other] = commits[sha]
                waiting += commits[other].parents
    return brought
