"""The repository that all runners share: `origin` of a clone."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from modelsmith.run.branch_sync import Standing


class Upstream(Protocol):
    """A run's branch here and there.

    What reaches out raises ForgeError where upstream does not answer, and ForgeDeniedError where
    the credentials may not.
    """

    def turn(self) -> AbstractContextManager[None]:
        """Hold this checkout for this process, since its branch will change.

        Raises:
            RunBusyError: another process holds it.
        """
        ...

    def fetch(self, run: str) -> None:
        """Fetch every branch and every claimed look.

        Raises:
            BrokenRecordError: a claimed look was rewritten upstream.
        """
        ...

    def standing(self, run: str) -> Standing:
        """Return where the branch of a run stands, as of the last fetch.

        Raises:
            BrokenRecordError: a ledger holds what was not written.
        """
        ...

    def is_checked_out(self, run: str) -> bool:
        """Return whether the work tree stands on the branch of a run."""
        ...

    def begin(self, run: str) -> None:
        """Make the branch of a run from upstream's default branch, and check it out."""
        ...

    def keep(self, run: str) -> None:
        """Check the branch of a run out, as it is."""
        ...

    def take(self, run: str) -> None:
        """Make the branch of a run what it is upstream, and check it out."""
        ...

    def rebase(self, run: str) -> None:
        """Put what is only here on top of what is upstream, and check it out."""
        ...

    def push(self, run: str, also: Sequence[str]) -> bool:
        """Push the branch of a run with compare-and-swap, and new branches with it, all or none.

        Args:
            run: The run's name.
            also: Branches that are pushed where upstream does not have them.

        Returns:
            False where upstream moved since the last fetch; nothing was pushed then.

        Raises:
            ForgeRefusedError: a rule or a hook of upstream forbids it, in its words.
        """
        ...
