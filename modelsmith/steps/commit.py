"""Every entry of a run is a commit: git history is the lineage record."""

from collections.abc import Sequence

from modelsmith.domain.ledger import LEDGER, Entry, position_after
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
        BrokenRecordError: a file of the last entry was altered since.
    """
    entries = folder.entries()
    if not entries:
        return
    run, last = folder.name, entries[-1]
    own = (SETTINGS,) if last.index == 0 else ()
    intact = verified(folder.read, entries)
    for name in last.evidence:
        intact(name)
    paths = [f"runs/{run}/{name}" for name in (LEDGER, *own, *sorted(last.evidence))]
    repository.commit(paths, message_of(run, entries), at=last.recorded_at)


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
