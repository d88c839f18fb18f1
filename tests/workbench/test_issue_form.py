import pytest

from modelsmith.exam.scenario import Scenario
from modelsmith.workbench.issue_form import QUESTIONS, form_of
from tests.support.issue_forms import ANSWERS, issue_body


def test_a_form_asks_for_the_ten_fields_and_where_they_go():
    names = list(QUESTIONS)
    fields = list(Scenario.model_json_schema(by_alias=True)["properties"])
    assert names == ["benchmark", "split", *fields]
    assert len(fields) == 10


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_form_comes_back_as_it_was_filled_in(ends):
    found = form_of(issue_body().replace("\n", ends))
    assert found.problems == ()
    assert found.answers == {**ANSWERS, "failCriteria": ""}


def test_other_headings_and_code_in_an_answer_belong_to_it():
    said = "### Why\n\n```\n### What\n```\nSo."
    assert form_of(issue_body(description=said)).answers["description"] == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "the heading `### Benchmark` is missing"),
        (issue_body().replace("### Name\n", "### Nom\n"), "the heading `### Name` is missing"),
        (
            issue_body(description="x\n\n### Pass criteria\n\nAnything."),
            "the heading `### Pass criteria` is there twice",
        ),
        (
            issue_body().replace("Split", "Swap").replace("Name", "Split").replace("Swap", "Name"),
            "the headings are not in the form's order",
        ),
        (
            issue_body(description="x" * 65_537),
            "characters, expected 65,536 at most",
        ),
    ],
)
def test_what_is_not_the_form_is_refused_and_nothing_of_it_is_read(body, said):
    found = form_of(body)
    assert found.answers == {}
    assert any(said in problem for problem in found.problems)
