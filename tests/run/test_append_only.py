"""What was recorded stays: each row of the table, changed in each way."""

import pytest

from modelsmith.git.commits import Change
from modelsmith.run.append_only import entries_of, first_lost, is_extended, rewritings
from modelsmith.run.ledger import line_of
from modelsmith.run.state_machine import Event
from tests.support.entries import an_entry

ENTRY = an_entry(0, Event.STARTED, evidence={"000-intake/exam.json": "e" * 64})
LINE = line_of(ENTRY)
CONTENT = {"one": LINE, "two": LINE + b"more\n", "other": b"other\n", "none": b""}


def lost(path, before, after, *others, ledger=LINE):
    changes = [Change(path, before, after), *others]
    found = rewritings(changes, lambda run: ledger, CONTENT.__getitem__)
    return [(one.change.path, one.entry, one.what) for one in found]


@pytest.mark.parametrize(
    "path",
    ["runs/tiny/000-intake/exam.json", "runs/tiny/run.yaml"],
)
def test_what_an_entry_names_may_not_change_at_all(path):
    assert lost(path, "x", "y") == [(path, 0, "the file was edited")]
    assert lost(path, "x", None) == [(path, 0, "the file was removed")]
    moved = Change("elsewhere", None, "x")
    assert lost(path, "x", None, moved) == [(path, 0, "the file was moved to elsewhere")]
    assert lost(path, None, "x") == []


@pytest.mark.parametrize(
    "path", ["runs/tiny/notes.txt", "runs/README.md", "promotions/policy.yaml", "README.md"]
)
def test_what_is_no_record_may_change(path):
    assert lost(path, "x", "y") == lost(path, "x", None) == []


def test_before_the_first_entry_run_yaml_is_reviewed_as_any_file():
    assert lost("runs/tiny/run.yaml", "x", "y", ledger=b"") == []


@pytest.mark.parametrize("path", ["runs/tiny/ledger.jsonl", "promotions/channels/live.jsonl"])
def test_lines_are_added_at_the_end_and_nowhere_else(path):
    assert is_extended(path)
    assert lost(path, "one", "two") == lost(path, None, "one") == []
    assert lost(path, "two", "one") == [(path, 1, "line 2 was removed, 1 line left")]
    assert lost(path, "two", "none") == [(path, 0, "line 1 was removed, 0 lines left")]
    assert lost(path, "one", "other") == [(path, 0, "line 1 was edited")]
    assert lost(path, "one", None) == [(path, 0, "the file was removed")]


def test_versions_stay_and_channels_move_on():
    record = "promotions/adtech/v1/record.json"
    assert lost(record, "x", "y") == [(record, None, "the file was edited")]
    assert lost(record, "x", None) == [(record, None, "the file was removed")]
    channel = "promotions/channels/sandbox.yaml"
    assert lost(channel, "x", "y") == []
    assert lost(channel, "x", None) == [(channel, None, "the file was removed")]


def test_a_ledger_in_another_folder_is_evidence_as_any_other():
    assert not is_extended("runs/tiny/001-eval/ledger.jsonl")
    assert not is_extended("promotions/adtech/v1/log.jsonl")


def test_the_first_lost_line_is_found_whatever_follows():
    assert first_lost(b"", b"") is first_lost(LINE, LINE) is first_lost(b"", LINE) is None
    assert first_lost(LINE + LINE, LINE) == 1
    assert first_lost(LINE, b"{}\n" + LINE) == 0


def test_a_line_that_cannot_be_read_is_passed_over():
    assert entries_of(b"{}\n" + LINE) == (ENTRY,)
    assert entries_of(b"") == ()
