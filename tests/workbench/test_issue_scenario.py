import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.documents.strict_yaml import parsed
from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.criteria_text import criteria_in
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.workbench.issue_form import form_of
from modelsmith.workbench.issue_scenario import scenario_draft_of
from tests.support.exam_files import exam_repository
from tests.support.issue_forms import ANSWERS, issue_body

HERE = "benchmarks/pumps/train/PUMP_FORM.yaml"


@pytest.fixture(scope="module")
def benchmarks(tmp_path_factory):
    folder = exam_repository(tmp_path_factory.mktemp("exam"))
    return {"pumps": ExamFolder(folder, "pumps").benchmark()}


def draft(benchmarks, **answers):
    return scenario_draft_of(benchmarks, {**ANSWERS, "failCriteria": "", **answers})


def value(found):
    document, problems = parsed("x.yaml", found.text.encode())
    assert problems == []
    return document.value


def test_the_answers_are_the_fields_of_the_file(benchmarks):
    found = draft(benchmarks)
    assert (found.path, found.problems) == (HERE, ())
    assert list(value(found)) == [
        "id", "outcomeType", "operatorLens", "category", "pumpMechanic", "description",
        "testObjective", "passCriteria", "failCriteria", "domainInput",
    ]  # fmt: skip
    assert "  - [2026-04-03, 7.4, 399]\n" in found.text.replace("'", "")


def test_plain_lines_become_criteria_without_their_bullets(benchmarks):
    said = "- Recommends to wait: no.\n\n* Blames the seal\n2) Names a date"
    found = value(draft(benchmarks, failCriteria=said))
    assert found["failCriteria"] == ["Recommends to wait: no.", "Blames the seal", "Names a date"]


def test_prose_becomes_the_same_criteria_as_in_a_file_and_they_are_told_by_number(benchmarks):
    said = "Blames the seal, i.e. its spring. Names a date by 3 p.m. Recommends no. 4 of the list."
    found = draft(benchmarks, passCriteria=said, failCriteria="Waits\nBlames the\nbearing")
    assert value(found)["passCriteria"] == list(criteria_in(said))
    assert found.criteria == (
        "P1  Blames the seal, i.e. its spring.",
        "P2  Names a date by 3 p.m.",
        "P3  Recommends no. 4 of the list.",
        "F1  Waits",
        "F2  Blames the bearing",
    )


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "said",
    [
        "  Blames the seal\n  Names a date",
        "    - Names one of:\n      - the seal\n      - the spring\n    - Names a date",
        "Blames the seal. Names a date,\ni.e. May.\n\n1. Waits for it\n2. Stops it at once",
        "| # | what |\n|---|---|\n| 1 | Blames the seal |",
    ],
)
def test_a_form_is_cut_like_a_file_however_it_is_laid_out(benchmarks, said, ends):
    """GitHub sends lines with CRLF, and the form takes off what is blank around an answer."""
    written = said.replace("\n", ends)
    filled = form_of(issue_body(passCriteria=written, failCriteria=written)).answers
    found = scenario_draft_of(benchmarks, filled)
    in_file = scenario_from(
        benchmarks["pumps"], json.dumps({**value(found), "passCriteria": written}), "x.yaml"
    )
    assert value(found)["passCriteria"] == [one.text for one in in_file.pass_criteria]
    assert value(found)["failCriteria"] == value(found)["passCriteria"]


def test_an_input_that_is_no_table_is_text(benchmarks):
    assert (
        value(draft(benchmarks, domainInput="a log\nof lines"))["domainInput"] == "a log\nof lines"
    )


HOSTILE = st.text(
    alphabet=st.sampled_from("a: \n-#'\"{}[]&*!|>%@`,?\\$~\t0x=\u00e9"), min_size=1, max_size=80
)


@settings(max_examples=150)
@given(HOSTILE, HOSTILE)
def test_whatever_is_written_comes_back_as_text(benchmarks, description, objective):
    found = value(draft(benchmarks, description=description, testObjective=objective))
    assert (found["description"], found["testObjective"]) == (description, objective)
    assert len(found) == 10


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"id": "../../.github/workflows/X_Y"}, "Name is `../../.github/workflows/X_Y`; expected"),
        ({"id": "PUMP_A\n"}, "expected capitals, digits and at least one underscore"),
        ({"id": "PUMP_" + "A" * 200}, "expected at most 120 characters"),
        ({"split": "sealed"}, "a sealed scenario is never written in an issue"),
        ({"split": "../train"}, "Split is `../train`; expected train or steer"),
        ({"benchmark": "../pumps"}, "Benchmark is `../pumps`; there are: pumps"),
        ({"mechanic": "drive: !!python/object/apply:os.system [id]"}, "Mechanic:1:8: error:"),
        ({"mechanic": "drive: &a [*a]"}, "Mechanic:1:8: error:"),
        ({"mechanic": "drive: [" * 200}, "Mechanic:1:"),
        ({"domainInput": "columns: *x"}, "Domain input:1:10: error:"),
        ({"passCriteria": "- text: !!binary aGk="}, "Pass criteria:1:9: error:"),
    ],
)
def test_what_names_no_place_or_is_no_plain_yaml_is_refused(benchmarks, answers, said):
    found = draft(benchmarks, **answers)
    assert found.text == ""
    assert any(said in problem for problem in found.problems)


@pytest.mark.parametrize("said", ["None", "none.", "n/a", "There are none.", "-", "", "Keine"])
def test_a_word_that_there_are_none_is_no_fail_criterion(benchmarks, said):
    assert value(draft(benchmarks, failCriteria=said))["failCriteria"] == []


def test_typographic_quotes_are_written_as_they_are(benchmarks):
    found = draft(benchmarks, passCriteria="“Blames the seal” is what it says.")
    assert "“Blames the seal” is what it says." in found.text
    whole = draft(benchmarks, passCriteria="“It blames the seal.”")
    assert "\\u201c" not in whole.text


def test_turns_and_points_that_are_written_as_yaml_are_a_conversation_with_points(benchmarks):
    found = draft(
        benchmarks,
        domainInput="turns:\n- {role: user, text: The pressure sinks.}\n",
        passCriteria="- text: Names the inner seal.\n  points: 5\n",
    )
    scenario = scenario_from(benchmarks["pumps"], found.text, "form")
    assert [turn.text for turn in scenario.domain_input.turns] == ["The pressure sinks."]
    assert [one.points for one in scenario.pass_criteria] == [5]
