from pathlib import Path

import pytest

from modelsmith.cli import main
from tests.support.exam_files import BENCHMARK, exam_repository, write

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path, capsys):
    exam_repository(tmp_path)

    def call(word):
        code = main(["--repo", str(tmp_path), "schema", word])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_schemas_are_written_once_and_then_up_to_date(run, tmp_path):
    code, out, _ = run("write")
    assert code == 0
    assert "schemas/pumps.scenario.schema.json: written\n" in out
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "schemas").iterdir()}
    assert run("write") == (0, "schemas/ and the issue forms are up to date\n", "")
    assert run("check") == (0, "schemas/ and the issue forms are up to date\n", "")
    assert before == {file: file.stat().st_mtime_ns for file in (tmp_path / "schemas").iterdir()}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "schemas/run.schema.json").write_text("{}"),
        lambda folder: (folder / "schemas/run.schema.json").unlink(),
        lambda folder: (folder / "schemas/run.schema.json").write_bytes(b"\xff"),
    ],
    ids=["edited", "missing", "unreadable"],
)
def test_a_schema_that_differs_is_named_and_mended(run, tmp_path, spoil):
    run("write")
    spoil(tmp_path)
    code, _, err = run("check")
    assert (code, err) == (
        3,
        (
            "error: not what the records and benchmarks give: schemas/run.schema.json\n"
            "  Run `modelsmith schema write` and commit the result.\n"
        ),
    )
    assert run("write")[1] == "schemas/run.schema.json: written\n"
    assert run("check")[0] == 0


def test_a_schema_of_a_benchmark_that_is_gone_is_removed(run, tmp_path):
    run("write")
    write(tmp_path, "schemas/valves.scenario.schema.json", "{}")
    assert "benchmarks give: schemas/valves.scenario.schema.json" in run("check")[2]
    assert run("write")[1] == "schemas/valves.scenario.schema.json: removed\n"
    assert not (tmp_path / "schemas/valves.scenario.schema.json").exists()


def test_a_new_word_in_the_benchmark_makes_its_schema_stale(run, tmp_path):
    run("write")
    changed = BENCHMARK.replace("[operator, planner]", "[operator, planner, owner]")
    write(tmp_path, "benchmarks/pumps/benchmark.yaml", changed)
    said = run("check")[2]
    assert "schemas/pumps.scenario.schema.json, .github/ISSUE_TEMPLATE/scenario-pumps.yml" in said


def test_the_schemas_of_this_repository_are_those_that_the_records_give(capsys):
    assert main(["--repo", str(REPOSITORY), "schema", "check"]) == 0
    assert capsys.readouterr().out == "schemas/ and the issue forms are up to date\n"
