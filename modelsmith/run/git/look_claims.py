"""Looks at a sealed version, claimed upstream: a reference that can be created once."""

from pathlib import Path
from typing import NamedTuple

from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import IDENTITY, commit_with
from modelsmith.git.cli.origin import Origin
from modelsmith.git.refs import LOOKS
from modelsmith.git.trailers import CLAIMED_BY, RUN, trailers_in, with_trailers
from modelsmith.record import short
from modelsmith.run.ports import Claimant


class Claim(NamedTuple):
    """One claimed look."""

    number: int
    """Counted from 1."""
    run: str
    """The run that claimed it."""
    intake_sha256: str
    """Digest of that run's first entry."""


class LookClaims:
    """The claims that one clone knows, and makes."""

    def __init__(self, root: Path) -> None:
        """Know the clone; nothing is read yet."""
        self._git = Git(root)
        self._origin = Origin(self._git)

    def of(self, sealed_version: str) -> list[Claim]:
        """Return the claims of a sealed version, as of the last fetch."""
        form, place = "--format=%(refname:lstrip=-1)%0a%(contents)%00", f"{LOOKS}/{sealed_version}/"
        listed = self._git.tried("for-each-ref", form, place).text
        found = []
        for shown in filter(None, listed.split("\0")):
            number, _, message = shown.strip().partition("\n")
            trailers = dict(trailers_in(message))
            intake = trailers.get(CLAIMED_BY, "").removeprefix("sha256:")
            found.append(Claim(int(number), trailers.get(RUN, ""), intake))
        return found

    def made(self, sealed_version: str, claimant: Claimant, number: int) -> bool:
        """Claim a look for good; return False where another run has that number.

        The same claimant makes the same claim, which it can take up again after a crash.

        Raises:
            ForgeError: upstream does not answer, or refuses such a reference.
        """
        message = with_trailers(
            f"Claim look {number} at sealed version {short(sealed_version)}",
            (RUN, claimant.run),
            (CLAIMED_BY, f"sha256:{claimant.intake_sha256}"),
        )
        tree, who = self._git.text("mktree"), IDENTITY
        commit = commit_with(
            self._git, tree, [], message, author=who, committer=who, at=claimant.at
        )
        name = f"{LOOKS}/{sealed_version}/{number}"
        if not self._origin.push(f"{commit}:{name}"):
            self._origin.fetch(f"{LOOKS}/*:{LOOKS}/*")
            return False
        self._git.text("update-ref", name, commit)
        return True
