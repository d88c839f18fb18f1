"""`modelsmith run` as an operator types it: what it prints, and the exit code it ends with."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from modelsmith.cli import main
from modelsmith.wiring.runs import Runs
from tests.support.killed_run import EXAM, SKILL
from tests.support.repositories import RUN, a_repository, model_folder
from tests.support.runs import a_workshop, an_exam, files_in, learning

pytestmark = pytest.mark.slow

ENOUGH = {"train": 2, "steer": 2, "sealed": 12}
"""Sealed families enough for the gate."""


@pytest.fixture
def repo(tmp_path):
    return a_repository(tmp_path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return repositories with runs that ended, by how they ended."""
    base = tmp_path_factory.mktemp("finished")
    made = {}
    for name, settings, skill, looks in (
        ("refused", {}, SKILL, 0),
        ("halted", {"budgets": {"iterations": 3, "tokens": 10}}, SKILL, 0),
        ("blocked", {}, SKILL, 1),
        ("waiting", {}, learning(0.05), None),
        ("staged", {}, SKILL, 0),
    ):
        exam = an_exam(ENOUGH) if name == "staged" else EXAM
        root = a_repository(base / name, exam=exam)
        workshop = a_workshop(root, exam=exam, skill=skill, **settings)
        if looks is None:
            workshop.steps(2)
        else:
            workshop.looks = looks
            workshop.go()
        made[name] = root
    return made


@pytest.fixture
def copied(finished, tmp_path):
    def copy(name):
        shutil.copytree(finished[name], tmp_path / name)
        return tmp_path / name

    return copy


def run(repo, *words):
    return main(["--repo", str(repo), "run", *words])


# Start


def test_start_writes_the_intake_and_says_where_the_run_is(repo, capsys):
    assert run(repo, "start", "tiny") == 0
    assert capsys.readouterr().out == (
        "run tiny: eval, round 0 of 3, 0 s of work, 0 tokens\n"
        "  lacking: the gate: 1 sealed families, at least 12 expected. Add 11 sealed scenarios; "
        "variants do not count.\n"
        "  lacking: the gate: sealed families by outcome type: tp 1, tn 0, fp-guard 0, fn-guard 0; "
        "at least 3 of each expected. Add sealed scenarios of the thin types: a one-sided exam "
        "cannot promote.\n"
        "  lacking: a look at sealed would be spent on that: attempt 1 of 1 on exam version 1\n"
        "  next: modelsmith run go tiny\n"
    )
    assert sorted(files_in(repo / "runs" / "tiny")) == [
        "000-intake/exam.json",
        "000-intake/fit.json",
        "000-intake/hosted.json",
        "000-intake/machine.json",
        "000-intake/run.json",
        "ledger.jsonl",
        "run.yaml",
    ]


def test_no_template_is_needed_to_check_and_to_start(repo, capsys):
    main(["--repo", str(repo), "scenario", "check"])
    checked = capsys.readouterr().out
    shutil.rmtree(repo / "benchmarks/adtech/families")
    main(["--repo", str(repo), "scenario", "check"])
    without = capsys.readouterr().out
    assert {*without.splitlines()[:-1]} <= {*checked.splitlines()}
    assert run(repo, "start", "tiny") == 0
    exam = json.loads((repo / "runs/tiny/000-intake/exam.json").read_bytes())
    for split in ("steer", "sealed"):
        names = [scenario["id"].partition("__")[2] for scenario in exam[split]]
        assert {re.sub("[0-9].*", "", name) for name in names} < {"", "COLUMNS", "FORMAT", "EXTRA"}
        assert len({json.dumps(scenario["domainInput"]) for scenario in exam[split]}) == 3


CHECKED = re.compile(r'^passCriteria: \[\{"text": ("[^"]+"), "check": \{[^{}]*\}', re.MULTILINE)
"""The first criterion of a scenario, with its check."""


def bared(repo, split):
    """Take the check of the first criterion from each scenario of a split; return one file."""
    files = sorted((repo / f"benchmarks/adtech/{split}").glob("*.yaml"))
    for file in files:
        text, count = CHECKED.subn(r'passCriteria: [{"text": \1', file.read_text())
        assert count == 1
        file.write_text(text)
    return files[0]


