"""Replay finds what was changed in a run, and where: a byte, a file, a line, a forged figure."""

import json
import shutil

import pytest

from modelsmith.exam.scenario import Scenario
from modelsmith.loop.replay import replay
from modelsmith.promotion.bundle import EVIDENCE, LIVE, PARTS, RECORD, REPORT, REQUEST
from modelsmith.record import canonical, sha256
from modelsmith.run.files.run_folder import DiskRunFolder
from tests.support.forging import forge, stored
from tests.support.killed_run import EXAM, SKILL
from tests.support.runs import a_config, a_workshop, files_in, learning

pytestmark = pytest.mark.slow

EVENTS = ["started", "evaluated", "trained", "expanded", "converged", "refused"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("finished"), exam=EXAM, skill=SKILL)
    workshop.go()
    assert workshop.events() == EVENTS
    return workshop.folder


@pytest.fixture
def run(finished, tmp_path):
    """Return a copy that a test may spoil."""
    shutil.copytree(finished, tmp_path / "tiny")
    return tmp_path / "tiny"


def replay_in(folder):
    return replay(DiskRunFolder(folder), a_config)


def places(found):
    return [(d.entry, d.where) for d in found.differences]


def test_a_finished_run_replays_equal(finished):
    found = replay_in(finished)
    assert found.differences == ()
    assert (found.entries, found.decisions) == (6, 5)
    assert found.files == len(files_in(finished)) - 2


def test_replaying_changes_nothing(run):
    before = files_in(run)
    replay_in(run)
    assert files_in(run) == before


# Bytes


