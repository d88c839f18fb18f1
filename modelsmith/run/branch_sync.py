"""One run on several machines: what a runner does with its branch, by what upstream holds.

Rule 1: upstream only grows; a ledger that lost an entry there is refused, and nothing follows it.
Rule 2: who recorded an entry upstream first has recorded it; another runner takes it over.
Rule 3: what is only here goes on top of what is there.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Protocol

from modelsmith.errors import BrokenRecordError
from modelsmith.record import short
from modelsmith.run.ledger import Entry

Entries = tuple[Entry, ...]


@unique
class SyncAction(StrEnum):
    """What a runner does with its branch before it goes on."""

    BEGIN = "begin"
    """Make it from the default branch."""
    KEEP = "keep"
    """Go on from it; what upstream lacks is pushed."""
    TAKE = "take"
    """Take upstream's: it holds every entry that is here."""
    REBASE = "rebase"
    """Put the entries that are only here on top of upstream's."""
    YIELD = "yield"
    """Take upstream's, and say that another runner recorded an entry first."""


@dataclass(frozen=True)
class BranchState:
    """A run's branch here, upstream, and upstream when it was seen last."""

    ours: Entries | None
    """The ledger here; none where there is no branch."""
    theirs: Entries | None
    """The ledger upstream; the default branch's where the run's branch is gone there."""
    known: Entries | None
    """The ledger upstream when this clone last saw it."""
    is_ahead: bool
    """Whether our branch holds theirs."""
    is_behind: bool
    """Whether upstream holds our branch: there is nothing to push."""
    is_rewritten: bool
    """Whether their branch lacks a commit that it had."""


def sync_action_of(run: str, branch_state: BranchState) -> SyncAction:
    """Return what to do with the branch of `run`.

    Raises:
        BrokenRecordError: upstream lost an entry, or its history was rewritten.
    """
    theirs = branch_state.theirs or ()
    if branch_state.known is not None:
        _refuse_lost(run, branch_state.known, theirs, is_rewritten=branch_state.is_rewritten)
    if branch_state.theirs is None:
        return SyncAction.BEGIN if branch_state.ours is None else SyncAction.KEEP
    if branch_state.is_ahead:
        return SyncAction.KEEP
    if branch_state.ours is None or branch_state.is_behind:
        return SyncAction.TAKE
    shared = shared_length(branch_state.ours, theirs)
    if shared == len(branch_state.ours):
        return SyncAction.TAKE
    return SyncAction.REBASE if shared == len(theirs) else SyncAction.YIELD


def shared_length(one: Sequence[Entry], other: Sequence[Entry]) -> int:
    """Return how many entries two ledgers begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next(
        (index for index, (a, b) in pairs if a.digest() != b.digest()), min(len(one), len(other))
    )


def _refuse_lost(
    run: str, known: Sequence[Entry], theirs: Sequence[Entry], *, is_rewritten: bool
) -> None:
    remedy = (
        "A ledger is append-only. Find out who pushed with force, restore the branch from "
        f"refs/modelsmith/known/{run} of this clone, and forbid forced pushes to modelsmith/**."
    )
    kept = shared_length(known, theirs)
    if kept < len(known):
        lost = known[kept]
        raise BrokenRecordError(
            f"run {run}: upstream lost entry {kept} ({lost.event}, {short(lost.digest())}...): it "
            f"had {len(known)} entries, of which {kept} are left",
            remedy=remedy,
        )
    if is_rewritten:
        raise BrokenRecordError(
            f"run {run}: the history of its branch was rewritten upstream; all {len(known)} "
            "entries are there, the commits that recorded them are not",
            remedy=remedy,
        )


class Upstream(Protocol):
    """A run's branch here and there.

    What reaches out raises ForgeError where upstream does not answer, and ForgeDeniedError where
    the credentials may not.
    """

    def hold(self) -> AbstractContextManager[None]:
        """Hold this checkout for this process, since its branch will change.

        Raises:
            RunBusyError: another process holds it.
        """

    def fetch(self, run: str) -> None:
        """Fetch every branch and every claimed attempt.

        Raises:
            BrokenRecordError: a claimed attempt was rewritten upstream.
            ForgeError: upstream does not answer.
        """

    def branch_state(self, run: str) -> BranchState:
        """Return where the branch of a run stands, as of the last fetch.

        Raises:
            BrokenRecordError: a ledger holds what was not written.
        """

    def is_checked_out(self, run: str) -> bool:
        """Return whether the work tree stands on the branch of a run."""

    def begin(self, run: str) -> None:
        """Make the branch of a run from upstream's default branch, and check it out."""

    def keep(self, run: str) -> None:
        """Check the branch of a run out, as it is."""

    def take(self, run: str) -> None:
        """Make the branch of a run what it is upstream, and check it out.

        Raises:
            InputError: a file of the work tree that differs was changed and not committed.
        """

    def rebase(self, run: str) -> None:
        """Put what is only here on top of what is upstream, and check it out."""

    def push(self, run: str, also: Sequence[str]) -> bool:
        """Push the branch of a run with compare-and-swap, and new branches with it, all or none.

        Args:
            run: The run's name.
            also: Branches that are pushed where upstream does not have them.

        Returns:
            False where upstream moved since the last fetch; nothing was pushed then.

        Raises:
            ForgeRefusedError: a rule or a hook of upstream forbids it, in its words.
            ForgeDeniedError: the credentials may not push.
            ForgeError: upstream does not answer.
        """
