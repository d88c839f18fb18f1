"""Files of commits that may lie on the forge alone: fetched as data, nothing checked out."""

from pathlib import Path

from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of
from modelsmith.git.cli.revisions import GitReading


class CommitFiles:
    """A clone, and what `origin` has."""

    def __init__(self, root: Path) -> None:
        """Know the clone whose top level is `root`."""
        self._git, self._reading = Git(root), GitReading(root)

    def read(self, commit: str, path: str) -> bytes | None:
        """Return what a file holds at a commit, fetched if need be; none where it is not there.

        Raises:
            ForgeError: the commit could not be fetched.
        """
        self._reading.fetched(commit, "")
        return contents_of(self._git, [f"{commit}:{path}"])[0]
