"""Read what left for a run from its record: the journals that its ledger names, and the latest."""

from collections.abc import Sequence

from modelsmith.boundary.call import EgressEvent, Held
from modelsmith.boundary.egress_report import Exposure, exposure_of
from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.loop.phases.context_history import contexts
from modelsmith.run.evidence import OUTBOUND, place_of, verified
from modelsmith.run.ledger import Entry, position_after
from modelsmith.run.ports import RunRecord


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
    read = verified(folder.read, entries)
    context = next(contexts(folder.name, read, entries))
    contents = {path: read(path) for path in _named(entries)}
    under_way = _under_way(folder, entries)
    contents |= under_way
    journals = [_egress_events(path, content) for path, content in contents.items()]
    return exposure_of(
        folder.name, context.hosted, context.snapshot, journals, is_under_way=bool(under_way)
    )


def held_in(folder: RunRecord) -> Held | None:
    """Return what held local work in when a phase of a run last began; none before the first.

    Raises:
        BrokenRecordError: the ledger, or the journal that says it, was altered.
    """
    entries = folder.entries()
    contents = _under_way(folder, entries) if entries else {}
    if not contents and (latest := _named(entries)[-1:]):
        contents = {latest[0]: verified(folder.read, entries)(latest[0])}
    lines = (line for path, content in contents.items() for line in _egress_events(path, content))
    return next((line for line in reversed(list(lines)) if isinstance(line, Held)), None)


def _named(entries: Sequence[Entry]) -> list[str]:
    """Return the journals that a ledger names, oldest first."""
    return [path for entry in entries for path in OUTBOUND.paths_in(entry)]


def _under_way(folder: RunRecord, entries: Sequence[Entry]) -> dict[str, bytes]:
    """Return the whole lines of the journal that no entry names yet, by its path, if there is."""
    path = OUTBOUND.at(place_of(len(entries), position_after(entries).state))
    if path not in set(folder.files()):
        return {}
    content = folder.read(path)
    return {path: content[: content.rfind(b"\n") + 1]}


def _egress_events(path: str, content: bytes) -> tuple[EgressEvent, ...]:
    try:
        return OUTBOUND.decode(content)
    except ValueError as error:
        raise BrokenRecordError(
            f"{path} is not what was written: {str(error).splitlines()[0]}",
            remedy="Restore it from git; nothing in a run is edited after it was written.",
        ) from None