def test_what_nobody_decides_is_said_located_and_kept_nowhere(repo, capsys):
    first = bared(repo, "train")
    assert run(repo, "start", "tiny", "--json") == 0
    said = json.loads(capsys.readouterr().out)["forecast"]
    (train,) = said["undecided"]
    assert (train["split"], train["criteria"], train["scenarios"], train["of"]) == (
        "train",
        2,
        2,
        2,
    )
    assert re.fullmatch(rf"benchmarks/adtech/train/{first.name}:\d+:\d+", train["first"])
    assert {one["rule"]: one["holds"] for one in said["gate"]}["families"] is False
    kept = b"".join(files_in(repo / "runs").values())
    assert b"nobody decides" not in kept
    assert b"forecast" not in kept
    assert run(repo, "start", "tiny") == 0
    told = capsys.readouterr().out
    assert (
        f"  lacking: {train['first']}: nobody decides 2 criteria of 2 of 2 train scenarios" in told
    )
    assert "  lacking: three ways on: add a check, label right answers in exam/ " in told
    assert run(repo, "status", "tiny", "--json") == 0
    assert "forecast" not in json.loads(capsys.readouterr().out)


def test_a_run_begins_without_drafts_and_says_how_many_are_left_out(repo, capsys):
    known = min((repo / "benchmarks/adtech/train").glob("*.yaml"))
    text = known.read_text(encoding="utf-8").replace(known.stem, "ADTECH_DRAFTED_ONE")
    draft = known.with_name("ADTECH_DRAFTED_ONE.yaml")
    draft.write_text(
        f"{text}\ntoConfirm: {{id: [], description: [is it all?]}}\n", encoding="utf-8"
    )
    assert run(repo, "start", "tiny") == 0
    assert (
        "  lacking: benchmarks/adtech/train/ADTECH_DRAFTED_ONE.yaml: 1 drafted scenario is left "
        "out, since nobody has confirmed what was drafted; " in capsys.readouterr().out
    )
    exam = json.loads((repo / "runs/tiny/000-intake/exam.json").read_bytes())
    assert "ADTECH_DRAFTED_ONE" not in [scenario["id"] for scenario in exam["train"]]
    assert known.stem in [scenario["id"] for scenario in exam["train"]]


def test_go_says_it_before_any_work(repo, capsys):
    assert run(repo, "go", "tiny", "--quiet") == 5  # there are no weights to work with
    said = capsys.readouterr()
    assert said.out.startswith("lacking: the gate: 1 sealed families, at least 12 expected. ")
    assert said.err.startswith("error: could not load model tiny")


def test_a_run_at_work_is_forecast_no_more(copied):
    assert Runs(copied("waiting"), quiet=True).forecast("tiny") is None


def test_what_is_too_long_is_refused_located_before_the_run_begins(repo, capsys):
    (repo / "runs/tiny/run.yaml").write_text(RUN.replace("samples: 2", "samples: 2, maxLength: 90"))
    assert run(repo, "start", "tiny") == 3
    said = capsys.readouterr().err
    assert "error: 2 scenarios are too long for this run:" in said
    assert re.search(
        r"\n  benchmarks/adtech/train/TRAIN_\w+\.yaml:\d+:\d+: error: TRAIN_\w+ takes 1\d\d "
        r"tokens with its answer, `training.maxLength` is 90\n",
        said,
    )
    assert not (repo / "runs/tiny/ledger.jsonl").exists()


def test_what_the_model_does_not_read_is_refused_too(repo, capsys):
    model_folder(repo, max_position_embeddings=120)
    assert run(repo, "start", "tiny") == 3
    assert re.search(
        r"benchmarks/adtech/sealed/SEALED_\w+\.yaml:\d+:\d+: error: SEALED_\w+ is asked in \d+ "
        r"tokens and its answer may take 64, the model reads 120\n",
        capsys.readouterr().err,
    )


