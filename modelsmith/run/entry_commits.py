"""Every entry of a run is a commit: git history is the lineage record."""

from collections.abc import Sequence
from itertools import zip_longest

from modelsmith.errors import BrokenRecordError
from modelsmith.git.commits import EVIDENCE, phase_trailers, with_trailers
from modelsmith.layout import LEDGER, SETTINGS, in_run, ledger_path
from modelsmith.record import short
from modelsmith.run.evidence import verified
from modelsmith.run.ledger import Entry, digests_in, entries_in
from modelsmith.run.ports import RunFolder
from modelsmith.run.repository import Repository
from modelsmith.run.state_machine import replayed


def commit_entry(folder: RunFolder, repository: Repository, entries: Sequence[Entry]) -> None:
    """Commit the ledger with its last entry and that entry's evidence, where HEAD lacks them.

    A step that was killed after its entry and before its commit leaves the commit to the next one,
    which makes the same: its dates are the entry's. Files of earlier entries, or that no entry
    names, are left to people.

    Args:
        folder: The run.
        repository: Where it is committed.
        entries: Its ledger, as it was read.

    Raises:
        BrokenRecordError: HEAD records an entry that the ledger lacks, or a file of the last entry
            was altered since.
    """
    run = folder.name
    _refuse_lost(ledger_path(run), repository, folder.read(LEDGER) if entries else b"")
    if not entries:
        return
    last = entries[-1]
    own = (SETTINGS,) if last.index == 0 else ()
    intact = verified(folder.read, entries)
    for name in last.evidence:
        intact(name)
    paths = [in_run(run, name) for name in (LEDGER, *own, *sorted(last.evidence))]
    repository.commit(paths, message_of(run, entries), at=last.recorded_at)


def _refuse_lost(ledger: str, repository: Repository, content: bytes) -> None:
    recorded = repository.recorded(ledger)
    known, kept = digests_in(recorded, f"HEAD:{ledger}"), digests_in(content, ledger)
    pairs = enumerate(zip_longest(known, kept[: len(known)]))
    at = next((at for at, (was, now) in pairs if was != now), None)
    if at is not None:
        lost = entries_in(recorded, f"HEAD:{ledger}")[at]
        raise BrokenRecordError(
            f"{ledger} lacks entry {at} ({lost.event}, {short(lost.digest())}...), "
            "which HEAD records",
            remedy=f"A ledger is append-only. Put it back: git checkout HEAD -- {ledger}",
        )


def message_of(run: str, entries: Sequence[Entry]) -> str:
    """Return the message of the commit that records the last of `entries`.

    The first `Modelsmith-Evidence` is the entry's own digest, each further one an evidence file's
    with its path, so that `git log --grep` finds the commit of either.
    """
    entry, phase = entries[-1], replayed(one.event for one in entries[:-1]).state
    files = [
        (EVIDENCE, f"sha256:{digest} {path}") for path, digest in sorted(entry.evidence.items())
    ]
    return with_trailers(
        f"Record {phase} of run {run}: {entry.event}",
        *phase_trailers(run, phase, entry.iteration),
        (EVIDENCE, f"sha256:{entry.digest()}"),
        *files,
    )
