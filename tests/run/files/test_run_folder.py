import json
import os
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelsmith.errors import BrokenRecordError, RunBusyError, UsageError
from modelsmith.record import sha256
from modelsmith.run.files.run_folder import DiskRunFolder
from modelsmith.run.ledger import entry_after
from modelsmith.run.state_machine import Event
from tests.support.clock import START
from tests.support.models import ROOT

EVENTS = (Event.STARTED, Event.EVALUATED, Event.TRAINED)


def next_entry(past, **facts):
    return entry_after(past, EVENTS[len(past)], iteration=1, facts=facts, evidence={}, at=START)


def filled(path, count=3):
    run = DiskRunFolder(path)
    for number in range(count):
        run.append(next_entry(run.entries(), number=number, word="grün"))
    return run


def in_a_process(script, *words):
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "demo"


# The ledger


def test_a_run_that_was_never_written_has_no_entry(path):
    assert DiskRunFolder(path).entries() == ()
    assert DiskRunFolder(path).name == "demo"


def test_entries_come_back_as_they_were_appended(path):
    filled(path)
    entries = DiskRunFolder(path).entries()
    assert [entry.event for entry in entries] == list(EVENTS)
    assert [entry.facts["number"] for entry in entries] == [0, 1, 2]
    assert entries[1].previous == entries[0].digest()


def test_a_line_is_canonical_and_carries_the_digest_of_its_entry(path):
    run = filled(path, 1)
    (line,) = (path / "ledger.jsonl").read_bytes().splitlines()
    stated = json.loads(line)
    assert list(stated) == ["entry", "sha256"]
    assert stated["sha256"] == run.entries()[0].digest()
    assert b": " not in line


@pytest.mark.parametrize("left", [1, 40, 0])
def test_a_torn_last_line_is_dropped_and_the_next_append_takes_its_place(path, left):
    run = filled(path)
    ledger = path / "ledger.jsonl"
    whole = ledger.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    ledger.write_bytes(whole[: last + left])
    assert len(run.entries()) == 2
    run.append(next_entry(run.entries(), number=2, word="grün"))
    assert ledger.read_bytes() == whole


def test_a_writer_killed_anywhere_in_a_line_leaves_a_ledger_that_ends_the_same(path):
    run = filled(path)
    ledger = path / "ledger.jsonl"
    whole = ledger.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for length in range(last, len(whole)):
        ledger.write_bytes(whole[:length])
        past = run.entries()
        if len(past) == 2:
            run.append(next_entry(past, number=2, word="grün"))
            assert ledger.read_bytes() == whole, length
    assert len(past) == 3  # all but the newline was there


def test_a_whole_line_without_its_newline_counts_and_the_next_append_adds_it(path):
    run = filled(path, 2)
    ledger = path / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().rstrip(b"\n"))
    assert len(run.entries()) == 2
    run.append(next_entry(run.entries(), number=2, word="grün"))
    assert ledger.read_bytes() == (filled(path.parent / "other").read("ledger.jsonl"))


def test_a_flip_of_any_byte_is_located_by_line(path):
    run = filled(path)
    ledger = path / "ledger.jsonl"
    whole = ledger.read_bytes()
    for place in range(len(whole)):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        ledger.write_bytes(flipped)
        line = whole[:place].count(b"\n") + 1
        with pytest.raises(BrokenRecordError, match=f"ledger.jsonl:{line}: field "):
            run.entries()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_a_change_of_any_bits_of_a_byte_is_located(path, place, mask):
    if not (path / "whole").exists():
        filled(path)
        (path / "whole").write_bytes((path / "ledger.jsonl").read_bytes())
    changed = bytearray((path / "whole").read_bytes())
    changed[place % len(changed)] ^= mask
    (path / "ledger.jsonl").write_bytes(changed)
    with pytest.raises(BrokenRecordError, match=r"ledger.jsonl:[123]: field "):
        DiskRunFolder(path).entries()


