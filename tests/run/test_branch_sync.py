"""What a runner does with its branch: the table by hand, and what it refuses."""

from datetime import UTC, datetime, timedelta

import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.run.branch_sync import BranchState, SyncAction, shared_length, sync_action_of
from modelsmith.run.ledger import entry_after
from modelsmith.run.state_machine import Event

AT = datetime(2030, 1, 1, tzinfo=UTC)
EVENTS = (Event.STARTED, Event.EVALUATED, Event.TRAINED)


def ledger(count, *, minutes=0):
    """Return `count` entries, the last one recorded some minutes later."""
    entries = ()
    for event in EVENTS[:count]:
        at = AT + timedelta(minutes=minutes if len(entries) == count - 1 else 0)
        entry = entry_after(entries, event, iteration=0, facts={}, evidence={}, at=at)
        entries = (*entries, entry)
    return entries


def standing(ours, theirs, known=None, **holds):
    flags = {"is_ahead": False, "is_behind": False, "is_rewritten": False} | holds
    return BranchState(ours=ours, theirs=theirs, known=known, **flags)


@pytest.mark.parametrize(
    ("ours", "theirs", "holds", "move"),
    [
        (None, None, {}, SyncAction.BEGIN),
        (ledger(1), None, {}, SyncAction.KEEP),
        (None, ledger(1), {}, SyncAction.TAKE),
        (ledger(2), ledger(2), {"is_ahead": True, "is_behind": True}, SyncAction.KEEP),
        (ledger(2), ledger(1), {"is_ahead": True}, SyncAction.KEEP),
        (ledger(1), ledger(2), {"is_behind": True}, SyncAction.TAKE),
        (ledger(1), ledger(2), {}, SyncAction.TAKE),
        (ledger(2), ledger(2), {}, SyncAction.TAKE),
        (ledger(2), ledger(1), {}, SyncAction.REBASE),
        (ledger(2), ledger(2, minutes=1), {}, SyncAction.YIELD),
        (ledger(3), ledger(2, minutes=1), {}, SyncAction.YIELD),
        ((), (), {}, SyncAction.TAKE),
    ],
)
def test_what_is_here_and_there_gives_the_move(ours, theirs, holds, move):
    assert sync_action_of("tiny", standing(ours, theirs, **holds)) is move


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        (ledger(1), "upstream lost entry 1 (evaluated, "),
        (ledger(2, minutes=1), "upstream lost entry 1 (evaluated, "),
        (None, "upstream lost entry 0 (started, "),
        ((), "upstream lost entry 0 (started, "),
    ],
)
def test_an_entry_that_upstream_had_is_missed_by_name(theirs, words):
    with pytest.raises(BrokenRecordError) as caught:
        sync_action_of("tiny", standing(ledger(2), theirs, ledger(2)))
    assert f"run tiny: {words}" in caught.value.what


def test_a_rewritten_history_is_refused_though_every_entry_is_there():
    with pytest.raises(BrokenRecordError, match="rewritten upstream; all 2 entries are there"):
        sync_action_of("tiny", standing(ledger(2), ledger(3), ledger(2), is_rewritten=True))


def test_what_grew_upstream_is_no_loss():
    assert (
        sync_action_of("tiny", standing(ledger(1), ledger(3), ledger(2), is_behind=True))
        is SyncAction.TAKE
    )


@pytest.mark.parametrize(
    ("one", "other", "length"),
    [
        ((), (), 0),
        (ledger(3), (), 0),
        (ledger(3), ledger(2), 2),
        (ledger(2, minutes=1), ledger(3), 1),
    ],
)
def test_ledgers_begin_with_so_many_entries_in_common(one, other, length):
    assert shared_length(one, other) == shared_length(other, one) == length
