"""The append-only record of a run: one line an entry, each naming the one before.

It is read from bytes, wherever they come from: a folder or a branch. A line is
`{"entry": {...}, "sha256": "<digest of entry>"}` in canonical JSON, so that a changed byte is
seen in the last line too, which no later entry names. The beginning of a line that a killed writer
left at the end is dropped; a whole line that lacks its newline counts.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import AwareDatetime, JsonValue, ValidationError

from modelsmith.errors import BrokenRecordError, TransitionError
from modelsmith.record import Count, Record, Sha256, canonical, sha256
from modelsmith.run.state_machine import START, Event, LoopPosition, advance, replayed

GENESIS = "0" * 64
"""`previous` of a run's first entry."""


class Entry(Record):
    """One transition and the evidence that informed it."""

    index: Count
    """Position in the ledger, counted from 0."""
    recorded_at: AwareDatetime
    """When the transition was recorded, UTC."""
    event: Event
    """What happened."""
    iteration: Count
    """Round of the loop, counted from 1; 0 before the first."""
    facts: Mapping[str, JsonValue]
    """The figures that decided, and the rule's name; replay recomputes each from the evidence."""
    evidence: Mapping[str, Sha256]
    """Path of each evidence file, relative to the run, to its sha256."""
    previous: Sha256
    """Digest of the entry before, or `GENESIS`."""


def entry_after(  # noqa: PLR0913 - what an entry says
    past: Sequence[Entry],
    event: Event,
    *,
    iteration: int,
    facts: Mapping[str, JsonValue],
    evidence: Mapping[str, str],
    at: AwareDatetime,
) -> Entry:
    """Return the entry that records `event` at the end of `past`.

    Args:
        past: A ledger whose chain holds.
        event: What happened.
        iteration: Round of the loop.
        facts: The figures that decided.
        evidence: Digest of each evidence file by its path.
        at: When it is recorded.

    Raises:
        TransitionError: the run that `past` describes does not accept `event`.
    """
    advance(replayed(one.event for one in past), event)
    return Entry(
        index=len(past),
        recorded_at=at,
        event=event,
        iteration=iteration,
        facts=facts,
        evidence=evidence,
        previous=past[-1].digest() if past else GENESIS,
    )


def position_after(entries: Sequence[Entry], digests: Sequence[str] | None = None) -> LoopPosition:
    """Return the position `entries` lead to, having checked every link and transition.

    Args:
        entries: A ledger.
        digests: The digest of each, where it was computed from the bytes that the entry is from.

    Raises:
        BrokenRecordError: an entry is missing, moved or edited; its index is named.
        TransitionError: an entry records what its state did not accept.
    """
    position, previous = START, GENESIS
    for index, entry in enumerate(entries):
        if entry.index != index:
            raise BrokenRecordError(
                f"ledger entry {index}: field index is {entry.index}, expected {index}",
                remedy="Restore the ledger from git; entries are never edited, moved or removed.",
            )
        if entry.previous != previous:
            raise BrokenRecordError(
                f"ledger entry {index}: field previous is {entry.previous[:12]}..., "
                f"the entry before it has digest {previous[:12]}...",
                remedy="Restore the ledger from git; entries are never edited, moved or removed.",
            )
        previous = digests[index] if digests else entry.digest()
        position = _advanced(position, entry)
    return position


def _advanced(position: LoopPosition, entry: Entry) -> LoopPosition:
    try:
        return advance(position, entry.event)
    except TransitionError as error:
        raise TransitionError(
            f"ledger entry {entry.index}: {error.what}", remedy=error.remedy
        ) from None


RESTORE = "Restore the file from git; nothing in a run is edited after it was written."


WRITTEN = re.compile(rb'\{"entry":(\{.*\}),"sha256":"([0-9a-f]{64})"\}')
"""A line as `line_of` writes it: the entry's canonical bytes, and their digest."""


