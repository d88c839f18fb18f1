"""A run that several machines may step: fetch, step, commit, push with compare-and-swap."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import not_

from modelsmith.errors import ForgeRefusedError, RunBusyError
from modelsmith.git.refs import promotion_branch
from modelsmith.loop.stepper import Stepper
from modelsmith.run.branch_sync import SyncAction, Upstream, shared_length, sync_action_of
from modelsmith.run.entry_commits import commit_entry
from modelsmith.run.entry_facts import ExpandedFacts, facts_of
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunFolder
from modelsmith.run.repository import Repository
from modelsmith.run.state_machine import Event

PUSHES = 5
"""Times that a push is tried while others push to the branch; each try fetches what they pushed."""


@dataclass
class SharedRun:
    """One run, its branch `modelsmith/<run>/walk` here and upstream."""

    folder: RunFolder
    repository: Repository
    upstream: Upstream
    start: Callable[[], Entry]
    """Writes the intake, or returns the one that is there."""
    stepper: Callable[[], Stepper]
    """Returns what steps the run, once its branch is checked out."""
    _opened: Stepper | None = field(default=None, init=False)
    """What steps it, as long as the branch holds nothing but what this machine put there."""

    def begin(self) -> Entry:
        """Write the intake of the run where there is none, and push it.

        Raises:
            ModelsmithError: as `step` does.
        """
        with self.upstream.hold():
            self._settle()
            entry = self.start()
            self._send(entry)
            return entry

    def step(self) -> Entry:
        """Do the next phase of the run, push its entry, and return it; a new run is started.

        A phase that spent the budget is followed by the entry that says so, which takes no work.

        Raises:
            RunBusyError: another runner recorded this entry first; its branch is taken over.
            BrokenRecordError: upstream lost an entry.
            ForgeError: upstream does not answer; what is recorded here is pushed by the next step.
        """
        with self.upstream.hold():
            self._settle()
            if not self.folder.entries():
                entry = self.start()
            else:
                stepper = self._open()
                entry = stepper.step()
                if stepper.is_spent():
                    entry = stepper.step()
            self._send(entry)
            return entry

    def go(self, on_begun: Callable[[], None] = lambda: None) -> Entry:
        """Step until the run is over or blocked, and return the last entry.

        Args:
            on_begun: Called once the intake is written, before any work.

        Raises:
            ModelsmithError: as `step` does.
        """
        self.begin()
        on_begun()
        while not self._open().is_over():
            if self.step().event is Event.BLOCKED:
                break
        return self.folder.entries()[-1]

    def _open(self) -> Stepper:
        self._opened = self._opened or self.stepper()
        return self._opened

    def _settle(self) -> None:
        """Bring the branch up to date, and push what a killed step left behind."""
        run = self.folder.name
        with self.folder.lock():
            if self.upstream.is_checked_out(run):
                commit_entry(self.folder, self.repository, self.folder.entries())
            self.upstream.fetch(run)
            has_more = self._move()
        entries = self.folder.entries()
        if entries and has_more:
            self._send(entries[-1])

    def _send(self, entry: Entry) -> None:
        from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt

        run = self.folder.name

        def follow(_pushed: object) -> None:
            self.upstream.fetch(run)
            self._move()

        tries = Retrying(retry=retry_if_result(not_), stop=stop_after_attempt(PUSHES), after=follow)
        try:
            tries(self.upstream.push, run, branches_of(run, entry))
        except RetryError:
            raise ForgeRefusedError(
                f"the branch of run {run} moved upstream during each of {PUSHES} pushes",
                remedy="Nothing is lost: the next step pushes first. Look who else pushes there.",
            ) from None

    def _move(self) -> bool:
        """Bring the branch to where it must be; return whether it holds what upstream lacks."""
        run, upstream = self.folder.name, self.upstream
        branch_state = upstream.branch_state(run)
        move = sync_action_of(run, branch_state)
        if move is not SyncAction.KEEP:
            self._opened = None
        if move is SyncAction.BEGIN:
            upstream.begin(run)
        elif move is SyncAction.KEEP:
            upstream.keep(run)
        elif move is SyncAction.REBASE:
            upstream.rebase(run)
        else:
            upstream.take(run)
        if move is SyncAction.YIELD:
            first = shared_length(branch_state.ours or (), branch_state.theirs or ())
            raise RunBusyError(
                f"another runner recorded entry {first} of run {run} first",
                remedy="This one stops; its branch is upstream's now, what it had recorded is at "
                f"refs/modelsmith/left/{run}, and finished answers are kept. The next step goes on "
                "from there.",
            )
        return move is SyncAction.REBASE or (move is SyncAction.KEEP and not branch_state.is_behind)


def branches_of(run: str, entry: Entry) -> tuple[str, ...]:
    """Return the branches that an entry offers to people."""
    if entry.event is Event.STAGED:
        return (promotion_branch(run),)
    if entry.event is Event.EXPANDED and (branch := facts_of(entry, ExpandedFacts).branch):
        return (branch,)
    return ()
