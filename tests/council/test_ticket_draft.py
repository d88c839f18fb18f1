"""A draft worded by a model: what rests on the ticket stays, all else is struck out and told."""

import pytest

from modelsmith.council.ticket_draft import SENT, shape_of, ticket_ask, why_struck, worded
from modelsmith.documents.json_schema import problems_of
from modelsmith.exam.authoring.pasted_table import table_in
from modelsmith.exam.authoring.scenario_draft import draft_text, drafted_scenario
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import Split
from tests.support.tickets import TABLE, TICKET, a_worded_draft, ticket_repository


@pytest.fixture
def benchmark(tmp_path):
    return ExamFolder(ticket_repository(tmp_path), "pumps").benchmark()


@pytest.fixture
def table():
    return table_in("table.csv", TABLE, TICKET)[0]


def draft(benchmark, table, said, **given):
    by_rules = drafted_scenario(benchmark, TICKET, table, given)
    assert problems_of(shape_of(benchmark).schema_, said) == []
    return by_rules, worded(benchmark, TICKET, table, by_rules, said)


def test_sentences_that_rest_on_the_ticket_take_the_place_of_the_rules(benchmark, table):
    by_rules, found = draft(benchmark, table, a_worded_draft())
    assert found.fields["passCriteria"] == [
        {
            "text": "Cites barrier_kpa at 180.",
            "check": {"number": {"metric": "barrier_kpa", "value": 180}},
        }
    ]
    assert found.fields["testObjective"] == "Finds out whether a flat vibration is seen."
    assert found.fields["domainInput"] == by_rules.fields["domainInput"]
    assert found.fields["description"] == by_rules.fields["description"]
    text = draft_text(benchmark, found, Split.TRAIN, "ticket.txt")
    assert (
        "# draft: passCriteria: `Cites barrier_kpa at 180.` rests on "
        "`cites barrier_kpa at its last value, 180`\n" in text
    )


def test_what_rests_on_nothing_is_struck_out_and_told(benchmark, table):
    _, found = draft(benchmark, table, a_worded_draft())
    assert found.fields["failCriteria"] == ["Runs the pump dry."]
    told = found.questions["failCriteria"]
    assert (
        "struck out `Blames the owner.`: `the owner is to blame` does not stand in the ticket"
        in told
    )
    assert "struck out `Waits for 12 hours.`: 12 stands in neither ticket nor table" in told
    assert "struck out `Says nothing.`: it rests on no words of the ticket" in told
    kept = {
        text for name in ("passCriteria", "failCriteria") for text in map(str, found.fields[name])
    }
    assert not any("owner" in text or "12" in text for text in kept)


def test_a_value_is_taken_with_its_quote_alone(benchmark, table):
    said = a_worded_draft()
    _, found = draft(benchmark, table, said)
    assert found.fields["outcomeType"] == "fn-guard"
    assert found.questions["outcomeType"] == (
        "taken from `That is a trap, the vibration is flat`: is it right?",
    )
    assert found.fields["category"] is None
    assert (
        "struck out `SEALS`: `it is the seal` does not stand in the ticket"
        in (found.questions["category"][-1])
    )
    assert found.fields["operatorLens"] is None


def test_what_the_author_gave_stays(benchmark, table):
    _, found = draft(benchmark, table, a_worded_draft(), outcomeType="tp")
    assert found.fields["outcomeType"] == "tp"
    assert "outcomeType" not in found.questions


def test_its_questions_stand_beside_those_of_the_rules(benchmark, table):
    by_rules, found = draft(benchmark, table, a_worded_draft())
    assert "How fast is fast enough?" in found.questions["passCriteria"]
    assert "Who asks?" in found.questions["description"]
    assert set(by_rules.questions["domainInput"]) <= set(found.questions["domainInput"])


def test_the_question_says_what_leaves_and_fences_the_ticket(benchmark, table):
    ask = ticket_ask(benchmark, TICKET, table, "PUMP_X", Split.TRAIN)
    assert ask.purpose == "council"
    assert [(s.scenario, s.split, s.fields) for s in ask.subjects] == [
        ("PUMP_X", Split.TRAIN, SENT)
    ]
    fenced = ask.prompt[-1].content
    nonce = fenced.split()[1]
    assert fenced.count(nonce) == 2
    assert nonce in ask.prompt[0].content
    assert TICKET in fenced
    assert TABLE in fenced


@pytest.mark.parametrize(
    ("text", "quote", "why"),
    [
        ("Isolates it.", "ISOLATES the   pump", ""),
        ("Isolates it.", "isolate the pumps", "`isolate the pumps` does not stand in the ticket"),
        ("Isolates it.", "the pump", ""),
        ("Isolates it.", "pump 4", "it rests on no words of the ticket"),
        ("240 to 180", "Barrier pressure on pump 4", ""),
        ("2.5 bar", "Barrier pressure on pump 4", "2.5 stands in neither ticket nor table"),
    ],
)
def test_words_are_found_whatever_their_case_and_gaps(table, text, quote, why):
    assert why_struck(text, quote, TICKET, table) == why
