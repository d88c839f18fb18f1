import json

import pytest

from modelsmith.cli import main
from tests.support.exam_files import (
    BENCHMARK,
    CANARY_LINE,
    SCHEMA_LINE,
    exam_repository,
    write,
    write_scenario,
)
from tests.support.git_commands import committed

TRAIN = "benchmarks/pumps/train"
PLACEHOLDER_LINES = ["8", "11", "16", "18", "20", "28"]
NEW = ["--split", "train", "--category", "SEALS", "--lens", "operator", "--outcome", "tp"]


@pytest.fixture
def run(tmp_path, capsys):
    exam_repository(tmp_path)

    def call(*words):
        code = main(["--repo", str(tmp_path), "scenario", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def bad(tmp_path, name="PUMP_BAD"):
    return write_scenario(tmp_path, name, "train", ("outcomeType: tp", "outcomeType: x"))


def warned(tmp_path, name="PUMP_WARNED"):
    return write_scenario(tmp_path, name, "train", (SCHEMA_LINE, "#"))


NEEDS = (
    "benchmarks/pumps/benchmark.yaml:1:1: note: the promotion gate would refuse this exam: "
    "1 sealed scenarios of at least 12; sealed scenarios by outcome type tp 1, tn 0, fp-guard 0, "
    "fn-guard 0, at least 3 of each; 0 labelled criteria of at least 60 that checks decide; "
    "1 of 1 looks at sealed left; expected what a promotion needs; fix: write 11 more in sealed/ "
    "(twins and variants do not count); "
    "write sealed ones of the thin types; label 60 more for checks in exam/\n"
)
"""What `check` says of every exam that is too small for a promotion."""


def test_a_good_exam_checks_with_0_twice_and_is_told_what_a_promotion_needs(run):
    for _ in range(2):
        told = f"{NEEDS}4 files checked: 0 errors, 0 warnings, 1 note\n"
        assert run("check", "--strict") == (0, told, "")


def test_files_that_are_named_are_not_told_what_the_whole_exam_lacks(run, tmp_path):
    assert run("check", tmp_path / TRAIN / "PUMP_SEAL_LEAKS.yaml") == (
        0,
        "1 file checked: 0 errors, 0 warnings, 0 notes\n",
        "",
    )


def test_errors_give_3_and_stand_on_stdout(run, tmp_path):
    bad(tmp_path)
    for _ in range(2):
        code, out, err = run("check")
        assert (code, err) == (3, "")
        assert out == (
            f"{TRAIN}/PUMP_BAD.yaml:3:14: error: outcomeType is `x`; expected one of tp, tn, "
            "fp-guard, fn-guard; fix: choose one of them\n"
            f"{NEEDS}5 files checked: 1 error, 0 warnings, 1 note\n"
        )


def test_warnings_fail_only_when_strict(run, tmp_path):
    warned(tmp_path)
    assert run("check")[0] == 0
    assert run("check", "--strict")[0] == 3


def test_notes_never_fail(run, tmp_path):
    check = "\n    check: {contains: isolate the pump}"
    write_scenario(tmp_path, "PUMP_NOTED", "train", (check, ""))
    code, out, _ = run("check", "--strict")
    assert code == 0
    assert out.endswith("5 files checked: 0 errors, 0 warnings, 2 notes\n")


def test_named_paths_alone_are_reported(run, tmp_path):
    bad(tmp_path)
    other = warned(tmp_path)
    code, out, _ = run("check", other)
    assert code == 0
    assert out.endswith("1 file checked: 0 errors, 1 warning, 0 notes\n")
    assert "PUMP_BAD" not in out


def test_named_paths_still_meet_the_rules_across_files(run, tmp_path):
    variant = write_scenario(tmp_path, "PUMP_SEAL_LEAKS__V1", "steer")
    code, out, _ = run("check", variant)
    assert code == 3
    assert out.startswith("benchmarks/pumps/steer/PUMP_SEAL_LEAKS__V1.yaml:2:5: error: family ")


def test_a_folder_chooses_what_is_in_it(run, tmp_path):
    bad(tmp_path)
    assert run("check", tmp_path / "benchmarks/pumps/steer")[0] == 0
    assert run("check", tmp_path / TRAIN)[0] == 3
    assert run("check", tmp_path)[0] == 3


def test_a_benchmark_file_chooses_its_whole_benchmark(run, tmp_path):
    file = write(tmp_path, "benchmarks/pumps/benchmark.yaml", BENCHMARK.replace("[operator, ", "["))
    code, out, _ = run("check", file)
    assert code == 3
    assert out.endswith("4 files checked: 3 errors, 0 warnings, 0 notes\n")


def test_a_path_that_leaves_the_repository_is_refused(run, tmp_path):
    outside = tmp_path.parent / "elsewhere.yaml"
    code, out, _ = run("check", outside)
    assert code == 3
    assert out.splitlines()[0] == (
        f"{outside}:1:1: error: the path leaves the repository; expected a path below {tmp_path}; "
        "fix: name a file of this repository, or choose another with --repo"
    )


@pytest.mark.parametrize("path", ["benchmarks/pumps/train/NONE.yaml", "none"])
def test_a_path_that_does_not_exist_is_a_usage_error(run, tmp_path, path):
    code, _, err = run("check", tmp_path / path)
    assert (code, err) == (
        2,
        f"error: {tmp_path / path} does not exist\n  Check the path and the folder.\n",
    )


def test_a_path_outside_the_benchmarks_is_a_usage_error(run, tmp_path):
    readme = write(tmp_path, "README.md", "x")
    code, _, err = run("check", readme)
    assert code == 2
    assert err.startswith(f"error: {readme} is not part of a benchmark\n  Name files or folders")


def test_a_repository_without_a_benchmark_is_refused(tmp_path, capsys):
    assert main(["--repo", str(tmp_path), "scenario", "check"]) == 3
    assert capsys.readouterr().err == (
        f"error: {tmp_path} has no benchmark\n  `modelsmith benchmark new NAME` writes one.\n"
    )


def test_formats_hold_the_same_problems(run, tmp_path):
    bad(tmp_path)
    assert run("check", "--format", "github")[1].startswith(
        f"::error file={TRAIN}/PUMP_BAD.yaml,line=3,col=14,title=unknown-word%3A"
    )
    record, needs = json.loads(run("check", "--format", "json")[1])
    assert (needs["rule"], needs["severity"]) == ("gate-needs", "note")
    assert (record["path"], record["line"]) == (f"{TRAIN}/PUMP_BAD.yaml", 3)
    result, _ = json.loads(run("check", "--format", "sarif")[1])["runs"][0]["results"]
    assert result["ruleId"] == "unknown-word"
    assert run("check", "--format", "sarif")[0] == 3


@pytest.mark.parametrize("outcome", ["tp", "tn", "fp-guard", "fn-guard"])
def test_a_new_scenario_checks_with_no_problem_but_what_is_to_be_replaced(run, outcome):
    words = [*NEW[:-1], outcome]
    code, out, _ = run("new", "PUMP_NEW", *words)
    assert (code, out) == (
        0,
        (
            f"{TRAIN}/PUMP_NEW.yaml: written; fill it in, then run "
            f"`modelsmith scenario check {TRAIN}/PUMP_NEW.yaml`\n"
        ),
    )
    code, out, _ = run("check")
    *problems, needs, last = out.splitlines()
    assert (code, last) == (0, "5 files checked: 0 errors, 6 warnings, 1 note")
    assert f"{needs}\n" == NEEDS
    assert problems[0] == (
        f"{TRAIN}/PUMP_NEW.yaml:8:14: warning: `Replace this with` is still there; "
        "expected what only the author knows; fix: write it in its place"
    )
    assert [problem.split(":")[1] for problem in problems] == PLACEHOLDER_LINES
    assert {problem.split("; ", 1)[1] for problem in problems} == {problems[0].split("; ", 1)[1]}
    assert run("check", "--strict")[0] == 3


def test_a_new_sealed_scenario_carries_the_canary(run, tmp_path):
    assert run("new", "PUMP_NEW", "--split", "sealed", *NEW[2:])[0] == 0
    text = (tmp_path / "benchmarks/pumps/sealed/PUMP_NEW.yaml").read_text()
    assert "\ndomainInput:  # a table; or text, in its place\n" in text
    assert text.splitlines()[:2] == [SCHEMA_LINE, CANARY_LINE]


def test_a_scenario_that_is_there_is_never_overwritten(run, tmp_path):
    before = (tmp_path / TRAIN / "PUMP_SEAL_LEAKS.yaml").read_bytes()
    code, _, err = run("new", "PUMP_SEAL_LEAKS", *NEW)
    assert code == 2
    assert err == (
        f"error: {TRAIN}/PUMP_SEAL_LEAKS.yaml is already there\n"
        "  Choose another id, or edit that file.\n"
    )
    assert (tmp_path / TRAIN / "PUMP_SEAL_LEAKS.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["pump", *NEW], "'pump' is no scenario id"),
        (["../PUMP_A", *NEW], "'../PUMP_A' is no scenario id"),
        (
            ["PUMP_A", *NEW, "--category", "SEAL"],
            "--category is 'SEAL', expected one of SEALS, BEARINGS\n  Write SEALS.",
        ),
        (
            ["PUMP_A", *NEW, "--lens", "driver"],
            "--lens is 'driver', expected one of operator, planner",
        ),
        (
            ["PUMP_A", *NEW, "--domain", "valves"],
            "--domain is valves, the benchmarks here are: pumps",
        ),
    ],
)
def test_a_new_scenario_needs_words_of_the_benchmark(run, tmp_path, words, said):
    code, _, err = run("new", *words)
    assert code == 2
    assert said in err
    assert len(list((tmp_path / TRAIN).iterdir())) == 1


def test_a_scenario_is_shown_by_id_and_by_path(run, tmp_path):
    code, by_id, _ = run("show", "PUMP_SEAL_LEAKS")
    assert code == 0
    assert by_id.startswith("PUMP_SEAL_LEAKS  (tp, operator, SEALS)\n\nThe model sees:\n  [system]")
    assert run("show", tmp_path / TRAIN / "PUMP_SEAL_LEAKS.yaml")[1] == by_id
    assert json.loads(run("show", "PUMP_SEAL_LEAKS", "--json")[1])["id"] == "PUMP_SEAL_LEAKS"


def test_an_unknown_id_is_answered_with_the_nearest(run):
    code, _, err = run("show", "PUMP_SEAL_LEAK")
    assert (code, err) == (
        2,
        "error: no scenario is called PUMP_SEAL_LEAK\n  Did you mean PUMP_SEAL_LEAKS?\n",
    )


def test_a_scenario_with_errors_is_not_shown(run, tmp_path):
    bad(tmp_path)
    code, out, err = run("show", "PUMP_BAD")
    assert (code, out) == (3, "")
    assert err.startswith(f"error: {TRAIN}/PUMP_BAD.yaml cannot be used:\n")
    assert "3:14: error: outcomeType is `x`" in err


def test_a_path_outside_is_not_shown(run, tmp_path):
    code, _, err = run("show", tmp_path.parent / "x.yaml")
    assert code == 3
    assert "the path leaves the repository" in err


def test_what_changed_since_a_commit_is_checked_alone_and_twice(run, tmp_path):
    warned(tmp_path)
    committed(tmp_path)
    bad(tmp_path)
    for _ in range(2):
        code, out, _ = run("check", "--changed-since", "main")
        assert code == 3
        assert out.startswith(f"{TRAIN}/PUMP_BAD.yaml:3:14: error: outcomeType is `x`")
        assert out.endswith("1 file checked: 1 error, 0 warnings, 0 notes\n")
    committed(tmp_path, "Bad")
    assert run("check", "--changed-since", "HEAD^")[:2] == (3, out)
    assert run("check", "--changed-since", "HEAD")[1].startswith("0 files checked")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--changed-since", "nowhere"], "git knows no commit 'nowhere' here\n  Name a branch"),
        (["--changed-since", "HEAD", "."], "--changed-since chooses the files, and so do PATHS"),
    ],
)
def test_a_change_has_a_commit_to_start_from(run, tmp_path, words, said):
    committed(tmp_path)
    code, _, err = run("check", *words)
    assert code == 2
    assert said in err
