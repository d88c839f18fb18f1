"""The git repository that the factory lives in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import Scenario


class Repository(Protocol):
    """What the loop asks of git; no file of the work tree is ever changed."""

    def head(self) -> str:
        """Return the commit that the work tree stands on.

        Raises:
            InputError: not a git repository, or one without a commit.
        """

    def recorded(self, path: str) -> bytes:
        """Return the content of a file at HEAD; nothing where it is not there."""

    def commit(self, paths: Sequence[str], message: str, *, at: datetime) -> str | None:
        """Commit the files at `paths` on top of HEAD, and nothing else; return the commit.

        None where HEAD holds it already. What a person has staged elsewhere stays staged.

        Args:
            paths: Files, relative to the root of the repository.
            message: Commit message with its trailers.
            at: Date of the commit, author and committer.

        Raises:
            InputError: git refuses, with its own words.
            OSError: the disk is full.
        """

    def branch_with(
        self,
        branch: str,
        files: Mapping[str, bytes],
        message: str,
        at: datetime,
        base: str = "HEAD",
    ) -> str:
        """Return the commit at `branch`, which holds the tree of `base` and `files` on top.

        A branch that already holds just that is left alone, so a second call changes nothing.

        Args:
            branch: Short branch name.
            files: Content by path from the root of the repository.
            message: Commit message with its trailers.
            at: Date of the commit, author and committer.
            base: The commit to stand on.
        """

    def merged(self, paths: Sequence[str], benchmark: Benchmark) -> Mapping[str, Scenario]:
        """Return the scenarios that stand at `paths` on the default branch, by path.

        It is the default branch of `origin`, fetched, or the default branch here
        where there is no upstream. What is no scenario of the benchmark there is left out.

        Raises:
            ForgeError: upstream does not answer.
        """

    def on_default_branch(self, path: str) -> bytes | None:
        """Return the content of a file on the default branch; nothing where it is not there.

        Raises:
            ForgeError: upstream does not answer.
        """

    def is_under_review(self, branch: str) -> bool:
        """Return whether an offered branch is there, not closed, and not on the default branch.

        Raises:
            ForgeError: upstream does not answer.
        """
