"""The git repository, through the git command; no file of the work tree is ever changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from typing_extensions import override

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import Scenario
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import (
    NO_COMMIT,
    commit_with,
    configured_user,
    contents_of,
    signs,
    tree_with,
)
from modelsmith.git.commits import FACTORY
from modelsmith.run.git.default_branch import BranchOfRecord
from modelsmith.run.repository import Repository


class GitRepository(Repository):
    """One git checkout."""

    def __init__(self, root: Path) -> None:
        """Know the checkout whose top level is `root`."""
        self.root = root
        self._git = Git(root)

    @override
    def head(self) -> str:
        return self._git.text("rev-parse", "--verify", "HEAD^{commit}")

    def message(self, commit: str) -> str:
        """Return the message of a commit; nothing where it is not here."""
        return self._git.tried("show", "--no-patch", "--format=%B", commit).text

    @override
    def recorded(self, path: str) -> bytes:
        return contents_of(self._git, [f"HEAD:{path}"])[0] or b""

    @override
    def commit(self, paths: Sequence[str], message: str, *, at: datetime) -> str | None:
        """Commit as the factory, by whom git is configured for.

        The committer signs where `commit.gpgsign` is set. Hooks for people's commits do not run.
        """
        looked = ("status", "--porcelain", "--untracked-files=all")
        if not self._git.text(*looked, "--", *paths, extra={"GIT_OPTIONAL_LOCKS": "0"}):
            return None
        name, email = FACTORY
        stamp = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
        if configured_user(self._git) is None:
            stamp |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": email}
        self._git.text("add", "--", *paths)
        written = ("commit", "--quiet", "--no-verify", f"--author={name} <{email}>")
        self._git.text(*written, "-m", message, "--only", "--", *paths, extra=stamp)
        return self.head()

    @override
    def branch_with(
        self,
        branch: str,
        files: Mapping[str, bytes],
        message: str,
        at: datetime,
        base: str = "HEAD",
    ) -> str:
        """Sign where git signs: rules of the branch that it is offered to may ask for that."""
        base = self._git.text("rev-parse", "--verify", f"{base}^{{commit}}")
        tree = tree_with(self._git, base, files)
        reference = f"refs/heads/{branch}"
        present = self._git.tried("rev-parse", "--verify", "--quiet", reference).text
        if present and self._git.text("rev-parse", f"{present}^{{tree}}") == tree:
            return present
        committer = (configured_user(self._git) if signs(self._git) else None) or FACTORY
        commit = commit_with(
            self._git,
            tree,
            [base],
            message,
            author=FACTORY,
            committer=committer,
            at=at,
            is_signed=True,
        )
        self._git.text("update-ref", reference, commit, present or NO_COMMIT)
        return commit

    @override
    def merged(self, paths: Sequence[str], benchmark: Benchmark) -> Mapping[str, Scenario]:
        return BranchOfRecord(self._git).scenarios(paths, benchmark)

    @override
    def on_default_branch(self, path: str) -> bytes | None:
        return BranchOfRecord(self._git).file(path)

    @override
    def is_under_review(self, branch: str) -> bool:
        return BranchOfRecord(self._git).lacks(branch)

    def close(self, branch: str, commit: str) -> bool:
        """Keep that people decided on `commit` of a branch; return whether it holds no more."""
        return BranchOfRecord(self._git).close(branch, commit)
