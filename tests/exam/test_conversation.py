"""A conversation reaches whoever is asked as turns."""

import pytest
from pydantic import ValidationError

from modelsmith.boundary.grants import ASKED
from modelsmith.exam.authoring.scenario_page import scenario_page
from modelsmith.exam.conversation import Conversation, Turn
from modelsmith.exam.leakage import LeakGuard
from modelsmith.exam.prompt import prompt_for, question
from modelsmith.exam.redaction import Redaction
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.judges.prompt import inquiries_of
from modelsmith.training.rows import prompt_with_rubric, row_of
from tests.support.graded import TALK, a_graded_benchmark, of_a_conversation
from tests.support.scenarios import a_benchmark, a_scenario

BENCHMARK, SCENARIO = a_graded_benchmark(), of_a_conversation()
SPOKEN = [
    ("user", "Our wins fell on one exchange since Monday."),
    ("assistant", "Which figures changed with them?"),
    ("user", "The discount went from 12 to 41 per cent. What now?"),
]


def turns_of(prompt):
    return [(message.role, message.content) for message in prompt]


def test_the_model_is_asked_the_turns_and_all_else_stands_before_them():
    system, *spoken = prompt_for(BENCHMARK, SCENARIO)
    assert turns_of(spoken) == SPOKEN
    assert system.role == "system"
    assert system.content == (
        "Answer as an analyst, in your own words.\n"
        "BID_SHADING, seen by dsp (first).\n"
        "The trader sees fewer wins on one exchange and asks what changed.\n"
        "You answer traders briefly."
    )


def test_the_form_of_an_answer_is_told_before_the_turns():
    system, *spoken = prompt_for(a_benchmark(), SCENARIO)
    assert "Verdicts: over-shading, no-issue" in system.content
    assert turns_of(spoken) == SPOKEN


def test_worked_examples_stand_between():
    prompt = prompt_for(BENCHMARK, SCENARIO, [(a_scenario(), "An answer.")])
    assert [message.role for message in prompt] == [
        "system", "user", "assistant", "user", "assistant", "user",
    ]  # fmt: skip
    assert turns_of(prompt)[3:] == SPOKEN


def test_a_training_row_holds_the_turns():
    row = row_of(BENCHMARK, SCENARIO, "Ease the shading.", "labelled")
    assert turns_of(row.prompt)[1:] == SPOKEN
    *before, asked = prompt_with_rubric(BENCHMARK, SCENARIO)
    assert turns_of(before)[1:] == SPOKEN[:-1]
    assert asked.content.startswith(SPOKEN[-1][1])


def test_a_judge_and_a_person_read_who_said_what():
    (inquiry,) = inquiries_of(
        BENCHMARK, SCENARIO, Split.TRAIN, "Ease it.", ["P1"], seed=1, allowed=ASKED
    )
    asked = inquiry.ask.prompt[1].content
    told = "\n\n".join(f"{role.title()}: {text}" for role, text in SPOKEN)
    assert told in asked
    assert told in question(BENCHMARK, SCENARIO)
    page = scenario_page(BENCHMARK, SCENARIO)
    assert [line.strip() for line in page.splitlines() if line.startswith("  [")] == [
        "[system]", "[user]", "[assistant]", "[user]",
    ]  # fmt: skip


def test_a_held_out_conversation_is_guarded_as_text_is():
    twin = Scenario(**dict(SCENARIO) | {"id": "TALK_TWO"})
    assert [one.rule for one in LeakGuard((SCENARIO,), (SCENARIO, twin)).found([twin])]
    told = Redaction([SCENARIO], []).taken_out_of(f"He said: {SPOKEN[0][1]}")
    assert told == "He said: (held out)"


def test_a_conversation_is_read_back_as_it_was_written():
    assert Scenario.model_validate_json(SCENARIO.canonical()) == SCENARIO


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (["assistant", "user"], "turn 1 is the assistant's, where the other speaks"),
        (["user", "user"], "turn 2 is the user's"),
        (["system", "user", "user"], "turn 3 is the user's"),
        (["user", "system", "user"], "a system turn stands behind another turn"),
        (["system", "system", "user"], "a system turn stands behind another turn"),
        (["user", "assistant"], "the last turn is not the user's"),
        (["system"], "the last turn is not the user's"),
        ([], "at least 1 item"),
    ],
)
def test_speakers_take_turns_and_the_user_comes_last(roles, message):
    with pytest.raises(ValidationError, match=message):
        Conversation(turns=tuple(Turn(role=role, text="Words.") for role in roles))


def test_one_question_is_a_conversation_too():
    assert Conversation(turns=TALK.turns[1:2]).instruction == ""
