"""What people merged: the default branch of `origin`, or of this repository where it has none."""

from collections.abc import Mapping, Sequence

from modelsmith.errors import InputError
from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import Scenario
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of
from modelsmith.git.cli.origin import ORIGIN, Origin
from modelsmith.git.refs import closing_ref

HERE = ("refs/heads/main", "refs/heads/master", "HEAD")
"""Where the default branch of a repository without upstream is looked for, first to last."""


class BranchOfRecord:
    """The branch that people's merges end on."""

    def __init__(self, git: Git) -> None:
        """Know the repository; nothing is asked yet."""
        self._git = git
        self._origin = Origin(git)

    def scenarios(self, paths: Sequence[str], benchmark: Benchmark) -> Mapping[str, Scenario]:
        """Return the scenarios that stand at `paths`, by path.

        Raises:
            ForgeError: upstream does not answer.
        """
        commit = self.commit()
        contents = contents_of(self._git, [f"{commit}:{path}" for path in paths])
        found: dict[str, Scenario] = {}
        for path, content in zip(paths, contents, strict=True):
            if content is None:
                continue
            try:
                found[path] = scenario_from(benchmark, content.decode(errors="replace"), path)
            except InputError:
                continue  # the check of a pull request says so to whoever merges it
        return found

    def file(self, path: str) -> bytes | None:
        """Return the content of a file; nothing where it is not there.

        Raises:
            ForgeError: upstream does not answer.
        """
        return contents_of(self._git, [f"{self.commit()}:{path}"])[0]

    def lacks(self, branch: str) -> bool:
        """Return whether `branch` is there and holds something that was not merged.

        A branch that was pushed and is gone upstream was closed, as is one whose closing is kept;
        one that was never pushed is there as long as it is here.

        Raises:
            ForgeError: upstream does not answer.
        """
        tip = self._fetch_tip(branch)
        if tip is None or tip in self._closed(branch):
            return False
        record = self.commit()
        if self._git.tried("merge-base", "--is-ancestor", tip, record).code == 0:
            return False
        base = self._git.text("merge-base", tip, record)
        offered = self._git.text("diff", "--name-only", "-z", base, tip).split("\0")
        names = [f"{record}:{path}" for path in offered if path]
        return any(content is None for content in contents_of(self._git, names))

    def close(self, branch: str, commit: str) -> bool:
        """Keep, upstream where there is one, that people decided on `commit` of a branch.

        Where the branch has moved on since, nothing is kept, and False is returned.

        Raises:
            ForgeDeniedError: the credentials may not push.
            ForgeError: upstream does not answer.
        """
        tip = self._fetch_tip(branch)
        if tip != commit or commit in self._closed(branch):
            return tip in {None, commit}
        reference = closing_ref(branch)
        if self._origin.is_there():
            return self._origin.push(f"+{commit}:{reference}")
        self._git.text("update-ref", reference, commit)
        return True

    def _closed(self, branch: str) -> tuple[str, ...]:
        reference = closing_ref(branch)
        if self._origin.is_there():
            return tuple(commit for commit, _ in self._origin.listed(reference))
        known = self._known(reference)
        return () if known is None else (known,)

    def _fetch_tip(self, branch: str) -> str | None:
        here, there = f"refs/heads/{branch}", f"refs/remotes/{ORIGIN}/{branch}"
        if self._origin.is_there():
            known = self._known(there)
            if self._origin.listed(here):
                self._origin.fetch(f"+{here}:{there}")
                return self._known(there)
            if known is not None:
                return None
        return self._known(here)

    def commit(self) -> str:
        """Return its newest commit, fetched where there is somewhere to fetch it from.

        Raises:
            ForgeError: upstream does not answer.
        """
        if self._origin.is_there():
            heads = self._origin.listed("HEAD")
            for symbol, _ in heads:
                if symbol.startswith("ref: "):
                    name = symbol.removeprefix("ref: refs/heads/")
                    there = f"refs/remotes/{ORIGIN}/{name}"
                    self._origin.fetch(f"+refs/heads/{name}:{there}")
                    return self._git.text("rev-parse", "--verify", f"{there}^{{commit}}")
        return next(commit for name in HERE if (commit := self._known(name)))

    def _known(self, reference: str) -> str | None:
        asked = ("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
        return self._git.tried(*asked).text or None
