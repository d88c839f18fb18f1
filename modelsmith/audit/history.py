"""Every commit that touches runs and promotions, held against its parents and its entry.

1. A commit takes nothing back that one of its parents had recorded. This holds for each parent of
   a merge, so that a merge cannot choose the story that it likes.
2. A commit that adds to a ledger adds one entry, and is that entry's commit.
3. Nothing else changes a run that has started.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath

from modelsmith.audit.findings import AuditFinding, finding
from modelsmith.documents.diagnostic import Severity
from modelsmith.errors import BrokenRecordError, TransitionError
from modelsmith.git.commits import EVIDENCE, FACTORY, Change, Commit, ancestors, phase_trailers
from modelsmith.layout import PROMOTIONS, RUNS, in_run, ledger_path, settings_path
from modelsmith.record import sha256, short
from modelsmith.run import state_machine
from modelsmith.run.append_only import (
    RUN_DEPTH,
    Rewriting,
    entries_of,
    first_lost,
    is_extended,
    rewritings,
)
from modelsmith.run.entry_facts import StartedFacts, facts_of
from modelsmith.run.history import History, file_at
from modelsmith.run.ledger import Entry, lines_in
from modelsmith.run.state_machine import Event


class Recorded:
    """What the commits of a repository recorded, and what they took back."""

    def __init__(self, history: History, commits: Mapping[str, Commit]) -> None:
        """Look at every commit.

        Args:
            history: Where the commits lie.
            commits: All of them, each after its parents.
        """
        self._history = history
        self._commits = commits
        self.findings: list[AuditFinding] = []
        self.taken_back: list[tuple[Commit, Rewriting]] = []
        self.entry_commits: dict[tuple[str, str], list[Commit]] = {}
        """Commits that record an entry, by run and the entry's digest."""
        for commit in commits.values():
            self._check_commit(commit)
        self._check_recorded_once()

    def story(self, tips: Mapping[str, str]) -> Iterator[AuditFinding]:
        """Yield what was taken back: an error where a branch still lacks it, else a warning.

        Of several such changes to one file the first is told, an error before a warning.

        Args:
            tips: Commit of each branch by its name.
        """
        behind = {sha: ancestors(self._commits, sha) for sha in set(tips.values())}
        told: dict[str, AuditFinding] = {}
        for commit, rewriting in self.taken_back:
            path = rewriting.change.path
            lacking = [
                sha
                for sha, before in behind.items()
                if commit.sha in before and not self._has(sha, rewriting.change)
            ]
            found = finding(
                "append-only",
                f"{rewriting.what} by {commit.author}" + ("" if lacking else "; restored since"),
                commit=commit.sha,
                path=path,
                entry=rewriting.entry,
                severity=Severity.ERROR if lacking else Severity.WARNING,
            )
            if path not in told or (lacking and told[path].severity is not Severity.ERROR):
                told[path] = found
        yield from told.values()

    def since(self, base: Commit, tip: Commit, words: str) -> Iterator[AuditFinding]:
        """Yield what `base` had recorded and `tip` lacks."""
        changes = self._history.changes(base.tree, tip.tree, RUNS, PROMOTIONS)
        for lost in self._lost(base.tree, changes):
            yield finding(
                "append-only",
                f"{lost.what} since {words}",
                commit=tip.sha,
                path=lost.change.path,
                entry=lost.entry,
            )

    def _check_commit(self, commit: Commit) -> None:
        parents = [self._commits[parent].tree for parent in commit.parents]
        compared = [
            self._history.changes(parent, commit.tree, RUNS, PROMOTIONS)
            for parent in parents or (None,)
        ]
        lost = [
            one
            for parent, changes in zip(parents, compared, strict=False)
            for one in self._lost(parent, changes)
        ]
        self.taken_back += [(commit, one) for one in lost]
        if all(compared):
            self._check_record(commit, compared, {one.change.path for one in lost})

    def _check_record(
        self, commit: Commit, compared: Sequence[Sequence[Change]], lost: set[str]
    ) -> None:
        """Look at what a commit writes that none of its parents had."""
        own = set.intersection(*({change.path for change in changes} for changes in compared))
        changes = [change for change in compared[0] if change.path in own - lost]
        for run in sorted({_run_of(change.path) for change in changes} - {""}):
            mine = [change for change in changes if _run_of(change.path) == run]
            ledger = next((c for c in mine if c.path == ledger_path(run)), None)
            if ledger_path(run) in lost:
                continue
            if ledger is None:
                self.findings += self._beside_the_ledger(commit, run, mine)
            elif len(compared) > 1:
                self.findings.append(
                    finding(
                        "entry-commit",
                        "a merge adds lines of its own to the ledger",
                        commit=commit.sha,
                        path=ledger.path,
                    )
                )
            else:
                self._check_append(commit, run, ledger)

    def _check_append(self, commit: Commit, run: str, ledger: Change) -> None:
        before = self._history.content(ledger.before) if ledger.before else b""
        after = self._history.content(str(ledger.after))
        known, entries = len(lines_in(before)), entries_of(after)
        if len(entries) != len(lines_in(after)) or first_lost(before, after) is not None:
            return  # replay says which line cannot be read
        added = entries[known:]
        if self._are_restored(commit, run, added):
            return
        for entry in added:
            self.entry_commits.setdefault((run, entry.digest()), []).append(commit)
        if len(added) != 1:
            self.findings.append(
                finding(
                    "entry-commit",
                    f"the commit records {len(added)} entries, expected 1",
                    commit=commit.sha,
                    path=ledger.path,
                    entry=known,
                )
            )
            return
        parent = self._commits[commit.parents[0]].tree if commit.parents else None
        changed = [change.path for change in self._history.changes(parent, commit.tree)]
        self.findings += commit_findings(commit, run, entries, changed)
        if added[0].event is Event.STARTED:
            self.findings += self._started_from(commit, run, added[0])

    def _are_restored(self, commit: Commit, run: str, entries: Sequence[Entry]) -> bool:
        """Return whether earlier commits recorded all of `entries`, and this brings them back."""
        known = [self.entry_commits.get((run, entry.digest()), ()) for entry in entries]
        if not all(known):
            return False
        before = ancestors(self._commits, *commit.parents)
        return all(any(one.sha in before for one in recording) for recording in known)

    def _started_from(self, commit: Commit, run: str, entry: Entry) -> Iterator[AuditFinding]:
        try:
            began = facts_of(entry, StartedFacts).commit
        except BrokenRecordError:
            return  # replay says so
        if began not in commit.parents and began not in ancestors(self._commits, *commit.parents):
            yield finding(
                "started-from",
                f"the run says that it began with {short(began)}, which its first commit does not "
                "stand on",
                commit=commit.sha,
                path=ledger_path(run),
                entry=0,
                field="facts.commit",
            )

    def _beside_the_ledger(
        self, commit: Commit, run: str, changes: Sequence[Change]
    ) -> Iterator[AuditFinding]:
        """Yield what a commit puts into a run that has started, without an entry."""
        entries = entries_of(self._ledger_at(commit.tree, run))
        named = {path: digest for entry in entries for path, digest in entry.evidence.items()}
        for change in changes:
            name = change.path.removeprefix(in_run(run, ""))
            if not entries or change.after is None:
                continue
            if sha256(self._history.content(change.after)) != named.get(name):
                yield finding(
                    "entry-commit",
                    f"{commit.author} changes a run that has started, and records no entry",
                    commit=commit.sha,
                    path=change.path,
                )

    def _check_recorded_once(self) -> None:
        for (run, digest), commits in self.entry_commits.items():
            if len(commits) > 1:
                listed = ", ".join(short(commit.sha) for commit in commits)
                self.findings.append(
                    finding(
                        "entry-commit",
                        f"entry {short(digest)} is recorded by {len(commits)} commits: {listed}",
                        commit=commits[-1].sha,
                        path=ledger_path(run),
                    )
                )

    def _lost(self, tree: str, changes: Sequence[Change]) -> list[Rewriting]:
        return rewritings(changes, partial(self._ledger_at, tree), self._history.content)

    def _has(self, sha: str, change: Change) -> bool:
        present = self._history.object_at(self._commits[sha].tree, change.path)
        if present == change.before:
            return True
        if present is None or not is_extended(change.path):
            return False
        before, after = (self._history.content(str(name)) for name in (change.before, present))
        return first_lost(before, after) is None

    def _ledger_at(self, tree: str, run: str) -> bytes:
        """Return the ledger of a run in a tree; empty where there is none."""
        return file_at(self._history, tree, ledger_path(run)) or b""


