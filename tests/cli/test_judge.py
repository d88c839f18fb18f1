"""`modelsmith judge exam`: what it prints and how it ends."""

import json
import shutil
from pathlib import Path

import pytest

from modelsmith.cli import main
from modelsmith.exam.verdict import GRADER

SHIPPED = Path(__file__).parents[2] / "benchmarks" / "adtech"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that holds a copy of the shipped benchmark."""
    shutil.copytree(SHIPPED, tmp_path / "benchmarks" / "adtech")
    return tmp_path


def sheets(repository: Path) -> list[Path]:
    return sorted((repository / "benchmarks" / "adtech" / "exam").glob("*.yaml"))


def test_the_shipped_grader_passes_and_its_figures_are_printed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--repo", str(repository), "judge", "exam"]) == 0
    shown = capsys.readouterr().out
    assert f"Exam of the grader {GRADER} on adtech: " in shown
    assert "Cohen kappa" in shown
    assert "criteria where people and grader differ:" in shown
    assert "injected answers that got their way: none" in shown
    assert shown.endswith("passed: its verdicts count\n")


def test_json_carries_the_examination_and_the_certificate(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--repo", str(repository), "judge", "exam", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["examination"]["verdict"] == "passed"
    assert record["certificate"]["grader"] == GRADER
    assert len(record["certificate"]["rubrics"]) == len(sheets(repository))


def test_a_second_call_prints_the_same(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--repo", str(repository), "judge", "exam", "--json"])
    first = capsys.readouterr().out
    main(["--repo", str(repository), "judge", "exam", "--json"])
    assert capsys.readouterr().out == first


def test_a_grader_that_disagrees_is_not_certified(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark = repository / "benchmarks" / "adtech" / "benchmark.yaml"
    text = benchmark.read_text(encoding="utf-8")
    benchmark.write_text(text.replace("exam: 0.75", "exam: 0.99"), encoding="utf-8")
    assert main(["--repo", str(repository), "judge", "exam"]) == 1
    shown = capsys.readouterr().out
    assert "NO  sensitivity 0.9" in shown
    assert "at least 0.99 expected" in shown
    assert shown.endswith("failed: its verdicts do not count\n")


def test_too_few_labelled_answers_certify_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sheet in sheets(repository)[1:]:
        sheet.unlink()
    assert main(["--repo", str(repository), "judge", "exam", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["examination"]["verdict"], record["certificate"]) == ("uncertified", None)


def test_a_label_that_is_missing_is_bad_input_at_its_place(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = sheets(repository)[0]
    text = sheet.read_text(encoding="utf-8").replace("P2: met, ", "", 1)
    sheet.write_text(text, encoding="utf-8")
    assert main(["--repo", str(repository), "judge", "exam"]) == 3
    said = capsys.readouterr().err
    assert "benchmarks/adtech/exam is not an exam for graders:" in said
    assert f"benchmarks/adtech/exam/{sheet.name}:11:13: error: R1 has no label for P2" in said


def test_an_unknown_benchmark_is_a_usage_error(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--repo", str(repository), "judge", "exam", "--domain", "shipping"]) == 2
    assert "--domain is shipping, the benchmarks here are: adtech" in capsys.readouterr().err
