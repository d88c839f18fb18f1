"""The git repository that the factory lives in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol


class Repository(Protocol):
    """What the loop asks of git; the work tree is never touched."""

    def head(self) -> str:
        """Return the commit that the work tree stands on.

        Raises:
            InputError: not a git repository, or one without a commit.
        """
        ...

    def branch_with(
        self, branch: str, files: Mapping[str, bytes], message: str, at: datetime
    ) -> str:
        """Return the commit at `branch`, which holds HEAD's tree and `files` on top.

        A branch that already holds just that is left alone, so a second call changes nothing.

        Args:
            branch: Short branch name.
            files: Content by path from the root of the repository.
            message: Commit message with its trailers.
            at: Date of the commit, author and committer.
        """
        ...
