"""What a run is kept in: its folder, its workspace, its attempts at sealed, its progress."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from modelsmith.boundary.ports import Journal
from modelsmith.run.ledger import Entry


class RunRecord(Protocol):
    """One run as it lies somewhere, on disk or in a commit: its ledger and its evidence."""

    @property
    def name(self) -> str:
        """The run's name, which is the folder's."""

    def entries(self) -> Sequence[Entry]:
        """Return the ledger, oldest first; a torn last line of a killed writer is dropped.

        Raises:
            BrokenRecordError: a line is not what was written; file, line and field are named.
        """

    def read(self, path: str) -> bytes:
        """Return one evidence file.

        Raises:
            BrokenRecordError: it is not there, or leaves the run's folder, by a link say.
        """

    def files(self) -> Iterator[str]:
        """Yield the path of every file of the run, sorted, relative to its folder."""


class RunFolder(RunRecord, Protocol):
    """One run on disk, which goes on."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run for this process.

        Raises:
            RunBusyError: another process holds it.
        """

    def chain(self) -> Sequence[Entry]:
        """Return the ledger as `entries` does, every link and transition checked.

        Raises:
            BrokenRecordError: a line, or a link between two entries, is not what was written.
            TransitionError: an entry records what its state did not accept.
        """

    def last_digest(self) -> str:
        """Return the digest that the ledger ends with, which stands for every byte before it.

        Raises:
            BrokenRecordError: a line is not what was written; file, line and field are named.
        """

    def append(self, entry: Entry) -> None:
        """Append one entry, durably.

        Raises:
            RunBusyError: the ledger on disk does not end with the entry that `entry` follows.
            BrokenRecordError: the ledger was altered.
            OSError: the disk is full; the ledger is as it was.
        """

    def write(self, path: str, content: bytes) -> str:
        """Write one evidence file, whole or not at all; return its sha256.

        Raises:
            UsageError: the path leaves the run's folder, or is the ledger's.
            OSError: the disk is full; what was there before is untouched.
        """

    def journal(self, path: str) -> Journal:
        """Return the journal of a phase in one evidence file, which is written line by line."""


class Workspace(Protocol):
    """Half-done work of one run, on this machine alone; never part of a record."""

    def folder(self, name: str) -> Path:
        """Return the folder of one training; whoever works there makes it."""

    def clear(self) -> None:
        """Remove what trainings left, since what they made is in the store and recorded."""


class Claimant(NamedTuple):
    """Who wants an attempt at a sealed version."""

    run: str
    """The run's name."""
    intake_sha256: str
    """Digest of its first entry, which no other run of that name shares."""
    at: datetime
    """When its last entry was recorded; the same claim is made again at the same time."""


class SealedAttempts(Protocol):
    """Attempts at sealed versions, over all runs of the repository."""

    def hold(self) -> AbstractContextManager[None]:
        """Hold the right to an attempt, from counting the attempts to recording one more.

        Raises:
            RunBusyError: another process holds it.
        """

    def before(self, sealed_version: str, claimant: Claimant) -> int:
        """Return how many attempts others made at this sealed version, on any branch.

        A promotion attempt in a ledger is one, and so is a claim that no attempt followed.

        Raises:
            BrokenRecordError: a ledger was altered, so that nobody knows its attempts.
        """

    def claim(self, sealed_version: str, claimant: Claimant, number: int) -> int | None:
        """Claim the attempt `number` before the sealed split is read.

        Returns:
            The number that the claimant holds: one it claimed before, else `number`; None where
            another run took that number since the attempts were counted.

        Raises:
            ForgeError: upstream does not answer; nothing was read.
        """


class TrainingProgress(Protocol):
    """How far a training is, for another terminal; never part of a record."""

    def tell(self, words: str) -> None:
        """Show `words` in place of what stood there; may be called at every step."""

    def clear(self) -> None:
        """Take the words away, since the training is over."""