def entries_in(content: bytes, place: str) -> tuple[Entry, ...]:
    """Return the entries of a ledger, oldest first.

    Args:
        content: The ledger's bytes.
        place: The file, for messages.

    Raises:
        BrokenRecordError: a line is not what was written; file, line and field are named.
    """
    return tuple(
        entry_in(line, f"{place}:{number}")
        for number, line in enumerate(lines_in(content), start=1)
    )


def chain_in(content: bytes, place: str) -> tuple[Entry, ...]:
    """Return the entries of a ledger whose chain holds, oldest first; each line is read once.

    Args:
        content: The ledger's bytes.
        place: The file, for messages.

    Raises:
        BrokenRecordError: a line is not what was written, or an entry is missing, moved or edited.
        TransitionError: an entry records what its state did not accept.
    """
    entries = entries_in(content, place)
    position_after(entries, digests_in(content, place))
    return entries


def digests_in(content: bytes, place: str) -> list[str]:
    """Return the digest of each entry of a ledger, oldest first; a line that holds is not parsed.

    A line holds where its bytes have the digest that it states and name the digest of the line
    before, so that the last digest stands for every byte before it.

    Args:
        content: The ledger's bytes.
        place: The file, for messages.

    Raises:
        BrokenRecordError: a line is not what was written; file, line and field are named.
    """
    digests = [GENESIS]
    for line in lines_in(content):
        found = WRITTEN.fullmatch(line)
        link = f'"previous":"{digests[-1]}"'.encode()
        if found is None or sha256(found[1]) != found[2].decode() or link not in found[1]:
            return [entry.digest() for entry in entries_in(content, place)]
        digests.append(found[2].decode())
    return digests[1:]


def lines_in(content: bytes) -> list[bytes]:
    """Return the whole lines of a ledger."""
    *lines, rest = content.split(b"\n")
    return lines if _is_torn(rest) else [*lines, rest]


def line_of(entry: Entry) -> bytes:
    """Return the line that holds `entry`."""
    stated = {"entry": entry.model_dump(mode="json", by_alias=True), "sha256": entry.digest()}
    return canonical(stated) + b"\n"


def entry_in(line: bytes, place: str) -> Entry:
    """Return the entry of one line.

    Args:
        line: What stands in the ledger, without its newline.
        place: File and line number, for the message.

    Raises:
        BrokenRecordError: the line is not what was written; its field is named.
    """
    try:
        return _parsed(line)
    except BrokenRecordError as error:
        raise BrokenRecordError(f"{place}: {error.what}", remedy=error.remedy) from None


@lru_cache(maxsize=1024)  # a run's ledger is read at each step, and is the last one and a line
def _parsed(line: bytes) -> Entry:
    try:
        parsed: Any = json.loads(line)
        is_canonical = canonical(parsed) == line
    except ValueError:  # also what is not UTF-8, and figures that JSON does not know
        raise _broken("entry", "is not JSON") from None
    if not isinstance(parsed, dict) or set(parsed) != {"entry", "sha256"}:
        raise _broken("line", "does not hold exactly entry and sha256")
    if not is_canonical:
        raise _broken("line", "is not in canonical form (RFC 8785)")
    entry = line.removeprefix(b'{"entry":').removesuffix(
        b',"sha256":%b}' % canonical(parsed["sha256"])
    )
    found = sha256(entry)
    if parsed["sha256"] != found:
        raise _broken("sha256", f"says {parsed['sha256']}, the entry beside it has {found}")
    try:
        return Entry.model_validate_json(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _broken(field, first["msg"]) from None


def _broken(field: str, reason: str) -> BrokenRecordError:
    return BrokenRecordError(f"field {field} {reason}", remedy=RESTORE)


def _is_torn(rest: bytes) -> bool:
    """Return whether what stands behind the last newline is the beginning of a line.

    No beginning of a JSON object is a JSON object. So where one can be read, the line is whole,
    and what follows it, a changed newline say, is for the caller to refuse.
    """
    try:
        json.JSONDecoder().raw_decode(rest.decode("utf-8", errors="replace"))
    except ValueError:
        return True
    return False
