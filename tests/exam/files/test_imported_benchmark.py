"""An import is whole or is not, overwrites nothing, and keeps its map beside the scenarios."""

import pytest

from modelsmith.errors import InputError, UsageError
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.files.check import ExamCheck
from modelsmith.exam.files.imported_benchmark import BenchmarkImporter, source_bytes
from modelsmith.record import sha256
from tests.support.foreign_files import CANARY, FORMATS, INTO, imported, map_of, text_of

SHARES = ("split: train", "split: {shares: {train: 0.4, steer: 0.3, sealed: 0.3}}")


def files_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def without_benchmark(form):
    text = map_of(form)
    return text[: text.index("benchmark:")]


@pytest.mark.parametrize("form", FORMATS)
def test_what_is_imported_is_a_benchmark_without_errors(tmp_path, form):
    done = imported(tmp_path, form)
    found = ExamCheck(tmp_path, "pumps").check().diagnostics
    rules = {problem.rule for problem in found if problem.severity == "error"}
    assert rules <= {"empty-split"}
    assert sorted(map(str, files_in(tmp_path))) == sorted(done.files)


def test_shares_split_by_the_digest_of_ids_and_fill_every_split(tmp_path):
    done = imported(tmp_path, "healthbench", map_text=map_of("healthbench", SHARES))
    assert done.told["split"] == {"train": 1, "steer": 1, "sealed": 1}
    assert ExamFolder(tmp_path, "pumps").exam().sealed
    sealed = next((tmp_path / INTO / "sealed").iterdir()).read_text(encoding="utf-8")
    assert f"canary GUID {CANARY}" in sealed.splitlines()[1]


def test_the_map_is_kept_with_the_digest_of_the_file_and_what_was_left_out(tmp_path):
    imported(tmp_path, "healthbench")
    kept = (tmp_path / INTO / "imports/pumps.healthbench.yaml").read_text(encoding="utf-8")
    digest = sha256(text_of("healthbench").encode())
    assert kept.splitlines()[:2] == [
        f"# Imported from pumps.healthbench.jsonl, sha256 {digest}: 3 scenarios.",
        "# Not kept: canary (2), ideal_completions_data (1), rubrics[].tags (2).",
    ]
    assert kept.endswith(map_of("healthbench"))
    text = imported(tmp_path / "again", "healthbench", map_text=kept)
    assert text.scenarios == 3


def test_a_second_file_comes_beside_the_first_and_takes_its_benchmark(tmp_path):
    imported(tmp_path, "healthbench")
    before = files_in(tmp_path)
    done = imported(tmp_path, "biggen", map_text=without_benchmark("biggen"))
    after = files_in(tmp_path)
    assert {path: after[path] for path in before} == before
    assert len(after) == len(before) + done.scenarios + 1


@pytest.mark.parametrize(
    ("map_text", "message"),
    [
        (map_of("biggen"), "benchmark.yaml is there, and the map has a `benchmark` too"),
        (without_benchmark("healthbench"), "map.yaml is a map for healthbench, --format is biggen"),
    ],
)
def test_a_map_that_is_for_something_else_is_refused(tmp_path, map_text, message):
    imported(tmp_path, "healthbench")
    before = files_in(tmp_path)
    with pytest.raises(UsageError, match=message):
        imported(tmp_path, "biggen", map_text=map_text)
    assert files_in(tmp_path) == before


def test_without_a_benchmark_anywhere_nothing_is_imported(tmp_path):
    with pytest.raises(UsageError, match="is not there, and the map has no `benchmark`"):
        imported(tmp_path, "biggen", map_text=without_benchmark("biggen"))


def test_a_second_import_changes_nothing(tmp_path):
    imported(tmp_path, "healthbench")
    before = files_in(tmp_path)
    with pytest.raises(UsageError, match=r"train/PUMPS_LEAK_1.yaml is already there"):
        imported(tmp_path, "healthbench", map_text=without_benchmark("healthbench"))
    assert files_in(tmp_path) == before


def test_one_bad_example_keeps_all_out(tmp_path):
    bad = text_of("healthbench", ("Asks for the vibration in mm/s.", "Asks."))
    with pytest.raises(InputError):
        imported(tmp_path, "healthbench", bad)
    assert files_in(tmp_path) == {}


def test_a_write_that_fails_leaves_nothing_of_the_import(tmp_path):
    imported(tmp_path, "healthbench")
    before = files_in(tmp_path)
    (tmp_path / INTO / "steer").write_text("no folder", encoding="utf-8")
    text = without_benchmark("biggen").replace("split: train", "split: {from: task, values: "
                                               "{leak: train, hum: steer}}")  # fmt: skip
    with pytest.raises(OSError, match="steer"):
        imported(tmp_path, "biggen", map_text=text)
    (tmp_path / INTO / "steer").unlink()
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    "folder",
    ["pumps", "runs/pumps", "benchmarks/a/b", "benchmarks", "benchmarks/Two 2", "benchmarks/.."],
)
def test_it_goes_into_the_folder_of_a_benchmark_alone(tmp_path, folder):
    with pytest.raises(UsageError, match="expected benchmarks/NAME"):
        BenchmarkImporter(tmp_path, folder, CANARY)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        source_bytes(tmp_path / "none.jsonl")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        source_bytes(tmp_path)
