"""Every entry of a run is a commit: git history is the lineage record."""

from collections.abc import Sequence

from modelsmith.domain.ledger import LEDGER, Entry, position_after
from modelsmith.domain.ledger_lines import entries_in
from modelsmith.domain.sharing import shared_length
from modelsmith.errors import BrokenRecordError
from modelsmith.ports.repository import Repository
from modelsmith.ports.store import RunFolder
from modelsmith.steps.history import verified

SETTINGS = "run.yaml"
"""What the intake read, reviewed before; committed with it where it was not."""


def committed(folder: RunFolder, repository: Repository) -> None:
    """Commit the ledger with its last entry and that entry's evidence, where HEAD lacks them.

    A step that was killed after its entry and before its commit leaves the commit to the next one,
    which makes the same: its dates are the entry's. Files of earlier entries, or that no entry
    names, are left to people.

    Raises:
        BrokenRecordError: HEAD records an entry that the ledger lacks, or a file of the last entry
            was altered since.
    """
    run, entries = folder.name, folder.entries()
    _refuse_lost(f"runs/{run}/{LEDGER}", repository, entries)
    if not entries:
        return
    last = entries[-1]
    own = (SETTINGS,) if last.index == 0 else ()
    intact = verified(folder.read, entries)
    for name in last.evidence:
        intact(name)
    paths = [f"runs/{run}/{name}" for name in (LEDGER, *own, *sorted(last.evidence))]
    repository.commit(paths, message_of(run, entries), at=last.recorded_at)


def _refuse_lost(ledger: str, repository: Repository, entries: Sequence[Entry]) -> None:
    recorded = entries_in(repository.recorded(ledger), f"HEAD:{ledger}")
    kept = shared_length(recorded, entries)
    if kept < len(recorded):
        lost = recorded[kept]
        raise BrokenRecordError(
            f"{ledger} lacks entry {kept} ({lost.event}, {lost.digest()[:12]}...), "
            "which HEAD records",
            remedy=f"A ledger is append-only. Put it back: git checkout HEAD -- {ledger}",
        )


def message_of(run: str, entries: Sequence[Entry]) -> str:
    """Return the message of the commit that records the last of `entries`.

    The first `Modelsmith-Evidence` is the entry's own digest, each further one an evidence file's
    with its path, so that `git log --grep` finds the commit of either.
    """
    entry, phase = entries[-1], position_after(entries[:-1]).state
    files = "".join(
        f"Modelsmith-Evidence: sha256:{digest} {path}\n"
        for path, digest in sorted(entry.evidence.items())
    )
    return (
        f"Record {phase} of run {run}: {entry.event}\n\n"
        f"Modelsmith-Run: {run}\n"
        f"Modelsmith-Phase: {phase}\n"
        f"Modelsmith-Iteration: {entry.iteration}\n"
        f"Modelsmith-Evidence: sha256:{entry.digest()}\n{files}"
    )