def test_a_second_start_changes_nothing_even_when_the_exam_has_changed_since(repo, capsys):
    run(repo, "start", "tiny")
    shutil.rmtree(repo / "benchmarks")
    before = files_in(repo / "runs")
    assert run(repo, "start", "tiny") == 0
    assert files_in(repo / "runs") == before


def test_a_start_with_another_run_yaml_is_bad_input(repo, capsys):
    run(repo, "start", "tiny")
    (repo / "runs/tiny/run.yaml").write_text(RUN + "seed: 1\n")
    assert run(repo, "start", "tiny") == 3
    assert "error: run tiny began with another run.yaml (" in capsys.readouterr().err


def test_a_started_run_replays_equal(repo, capsys):
    run(repo, "start", "tiny")
    capsys.readouterr()
    assert run(repo, "replay", "tiny") == 0
    assert capsys.readouterr().out == (
        "replayed 1 entries, 5 evidence files, 0 decisions: all equal\n"
    )


@pytest.mark.parametrize("command", ["start", "step", "go", "status", "replay"])
def test_an_unknown_run_is_a_usage_error_that_lists_the_known_ones(repo, capsys, command):
    assert run(repo, command, "nowhere") == 2
    said = capsys.readouterr().err
    assert said.startswith("error: runs/nowhere/run.yaml is not there\n  Runs here: tiny. ")


@pytest.mark.parametrize(
    "name", ["../tiny", ".hidden", "Tiny", "a/b", "a_b", "x" * 41, "tiny.lock"]
)
def test_a_name_that_no_branch_or_version_could_carry_is_a_usage_error(repo, capsys, name):
    assert run(repo, "status", name) == 2
    assert f"error: {name!r} is no run's name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (("budgets: {iterations: 3}", "budgets: {iterations: 0}"), "7:23", "iterations"),
        (("specialist: adtech-tiny", "specialst: adtech-tiny"), "3:1", "specialst"),
        (("benchmark: adtech", "benchmark: adtech\nbenchmark: adtech"), "3:1", "benchmark"),
        (("{iterations: 3}", "{iterations: 3"), "7:24", "expected"),
    ],
)
def test_what_is_wrong_with_run_yaml_is_located(repo, capsys, change, place, words):
    file = repo / "runs/tiny/run.yaml"
    assert change[0] in RUN
    file.write_text(RUN.replace(*change))
    for command in ("start", "status", "go"):
        assert run(repo, command, "tiny") == 3
        said = capsys.readouterr().err
        assert f"runs/tiny/run.yaml:{place}: " in said
        assert words in said


def test_a_channel_that_stand_ins_cannot_reach_is_refused_before_the_start(repo, capsys):
    (repo / "runs/tiny/run.yaml").write_text(RUN + "promotion: {channel: production}\n")
    assert run(repo, "start", "tiny") == 3
    assert "stand-ins admit to sandbox only" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("cluster: gpu-box\n", "cluster gpu-box promises 2 GPUs, this machine has 0"),
        ("quantisation: nf4\n", "quantisation nf4 needs a CUDA GPU, this machine has none"),
    ],
)
def test_what_this_machine_cannot_do_waits_for_another_one(repo, capsys, more, words):
    (repo / "runs/tiny/run.yaml").write_text(RUN + more)
    assert run(repo, "start", "tiny") == 5
    assert f"error: this machine cannot do the run: {words}" in capsys.readouterr().err
    assert sorted(files_in(repo / "runs" / "tiny")) == ["run.yaml"]


def test_a_cluster_that_nobody_knows_is_bad_input(repo, capsys):
    (repo / "runs/tiny/run.yaml").write_text(RUN + "cluster: moon\n")
    assert run(repo, "start", "tiny") == 3
    said = capsys.readouterr().err
    assert "moon" in said
    assert "local-cpu, gpu-box" in said


def test_a_benchmark_that_is_not_there_is_bad_input(repo, capsys):
    shutil.rmtree(repo / "benchmarks")
    assert run(repo, "start", "tiny") == 3
    assert "adtech" in capsys.readouterr().err


