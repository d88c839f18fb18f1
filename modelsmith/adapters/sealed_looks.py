"""Looks at sealed versions, counted from the ledgers under `runs/`."""

from contextlib import AbstractContextManager
from pathlib import Path

from modelsmith.adapters.process_lock import held
from modelsmith.adapters.run_folder import DiskRunFolder
from modelsmith.domain.ledger import LEDGER


class SealedLooks:
    """The looks of one repository's runs."""

    def __init__(self, repository: Path) -> None:
        """Take the top folder of the repository; nothing is read yet."""
        self._repository = repository

    def turn(self) -> AbstractContextManager[None]:
        """Hold the right to look: a look counts once it is recorded, and looks are counted before.

        Raises:
            RunBusyError: another process holds it.
        """
        return held(
            self._repository / ".modelsmith" / "sealed",
            "a sealed split of this repository is being read by",
            "Wait until that promotion ends, then run the step again; nothing was read for this "
            "run, and no attempt is used up.",
        )

    def before(self, sealed_version: str) -> int:
        """Return how many promotion attempts of all runs read this sealed version."""
        return sum(
            entry.facts.get("sealed_version") == sealed_version and "candidate" in entry.facts
            for ledger in sorted((self._repository / "runs").glob(f"*/{LEDGER}"))
            for entry in DiskRunFolder(ledger.parent).entries()
        )
