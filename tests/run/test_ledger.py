from itertools import pairwise

import pytest

from modelsmith.errors import BrokenRecordError, TransitionError
from modelsmith.run.ledger import GENESIS, Entry, entry_after, position_after
from modelsmith.run.state_machine import START, Event, LoopPosition, State, replayed
from tests.support.clock import START as AT

EVENTS = (
    Event.STARTED,
    Event.EVALUATED,
    Event.TRAINED,
    Event.EXPANDED,
    Event.CONTINUED,
    Event.EVALUATED,
)


def ledger(*events):
    past = []
    for number, event in enumerate(events or EVENTS):
        facts = {"number": number}
        past.append(entry_after(past, event, iteration=1, facts=facts, evidence={}, at=AT))
    return past


def edited(entry, **changes):
    return Entry.model_validate(entry.model_dump() | changes)


def test_an_empty_ledger_stands_at_the_start():
    assert position_after([]) == START


def test_replaying_the_entries_gives_the_state():
    for count in range(len(EVENTS) + 1):
        assert position_after(ledger()[:count]) == replayed(EVENTS[:count])
    assert position_after(ledger()) == LoopPosition(State.TRAIN)


def test_each_entry_names_the_one_before():
    entries = ledger()
    assert entries[0].previous == GENESIS
    assert [entry.index for entry in entries] == list(range(6))
    assert all(b.previous == a.digest() for a, b in pairwise(entries))


def test_an_event_that_does_not_fit_is_not_appended():
    with pytest.raises(TransitionError, match="a run in train cannot record staged"):
        entry_after(ledger(), Event.STAGED, iteration=1, facts={}, evidence={}, at=AT)


@pytest.mark.parametrize("at", range(5))
@pytest.mark.parametrize(
    "change", [{"facts": {"number": 9}}, {"iteration": 7}, {"evidence": {"a": "0" * 64}}]
)
def test_an_edited_entry_breaks_the_link_of_the_next(at, change):
    entries = ledger()
    entries[at] = edited(entries[at], **change)
    with pytest.raises(BrokenRecordError, match=f"ledger entry {at + 1}: field previous is ") as e:
        position_after(entries)
    assert f"the entry before it has digest {entries[at].digest()[:12]}..." in e.value.what


@pytest.mark.parametrize("at", range(5))
def test_a_dropped_entry_is_missed_by_its_index(at):
    entries = ledger()
    del entries[at]
    message = f"ledger entry {at}: field index is {at + 1}, expected {at}"
    with pytest.raises(BrokenRecordError, match=message):
        position_after(entries)


@pytest.mark.parametrize("at", range(6))
def test_a_duplicated_entry_is_seen_by_its_index(at):
    entries = ledger()
    entries.insert(at, entries[at])
    message = f"ledger entry {at + 1}: field index is {at}, expected {at + 1}"
    with pytest.raises(BrokenRecordError, match=message):
        position_after(entries)


@pytest.mark.parametrize(("source", "target"), [(0, 5), (5, 0), (2, 3), (4, 1)])
def test_a_moved_entry_is_seen_at_the_first_place_that_is_not_its_own(source, target):
    entries = ledger()
    entries.insert(target, entries.pop(source))
    first = min(source, target)
    found = entries[first].index
    with pytest.raises(BrokenRecordError, match=f"ledger entry {first}: field index is {found}"):
        position_after(entries)


def test_a_forged_chain_with_an_event_that_does_not_fit_names_the_entry():
    entries = ledger()[:2]
    entries.append(edited(entries[1], index=2, event=Event.STAGED, previous=entries[1].digest()))
    with pytest.raises(
        TransitionError, match="ledger entry 2: a run in train cannot record staged"
    ):
        position_after(entries)
