# ruff: noqa: E501 - messages are matched whole
import json
import stat

import pytest

from modelsmith.cli import main
from modelsmith.exam.files.fixes import make_edits
from modelsmith.wiring.exam_checks import checked_exam, fix_exam
from tests.support.exam_files import (
    BENCHMARK,
    CANARY_LINE,
    SCHEMA_LINE,
    exam_repository,
    scenario_text,
    write,
    write_scenario,
)

SLIP = ("operatorLens: operator", "operatorLens: oprator")
TRAIN = "benchmarks/pumps/train"
FILE = f"{TRAIN}/PUMP_SLIP.yaml"
NEEDS = "benchmarks/pumps/benchmark.yaml:1:1: note: the promotion gate would refuse this exam: "


@pytest.fixture
def run(tmp_path, capsys):
    exam_repository(tmp_path)

    def call(*words):
        code = main(["--repo", str(tmp_path), "scenario", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def files_of(folder):
    found = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: content for path, content in found.items() if ".modelsmith" not in path.parts}


def test_a_fix_says_what_it_changed_and_a_second_one_changes_nothing(run, tmp_path):
    file = write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP)
    good = scenario_text("PUMP_SLIP")
    code, _, err = run("check")
    assert code == 3
    assert err == "`modelsmith scenario check --fix` mends one of them\n"
    code, out, err = run("check", "--fix")
    fixed, *told = out.splitlines()
    assert (code, err) == (0, "")
    assert fixed == f"{FILE}:4:15: fixed: `oprator` is unknown; write `operator`"
    assert told[0].startswith(NEEDS)
    assert told[1:] == ["5 files checked: 0 errors, 0 warnings, 1 note"]
    assert file.read_text(encoding="utf-8") == good
    before = files_of(tmp_path)
    code, out, err = run("check", "--fix")
    assert (code, out.splitlines(), err) == (0, told, "")
    assert files_of(tmp_path) == before


def test_a_fix_keeps_comments_line_ends_mark_and_permissions(run, tmp_path):
    text = scenario_text("PUMP_SLIP").replace("category: SEALS", "category: SEALS  # not BEARINGS")
    file = tmp_path / FILE
    wrong = text.replace(*SLIP).replace("\n", "\r\n")
    file.write_bytes(f"\ufeff{wrong}".encode())
    file.chmod(0o640)
    assert run("check", "--fix")[0] == 0
    right = text.replace("\n", "\r\n")
    assert file.read_bytes() == f"\ufeff{right}".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_file_with_an_unfinished_merge_is_left_to_a_person(run, tmp_path):
    marked = ("category: SEALS\n", "<<<<<<< HEAD\ncategory: SEALS\u200b\n=======\n>>>>>>> b\n")
    file = write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP, marked)
    before = file.read_bytes()
    code, out, _ = run("check", "--fix")
    assert code == 3
    assert "is a mark of an unfinished merge" in out
    assert file.read_bytes() == before


def test_one_fix_uncovers_the_next(run, tmp_path):
    text = f"```yaml\n{scenario_text('PUMP_SLIP')}```\n".replace(*SLIP)
    file = write(
        tmp_path, FILE, text.replace("isolate the pump}", "isolate the pump, polarty: any}")
    )
    code, out, _ = run("check", "--fix", file)
    assert [line.split(": ")[1] for line in out.splitlines()[:-1]].count("fixed") == 3
    assert code == 0
    assert "polarity: any" in file.read_text(encoding="utf-8")


