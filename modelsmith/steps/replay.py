"""Replay: recompute every derived value and every decision of a run from its evidence, offline.

1. The ledger's chain and each line's digest.
2. Each evidence file against its digest; a file that no entry names is reported too.
3. Each phase's conclusion, concluded again from its raw evidence: event, facts, derived files.
"""

from collections.abc import Iterator, Mapping, Sequence

from modelsmith.domain.ledger import Entry, position_after
from modelsmith.domain.loop import PHASES, Event, State
from modelsmith.domain.record import Record, canonical, sha256
from modelsmith.domain.walk import StartedFacts, facts_as_json, facts_of
from modelsmith.errors import BrokenRecordError
from modelsmith.ports.reports import Reports
from modelsmith.ports.store import RunFolder
from modelsmith.steps.iterate import DECIDERS, case_from, over_budget
from modelsmith.steps.tools import Outcome

OWN_FILES = frozenset({"run.yaml", "ledger.jsonl"})
"""Files of a run that are no evidence: the first is digested at intake, the second is the chain."""


class Difference(Record):
    """One place where a run is not what its ledger says, or concludes otherwise."""

    entry: int | None
    """Index of the ledger entry; none for a file that no entry names."""
    where: str
    """The file, or the field of the entry."""
    what: str
    """What was found and what was expected."""

    def __str__(self) -> str:
        """Return the difference as one line."""
        place = "no entry" if self.entry is None else f"entry {self.entry}"
        return f"{place}: {self.where}: {self.what}"


class Replayed(Record):
    """What a replay found."""

    entries: int
    """Entries of the ledger."""
    files: int
    """Evidence files compared."""
    decisions: int
    """Phases concluded again."""
    differences: tuple[Difference, ...]
    """Every difference, first entry first; empty when the run is what it says."""


def replayed(folder: RunFolder, reports: Reports) -> Replayed:
    """Return what replaying the run in `folder` finds.

    A ledger whose chain is broken is itself the first difference; nothing after it is read.
    """
    try:
        entries = list(folder.entries())
        position_after(entries)
    except BrokenRecordError as error:
        broken = Difference(entry=None, where="ledger.jsonl", what=error.what)
        return Replayed(entries=0, files=0, decisions=0, differences=(broken,))
    found = list(_altered(folder, entries))
    decisions = 0
    if not found:
        for index, entry in enumerate(entries):
            state = position_after(entries[:index]).state
            if state in PHASES and entry.event not in (Event.STARTED, Event.BLOCKED):
                decisions += 1
                found += _concluded_otherwise(folder, entries, index, state, reports)
    return Replayed(
        entries=len(entries),
        files=sum(len(entry.evidence) for entry in entries),
        decisions=decisions,
        differences=tuple(found),
    )


def _altered(folder: RunFolder, entries: Sequence[Entry]) -> Iterator[Difference]:
    named = {path for entry in entries for path in entry.evidence}
    present = set(folder.files())
    for index, entry in enumerate(entries):
        for path, digest in sorted(entry.evidence.items()):
            if path not in present:
                yield Difference(entry=index, where=path, what="the file is gone")
            elif (found := sha256(folder.read(path))) != digest:
                words = f"its sha256 is {found[:12]}..., the ledger says {digest[:12]}..."
                yield Difference(entry=index, where=path, what=words)
    if entries:
        expected = facts_of(entries[0], StartedFacts).config_sha256
        found = sha256(folder.read("run.yaml")) if "run.yaml" in present else "(gone)"
        if found != expected:
            words = f"its sha256 is {found[:12]}..., intake says {expected[:12]}..."
            yield Difference(entry=0, where="run.yaml", what=words)
    for path in sorted(present - named - OWN_FILES):
        yield Difference(entry=None, where=path, what="no ledger entry names this file")


def _concluded_otherwise(
    folder: RunFolder, entries: Sequence[Entry], index: int, state: State, reports: Reports
) -> Iterator[Difference]:
    entry = entries[index]
    case = case_from(folder.name, folder.read, list(entries[:index]))
    stopped = over_budget(case)
    if stopped is not None:
        outcome = Outcome(Event.HALTED, stopped)
    else:
        raw = {path.split("/", 1)[1]: folder.read(path) for path in entry.evidence}
        outcome = DECIDERS[state](case, raw, reports)
    if outcome.event is not entry.event:
        words = f"the ledger says {entry.event}, the evidence {outcome.event}"
        yield Difference(entry=index, where="event", what=words)
    yield from _fields(index, "facts", dict(entry.facts), facts_as_json(outcome.facts))
    prefix = f"{index:03d}-{state.value}"
    for name, content in sorted(outcome.derived.items()):
        path = f"{prefix}/{name}"
        if path not in entry.evidence:
            yield Difference(entry=index, where=path, what="the ledger does not name it")
        elif folder.read(path) != content:
            words = "recomputed from the evidence it differs " + _first(folder.read(path), content)
            yield Difference(entry=index, where=path, what=words)


def _fields(
    index: int, where: str, given: Mapping[str, object], computed: Mapping[str, object]
) -> Iterator[Difference]:
    for name in sorted({*given, *computed}):
        one, other = given.get(name), computed.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _fields(index, f"{where}.{name}", one, other)
        elif canonical(one) != canonical(other):
            words = f"the ledger says {one!r}, the evidence {other!r}"
            yield Difference(entry=index, where=f"{where}.{name}", what=words)


def _first(given: bytes, computed: bytes) -> str:
    pairs = zip(given, computed, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(given), len(computed)))
    return f"from byte {at} on"
