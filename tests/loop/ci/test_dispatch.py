from datetime import UTC, datetime

import pytest

from modelsmith.loop.ci.dispatch import reason_to_rest
from modelsmith.run.entry_facts import StoppedFacts, facts_as_json
from modelsmith.run.ledger import entry_after
from modelsmith.run.state_machine import Event
from tests.support.runs import a_config

AT = datetime(2030, 1, 1, tzinfo=UTC)
STARTED = {
    "config_sha256": "a" * 64,
    "exam_sha256": "a" * 64,
    "sealed_version": "a" * 64,
    "model_sha256": "a" * 64,
    "commit": "a" * 40,
    "peak_gib": 1.0,
}


def ledger(*stops):
    """Return the intake and then these stops, each with its words."""
    facts, entries = [(Event.STARTED, STARTED)], ()
    facts += [(e, facts_as_json(StoppedFacts(reason="x", words="no GPU"))) for e in stops]
    for event, said in facts:
        entry = entry_after(entries, event, iteration=0, facts=said, evidence={}, at=AT)
        entries = (*entries, entry)
    return entries


def reason(entries, *, after=0, over=None):
    return reason_to_rest("tiny", a_config(), entries, after=after, over=over)


def test_a_run_that_got_on_goes_on():
    assert reason(ledger()) is None


@pytest.mark.parametrize("after", [1, 7])
def test_a_run_that_did_not_get_on_asks_for_nothing(after):
    assert reason(ledger(), after=after) == (
        f"run tiny has 1 entries and had {after} before: a phase that records nothing would ask "
        "for itself for ever"
    )


def test_a_run_without_entries_asks_for_nothing():
    assert "has 0 entries and had 0 before" in reason(())


@pytest.mark.parametrize(
    ("stops", "words"),
    [
        ((Event.HALTED,), "run tiny is over: halted"),
        ((Event.BLOCKED,), "run tiny waits: no GPU"),
    ],
)
def test_a_run_that_is_over_or_waits_asks_for_nothing(stops, words):
    assert reason(ledger(*stops)) == words


def test_what_was_unblocked_goes_on():
    assert reason(ledger(Event.BLOCKED, Event.UNBLOCKED)) is None


def test_a_spent_budget_asks_for_nothing():
    assert reason(ledger(), over="tokens: 11 used") == (
        "run tiny is past its budget: tokens: 11 used"
    )