def test_a_file_that_was_saved_since_its_check_is_left_as_it_is(tmp_path):
    exam_repository(tmp_path)
    file = write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP)
    found = checked_exam(tmp_path, ["."], None)
    file.write_text(f"# a note\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    before = file.read_bytes()
    assert make_edits(tmp_path, found.problems, found.digests) == ([], [FILE])
    assert file.read_bytes() == before
    assert fix_exam(tmp_path, found, ["."], None).saved_since == [FILE]
    assert file.read_bytes() == before


def test_what_all_rows_lack_is_told_once(run, tmp_path):
    write_scenario(tmp_path, "PUMP_SLIP", "train", ("barrier_kpa, vibration_mm_s]", "barrier_kpa]"))
    assert run("check", tmp_path / FILE)[1].count("error: ") == 1


def test_only_chosen_files_are_mended(run, tmp_path):
    write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP)
    other = write_scenario(tmp_path, "PUMP_OTHER_SLIP", "train", SLIP)
    before = other.read_bytes()
    code, out, err = run("check", "--fix", tmp_path / FILE)
    assert (code, out.splitlines()[-1]) == (0, "1 file checked: 0 errors, 0 warnings, 0 notes")
    assert other.read_bytes() == before
    assert err == "not shown: 1 error in 1 other file; `modelsmith scenario check` shows all\n"


def test_a_link_is_not_written_through(run, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.write_text(scenario_text("PUMP_SLIP").replace(*SLIP), encoding="utf-8")
    before = outside.read_bytes()
    (tmp_path / FILE).symlink_to(outside)
    assert run("check", "--fix")[0] == 3
    assert outside.read_bytes() == before


@pytest.mark.parametrize("shape", [["--format", "json"], ["--json"]])
def test_what_was_fixed_stays_out_of_json(run, tmp_path, shape):
    write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP)
    code, out, err = run("check", "--fix", *shape)
    assert (code, [one["rule"] for one in json.loads(out)]) == (0, ["gate-needs"])
    assert err.startswith(f"{FILE}:4:15: fixed: ")


def test_the_edits_are_told_as_json_and_sarif(run, tmp_path):
    write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP)
    record, needs = json.loads(run("check", "--json")[1])
    assert [edit["text"] for edit in record["edits"]] == ["operator"]
    assert (needs["rule"], needs["edits"]) == ("gate-needs", [])
    result, _ = json.loads(run("check", "--format", "sarif")[1])["runs"][0]["results"]
    [change] = result["fixes"][0]["artifactChanges"]
    assert change["artifactLocation"]["uri"] == FILE


def test_a_sealed_file_without_its_comments_gets_both(run, tmp_path):
    file = tmp_path / "benchmarks/pumps/sealed/PUMP_SEAL_SEALED.yaml"
    right = file.read_text(encoding="utf-8")
    file.write_text(right.replace(f"{SCHEMA_LINE}\n{CANARY_LINE}\n", ""), encoding="utf-8")
    assert run("check")[0] == 3
    assert run("check", "--fix")[0] == 0
    assert file.read_text(encoding="utf-8") == right


# What a check of one file leaves out


def test_a_green_file_says_that_others_are_red(run, tmp_path):
    write_scenario(tmp_path, "PUMP_SLIP", "train", SLIP)
    steer = tmp_path / "benchmarks/pumps/steer/PUMP_SEAL_STEER.yaml"
    assert run("check", steer) == (
        0,
        "1 file checked: 0 errors, 0 warnings, 0 notes\n",
        "not shown: 1 error in 1 other file; `modelsmith scenario check` shows all\n",
    )


def test_a_file_is_checked_with_what_rests_on_it(run, tmp_path):
    sheet = "benchmarks/pumps/exam/PUMP_SEAL_LEAKS.yaml"
    write(tmp_path, sheet, "scenario: PUMP_SEAL_LEAKS\nanswers: []\n")
    code, out, _ = run("check", tmp_path / TRAIN / "PUMP_SEAL_LEAKS.yaml")
    assert code == 3
    assert f"{sheet}:2:10: error: answers has 0 items" in out


def test_a_broken_benchmark_file_is_never_a_green_check(run, tmp_path):
    write(
        tmp_path, "benchmarks/pumps/benchmark.yaml", BENCHMARK.replace("version: 1", "version: x")
    )
    code, out, _ = run("check", tmp_path / TRAIN / "PUMP_SEAL_LEAKS.yaml")
    assert code == 3
    assert out.startswith("benchmarks/pumps/benchmark.yaml:5:10: error: version is `x`")
    assert out.endswith("1 file checked: 1 error, 0 warnings, 0 notes\n")


# Files that nobody reads


