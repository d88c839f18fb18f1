"""Labelled answers on disk: every problem is located, and all of them are told at once."""

from pathlib import Path

import pytest

from modelsmith.errors import InputError
from modelsmith.exam.benchmark import AnswerFormat, Exam
from modelsmith.exam.checks.answer_form import ChoiceField, TextField
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.files.benchmark_folder import sheets_of
from tests.support.scenarios import a_benchmark, a_scenario

SHEET = """\
# yaml-language-server: $schema=../../../schemas/exam.schema.json
scenario: SHADING_ONE
answers:
  - id: O1
    kind: off-topic
    text: |
      The weather is fine.
    labels: {P1: not_met, P2: not_met, P3: not_met, P4: not_met, F1: not_met}
"""


def an_exam() -> Exam:
    return Exam(
        benchmark=a_benchmark(),
        train=(a_scenario(),),
        steer=(a_scenario("SHADING_TWO"),),
        sealed=(a_scenario("SHADING_THREE"),),
    )


def written(repository: Path, text: str, name: str = "SHADING_ONE.yaml") -> Path:
    folder = repository / "benchmarks" / "adtech" / "exam"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return repository


def problems_of(repository: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        sheets_of(repository, "adtech", an_exam())
    return [str(problem) for problem in caught.value.problems]


def test_a_sheet_is_read_with_its_labels(tmp_path: Path) -> None:
    (sheet,) = sheets_of(written(tmp_path, SHEET), "adtech", an_exam())
    assert (sheet.scenario, sheet.answers[0].id) == ("SHADING_ONE", "O1")
    assert sheet.answers[0].text == "The weather is fine.\n"
    assert sheet.answers[0].labels["F1"] is Outcome.NOT_MET


def test_a_benchmark_without_the_folder_has_no_sheets(tmp_path: Path) -> None:
    assert sheets_of(tmp_path, "adtech", an_exam()) == ()


def test_a_missing_label_is_located(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, SHEET.replace(", P4: not_met", "")))
    assert problem.startswith(
        "benchmarks/adtech/exam/SHADING_ONE.yaml:8:13: error: O1 has no label for P4; expected"
    )


def test_a_right_answer_that_its_form_cannot_read_is_located(tmp_path: Path) -> None:
    form = AnswerFormat(
        instruction="Answer as an ad operations analyst.",
        fields=(TextField(name="CAUSE"), ChoiceField(name="VERDICT", clear="no-issue")),
    )
    exam = an_exam().model_copy(update={"benchmark": a_benchmark(answer_format=form)})
    right = (
        SHEET.replace("off-topic", "right")
        .replace("not_met", "met")
        .replace("F1: met", "F1: not_met")
    )
    with pytest.raises(InputError) as caught:
        sheets_of(written(tmp_path, right), "adtech", exam)
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith(
        "benchmarks/adtech/exam/SHADING_ONE.yaml:6:11: error: O1 is right, and its form cannot be "
        "read: "
    )
    assert "give it the fields CAUSE, VERDICT, a line each" in problem
    said = right.replace("The weather is fine.", "CAUSE: It shades.\n      VERDICT: over-shading")
    (sheet,) = sheets_of(written(tmp_path, said), "adtech", exam)
    assert sheet.answers[0].text.startswith("CAUSE")


def test_a_label_of_no_criterion_is_located(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, SHEET.replace("F1:", "F1: not_met, F9:")))
    assert "SHADING_ONE.yaml:8:83: error: O1 labels F9; expected one of P1, P2" in problem


@pytest.mark.parametrize("name", ["SHADING_TWO", "SHADING_THREE"])
def test_answers_to_a_held_out_scenario_are_refused(tmp_path: Path, name: str) -> None:
    text = SHEET.replace("SHADING_ONE", name)
    (problem,) = problems_of(written(tmp_path, text, f"{name}.yaml"))
    assert f"{name}.yaml:2:11: error: {name} is a" in problem


def test_a_file_with_another_name_than_its_scenario_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(written(tmp_path, SHEET, "OTHER.yaml"))
    assert "OTHER.yaml:2:11: error: answers to SHADING_ONE in OTHER.yaml" in problem


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    written(tmp_path, SHEET.replace("off-topic", "off-key"))
    sheets = written(tmp_path, "scenario: [", "SHADING_TWO.yaml")
    first, second = problems_of(sheets)
    assert "SHADING_ONE.yaml:5:11: error: answers[0].kind is `off-key`" in first
    assert "SHADING_TWO.yaml:" in second


def test_a_link_is_refused(tmp_path: Path) -> None:
    sheets = written(tmp_path, SHEET)
    folder = tmp_path / "benchmarks" / "adtech" / "exam"
    (folder / "SHADING_FOUR.yaml").symlink_to(folder / "SHADING_ONE.yaml")
    (problem,) = problems_of(sheets)
    assert "SHADING_FOUR.yaml:1:1: error: the path is a link" in problem
