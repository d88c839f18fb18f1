"""`modelsmith benchmark validity`: what passing an exam proves, printed."""

import json
import os
import subprocess
import sys

import pytest

from modelsmith.cli import main
from tests.support.exam_files import exam_repository, write_scenario

HELD_OUT = ("PUMP_SEAL_STEER", "PUMP_SEAL_SEALED")


@pytest.fixture
def run(tmp_path, capsys):
    exam_repository(tmp_path)

    def call(*words):
        code = main(["--repo", str(tmp_path), "benchmark", "validity", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_it_says_what_passing_proves_with_counts_alone(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out.startswith("benchmarks/pumps, version 1: what passing proves\n")
    assert "passes 1 of 1; it ignores " in out
    assert "Passing proves that the form was filled in" in out
    assert "logistic-regression" in out
    assert "  stands in train too: 5 of 5 checks but for their figures" in out
    assert "benchmark validity --domain pumps --held-out" in out
    assert not any(name in out for name in HELD_OUT)


def test_its_columns_stand_under_their_heads(run):
    _, out, _ = run("--no-learners")
    lines = out.splitlines()
    begins = next(at for at, line in enumerate(lines) if line.startswith("  system"))
    table = lines[begins : lines.index("", begins) - 1]
    assert len({len(line) for line in table}) == 1
    assert " ".join(table[0].split()) == (
        "system composite core passes choice no text no input lens mechanic columns rows"
    )


def test_names_of_what_is_held_out_are_told_to_its_owners_alone(run):
    code, out, _ = run("--held-out", "--no-learners")
    assert code == 0
    assert all(name in out for name in HELD_OUT)
    assert "--held-out" not in out


def test_as_json_it_is_one_record_the_same_each_time(run):
    code, out, _ = run("--json")
    found = json.loads(out)
    assert code == 0
    assert [(one["split"], one["scenarios"]) for one in found["splits"]] == [
        ("steer", 1),
        ("sealed", 1),
    ]
    assert not any(name in out for name in HELD_OUT)
    assert run("--json")[1] == out
    named = json.loads(run("--json", "--held-out")[1])
    assert named["splits"][1]["names"]["scenarios"][0]["scenario"] == "PUMP_SEAL_SEALED"


def test_without_learners_scikit_learn_is_not_even_loaded(tmp_path):
    exam_repository(tmp_path)
    code = (
        "import json, sys\n"
        "from modelsmith.cli import main\n"
        "main(json.loads(sys.argv[1]))\n"
        "print('sklearn' in sys.modules)"
    )
    words = ["--repo", str(tmp_path), "benchmark", "validity", "--no-learners"]
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(words)],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    assert done.stdout.splitlines()[-1] == "False"
    assert "logistic-regression" not in done.stdout


def test_a_broken_exam_is_located_and_nothing_is_told(run, tmp_path):
    spoilt = ("verdict: seal-failure", "verdict: seal-failed")
    write_scenario(tmp_path, "PUMP_SEAL_STEER", "steer", spoilt)
    code, out, err = run()
    assert (code, out) == (3, "")
    assert "benchmarks/pumps/steer/PUMP_SEAL_STEER.yaml:" in err
    assert "modelsmith scenario check" in err


def test_a_family_that_is_broken_is_located_too(run, tmp_path):
    folder = tmp_path / "benchmarks" / "pumps" / "families"
    folder.mkdir()
    (folder / "PUMP_SEAL_STEER.yaml").write_text("parent: [", encoding="utf-8")
    code, out, err = run()
    assert (code, out) == (3, "")
    assert "benchmarks/pumps/families/PUMP_SEAL_STEER.yaml:1:" in err


def test_an_exam_without_sealed_scenarios_tells_what_there_is(run, tmp_path):
    (tmp_path / "benchmarks" / "pumps" / "sealed" / "PUMP_SEAL_SEALED.yaml").unlink()
    code, out, _ = run("--no-learners")
    assert code == 0
    assert "sealed has 0 families, of at least 30" in out


def test_a_benchmark_that_is_not_there_is_a_question_of_usage(run):
    code, _, err = run("--domain", "fans")
    assert code == 2
    assert "the benchmarks here are: pumps" in err
