"""What git remembers: commits with who made them, their trailers, and what they change."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from modelsmith.record import Record

RUN, PHASE, ITERATION = "Modelsmith-Run", "Modelsmith-Phase", "Modelsmith-Iteration"
"""Where in which run a commit was made."""

EVIDENCE = "Modelsmith-Evidence"
"""Names the entry's digest, which names all evidence; further ones name single files' digests."""

MEMBER = "Modelsmith-Member"
"""Which member of the council made a proposal."""

CLAIMED_BY = "Modelsmith-Intake"
"""Digest of the first entry of the run that claims an attempt."""

SEAL = "Modelsmith-Seal"
"""Trailer of the seal's commit: the digest of the bundle that it seals."""

BUNDLE = "Modelsmith-Bundle"
"""Trailer of a promotion's merge: the digest of its bundle."""

REVERT = "Modelsmith-Revert"
"""Trailer of the revert's commit: the digest of what was judged."""

REVERT_CONTRACT = "Modelsmith-Contract"
"""Digest of the contract by which a revert is due."""

CO_AUTHOR, REVIEWER = "Co-authored-by", "Reviewed-by"
"""People who wrote with the author, and who looked."""

LINE = re.compile(r"([A-Za-z0-9-]+):[ \t]*(.*)")
"""A line of a message's last paragraph (git-interpret-trailers)."""


class Identity(NamedTuple):
    """A name and an address, as a commit states them; nothing proves them but a signature."""

    name: str
    """Name in words."""
    email: str
    """Address."""

    def __str__(self) -> str:
        """Return it as git writes it."""
        return f"{self.name} <{self.email}>"


FACTORY = Identity("Modelsmith", "modelsmith@users.noreply.github.com")
"""Author of what the factory writes; people's commits carry people's names."""

BRANCHES = ("refs/heads", "refs/remotes")
"""Where branches lie: this clone's, and what it last saw of a remote's."""

FORGE_COMMITTERS = frozenset({"noreply@github.com"})
"""Addresses under which a forge commits what a person clicked; the author is the person."""


class Commit(NamedTuple):
    """One commit."""

    sha: str
    """Its name."""
    tree: str
    """Name of what it holds."""
    parents: tuple[str, ...]
    """The commits before it, the first one first."""
    author: Identity
    """Who wrote it."""
    authored_at: int
    """When, in seconds since 1970."""
    committer: Identity
    """Who put it there."""
    committed_at: int
    """When, in seconds since 1970."""
    message: str
    """What it says."""
    is_signed: bool
    """Whether it carries a signature; whether that holds is another question."""

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    def trailers(self, name: str) -> list[str]:
        """Return the values of the trailers with this name, in their order."""
        return [value for key, value in trailers_in(self.message) if key.lower() == name.lower()]


class Change(NamedTuple):
    """One file that differs between two trees."""

    path: str
    """Path from the top of the repository."""
    before: str | None
    """Name of what stood there; none where nothing did."""
    after: str | None
    """Name of what stands there; none where nothing does."""


class CommitSignature(Record):
    """What git says of one commit's signature."""

    status: str
    """git's letter: G good, U good by an unknown key, B bad, X and Y expired, R revoked,
    E cannot be checked here, N none."""
    signer: str
    """Who signed, in the words of the key; empty where nobody knows."""
    key: str
    """Fingerprint of the key; empty where nobody knows."""

    @property
    def is_good(self) -> bool:
        """Whether a key that this machine trusts made it."""
        return self.status == "G"

    @property
    def is_wrong(self) -> bool:
        """Whether it is not of this commit, or by a key that was taken back."""
        return self.status in {"B", "R"}

    def __str__(self) -> str:
        """Return it in words."""
        who = self.signer or self.key or "nobody known"
        return SIGNED.get(self.status, "signed by a key that is not known here").format(who=who)


SIGNED = {
    "G": "signed by {who}",
    "U": "signed by {who}, whose key is not trusted here",
    "B": "signed wrongly: the signature is not of this commit",
    "X": "signed by {who}, the signature has expired",
    "Y": "signed by {who}, the key has expired",
    "R": "signed by {who}, the key was revoked",
}
"""What git's letters mean; the others mean that nothing is known of the key."""

PERSON = re.compile(r"(.*?)\s*<([^<>]+)>")
"""A name and an address in a trailer."""


def people_in(values: Sequence[str]) -> list[Identity]:
    """Return the people that trailers name; what has no address is left out."""
    found = [PERSON.fullmatch(value.strip()) for value in values]
    return [Identity(match[1], match[2]) for match in found if match]


def ancestors(commits: Mapping[str, Commit], *tips: str) -> set[str]:
    """Return the names of `tips` and of every commit before them."""
    seen: set[str] = set()
    waiting = list(tips)
    while waiting:
        sha = waiting.pop()
        if sha not in seen and sha in commits:
            seen.add(sha)
            waiting += commits[sha].parents
    return seen


def with_trailers(words: str, *trailers: tuple[str, object]) -> str:
    """Return a commit's message: words, then `Name: value` lines."""
    return f"{words}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers)


def phase_trailers(run: str, phase: str | None, iteration: int) -> tuple[tuple[str, object], ...]:
    """Return the trailers of what a phase of a run commits."""
    return (RUN, run), (PHASE, phase), (ITERATION, iteration)


def trailers_in(message: str) -> list[tuple[str, str]]:
    """Return the trailers of a message: the `Name: value` lines of its last paragraph."""
    _title, *paragraphs = re.split(r"\n[ \t]*\n", message.strip())
    lines = paragraphs[-1].splitlines() if paragraphs else []
    found = [LINE.fullmatch(line.strip()) for line in lines]
    return [(match[1], match[2].strip()) for match in found if match]
