"""People and machines around one upstream of plain git, each with a clone; each command twice."""

from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

from modelsmith.cli import main
from tests.support.forges import git

Said = Callable[[], str]
"""Returns what the last command printed."""


class People:
    """An upstream, and a clone for whoever is named.

    Args:
        root: Folder of the clones.
        said: Returns what was printed since it was asked last.
    """

    def __init__(self, root: Path, said: Said) -> None:
        self.root, self.upstream, self._said = root, root / "upstream.git", said
        self.repeats = True
        """Whether each command is run a second time."""
        git(root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.upstream))
        git(self.upstream, "config", "receive.denyNonFastForwards", "true")
        git(self.upstream, "config", "receive.denyDeletes", "true")

    def clone(self, person: str) -> Path:
        """Return that person's clone, on the newest default branch when it is new."""
        folder = self.root / person
        if not folder.exists():
            who = ("-c", f"user.name={person}", "-c", f"user.email={person}@example.org")
            git(self.root, "clone", "--quiet", *who, str(self.upstream), person)
            git(folder, "config", "modelsmith.store", f"file://{self.root}/store")
        return folder

    def does(self, person: str, *words: str, code: int = 0, again: int | None = None) -> str:
        """Run a command in that person's clone twice; the second time changes nothing anywhere.

        Args:
            person: Whose clone.
            words: The command.
            code: Exit code that it has.
            again: Exit code of the second time, where that is another.

        Returns:
            What it printed the first time.
        """
        folder = self.clone(person)
        self._said()
        with chdir(folder):
            ended, told = main(words), self._said()
            assert ended == code, (words, ended, told)
            if not self.repeats:
                return told
            before = self.everything(folder)
            ended = main(words)
        assert ended == (code if again is None else again), (words, ended, self._said())
        assert self.everything(folder) == before, words
        return told

    def reads(self, person: str, *words: str) -> str:
        """Return what a command prints in that person's clone, which may be bare."""
        self._said()
        with chdir(self.root / person):
            ended, told = main(words), self._said()
        assert ended == 0, (words, told)
        return told

    def everything(self, folder: Path) -> tuple[str, ...]:
        """Return what must not change: every reference upstream and here, and the work tree."""
        refs = [git(place, "for-each-ref") for place in (self.upstream, folder)]
        return (*refs, git(folder, "status", "--porcelain=v2", "--branch"))

    def pushes(self, person: str, branch: str, message: str) -> str:
        """Commit what lies in that person's clone to a branch, push it, return the commit."""
        folder = self.clone(person)
        git(folder, "checkout", "--quiet", "-B", branch)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", message)
        git(folder, "push", "--quiet", "origin", branch)
        return git(folder, "rev-parse", "HEAD")

    def updates(self, person: str, branch: str = "main") -> Path:
        """Bring that person's clone to where a branch stands upstream."""
        folder = self.clone(person)
        git(folder, "fetch", "--quiet", "--prune", "origin")
        git(folder, "checkout", "--quiet", "-B", branch, f"origin/{branch}")
        return folder
