"""Read what left for a run from its record: the journals that its ledger names, and the latest."""

from modelsmith.domain.call import OUTBOUND, departures_of
from modelsmith.domain.exposure import Exposure, Source, exposure_of
from modelsmith.domain.ledger import position_after
from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.ports.store import RunRecord
from modelsmith.steps.history import cases, verified


def exposed(folder: RunRecord) -> Exposure:
    """Return everything that ever left for a run, each journal held against the ledger.

    Raises:
        UsageError: the run has not been started.
        BrokenRecordError: the ledger, or a journal, was altered.
    """
    entries = folder.entries()
    if not entries:
        raise UsageError(
            f"run {folder.name} has not been started, so nothing has left for it",
            remedy=f"Start it: modelsmith run start {folder.name}",
        )
    state, read = position_after(entries).state, verified(folder.read, entries)
    case = next(cases(folder.name, read, entries))
    named = [path for entry in entries for path in entry.evidence if path.endswith(f"/{OUTBOUND}")]
    contents = {path: read(path) for path in named}
    latest = f"{len(entries):03d}-{state}/{OUTBOUND}"
    is_under_way = latest in set(folder.files())
    if is_under_way:
        content = folder.read(latest)
        contents[latest] = content[: content.rfind(b"\n") + 1]
    journals = []
    for path, content in contents.items():
        try:
            journals.append(departures_of(content))
        except ValueError as error:
            raise BrokenRecordError(
                f"{path} is not what was written: {str(error).splitlines()[0]}",
                remedy="Restore it from git; nothing in a run is edited after it was written.",
            ) from None
    return exposure_of(
        Source(
            run=folder.name,
            boundary=case.hosted.boundary.name,
            inside=frozenset(model.name for model in case.hosted.models if model.inside),
            exam=case.snapshot,
            journals=journals,
            is_under_way=is_under_way,
        )
    )