def test_a_run_that_was_not_started_is_neither_stepped_nor_replayed(repo, capsys):
    for command in ("step", "replay"):
        assert run(repo, command, "tiny") == 2
        said = capsys.readouterr().err
        assert "error: run tiny has not been started" in said
        assert "Start it: modelsmith run start tiny" in said


# Where a run is, and how it ended


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("staged", 0, "stopped: the gate says promote; findings that do not hold: none"),
        ("refused", 1, "stopped: the gate says insufficient_evidence"),
        ("halted", 1, "stopped: budget: tokens: "),
    ],
)
def test_go_on_a_run_that_is_over_shows_its_end_and_changes_nothing(
    copied, capsys, name, code, words
):
    repo = copied(name)
    before = files_in(repo)
    assert run(repo, "go", "tiny", "--quiet") == code
    assert words in capsys.readouterr().out
    assert files_in(repo) == before


def test_status_of_any_run_ends_with_0_as_text_and_as_json(finished, capsys):
    for name, repo in finished.items():
        assert run(repo, "status", "tiny") == 0
        text = capsys.readouterr().out
        assert run(repo, "status", "tiny", "--json") == 0
        record = json.loads(capsys.readouterr().out)
        assert text.startswith(f"run tiny: {record['phase']}, ")
        assert record["phase"] == {"waiting": "expand"}.get(name, name)


def test_what_cannot_be_offered_is_told_with_the_reason(copied, capsys):
    assert run(copied("halted"), "offer", "tiny") == 0
    assert capsys.readouterr().out == (
        "run: Record run tiny: halted, budget: no pull request: no branch modelsmith/tiny/walk: "
        "the run was walked without --push\n"
    )


def test_a_blocked_run_is_tried_again_and_ends_with_5(copied, capsys):
    repo = copied("blocked")
    shutil.copytree(copied("refused") / "runs" / "tiny", repo / "runs" / "other")
    assert run(repo, "go", "tiny", "--quiet") == 5
    said = capsys.readouterr().out
    assert "stopped: blocked: sealed version 1 was looked at 1 times, 1 allowed." in said
    assert run(repo, "status", "tiny", "--json") == 0
    assert json.loads(capsys.readouterr().out)["phase"] == "blocked"


def test_step_does_one_thing_and_ends_with_5_where_that_is_to_wait(copied, capsys):
    repo = copied("blocked")
    shutil.copytree(copied("refused") / "runs" / "tiny", repo / "runs" / "other")
    ledger = repo / "runs/tiny/ledger.jsonl"
    for code, lines in ((0, 7), (5, 8)):
        assert run(repo, "step", "tiny", "--quiet") == code
        assert len(ledger.read_bytes().splitlines()) == lines


def test_a_step_of_a_run_that_is_over_is_a_usage_error(finished, capsys):
    assert run(finished["refused"], "step", "tiny") == 2
    assert "error: run tiny is over: refused" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["step", "go"])
def test_a_run_does_not_go_on_with_settings_that_it_did_not_begin_with(copied, capsys, command):
    repo = copied("waiting")
    settings = repo / "runs/tiny/run.yaml"
    settings.write_text(settings.read_text() + "\n# quantisation: fp32\n")
    before = files_in(repo / "runs")
    assert run(repo, command, "tiny") == 3
    said = capsys.readouterr().err
    assert "error: run tiny began with another run.yaml (" in said
    assert "Restore run.yaml, or copy it into a new run folder and start that." in said
    assert files_in(repo / "runs") == before


