"""An entry is a commit: whether one commit records just the entry that it says it records."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from modelsmith.audit.findings import Finding, finding
from modelsmith.errors import TransitionError
from modelsmith.git.commits import FACTORY, Commit
from modelsmith.git.trailers import EVIDENCE, phase_trailers
from modelsmith.layout import in_run, ledger_path, settings_path
from modelsmith.run import state_machine as loop
from modelsmith.run.ledger import Entry


def commit_findings(
    commit: Commit, run: str, entries: Sequence[Entry], changed: Sequence[str]
) -> Iterator[Finding]:
    """Yield where `commit` is not the commit of the last of `entries`.

    Args:
        commit: It adds the last entry to the ledger.
        run: The run's name.
        entries: The ledger, up to the one that the commit adds.
        changed: Every path that the commit changes.
    """
    entry, ledger = entries[-1], ledger_path(run)

    def found(rule: str, what: str, field: str | None = None, path: str = ledger) -> Finding:
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
            words = f"the {name} date is {said}, the entry was recorded at {moment.isoformat()}"
            yield found("commit-dates", words)
    own = {ledger, *(in_run(run, name) for name in entry.evidence)}
    own |= {settings_path(run)} if entry.index == 0 else set()
    for path in sorted(set(changed) - own):
        words = f"the commit of entry {entry.index} of {run} changes it, and the entry names it not"
        yield found("entry-commit", words, path=path)


def _phase(entries: Sequence[Entry]) -> str | None:
    """Return the phase that the last entry ended; none where the entries before lead nowhere."""
    try:
        return loop.replayed(entry.event for entry in entries[:-1]).state.value
    except TransitionError:
        return None


def _evidence(commit: Commit, entry: Entry, ledger: str) -> Iterator[Finding]:
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