def test_a_flipped_byte_of_any_evidence_file_is_located_by_file_and_entry(run):
    entries = DiskRunFolder(run).entries()
    named = {path: entry.index for entry in entries for path in entry.evidence}
    assert len(named) > 25
    for path, index in named.items():
        content = (run / path).read_bytes()
        for at in {0, len(content) // 3, len(content) // 2, len(content) - 1}:
            changed = bytearray(content)
            changed[at] ^= 1
            (run / path).write_bytes(changed)
            found = replay_in(run)
            assert places(found) == [(index, path)], (path, at)
            (difference,) = found.differences
            assert difference.what == (
                f"its sha256 is {sha256(bytes(changed))[:12]}..., "
                f"the ledger says {sha256(content)[:12]}..."
            )
        (run / path).write_bytes(content)
    assert replay_in(run).differences == ()


def test_a_flipped_byte_of_run_yaml_is_located(run):
    content = (run / "run.yaml").read_bytes()
    for at in (0, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[at] ^= 1
        (run / "run.yaml").write_bytes(changed)
        assert places(replay_in(run)) == [(0, "run.yaml")]


@pytest.mark.parametrize("bit", [1, 32, 128])
def test_a_flipped_byte_of_any_ledger_line_is_located_by_line_and_field(run, bit):
    content = (run / "ledger.jsonl").read_bytes()
    lines = content.splitlines(keepends=True)
    start = 0
    for number, line in enumerate(lines, start=1):
        inside = [0, 1, 9, len(line) // 3, len(line) // 2, len(line) - 40, len(line) - 2]
        for at in inside:
            changed = bytearray(content)
            changed[start + at] ^= bit
            (run / "ledger.jsonl").write_bytes(changed)
            found = replay_in(run)
            assert places(found) == [(None, "ledger.jsonl")], (number, at)
            assert f"ledger.jsonl:{number}: field " in found.differences[0].what, (number, at)
        start += len(line)


def test_a_flipped_line_end_of_the_ledger_is_located(run):
    content = (run / "ledger.jsonl").read_bytes()
    ends = [at for at, byte in enumerate(content) if byte == ord("\n")]
    for number, at in enumerate(ends, start=1):
        changed = bytearray(content)
        changed[at] ^= 1
        (run / "ledger.jsonl").write_bytes(changed)
        (difference,) = replay_in(run).differences
        assert difference.where == "ledger.jsonl"
        assert f"ledger.jsonl:{number}: field " in difference.what


# Files


def test_a_file_that_is_gone_is_located(run):
    (run / "002-train/rows.jsonl").unlink()
    (difference,) = replay_in(run).differences
    assert str(difference) == "entry 2: 002-train/rows.jsonl: the file is gone"


def test_run_yaml_that_is_gone_is_located(run):
    (run / "run.yaml").unlink()
    (difference,) = replay_in(run).differences
    assert (difference.entry, difference.where) == (0, "run.yaml")
    assert difference.what.startswith("its sha256 is (gone)..., intake says ")


def test_a_file_that_no_entry_names_is_located(run):
    (run / "004-assess/notes.txt").write_text("trust me")
    (difference,) = replay_in(run).differences
    assert str(difference) == ("no entry: 004-assess/notes.txt: no ledger entry names this file")


def test_all_that_differs_is_told_at_once(run):
    (run / "002-train/rows.jsonl").unlink()
    (run / "001-eval/report.md").write_text("# all passed\n")
    (run / "more.txt").write_text("x")
    assert places(replay_in(run)) == [
        (1, "001-eval/report.md"),
        (2, "002-train/rows.jsonl"),
        (None, "more.txt"),
    ]


# Lines of the ledger


@pytest.mark.parametrize("left", [1, 200, -1])
def test_a_torn_last_line_is_located_also_where_it_named_no_file(tmp_path, left):
    workshop = a_workshop(
        tmp_path, exam=EXAM, skill=learning(0.05), budgets={"iterations": 3, "tokens": 10}
    )
    workshop.go()
    assert workshop.events() == ["started", "evaluated", "halted"]
    ledger = workshop.folder / "ledger.jsonl"
    *whole, last = ledger.read_bytes().splitlines(keepends=True)
    torn = last[:left] if left > 0 else last[:-1]
    ledger.write_bytes(b"".join(whole) + torn)
    (difference,) = workshop.replay().differences
    assert (difference.entry, difference.where) == (2, "ledger.jsonl")
    assert difference.what == f"line 3 has no end, {len(torn)} bytes of it are there"


def test_a_ledger_that_is_gone_leaves_files_that_no_entry_names(run):
    (run / "ledger.jsonl").unlink()
    found = replay_in(run)
    assert found.entries == 0
    assert {d.what for d in found.differences} == {"no ledger entry names this file"}


@pytest.mark.parametrize("at", range(1, 6))
def test_a_dropped_line_is_located_by_its_index(run, at):
    lines = (run / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    del lines[at - 1]
    (run / "ledger.jsonl").write_bytes(b"".join(lines))
    (difference,) = replay_in(run).differences
    message = f"ledger entry {at - 1}: field index is {at}, expected {at - 1}"
    assert (difference.where, difference.what) == ("ledger.jsonl", message)


# Forged: digests and chain mended, so that only computing again finds it


def edit(folder, path, change):
    value = json.loads((folder / path).read_bytes())
    change(value)
    (folder / path).write_bytes(canonical(value))


def test_forging_nothing_is_no_difference(run):
    before = files_in(run)
    forge(run, stored(run))
    assert files_in(run) == before


def better(card):
    card["pass_rate"] = 1.0


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("001-eval/scorecard-steer.json", better),
        ("001-eval/invariance.json", lambda found: found.update(same=0)),
        ("004-assess/round.json", lambda one: one.update(train_pass_rate=0.9)),
        ("004-assess/assessment.json", lambda one: one.update(reason="saturated", rule="none")),
        ("003-expand/reconciliation.json", lambda one: one["reconciled"].pop()),
        ("005-promote/gate.json", lambda gate: gate.update(decision="promote")),
        ("005-promote/record.json", lambda record: record.update(attempt=2)),
    ],
)
def test_a_forged_conclusion_is_found_by_concluding_again(run, path, change):
    edit(run, path, change)
    forge(run, stored(run))
    found = replay_in(run)
    assert (int(path[:3]), path) in places(found)
    difference = next(d for d in found.differences if d.where == path)
    assert difference.what.startswith("recomputed from the evidence it differs from byte ")


def test_a_forged_report_is_found(run):
    report = run / "005-promote/report.md"
    report.write_text(report.read_text().replace("DOES NOT HOLD", "holds"))
    forge(run, stored(run))
    assert places(replay_in(run)) == [(5, "005-promote/report.md")]


def test_forged_answers_contradict_the_scores(run):
    path = run / "001-eval/answers-train.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    rows = [json.loads(line) for line in (run / "002-train/rows.jsonl").read_text().splitlines()]
    for line in lines:
        line["answer"]["text"] = next(
            row["target"] for row in rows if row["scenario"] == line["scenario"]
        )
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
    forge(run, stored(run))
    assert (1, "001-eval/scorecard-train.json") in places(replay_in(run))


@pytest.mark.parametrize(
    ("index", "fact", "value"),
    [
        (0, "exam_sha256", "b" * 64),
        (0, "sealed_version", "b" * 64),
        (0, "peak_gib", 0.001),
        (1, "weakest", "nothing failed"),
        (1, "usage", {"seconds": 0.0, "tokens": 1, "cost_usd": 0.0}),
        (2, "acceptance", 0.3),
        (3, "accepted", 99),
        (4, "rule", "saturated: by decree"),
        (5, "failing", []),
    ],
)
def test_a_forged_fact_is_located_by_entry_and_field(run, index, fact, value):
    entries = stored(run)
    assert entries[index]["facts"][fact] != value
    entries[index]["facts"][fact] = value
    forge(run, entries)
    found = replay_in(run)
    where = f"facts.{fact}.tokens" if fact == "usage" else f"facts.{fact}"
    assert (index, where) in places(found)
    difference = next(d for d in found.differences if d.where == where)
    was = repr(value["tokens"] if fact == "usage" else value)
    assert difference.what.startswith(f"the ledger says {was}, the evidence ")


def test_a_forged_ending_is_found(run):
    entries = stored(run)
    entries[5]["event"] = "staged"
    forge(run, entries)
    (difference,) = replay_in(run).differences
    assert str(difference) == "entry 5: event: the ledger says staged, the evidence refused"


def test_a_forged_round_is_found(run):
    entries = stored(run)
    entries[3]["iteration"] = 2
    forge(run, entries)
    difference, *after = replay_in(run).differences
    assert str(difference) == ("entry 3: iteration: the ledger says 2, the entries before it 1")
    assert [(one.entry, one.where) for one in after] == [(5, "005-promote/request.json")]


def test_a_file_left_out_of_an_entry_is_found(run):
    entries = stored(run)
    del entries[4]["evidence"]["004-assess/assessment.json"]
    (run / "004-assess/assessment.json").unlink()
    forge(run, entries)
    assert (4, "004-assess/assessment.json") in places(replay_in(run))


def test_raw_evidence_left_out_of_an_entry_is_found_and_no_defect(run):
    entries = stored(run)
    del entries[1]["evidence"]["001-eval/answers-train.jsonl"]
    (run / "001-eval/answers-train.jsonl").unlink()
    forge(run, entries)
    first = replay_in(run).differences[0]
    assert (first.entry, first.where) == (1, "001-eval")
    assert first.what == (
        "nothing can be concluded from its evidence: KeyError: 'answers-train.jsonl'"
    )


def test_evidence_that_cannot_be_read_is_found_and_no_defect(run):
    (run / "002-train/training.json").write_bytes(b"{}")
    forge(run, stored(run))
    first = replay_in(run).differences[0]
    assert (first.entry, first.where) == (2, "002-train")
    assert "ValidationError" in first.what


def test_facts_of_another_shape_are_located_by_entry_and_field(run):
    entries = stored(run)
    entries[2]["facts"]["steps"] = "many"
    forge(run, entries)
    (difference,) = replay_in(run).differences
    assert difference.where == "ledger.jsonl"
    assert difference.what.startswith("ledger entry 2: field facts.steps of trained: Input should")


def test_a_forged_order_of_events_is_located(run):
    entries = stored(run)
    entries[3]["event"] = "staged"
    forge(run, entries)
    (difference,) = replay_in(run).differences
    assert difference.what == "ledger entry 3: a run in expand cannot record staged"


def test_settings_that_are_not_those_of_run_yaml_are_found(run):
    edit(run, "000-intake/run.json", lambda config: config["budgets"].update(iterations=9))
    forge(run, stored(run))
    found = replay_in(run)
    assert (0, "000-intake/run.json.budgets.iterations") in places(found)
    difference = next(d for d in found.differences if d.where.endswith("iterations"))
    assert difference.what == "the ledger says 9, run.yaml 3"


def test_an_intake_that_cannot_be_read_is_found_and_no_defect(run):
    (run / "000-intake/exam.json").write_bytes(b"[]")
    forge(run, stored(run))
    first = replay_in(run).differences[0]
    assert (first.entry, first.where) == (0, "evidence")
    assert "000-intake/exam.json is not what intake writes" in first.what


def test_a_plan_that_cannot_be_read_is_found_and_no_defect(run):
    (run / "000-intake/fit.json").write_bytes(b"{}")
    forge(run, stored(run))
    # and the request stands on another ledger than it names
    assert places(replay_in(run)) == [(0, "000-intake/fit.json"), (5, "005-promote/request.json")]


@pytest.mark.parametrize("content", [b"[]", None])
def test_a_reconciliation_that_cannot_be_read_is_found_and_no_defect(run, content):
    entries, path = stored(run), "003-expand/reconciliation.json"
    if content is None:
        (run / path).unlink()
        del entries[3]["evidence"][path]
    else:
        (run / path).write_bytes(content)
    forge(run, entries)
    found = replay_in(run)
    assert (3, path) in places(found)
    last = found.differences[-1]
    assert last.what.startswith("ledger entry 3: no reconciliation can be read")


# Runs of before


def test_an_attempt_of_before_there_were_bundles_replays_equal(run):
    entries, place = stored(run), "005-promote"
    for name in ({*EVIDENCE} - {RECORD, REPORT}) | {REQUEST, PARTS, LIVE}:
        del entries[5]["evidence"][f"{place}/{name}"]
        (run / place / name).unlink()
    forge(run, entries)
    assert replay_in(run).differences == ()


@pytest.mark.parametrize("place", ["005-promote", "005-promote/aside"])
def test_a_request_that_nothing_makes_again_is_found(run, place):
    entries = stored(run)
    for name in ({*EVIDENCE} - {RECORD, REPORT}) | {REQUEST, PARTS, LIVE}:
        digest = entries[5]["evidence"].pop(f"005-promote/{name}")
        if name == REQUEST:
            (run / place).mkdir(exist_ok=True)
            (run / "005-promote" / name).rename(run / place / name)
            entries[5]["evidence"][f"{place}/{name}"] = digest
        else:
            (run / "005-promote" / name).unlink()
    forge(run, entries)
    *_, difference = replay_in(run).differences
    assert "request.json without fingerprint.json: what follows" in difference.what


@pytest.mark.parametrize("place", ["005-promote/aside", "zz-promote", "004-assess"])
def test_evidence_that_a_phase_does_not_write_is_found(run, place):
    entries = stored(run)
    (run / place).mkdir(exist_ok=True)
    (run / place / REQUEST).write_bytes(b"{}")
    entries[5]["evidence"][f"{place}/{REQUEST}"] = sha256(b"{}")
    forge(run, entries)
    first = replay_in(run).differences[0]
    assert (first.entry, first.where) == (5, f"{place}/{REQUEST}")
    assert first.what == "promote writes its evidence into 005-promote, and nowhere else"


@pytest.mark.parametrize("name", [PARTS, LIVE])
def test_a_bundle_without_its_raw_evidence_is_found_and_no_defect(run, name):
    entries, path = stored(run), f"005-promote/{name}"
    del entries[5]["evidence"][path]
    (run / path).unlink()
    forge(run, entries)
    (difference,) = replay_in(run).differences
    assert (difference.entry, difference.where) == (5, "005-promote")
    assert difference.what == f"nothing can be concluded from its evidence: KeyError: '{name}'"


def test_attack_a_row_was_made_from_a_sealed_scenario(run):
    entries = stored(run)
    (path,) = [one for one in entries[2]["evidence"] if one.endswith("/rows.jsonl")]
    first, *others = (run / path).read_bytes().splitlines(keepends=True)
    sealed = json.loads((run / "000-intake" / "exam.json").read_bytes())["sealed"][0]
    digest = Scenario.model_validate_json(json.dumps(sealed)).digest()
    leaked = canonical(json.loads(first) | {"scenario_sha256": digest}) + b"\n"
    (run / path).write_bytes(b"".join([leaked, *others]))
    forge(run, entries)
    found = " ".join(one.what for one in replay_in(run).differences)
    assert "was made from a held-out scenario" in found
