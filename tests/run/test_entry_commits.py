"""Each entry is a commit: what it holds, what it says, and that a kill loses none."""

import json
import subprocess
from dataclasses import replace

import pytest

from modelsmith.disk.console import NoProgress
from modelsmith.errors import BrokenRecordError
from modelsmith.run.files.run_folder import DiskRunFolder
from modelsmith.run.state_machine import Event
from tests.support.runs import a_workshop, an_exam

SMALL = {"train": 6, "steer": 3, "sealed": 3}


def git(root, *words):
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def workshop(tmp_path):
    return a_workshop(tmp_path, exam=an_exam(SMALL))


def commits(root):
    """Return the commits of the branch but the first, oldest first."""
    return git(root, "rev-list", "--reverse", "HEAD").split()[1:]


def test_each_entry_is_a_commit_with_its_evidence_and_its_trailers(workshop):
    workshop.steps(2)
    entries, made = workshop.entries(), commits(workshop.root)
    assert len(made) == len(entries) == 3
    for entry, commit in zip(entries, made, strict=True):
        held = git(workshop.root, "show", "--name-only", "--format=", commit).split()
        own = ["run.yaml"] if entry.index == 0 else []
        names = ["ledger.jsonl", *own, *entry.evidence]
        assert sorted(held) == sorted(f"runs/tiny/{name}" for name in names)
    said = git(workshop.root, "show", "-s", "--format=%B", made[1])
    files = sorted(entries[1].evidence.items())
    assert said == (
        "Record eval of run tiny: evaluated\n\n"
        "Modelsmith-Run: tiny\nModelsmith-Phase: eval\nModelsmith-Iteration: 1\n"
        f"Modelsmith-Evidence: sha256:{entries[1].digest()}\n"
        + "\n".join(f"Modelsmith-Evidence: sha256:{digest} {path}" for path, digest in files)
    )
    assert git(workshop.root, "diff", "HEAD", "--name-only") == ""


@pytest.mark.parametrize("kept", [0, 2])
def test_a_ledger_that_lost_what_git_records_is_refused_and_nothing_follows_it(workshop, kept):
    workshop.steps(3)
    ledger, before = workshop.folder / "ledger.jsonl", git(workshop.root, "rev-parse", "HEAD")
    lines = ledger.read_bytes().splitlines(keepends=True)
    ledger.write_bytes(b"".join(lines[:kept]))
    lost = json.loads(lines[kept])
    act = workshop.stepper().step if kept else workshop.start
    with pytest.raises(BrokenRecordError) as refusal:
        act()
    event, digest = lost["entry"]["event"], lost["sha256"][:12]
    assert refusal.value.what == (
        f"runs/tiny/ledger.jsonl lacks entry {kept} ({event}, {digest}...), which HEAD records"
    )
    assert refusal.value.remedy.endswith("git checkout HEAD -- runs/tiny/ledger.jsonl")
    assert git(workshop.root, "rev-parse", "HEAD") == before
    assert ledger.read_bytes() == b"".join(lines[:kept])


def test_an_auditor_finds_the_commit_of_an_evidence_file_by_its_digest(workshop):
    workshop.steps(2)
    _, evaluated, _ = commits(workshop.root)
    digest = workshop.entries()[1].evidence["001-eval/report.md"]
    assert git(workshop.root, "log", "--format=%H", f"--grep={digest}") == evaluated
    keys = git(
        workshop.root, "show", "-s", "--format=%(trailers:key=Modelsmith-Evidence)", evaluated
    )
    assert len(keys.splitlines()) == 1 + len(workshop.entries()[1].evidence)


def test_a_commit_that_a_kill_prevented_is_made_by_the_next_step(workshop):
    workshop.steps(1)
    whole = commits(workshop.root)
    git(workshop.root, "reset", "--quiet", "--mixed", "HEAD~1")  # as if killed before the commit
    workshop.stepper().step()
    assert commits(workshop.root)[:2] == whole
    assert len(commits(workshop.root)) == 3


def test_a_commit_that_a_kill_prevented_at_the_start_is_made_by_starting_again(workshop):
    workshop.start()
    (whole,) = commits(workshop.root)
    git(workshop.root, "reset", "--quiet", "--mixed", "HEAD~1")
    workshop.start()
    assert commits(workshop.root) == [whole]


def test_a_commit_that_a_kill_prevented_at_the_end_is_made_by_going_on(tmp_path):
    workshop = a_workshop(tmp_path, exam=an_exam(SMALL), budgets={"iterations": 1, "tokens": 1})
    assert workshop.go().event is Event.HALTED
    whole = commits(workshop.root)
    git(workshop.root, "reset", "--quiet", "--mixed", "HEAD~1")
    assert workshop.stepper().go().event is Event.HALTED
    assert commits(workshop.root) == whole


def altered(workshop, path):
    file = workshop.folder / path
    file.write_text(file.read_text() + "altered")


def test_altered_evidence_of_the_last_entry_is_refused_and_not_committed(workshop):
    workshop.steps(1)
    before = commits(workshop.root)
    altered(workshop, "001-eval/report.md")
    with pytest.raises(BrokenRecordError, match=r"001-eval/report\.md has sha256"):
        workshop.stepper().step()
    assert commits(workshop.root) == before


def test_altered_evidence_of_an_earlier_entry_stays_uncommitted(workshop):
    workshop.steps(2)
    altered(workshop, "001-eval/report.md")
    workshop.stepper().step()
    assert git(workshop.root, "diff", "HEAD", "--name-only") == "runs/tiny/001-eval/report.md"


class CountingFolder(DiskRunFolder):
    """Counts how often its ledger is parsed as a whole."""

    def __init__(self, path):
        super().__init__(path)
        self.parses = 0

    def entries(self):
        self.parses += 1
        return super().entries()

    def chain(self):
        self.parses += 1
        return super().chain()


def test_a_step_parses_the_ledger_once_however_long_it_is(workshop):
    folder = CountingFolder(workshop.folder)
    workshop.tools = replace(workshop.tools, folder=folder)
    workshop.start()
    for _ in range(4):
        folder.parses = 0
        workshop.stepper().step()
        assert folder.parses == 1


def test_steps_in_a_row_parse_the_ledger_once(workshop):
    folder = CountingFolder(workshop.folder)
    workshop.tools = replace(workshop.tools, folder=folder)
    workshop.start()
    folder.parses = 0
    workshop.stepper().go()
    assert folder.parses == 1


def test_a_ledger_that_another_process_went_on_with_is_read_again(workshop):
    workshop.start()
    first, second = workshop.stepper(), workshop.stepper()
    entries = [stepper.step() for stepper in (first, second, first, second)]
    assert [entry.index for entry in entries] == [1, 2, 3, 4]
    assert workshop.entries()[1:] == tuple(entries)


def test_a_ledger_that_was_altered_during_a_step_takes_no_entry(workshop):
    workshop.start()
    ledger = workshop.folder / "ledger.jsonl"

    class Altering(NoProgress):
        def phase(self, title, facts):
            ledger.write_bytes(ledger.read_bytes().replace(b'"iteration":0', b'"iteration":7'))

    workshop.tools = replace(workshop.tools, progress=Altering())
    with pytest.raises(BrokenRecordError, match=r"ledger\.jsonl:1: field sha256 says"):
        workshop.stepper().step()
    assert len(ledger.read_bytes().splitlines()) == 1