def rewritten(path, number, change):
    """Change the entry of one line and give it the digest it then has."""
    ledger = path / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines()
    from modelsmith.record import canonical, digest_of

    entry = json.loads(lines[number - 1])["entry"]
    change(entry)
    lines[number - 1] = canonical({"entry": entry, "sha256": digest_of(entry)})
    ledger.write_bytes(b"\n".join(lines) + b"\n")


def test_an_edited_entry_is_refused_with_file_line_and_both_digests(path):
    run = filled(path)
    ledger = path / "ledger.jsonl"
    was = run.entries()[1].digest()
    ledger.write_bytes(ledger.read_bytes().replace(b'"number":1', b'"number":7'))
    with pytest.raises(BrokenRecordError) as caught:
        run.entries()
    assert caught.value.what.startswith(f"{ledger}:2: field sha256 says {was}, the entry beside it")
    assert caught.value.remedy.startswith("Restore the file from git")


def test_an_entry_with_an_unknown_event_names_the_field(path):
    run = filled(path)
    rewritten(path, 2, lambda entry: entry.update(event="celebrated"))
    with pytest.raises(BrokenRecordError, match=r"ledger.jsonl:2: field event Input should be"):
        run.entries()


def test_an_entry_with_a_field_too_many_names_it(path):
    run = filled(path)
    rewritten(path, 3, lambda entry: entry.update(mood="fine"))
    with pytest.raises(BrokenRecordError, match=r"ledger.jsonl:3: field mood Extra inputs"):
        run.entries()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "field entry is not JSON"),
        (b"\xff\xfe", "field entry is not JSON"),
        (b"[]", "field line does not hold exactly entry and sha256"),
        (b'{"entry":{}}', "field line does not hold exactly entry and sha256"),
        (b'{"entry":{"a":NaN},"sha256":""}', "field entry is not JSON"),
        (b'{"sha256":"","entry":{}}', "field line is not in canonical form"),
        (b'{"entry":{},"sha256":"", "sha256":""}', "field line is not in canonical form"),
    ],
)
def test_a_whole_line_that_is_something_else_is_refused(path, line, reason):
    run = filled(path, 1)
    with (path / "ledger.jsonl").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(BrokenRecordError, match=f"ledger.jsonl:2: {reason}"):
        run.entries()


def test_an_entry_after_one_that_is_no_longer_the_last_is_refused(path):
    run = filled(path, 1)
    past = run.entries()
    DiskRunFolder(path).append(next_entry(past, number=1))
    before = run.read("ledger.jsonl")
    with pytest.raises(RunBusyError) as caught:
        run.append(next_entry(past, number=99))
    assert caught.value.what == (
        f"run demo: entry 1 follows {past[0].digest()[:12]}..., but the ledger ends with entry 1, "
        f"{run.entries()[1].digest()[:12]}...: another process wrote"
    )
    assert run.read("ledger.jsonl") == before


def test_an_entry_that_follows_nothing_is_refused_where_something_is(path):
    run = filled(path, 1)
    with pytest.raises(RunBusyError, match="another process wrote"):
        run.append(next_entry((), number=0))


def test_an_entry_after_altered_ones_is_refused_and_names_the_line(path):
    run = filled(path, 2)
    entry = next_entry(run.entries(), number=2)
    ledger = path / "ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"number":0', b'"number":7'))
    with pytest.raises(BrokenRecordError, match=r"ledger.jsonl:1: field sha256 says"):
        run.append(entry)


def test_an_edited_entry_with_its_digest_made_anew_breaks_the_chain(path):
    run = filled(path)
    assert run.chain() == run.entries()
    rewritten(path, 2, lambda entry: entry.update(iteration=7))
    assert len(run.entries()) == 3
    with pytest.raises(BrokenRecordError, match=r"ledger entry 2: field previous is "):
        run.chain()


