"""`modelsmith benchmark`: a map to fill in, an import, an export, an import again."""

import re

import pytest

from modelsmith.cli import main
from modelsmith.exam.files.benchmark_folder import ExamFolder
from tests.support.exam_files import exam_repository, scenario_text
from tests.support.foreign_files import FOLDER, FORMATS, map_of


@pytest.fixture
def run(tmp_path, capsys):
    def call(*words):
        code = main(["--repo", str(tmp_path), *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def import_words(form, *more):
    return ["benchmark", "import", FOLDER / FORMATS[form], "--format", form, *more]


@pytest.mark.parametrize("form", FORMATS)
def test_without_a_map_one_to_fill_in_is_printed_and_nothing_is_written(run, tmp_path, form):
    code, out, err = run(*import_words(form, "--into", "benchmarks/pumps"))
    assert code == 2
    assert out.startswith("# Import map for ")
    assert "nothing was imported: the map above is to be filled in" in err
    assert "outcomeType: TODO" in out
    assert ("columns:" in out) is (form == "csv")
    assert ("passes:" in out) is (form != "csv")
    assert not (tmp_path / "benchmarks").exists()
    unfilled = tmp_path / "map.yaml"
    unfilled.write_text(out, encoding="utf-8")
    code, out, err = run(*import_words(form, "--map", unfilled, "--into", "benchmarks/pumps"))
    assert code == 3
    assert err.count("TODO is still there") >= 10


def test_a_map_names_the_fields_of_the_file_and_what_they_hold(run):
    code, out, err = run(*import_words("healthbench"))
    assert code == 0
    assert "nothing was imported: the map above is to be filled in" in err
    assert "#   example_tags: theme:seals (2); theme:bearings (1); physician_agreed:none (1)" in out
    _, out, _ = run(*import_words("promptfoo"))
    assert "#   metadata.theme: seals (1); bearings (1)" in out


@pytest.mark.parametrize("form", FORMATS)
def test_a_map_that_is_filled_in_imports_the_file(run, tmp_path, form):
    file = tmp_path / "map.yaml"
    file.write_text(map_of(form), encoding="utf-8")
    code, out, err = run(*import_words(form, "--map", file, "--into", "benchmarks/pumps/"))
    assert (code, err) == (0, "")
    assert re.search(r"benchmarks/pumps: [23] scenarios imported; review them and the map", out)
    assert "category: " in out
    assert "not kept: " in out
    code, out, err = run(*import_words(form, "--map", file, "--into", "benchmarks/pumps"))
    assert code == 2
    assert "benchmark.yaml is there" in err


def test_an_export_says_which_drafts_it_leaves_out(run, tmp_path):
    exam_repository(tmp_path)
    file = tmp_path / "benchmarks/pumps/train/PUMP_DRAFT.yaml"
    file.write_text(f"toConfirm: {{}}\n{scenario_text('PUMP_DRAFT')}", encoding="utf-8")
    code, out, err = run("benchmark", "export", "pumps", "--format", "jsonl")
    assert (code, "PUMP_DRAFT" in out) == (0, False)
    path = "benchmarks/pumps/train/PUMP_DRAFT.yaml"
    assert f"left out: 1 draft is not confirmed ({path})" in err


def test_an_export_comes_in_again(run, tmp_path):
    exam_repository(tmp_path)
    output = tmp_path / "pumps.jsonl"
    code, out, err = run("benchmark", "export", "pumps", "--format", "jsonl", "--output", output)
    assert (code, out) == (0, f"{output}: written\n")
    assert err == "note: 1 sealed scenarios are in it: keep it from models and trainers\n"
    words = ["benchmark", "import", output, "--format", "jsonl", "--into"]
    code, out, _ = run(*words, "benchmarks/again")
    assert code == 0
    assert "3 scenarios imported" in out
    pumps, again = (ExamFolder(tmp_path, name).exam() for name in ("pumps", "again"))
    assert (pumps.train, pumps.steer, pumps.sealed) == (again.train, again.steer, again.sealed)
    code, _, err = run(*words, "benchmarks/again")
    assert (code, "benchmark.yaml is already there" in err) == (2, True)
    code, _, err = run("benchmark", "export", "pumps", "--format", "jsonl", "--output", output)
    assert (code, "is already there" in err) == (2, True)


def test_what_promptfoo_cannot_say_is_told_beside_the_file(run, tmp_path):
    exam_repository(tmp_path)
    code, out, err = run("benchmark", "export", "--format", "promptfoo")
    assert code == 0
    assert out.startswith("description: Reading pumps from their daily figures\n")
    assert "lost: a check of kind verdict: a model decides its words (3)" in err
    assert "lost: benchmark.yaml: canary (1)" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["import", "none.csv", "--format", "csv"], "none.csv cannot be read: No such file"),
        (["import", FOLDER / "pumps.csv", "--format", "jsonl"], "--into is missing"),
        (
            ["import", FOLDER / "pumps.csv", "--format", "jsonl", "--into", "benchmarks/x",
             "--map", "m.yaml"],
            "our own JSON Lines need no --map",
        ),
        (["export", "none", "--format", "jsonl"], "is none, the benchmarks here are: none"),
    ],
)  # fmt: skip
def test_words_that_do_not_fit_are_told(run, words, message):
    code, out, err = run("benchmark", *words)
    assert (code, out) == (2, "")
    assert message in err
