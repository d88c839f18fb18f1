"""The issue form that a ticket is pasted into: a draft with its questions, confirmed there too."""

import pytest

from modelsmith.documents.strict_yaml import parsed
from modelsmith.exam.authoring.scenario_file import report_on
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.workbench.issue_form import CONFIRMED, form_of
from modelsmith.workbench.issue_scenario import scenario_draft_of
from tests.support.issue_forms import ticket_body
from tests.support.tickets import TICKET, made_up, ticket_repository


@pytest.fixture
def benchmark(tmp_path):
    return ExamFolder(ticket_repository(tmp_path), "pumps").benchmark()


@pytest.fixture
def drafted(benchmark):
    def call(**answers):
        form = form_of(ticket_body(**answers))
        assert form.problems == ()
        draft = scenario_draft_of({"pumps": benchmark}, form.answers)
        return draft, report_on(benchmark, draft.path, draft.text.encode(), rubric=False)

    return call


def test_a_ticket_in_the_form_becomes_a_draft_that_asks(drafted):
    draft, (report, scenario) = drafted()
    assert (draft.problems, draft.is_unconfirmed) == ((), True)
    assert draft.path == "benchmarks/pumps/train/PUMP_FORM.yaml"
    assert scenario is None
    assert report.is_draft
    document, _ = parsed(draft.path, draft.text.encode())
    assert document.value["pumpMechanic"] == {"drive": "diesel", "seal": "single"}
    assert made_up(document.value, TICKET) == []
    assert draft.criteria[0] == "P1  That is a trap, the vibration is flat."


def test_what_its_author_confirms_is_a_scenario(drafted):
    draft, (report, scenario) = drafted(confirmed=CONFIRMED)
    assert not draft.is_unconfirmed
    assert scenario is not None
    assert scenario.id == "PUMP_FORM"
    assert not report.is_draft


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"ticket": ""}, "Ticket is empty; expected the words of the case"),
        ({"data": "a,b\n1,2\n3\n"}, "Table:3:1: error: the row has 1 cells"),
        ({"mechanic": "a: [b"}, "Mechanic:"),
        ({"split": "sealed"}, "a sealed scenario is never written in an issue"),
        ({"id": "x"}, "Name is `x`"),
    ],
)
def test_what_cannot_be_drafted_is_told(benchmark, answers, told):
    draft = scenario_draft_of({"pumps": benchmark}, form_of(ticket_body(**answers)).answers)
    assert draft.text == ""
    assert told in draft.problems[0]
