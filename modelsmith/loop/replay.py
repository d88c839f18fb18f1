"""Replay: recompute every derived value and every decision of a run from its evidence, offline.

1. The ledger: its chain, each line's digest, and that its last line is whole.
2. Each evidence file against its digest; a file that no entry names is reported too, but for the
   journal of the phase under way: what left is written down before anything is concluded from it.
3. The intake: its settings against run.yaml, its facts against its evidence.
4. Each phase's conclusion, concluded again from its raw evidence: event, round, facts, files.
"""

from collections.abc import Callable, Iterator, Sequence

from modelsmith.boundary.call import paid_for
from modelsmith.errors import BrokenRecordError, ModelsmithError, TransitionError, UsageError
from modelsmith.layout import LEDGER, SETTINGS
from modelsmith.loop.phases.context_history import contexts
from modelsmith.loop.phases.intake import computed_facts
from modelsmith.loop.stepper import DECIDERS, conclude, named, over_budget, round_of
from modelsmith.record import JsonObject, Record, canonical, sha256, short
from modelsmith.run.config import RunConfig
from modelsmith.run.context import PhaseContext, PhaseResult
from modelsmith.run.entry_facts import StartedFacts, event_facts_of, facts_as_json, facts_of
from modelsmith.run.evidence import (
    CONFIG,
    FIT,
    INTAKE,
    OUTBOUND,
    evidence_of,
    place_of,
    verified,
)
from modelsmith.run.ledger import Entry, position_after
from modelsmith.run.ports import RunRecord
from modelsmith.run.reference_scores import KnownExams
from modelsmith.run.state_machine import Event, State

OWN_FILES = frozenset({SETTINGS, LEDGER})
"""Files of a run that are no evidence: the first is digested at intake, the second is the chain."""


UNDECIDED = frozenset({Event.STARTED, Event.BLOCKED, Event.UNBLOCKED})
"""Events that no phase concluded from evidence."""

ABSENT = "(absent)"


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


def replay(
    folder: RunRecord,
    configured: Callable[[], RunConfig] | None = None,
    exams: KnownExams | None = None,
) -> Replayed:
    """Return what replaying the run in `folder` finds.

    A ledger whose chain is broken is itself the first difference; nothing after it is read. Where
    a file was altered, nothing is concluded from any.

    Args:
        folder: The run.
        configured: Reads run.yaml, to hold the settings of the intake against it.
        exams: What earlier runs were measured against, where many are replayed.

    Raises:
        UsageError: the run has not been started.
    """
    try:
        entries = folder.entries()
        position_after(entries)
        for entry in entries:
            event_facts_of(entry)
    except (BrokenRecordError, TransitionError) as error:
        broken = Difference(entry=None, where=LEDGER, what=error.what)
        return Replayed(entries=0, files=0, decisions=0, differences=(broken,))
    found = [*_torn(folder, entries), *_altered(folder, entries)]
    if not entries and not found:
        raise UsageError(
            f"run {folder.name} has not been started, there is nothing to replay",
            remedy=f"Start it: modelsmith run start {folder.name}",
        )
    is_intact = not found
    if is_intact:
        found += _step_differences(folder, entries, configured, exams)
    return Replayed(
        entries=len(entries),
        files=sum(len(entry.evidence) for entry in entries),
        decisions=sum(entry.event not in UNDECIDED for entry in entries) if is_intact else 0,
        differences=tuple(found),
    )


def _step_differences(
    folder: RunRecord,
    entries: Sequence[Entry],
    configured: Callable[[], RunConfig] | None,
    exams: KnownExams | None,
) -> Iterator[Difference]:
    known = contexts(folder.name, verified(folder.read, entries), entries, exams)
    for index, entry in enumerate(entries):
        try:
            context = next(known)
        except BrokenRecordError as error:
            yield Difference(entry=index, where="evidence", what=error.what)
            return
        if index == 0:
            yield from _began_otherwise(context, entry, configured)
        if index + 1 < len(entries):
            yield from _misplaced(context, entries[index + 1])
            if entries[index + 1].event is Event.BLOCKED:
                yield from _paid_otherwise(context, entries[index + 1])
            if entries[index + 1].event not in UNDECIDED:
                yield from _concluded_otherwise(context, entries[index + 1])


def _torn(folder: RunRecord, entries: Sequence[Entry]) -> Iterator[Difference]:
    """Yield the beginning of a line that stands at the ledger's end, which no reader takes."""
    content = folder.read(LEDGER) if LEDGER in set(folder.files()) else b""
    last = content.rpartition(b"\n")[2]
    if last:
        words = f"line {content.count(10) + 1} has no end, {len(last)} bytes of it are there"
        yield Difference(entry=min(len(entries), content.count(10)), where=LEDGER, what=words)


