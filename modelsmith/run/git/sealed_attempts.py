"""Looks at sealed versions, counted over every branch, and claimed upstream where runs are shared.

A look is an attempt in a ledger, or a claim `refs/modelsmith/looks/<version>/<number>` of a run
that has recorded no attempt: it may have read the split before its machine was lost.
"""

from contextlib import AbstractContextManager
from pathlib import Path

from modelsmith.disk.process_lock import held
from modelsmith.git.cli.branch_files import BranchFiles
from modelsmith.layout import RUNS, STATE
from modelsmith.run.git.look_claims import LookClaims
from modelsmith.run.ledger_lines import entries_in
from modelsmith.run.ports import Claimant


class SealedLooks:
    """The looks of one repository's runs."""

    def __init__(self, repository: Path, *, is_shared: bool = False) -> None:
        """Take the top folder of the repository, and whether looks are claimed upstream."""
        self._repository = repository
        self._claims = LookClaims(repository)
        self._is_shared = is_shared

    def turn(self) -> AbstractContextManager[None]:
        """Hold the right to look: a look counts once it is recorded, and looks are counted before.

        Raises:
            RunBusyError: another process holds it.
        """
        return held(
            self._repository / STATE / "sealed",
            "a sealed split of this repository is being read by",
            "Wait until that promotion ends, then run the step again; nothing was read for this "
            "run, and no attempt is used up.",
        )

    def before(self, sealed_version: str, claimant: Claimant) -> int:
        """Return how many looks others took at this sealed version, on any branch.

        Raises:
            BrokenRecordError: a ledger was altered, so that nobody knows its looks.
        """
        attempts, runs = set[tuple[str, str]](), set[tuple[str, str]]()
        files = BranchFiles(self._repository)
        for version in files.versions(RUNS, pattern=r"runs/[^/]+/ledger\.jsonl"):
            run = version.path.split("/")[1]
            entries = entries_in(version.content, f"{version.where}: {version.path}")
            for entry in entries:
                facts = entry.facts
                if facts.get("sealed_version") == sealed_version and "candidate" in facts:
                    attempts.add((run, entry.digest()))
                    runs.add((run, entries[0].digest()))
        runs.add((claimant.run, claimant.intake_sha256))
        unfollowed = {claim[1:] for claim in self._claims.of(sealed_version)} - runs
        return len(attempts) + len(unfollowed)

    def claimed(self, sealed_version: str, claimant: Claimant, number: int) -> int | None:
        """Claim the look `number`; without an upstream the ledger alone counts looks.

        Raises:
            ForgeError: upstream does not answer; nothing was read.
        """
        own = (claimant.run, claimant.intake_sha256)
        for claim in self._claims.of(sealed_version) if self._is_shared else ():
            if claim[1:] == own:
                return claim.number
        if not self._is_shared or self._claims.made(sealed_version, claimant, number):
            return number
        return None
