"""What was recorded stays: which changes from one tree to the next take something back.

| path                                     | may change                                        |
|------------------------------------------|---------------------------------------------------|
| runs/RUN/ledger.jsonl                    | lines are added at its end                        |
| runs/RUN/run.yaml                        | until the ledger has its first entry              |
| runs/RUN/..., named by an entry          | never                                             |
| promotions/SPECIALIST/VERSION/...        | files are added                                   |
| promotions/channels/CHANNEL.yaml         | its content moves on; the file stays              |
| promotions/channels/... that is `.jsonl` | lines are added at its end                        |
| promotions/..., elsewhere (the policy)   | by review, as any other file                      |

What no entry names is no record, and may be taken away.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from modelsmith.errors import BrokenRecordError
from modelsmith.git.commits import Change
from modelsmith.layout import CHANNELS, LEDGER, PROMOTIONS, RUNS, SETTINGS
from modelsmith.run.ledger import Entry, entry_in, lines_in

RUN_DEPTH, VERSION_DEPTH = 3, 4
"""Parts of the shortest path of a file of a run, and of a promotion's version."""


REMEMBERED = 10_000
"""Ledger lines that are kept read: each stands in every later state of its ledger."""


class Rewriting(NamedTuple):
    """A change that takes back what was recorded."""

    change: Change
    """What stood there, and what stands there now."""
    entry: int | None
    """The first ledger entry that it concerns."""
    what: str
    """What was done."""


Content = Callable[[str], bytes]
"""Returns what has a name."""


def rewritings(changes: Sequence[Change], ledger_of: Content, content: Content) -> list[Rewriting]:
    """Return the changes that take back what was recorded.

    Args:
        changes: What differs between a tree and a later one.
        ledger_of: Returns the ledger of a run as it was in the first tree; empty where none was.
        content: Returns what has a name.
    """
    arrived = {change.after: change.path for change in changes if change.before is None}
    found: list[Rewriting] = []
    for change in changes:
        if change.before is None:
            continue
        parts = change.path.split("/")
        if parts[0] == RUNS and len(parts) >= RUN_DEPTH:
            ledger = ledger_of(parts[1])
            found += _in_run("/".join(parts[2:]), change, ledger, content, arrived)
        elif parts[0] == PROMOTIONS and len(parts) >= VERSION_DEPTH - 1:
            found += _in_promotions(parts, change, content, arrived)
    return found


def entries_of(ledger: bytes) -> tuple[Entry, ...]:
    """Return the entries that can be read; replay says what is wrong with the others."""
    found = (_read(line) for line in lines_in(ledger))
    return tuple(entry for entry in found if entry is not None)


@lru_cache(REMEMBERED)
def _read(line: bytes) -> Entry | None:
    try:
        return entry_in(line, LEDGER)
    except BrokenRecordError:
        return None


def first_lost(before: bytes, after: bytes) -> int | None:
    """Return the index of the first line of `before` that `after` does not begin with, or none."""
    old, new = lines_in(before), lines_in(after)
    pairs = enumerate(old)
    return next((at for at, line in pairs if at >= len(new) or new[at] != line), None)


def is_extended(path: str) -> bool:
    """Return whether lines may be added at the end of the file at `path`."""
    parts = path.split("/")
    if parts[0] == RUNS:
        return parts[2:] == [LEDGER]
    return parts[:2] == [PROMOTIONS, CHANNELS] and path.endswith(".jsonl")


def _in_run(
    name: str, change: Change, ledger: bytes, content: Content, arrived: dict[str | None, str]
) -> Iterator[Rewriting]:
    if name == LEDGER:
        yield from _in_lines(change, content, arrived)
        return
    entries = entries_of(ledger)
    naming = next((entry.index for entry in entries if name in entry.evidence), None)
    if name == SETTINGS and entries:
        naming = 0
    if naming is not None:
        yield Rewriting(change, naming, _done(change, arrived))


def _in_promotions(
    parts: Sequence[str], change: Change, content: Content, arrived: dict[str | None, str]
) -> Iterator[Rewriting]:
    if parts[1] == CHANNELS:
        if is_extended(change.path):
            yield from _in_lines(change, content, arrived)
        elif change.after is None:
            yield Rewriting(change, None, _done(change, arrived))
    elif len(parts) >= VERSION_DEPTH:
        yield Rewriting(change, None, _done(change, arrived))


def _in_lines(
    change: Change, content: Content, arrived: dict[str | None, str]
) -> Iterator[Rewriting]:
    before = content(str(change.before))
    if change.after is None:
        yield Rewriting(change, 0, _done(change, arrived))
        return
    after = content(change.after)
    lost = first_lost(before, after)
    if lost is not None:
        rows = len(lines_in(after))
        rest = "1 line" if rows == 1 else f"{rows} lines"
        how = "was edited" if lost < rows else f"was removed, {rest} left"
        yield Rewriting(change, lost, f"line {lost + 1} {how}")


def _done(change: Change, arrived: dict[str | None, str]) -> str:
    if change.after is not None:
        return "the file was edited"
    where = arrived.get(change.before)
    return f"the file was moved to {where}" if where else "the file was removed"
