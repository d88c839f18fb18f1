"""Attempts at sealed versions, counted over every branch, and claimed where runs are shared.

An attempt is a promotion in a ledger, or a claim `refs/modelsmith/looks/<version>/<number>` of a
run that has recorded none: it may have read the split before its machine was lost. A claim is a
reference upstream, which can be created once.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

from modelsmith.disk.process_lock import hold
from modelsmith.git.cli.branch_files import file_versions
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import commit_with
from modelsmith.git.cli.origin import Origin
from modelsmith.git.commits import CLAIMED_BY, FACTORY, RUN, trailers_in, with_trailers
from modelsmith.git.refs import SEALED_ATTEMPTS
from modelsmith.layout import RUNS, STATE
from modelsmith.record import short
from modelsmith.run.ledger import entries_in
from modelsmith.run.ports import Claimant, SealedAttempts


class Claim(NamedTuple):
    """One claimed attempt."""

    number: int
    """Counted from 1."""
    run: str
    """The run that claimed it."""
    intake_sha256: str
    """Digest of that run's first entry."""


class GitSealedAttempts(SealedAttempts):
    """The attempts of one repository's runs."""

    def __init__(self, repository: Path, *, is_shared: bool = False) -> None:
        """Take the top folder of the repository, and whether attempts are claimed upstream."""
        self._repository = repository
        self._is_shared = is_shared
        self._git = Git(repository)
        self._origin = Origin(self._git)

    @override
    def hold(self) -> AbstractContextManager[None]:
        return hold(
            self._repository / STATE / "sealed",
            "a sealed split of this repository is being read by",
            "Wait until that promotion ends, then run the step again; nothing was read for this "
            "run, and no attempt is used up.",
        )

    @override
    def before(self, sealed_version: str, claimant: Claimant) -> int:
        return self._made(sealed_version, {(claimant.run, claimant.intake_sha256)})

    def made(self, sealed_version: str) -> int:
        """Return how many attempts runs made at this sealed version, on any branch.

        Raises:
            BrokenRecordError: a ledger was altered, so that nobody knows its attempts.
        """
        return self._made(sealed_version, set())

    def _made(self, sealed_version: str, runs: set[tuple[str, str]]) -> int:
        """Return the attempts, and the claims that none of `runs` made and no attempt followed."""
        attempts = set[tuple[str, str]]()
        ledgers = r"runs/[^/]+/ledger\.jsonl"
        for version in file_versions(self._repository, RUNS, pattern=ledgers):
            run = version.path.split("/")[1]
            entries = entries_in(version.content, f"{version.where}: {version.path}")
            for entry in entries:
                facts = entry.facts
                if facts.get("sealed_version") == sealed_version and "candidate" in facts:
                    attempts.add((run, entry.digest()))
                    runs.add((run, entries[0].digest()))
        unfollowed = {claim[1:] for claim in self._claims_of(sealed_version)} - runs
        return len(attempts) + len(unfollowed)

    @override
    def claim(self, sealed_version: str, claimant: Claimant, number: int) -> int | None:
        """Claim nothing without an upstream: the ledger alone counts attempts then."""
        own = (claimant.run, claimant.intake_sha256)
        for claim in self._claims_of(sealed_version) if self._is_shared else ():
            if claim[1:] == own:
                return claim.number
        if not self._is_shared or self._push_claim(sealed_version, claimant, number):
            return number
        return None

    def _claims_of(self, sealed_version: str) -> list[Claim]:
        """Return the claims of a sealed version, as of the last fetch."""
        form, place = (
            "--format=%(refname:lstrip=-1)%0a%(contents)%00",
            f"{SEALED_ATTEMPTS}/{sealed_version}/",
        )
        listed = self._git.tried("for-each-ref", form, place).text
        found = []
        for shown in filter(None, listed.split("\0")):
            number, _, message = shown.strip().partition("\n")
            trailers = dict(trailers_in(message))
            intake = trailers.get(CLAIMED_BY, "").removeprefix("sha256:")
            found.append(Claim(int(number), trailers.get(RUN, ""), intake))
        return found

    def _push_claim(self, sealed_version: str, claimant: Claimant, number: int) -> bool:
        """Claim an attempt for good; return False where another run has that number.

        The same claimant makes the same claim, which it can take up again after a crash.

        Raises:
            ForgeError: upstream does not answer, or refuses such a reference.
        """
        message = with_trailers(
            f"Claim look {number} at sealed version {short(sealed_version)}",
            (RUN, claimant.run),
            (CLAIMED_BY, f"sha256:{claimant.intake_sha256}"),
        )
        tree, who = self._git.text("mktree"), FACTORY
        commit = commit_with(
            self._git, tree, [], message, author=who, committer=who, at=claimant.at
        )
        name = f"{SEALED_ATTEMPTS}/{sealed_version}/{number}"
        if not self._origin.push(f"{commit}:{name}"):
            self._origin.fetch(f"{SEALED_ATTEMPTS}/*:{SEALED_ATTEMPTS}/*")
            return False
        self._git.text("update-ref", name, commit)
        return True