def _altered(folder: RunRecord, entries: Sequence[Entry]) -> Iterator[Difference]:
    named = {path for entry in entries for path in entry.evidence}
    present = set(folder.files())
    for index, entry in enumerate(entries):
        for path, digest in sorted(entry.evidence.items()):
            if path not in present:
                yield Difference(entry=index, where=path, what="the file is gone")
            elif (found := sha256(folder.read(path))) != digest:
                words = f"its sha256 is {short(found)}..., the ledger says {short(digest)}..."
                yield Difference(entry=index, where=path, what=words)
    if entries:
        expected = facts_of(entries[0], StartedFacts).config_sha256
        found = sha256(folder.read(SETTINGS)) if SETTINGS in present else "(gone)"
        if found != expected:
            words = f"its sha256 is {short(found)}..., intake says {short(expected)}..."
            yield Difference(entry=0, where=SETTINGS, what=words)
    state = position_after(entries).state if entries else State.INTAKE
    under_way = {OUTBOUND.at(place_of(len(entries), state))}
    for path in sorted(present - named - under_way - OWN_FILES):
        yield Difference(entry=None, where=path, what="no ledger entry names this file")


def _began_otherwise(
    context: PhaseContext, entry: Entry, configured: Callable[[], RunConfig] | None
) -> Iterator[Difference]:
    if configured is not None and (given := configured()) != context.config:
        was, now = context.config.model_dump(mode="json"), given.model_dump(mode="json")
        yield from _fields(0, CONFIG.at(INTAKE), was, now, SETTINGS)
    try:
        computed = computed_facts(context.snapshot, FIT.decode(context.read(FIT.at(INTAKE))))
    except ValueError as error:
        yield Difference(
            entry=0, where=FIT.at(INTAKE), what=f"it is not what intake writes: {error}"
        )
        return
    given_facts = {name: value for name, value in entry.facts.items() if name in computed}
    yield from _fields(0, "facts", given_facts, computed)


def _misplaced(context: PhaseContext, entry: Entry) -> Iterator[Difference]:
    begins = context.state in DECIDERS and over_budget(context) is None
    expected = round_of(context) if begins else context.progress.iteration
    if entry.iteration != expected:
        words = f"the ledger says {entry.iteration}, the entries before it {expected}"
        yield Difference(entry=entry.index, where="iteration", what=words)


def _paid_otherwise(context: PhaseContext, entry: Entry) -> Iterator[Difference]:
    """Yield what a phase that waits was paid for otherwise than its journal says."""
    journal = next(OUTBOUND.paths_in(entry), None)
    try:
        paid = paid_for(OUTBOUND.decode(context.read(journal) if journal else b""))
    except ValueError as error:
        yield Difference(entry=entry.index, where=str(journal), what=f"no journal: {error}")
        return
    found = {"usage": entry.facts.get("usage", ABSENT)}
    yield from _fields(entry.index, "facts", found, {"usage": paid.model_dump(mode="json")})


def _concluded_otherwise(context: PhaseContext, entry: Entry) -> Iterator[Difference]:
    for path in sorted(entry.evidence):
        if path.rpartition("/")[0] != context.place:
            words = f"{context.state} writes its evidence into {context.place}, and nowhere else"
            yield Difference(entry=entry.index, where=path, what=words)
    raw = dict(evidence_of(entry, context.read))
    try:
        stopped = over_budget(context)
        outcome = PhaseResult(Event.HALTED, stopped) if stopped else conclude(context, raw)
    except (ValueError, LookupError, ModelsmithError) as error:
        words = f"nothing can be concluded from its evidence: {type(error).__name__}: {error}"
        yield Difference(entry=entry.index, where=place_of(entry.index, context.state), what=words)
        return
    if outcome.event is not entry.event:
        words = f"the ledger says {entry.event}, the evidence {outcome.event}"
        yield Difference(entry=entry.index, where="event", what=words)
    yield from _fields(entry.index, "facts", dict(entry.facts), facts_as_json(outcome.facts))
    for path, content in sorted(named(context, outcome.derived).items()):
        if path not in entry.evidence:
            yield Difference(entry=entry.index, where=path, what="the ledger does not name it")
        elif (given := context.read(path)) != content:
            words = "recomputed from the evidence it differs " + _first(given, content)
            yield Difference(entry=entry.index, where=path, what=words)


def _fields(
    index: int,
    where: str,
    given: JsonObject,
    computed: JsonObject,
    source: str = "the evidence",
) -> Iterator[Difference]:
    for name in sorted({*given, *computed}):
        one, other = given.get(name, ABSENT), computed.get(name, ABSENT)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _fields(index, f"{where}.{name}", one, other, source)
        elif canonical(one) != canonical(other):
            words = f"the ledger says {one!r}, {source} {other!r}"
            yield Difference(entry=index, where=f"{where}.{name}", what=words)


def _first(given: bytes, computed: bytes) -> str:
    pairs = zip(given, computed, strict=False)
    at = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(given), len(computed)))
    return f"from byte {at} on"