def test_a_full_disk_while_appending_leaves_the_ledger_as_it_was(path):
    run = filled(path, 2)
    before = run.read("ledger.jsonl")
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from modelsmith.run.files.run_folder import DiskRunFolder\n"
        "from tests.run.files.test_run_folder import next_entry\n"
        "run = DiskRunFolder(Path(sys.argv[1]))\n"
        "entry = next_entry(run.entries(), long='x' * 5000)\n"
        "limit = len(run.read('ledger.jsonl')) + 100\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))\n"
        "for act in (lambda: run.append(entry), lambda: run.write('a/b.json', b'y' * 9000)):\n"
        "    try:\n"
        "        act()\n"
        "    except OSError as error:\n"
        "        print(error.strerror)\n"
    )
    assert in_a_process(script, str(path)).stdout == "File too large\n" * 2
    assert run.read("ledger.jsonl") == before
    assert list(run.files()) == ["ledger.jsonl"]
    assert not list((path / "a").iterdir())
    run.append(next_entry(run.entries(), number=2))
    assert len(run.entries()) == 3


# The lock


def test_a_second_process_is_told_who_holds_the_run(path):
    run = DiskRunFolder(path)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from modelsmith.run.files.run_folder import DiskRunFolder\n"
        "from modelsmith.errors import RunBusyError\n"
        "try:\n"
        "    with DiskRunFolder(Path(sys.argv[1])).lock():\n"
        "        print('held')\n"
        "except RunBusyError as error:\n"
        "    print(error.what)\n"
    )
    with run.lock():
        busy = in_a_process(script, str(path)).stdout
    assert busy == f"run demo is being stepped by process {os.getpid()}\n"
    assert in_a_process(script, str(path)).stdout == "held\n"


def test_the_lock_of_a_killed_process_is_free(path):
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from modelsmith.run.files.run_folder import DiskRunFolder\n"
        "with DiskRunFolder(Path(sys.argv[1])).lock():\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with pytest.raises(subprocess.CalledProcessError):
        in_a_process(script, str(path))
    with DiskRunFolder(path).lock():
        assert list(DiskRunFolder(path).files()) == []


def test_an_error_inside_frees_the_lock(path):
    run = DiskRunFolder(path)
    with pytest.raises(KeyError), run.lock():
        raise KeyError
    with run.lock():
        pass


# The evidence


def test_evidence_comes_back_under_its_path_with_its_digest(path):
    run = DiskRunFolder(path)
    assert run.write("001-eval/scores.json", b"{}") == sha256(b"{}")
    assert run.read("001-eval/scores.json") == b"{}"


def test_files_are_sorted_and_leave_lock_and_unfinished_ones_out(path):
    run = filled(path, 1)
    run.write("002-train/loss.json", b"[]")
    run.write("001-eval/scores.json", b"{}")
    (path / "001-eval" / ".writing-abc").write_bytes(b"half")
    with run.lock():
        assert list(run.files()) == [
            "001-eval/scores.json",
            "002-train/loss.json",
            "ledger.jsonl",
        ]


@pytest.mark.parametrize("target", ["../escape", "/escape", "a/../../escape", ".", ""])
def test_a_path_that_leaves_the_run_is_refused(path, target):
    run = DiskRunFolder(path)
    with pytest.raises(UsageError, match="leaves the run's folder"):
        run.write(target, b"x")
    with pytest.raises(BrokenRecordError, match="leaves the run's folder"):
        run.read(target)
    assert not (path.parent / "escape").exists()


def test_a_link_that_leads_out_of_the_run_is_refused(path, tmp_path):
    path.mkdir()
    (path / "out").symlink_to(tmp_path)
    with pytest.raises(UsageError, match="leaves the run's folder"):
        DiskRunFolder(path).write("out/file", b"x")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(BrokenRecordError, match="'out/file' leaves the run's folder") as told:
        DiskRunFolder(path).read("out/file")
    assert told.value.remedy.startswith("Restore the file from git;")


def test_the_ledger_is_not_written_as_evidence(path):
    with pytest.raises(UsageError, match=r"ledger\.jsonl is the ledger"):
        DiskRunFolder(path).write("ledger.jsonl", b"")


@pytest.mark.parametrize("target", ["001-eval/none.json", "001-eval", "ledger.jsonl/deeper"])
def test_evidence_that_is_not_there_is_refused_by_name(path, target):
    run = filled(path, 1)
    run.write("001-eval/scores.json", b"{}")
    with pytest.raises(BrokenRecordError, match=re.escape(f"demo/{target} is not there")):
        run.read(target)
