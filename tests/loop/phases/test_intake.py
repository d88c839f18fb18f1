import subprocess

import pytest

from modelsmith.errors import BlockedError, InputError
from modelsmith.loop.evidence.files import TRAINING
from modelsmith.loop.phases.intake import fit_of, snapshot_of
from modelsmith.models.source import Quantisation
from modelsmith.record import sha256
from modelsmith.run.entry_facts import StartedFacts, facts_of
from tests.support.families import ScriptedFamilies
from tests.support.frontier_runs import PRODUCTION, hosting
from tests.support.runs import a_config, a_machine, a_snapshot, a_workshop, an_exam, files_in

COMMIT = "c" * 40


def parent_of_head(root):
    words = ["git", "rev-parse", "HEAD~1"]
    return subprocess.run(
        words, cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_intake_fixes_settings_exam_plan_and_machine_as_evidence(tmp_path):
    workshop = a_workshop(tmp_path)
    entry = workshop.start()
    assert workshop.events() == ["started"]
    assert sorted(entry.evidence) == [
        f"000-intake/{n}.json" for n in ("exam", "fit", "hosted", "machine", "run")
    ]
    assert (workshop.folder / "000-intake/run.json").read_bytes() == workshop.config.canonical()
    assert (workshop.folder / "000-intake/exam.json").read_bytes() == workshop.snapshot.canonical()
    facts = facts_of(entry, StartedFacts)
    assert facts.exam_sha256 == workshop.snapshot.digest()
    assert facts.sealed_version == workshop.snapshot.sealed_version()
    assert facts.commit == parent_of_head(workshop.root)  # the intake is a commit on top of it
    assert facts.peak_gib > 0.9


def test_held_out_scenarios_are_asked_with_their_invariant_variants(tmp_path):
    exam, snapshot = an_exam(), a_snapshot(variants=3)
    assert snapshot.train == exam.train
    for split, given in (("steer", exam.steer), ("sealed", exam.sealed)):
        chosen = getattr(snapshot, split)
        assert [s for s in chosen if not s.is_variant] == list(given)
        assert len(chosen) == 4 * len(given)
        assert all("__STEADY0V" in s.id for s in chosen if s.is_variant)


def test_a_held_out_scenario_without_a_family_is_asked_as_it_is():
    exam = an_exam()
    snapshot = snapshot_of(exam, ScriptedFamilies(exam.steer[1:]), (), 2)
    first, *others = exam.steer
    assert [one for one in snapshot.steer if one.family == first.family] == [first]
    assert len(snapshot.steer) == 1 + 3 * len(others)
    assert snapshot.sealed == exam.sealed


def test_starting_twice_changes_nothing(tmp_path):
    workshop = a_workshop(tmp_path)
    first = workshop.start()
    before = files_in(tmp_path / "runs")
    assert workshop.start() == first
    assert files_in(tmp_path / "runs") == before


def test_what_the_gate_would_refuse_starts_in_the_sandbox_and_not_for_production(tmp_path):
    names = ["claude", "gemini", "gpt"]
    settings = {"baselines": names, "boundary": "frontier", "budgets": {"costUsd": 1}}
    few = an_exam({"train": 2, "steer": 2, "sealed": 4})
    for channel in ("sandbox", "production"):
        root, promotion = tmp_path / channel, {"channel": channel}
        workshop = a_workshop(root, exam=few, promotion=promotion, **settings)
        workshop.hosted, workshop.providers = hosting(*names), PRODUCTION
        if channel == "sandbox":
            assert workshop.start().event == "started"
    with pytest.raises(InputError) as refusal:
        workshop.start()
    first, *others = [str(problem) for problem in refusal.value.problems]
    assert first.startswith("runs/tiny/run.yaml:1:")
    assert "error: production, and 4 sealed families, at least 12 expected" in first
    assert "fix: Add 8 sealed scenarios" in first
    assert any("sealed families by outcome type" in line for line in others)
    assert workshop.events() == []
    assert sorted(files_in(root / "runs")) == ["tiny/run.yaml"]


def test_starting_with_another_run_yaml_is_refused_with_both_digests(tmp_path):
    began = a_workshop(tmp_path).start()
    other = a_workshop(tmp_path, seed=1)
    before = files_in(tmp_path / "runs")
    with pytest.raises(InputError) as refusal:
        other.start()
    was = facts_of(began, StartedFacts).config_sha256
    now = sha256(before["tiny/run.yaml"])
    assert refusal.value.what == (
        f"run tiny began with another run.yaml ({was[:12]}..., now {now[:12]}...)"
    )
    assert "Restore run.yaml" in refusal.value.remedy
    assert files_in(tmp_path / "runs") == before


@pytest.mark.parametrize(
    ("machine", "settings", "words"),
    [
        ({"cluster_gpus": 2}, {}, "cluster local-cpu promises 2 GPUs, this machine has 0"),
        (
            {"cluster_gpus": 2, "gpus": 1},
            {},
            "cluster local-cpu promises 2 GPUs, this machine has 1",
        ),
        (
            {},
            {"quantisation": "nf4"},
            "quantisation nf4 needs a CUDA GPU, this machine has none",
        ),
        ({"free_gib": 0.5}, {}, "1024 tokens takes 0.93 GiB of memory, 0.50 GiB is there"),
        ({"cluster_gib": 0.75}, {}, "1024 tokens takes 0.93 GiB of memory, 0.75 GiB is there"),
    ],
)
def test_what_the_machine_cannot_do_is_refused_before_the_start(tmp_path, machine, settings, words):
    workshop = a_workshop(tmp_path, **settings)
    with pytest.raises(BlockedError, match="this machine cannot do the run: ") as refusal:
        workshop.start(a_machine(COMMIT, **machine))
    assert words in refusal.value.what
    assert refusal.value.exit_code == 5
    assert "Choose a smaller model" in refusal.value.remedy
    assert sorted(files_in(tmp_path / "runs")) == ["tiny/run.yaml"]


def test_every_reason_is_told_at_once(tmp_path):
    workshop = a_workshop(tmp_path, quantisation="nf4")
    with pytest.raises(BlockedError) as refusal:
        workshop.start(a_machine(COMMIT, cluster_gpus=1, free_gib=0.1))
    assert refusal.value.what.count(";") == 2


def test_the_memory_of_the_smallest_gpu_is_what_counts():
    config = a_config(quantisation="nf4")
    assert fit_of(config, a_machine(COMMIT, gpus=2)).available_bytes == 24 * 2**30
    assert fit_of(config, a_machine(COMMIT)).available_bytes == 16 * 2**30


@pytest.mark.parametrize("gpus", [0, 1])
def test_a_job_gets_no_more_memory_than_its_cluster_says(gpus):
    machine = a_machine(COMMIT, gpus=gpus, cluster_gib=6)
    assert fit_of(a_config(), machine).available_bytes == 6 * 2**30


def test_without_bf16_the_plan_is_made_for_fp32():
    machine = a_machine(COMMIT)
    slow = machine.hardware.model_copy(update={"bf16": False})
    config = a_config()
    assert config.quantisation is Quantisation.BF16
    without = fit_of(config, type(machine)(**{**vars(machine), "hardware": slow}))
    assert without.weights_bytes == 2 * fit_of(config, machine).weights_bytes


def test_longer_rows_are_planned_with_and_trained_with(tmp_path):
    training = {"variants": 2, "replay": 0.5, "batch": 4, "samples": 2}
    longer = training | {"maxLength": 2048}
    plans = [fit_of(a_config(training=how), a_machine(COMMIT)) for how in (training, longer)]
    assert plans[1].activations_bytes == 2 * plans[0].activations_bytes
    workshop = a_workshop(tmp_path, training=longer)
    workshop.steps(2)
    (kept,) = TRAINING.held_by(workshop.entries()[-1], workshop.tools.folder.read)
    assert kept.recipe.max_length == 2048
    assert b"max_length" not in a_config().canonical()
    assert b'"maxLength":2048' in workshop.config.canonical()