def _run_of(path: str) -> str:
    parts = PurePosixPath(path).parts
    return parts[1] if parts[0] == RUNS and len(parts) >= RUN_DEPTH else ""


def commit_findings(
    commit: Commit, run: str, entries: Sequence[Entry], changed: Sequence[str]
) -> Iterator[AuditFinding]:
    """Yield where `commit` is not the commit of the last of `entries`.

    Args:
        commit: It adds the last entry to the ledger.
        run: The run's name.
        entries: The ledger, up to the one that the commit adds.
        changed: Every path that the commit changes.
    """
    entry, ledger = entries[-1], ledger_path(run)

    def found(rule: str, what: str, field: str | None = None, path: str = ledger) -> AuditFinding:
        return finding(rule, what, commit=commit.sha, path=path, entry=entry.index, field=field)

    if commit.author != FACTORY:
        yield found("commit-author", f"the author is {commit.author}, expected {FACTORY}")
    for name, value in phase_trailers(run, _phase(entries), entry.iteration):
        given = commit.trailers(name)
        if value is not None and given != [str(value)]:
            said = ", ".join(given) or "nothing"
            yield found("commit-trailers", f"the commit says {said}, the entry {value}", name)
    yield from _evidence(commit, entry, ledger)
    moment = entry.recorded_at.replace(microsecond=0)
    for name, at in (("author", commit.authored_at), ("committer", commit.committed_at)):
        if at != moment.timestamp():
            said = datetime.fromtimestamp(at, UTC).isoformat()
            yield found(
                "commit-dates",
                f"the {name} date is {said}, the entry was recorded at {moment.isoformat()}",
            )
    own = {ledger, *(in_run(run, name) for name in entry.evidence)}
    own |= {settings_path(run)} if entry.index == 0 else set()
    for path in sorted(set(changed) - own):
        yield found(
            "entry-commit",
            f"the commit of entry {entry.index} of {run} changes it, and the entry names it not",
            path=path,
        )


def _phase(entries: Sequence[Entry]) -> str | None:
    """Return the phase that the last entry ended; none where the entries before lead nowhere."""
    try:
        return state_machine.replayed(entry.event for entry in entries[:-1]).state.value
    except TransitionError:
        return None


def _evidence(commit: Commit, entry: Entry, ledger: str) -> Iterator[AuditFinding]:
    own = f"sha256:{entry.digest()}"
    known = {own, *(f"sha256:{digest}" for digest in entry.evidence.values())}
    given = [value.split()[0] for value in commit.trailers(EVIDENCE) if value]
    strange = [value for value in given if value not in known]
    if strange or own not in given:
        said = ", ".join(strange or given) or "nothing"
        yield finding(
            "commit-trailers",
            f"the commit says {said}, the entry has {own}",
            commit=commit.sha,
            path=ledger,
            entry=entry.index,
            field=EVIDENCE,
        )