def test_a_second_process_is_told_who_holds_the_run(copied, capsys):
    repo = copied("waiting")
    workshop = a_workshop(repo, exam=EXAM)
    with workshop.tools.folder.lock():
        done = subprocess.run(
            [sys.executable, "-m", "modelsmith", "--repo", str(repo), "run", "step", "tiny"],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 5
    assert done.stderr == (
        f"error: run tiny is being stepped by process {os.getpid()}\n"
        "  Wait until it ends; `modelsmith run status` shows how far it is.\n"
    )


def test_status_in_another_terminal_shows_how_far_a_training_is(copied, capsys):
    repo = copied("waiting")
    workshop = a_workshop(repo, exam=EXAM)
    workshop.tools.training_progress.tell("step 31 of 75, loss 0.35")
    assert run(repo, "status", "tiny") == 0
    assert "  training step 31 of 75, loss 0.35\n" in capsys.readouterr().out


# Replay


def test_replay_of_an_intact_run_says_what_it_compared(finished, capsys):
    assert run(finished["refused"], "replay", "tiny") == 0
    assert capsys.readouterr().out == (
        "replayed 6 entries, 53 evidence files, 5 decisions: all equal\n"
    )
    assert run(finished["halted"], "replay", "tiny", "--json") == 0
    assert json.loads(capsys.readouterr().out)["differences"] == []


def test_replay_of_an_altered_run_names_the_place_and_ends_with_4(copied, capsys):
    repo = copied("refused")
    (repo / "runs/tiny/005-promote/gate.json").write_text("{}")
    assert run(repo, "replay", "tiny") == 4
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("entry 5: 005-promote/gate.json: its sha256 is ")
    assert last == "replayed 6 entries, 53 evidence files, 0 decisions: 1 differences"


@pytest.mark.parametrize("command", ["step", "go", "status", "replay"])
def test_a_run_whose_settings_are_gone_is_still_known(copied, capsys, command):
    repo = copied("waiting")
    (repo / "runs/tiny/run.yaml").unlink()
    assert run(repo, command, "tiny") == {"step": 3, "status": 3}.get(command, 4)
    said = "".join(capsys.readouterr())
    assert {
        "go": f"error: {repo}/runs/tiny/run.yaml is not there, the run's ledger or a command",
        "replay": "entry 0: run.yaml: its sha256 is (gone)..., intake says ",
    }.get(command, "runs/tiny/run.yaml:1:1: error: the file cannot be read: No such file") in said


def test_settings_behind_a_link_are_bad_input_at_their_place(repo, capsys, tmp_path):
    settings = repo / "runs/tiny/run.yaml"
    settings.rename(tmp_path.parent / f"{tmp_path.name}-elsewhere.yaml")
    settings.symlink_to(tmp_path.parent / f"{tmp_path.name}-elsewhere.yaml")
    assert run(repo, "start", "tiny") == 3
    assert "  runs/tiny/run.yaml:1:1: error: the path is a link or" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["step", "go", "status"])
def test_a_folder_in_the_place_of_the_ledger_ends_with_4(copied, capsys, command):
    repo = copied("waiting")
    ledger = repo / "runs/tiny/ledger.jsonl"
    ledger.unlink()
    ledger.mkdir()
    assert run(repo, command, "tiny") == 4
    assert capsys.readouterr().err == (
        f"error: {ledger} is a folder\n"
        "  Restore the file from git; nothing in a run is edited after it was written.\n"
    )


def test_replay_of_evidence_behind_a_link_ends_with_4(copied, capsys, tmp_path):
    repo = copied("refused")
    evidence = repo / "runs/tiny/005-promote/gate.json"
    evidence.rename(tmp_path / "gate.json")
    evidence.symlink_to(tmp_path / "gate.json")
    assert run(repo, "replay", "tiny") == 4
    assert "error: '005-promote/gate.json' leaves the run's folder" in capsys.readouterr().err


def test_a_step_on_altered_evidence_ends_with_4(copied, capsys):
    repo = copied("waiting")
    file = repo / "runs/tiny/000-intake/exam.json"
    file.write_bytes(file.read_bytes() + b"\n")
    assert run(repo, "step", "tiny") == 4
    assert "error: 000-intake/exam.json has sha256 " in capsys.readouterr().err


def test_status_of_a_ledger_with_a_changed_line_ends_with_4(copied, capsys):
    repo = copied("waiting")
    ledger = repo / "runs/tiny/ledger.jsonl"
    ledger.write_bytes(ledger.read_bytes().replace(b'"iteration":1', b'"iteration":2', 1))
    assert run(repo, "status", "tiny") == 4
    assert "ledger.jsonl:2: field sha256 says " in capsys.readouterr().err
