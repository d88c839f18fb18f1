"""A ledger's lines as entries, wherever the bytes come from: a folder or a branch.

A line is `{"entry": {...}, "sha256": "<digest of entry>"}` in canonical JSON, so that a changed
byte is seen in the last line too, which no later entry names. The beginning of a line that a
killed writer left at the end is dropped; a whole line that lacks its newline counts.
"""

import json
import re
from typing import Any

from pydantic import ValidationError

from modelsmith.errors import BrokenRecordError
from modelsmith.record import canonical, sha256
from modelsmith.run.ledger import GENESIS, Entry, position_after

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
        parsed: Any = json.loads(line)
        is_canonical = canonical(parsed) == line
    except ValueError:  # also what is not UTF-8, and figures that JSON does not know
        raise _broken(place, "entry", "is not JSON") from None
    if not isinstance(parsed, dict) or set(parsed) != {"entry", "sha256"}:
        raise _broken(place, "line", "does not hold exactly entry and sha256")
    if not is_canonical:
        raise _broken(place, "line", "is not in canonical form (RFC 8785)")
    entry = line.removeprefix(b'{"entry":').removesuffix(
        b',"sha256":%b}' % canonical(parsed["sha256"])
    )
    found = sha256(entry)
    if parsed["sha256"] != found:
        raise _broken(place, "sha256", f"says {parsed['sha256']}, the entry beside it has {found}")
    try:
        return Entry.model_validate_json(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise _broken(place, field, first["msg"]) from None


def _broken(place: str, field: str, reason: str) -> BrokenRecordError:
    return BrokenRecordError(f"{place}: field {field} {reason}", remedy=RESTORE)


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