@pytest.mark.parametrize(
    ("path", "said", "remedy"),
    [
        (f"{TRAIN}/PUMP_NEW.yml", "not a scenario file, so nobody reads it", "rename it to PUMP_NEW.yaml"),
        (f"{TRAIN}/PUMP_NEW.YAML", "not a scenario file", "rename it to PUMP_NEW.yaml"),
        (f"{TRAIN}/PUMP_NEW.yaml.txt", "not a scenario file", "rename it to PUMP_NEW.yaml"),
        (f"{TRAIN}/PUMP_NEW.txt", "not a scenario file", "rename it to PUMP_NEW.yaml"),
        (f"{TRAIN}/PUMP_NEW.yaml.orig", "not a scenario file", "delete it"),
        (f"{TRAIN}/seals/PUMP_NEW.yaml", "a folder, not a scenario file", "move its files up into train/"),
        ("benchmarks/pumps/Train/PUMP_NEW.yaml", "the folder Train lies where nobody", "benchmarks/pumps/train/"),
        ("benchmarks/pumps/training/PUMP_NEW.yaml", "the folder training", "benchmarks/pumps/train/"),
        ("benchmarks/pumps/drafts/PUMP_NEW.yaml", "the folder drafts", "move its files into one of"),
        ("benchmarks/pumps/PUMP_NEW.yaml", "the file PUMP_NEW.yaml lies", "folder of its split"),
        ("benchmarks/pumps/benchmark.yml", "the file benchmark.yml", "rename it to benchmark.yaml"),
        ("benchmarks/PUMP_NEW.yaml", "the file PUMP_NEW.yaml lies", "folder of its split"),
        ("scenarios/PUMP_NEW.yaml", "the folder scenarios is none", "benchmarks/<domain>/<split>/"),
        ("benchmarks/pumps/exam/old/PUMP_NEW.yaml", "a folder, not a sheet", "move its files up into exam/"),
    ],
)  # fmt: skip
def test_a_file_that_nobody_reads_is_named_with_its_place(run, tmp_path, path, said, remedy):
    write(tmp_path, path, scenario_text("PUMP_NEW"))
    code, out, _ = run("check", "--strict")
    assert code == 3
    [line] = [one for one in out.splitlines()[:-1] if not one.startswith(NEEDS)]
    assert said in line
    assert remedy in line.partition("; fix: ")[2]


@pytest.mark.parametrize(
    "path",
    [
        "benchmarks/pumps/exam/sat/claude-0123456789ab.json",
        "benchmarks/pumps/exam/sat/claude-0123456789ab.outbound.jsonl",
        "benchmarks/pumps/README.md",
        "benchmarks/pumps/.notes.yaml",
        "tests/train/x.yaml",
    ],
)
def test_what_has_its_place_is_no_stray(run, tmp_path, path):
    write(tmp_path, path, "{}")
    assert run("check", "--strict")[0] == 0


# Copies


def copied(tmp_path, split):
    text = scenario_text("PUMP_SEAL_LEAKS").replace("id: PUMP_SEAL_LEAKS", "id: PUMP_COPY")
    return write(tmp_path, f"benchmarks/pumps/{split}/PUMP_COPY.yaml", text)


def test_a_copy_of_a_train_scenario_among_the_held_out_is_an_error(run, tmp_path):
    copied(tmp_path, "steer")
    code, out, _ = run("check")
    assert code == 3
    assert out.count("error: ") == 2
    assert (
        f"benchmarks/pumps/steer/PUMP_COPY.yaml:2:5: error: PUMP_COPY asks what {TRAIN}/"
        "PUMP_SEAL_LEAKS.yaml asks, word for word: one is steer, the other train" in out
    )


def test_a_copy_in_the_same_split_is_a_warning(run, tmp_path):
    copied(tmp_path, "train")
    code, out, _ = run("check")
    assert code == 0
    assert out.count("warning: ") == 2
    assert "so it counts twice" in out


def test_spacing_and_case_make_no_other_question(run, tmp_path):
    file = copied(tmp_path, "steer")
    text = file.read_text(encoding="utf-8").replace("The night shift", "The NIGHT  shift")
    file.write_text(text, encoding="utf-8")
    assert run("check")[0] == 3
