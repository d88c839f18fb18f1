"""What a request in OpenAI's form asks for."""

import json

import pytest

from modelsmith.live.http.openai_api import WireError, request_in
from modelsmith.models.chat import Chat
from tests.support.models import a_prompt

ASKED = [{"role": "developer", "content": "Be short."}, {"role": "user", "content": "Why?"}]


def chat(**fields):
    return request_in(json.dumps({"model": "m", "messages": ASKED} | fields).encode()).chat()


def test_what_nobody_says_is_as_the_specialist_was_measured():
    assert chat() == Chat(prompt=a_prompt("Why?", "Be short."))
    assert (chat().temperature, chat().top_p, chat().max_tokens) == (0.0, 1.0, None)


def test_everything_that_is_said_is_asked():
    assert chat(
        max_tokens=5, temperature=0.5, top_p=0.9, seed=7, stop=["a", "b"], logprobs=True
    ) == Chat(
        prompt=a_prompt("Why?", "Be short."),
        max_tokens=5,
        temperature=0.5,
        top_p=0.9,
        seed=7,
        stop=("a", "b"),
        top_logprobs=0,
    )


def test_the_newer_name_of_the_limit_counts_before_the_older():
    assert chat(max_tokens=5, max_completion_tokens=6).max_tokens == 6


@pytest.mark.parametrize("fields", [{}, {"logprobs": False}, {"logprobs": None}])
def test_log_probabilities_are_told_to_nobody_who_did_not_ask(fields):
    assert chat(**fields).top_logprobs is None


def test_parts_of_a_message_are_lines():
    parts = [{"type": "text", "text": text} for text in ("one", "two")]
    assert chat(messages=[{"role": "user", "content": parts}]).prompt[0].content == "one\ntwo"


def test_fields_that_change_nothing_are_read_and_change_nothing():
    assert chat(user="someone", store=False, metadata={"a": "b"}, service_tier="auto") == chat()


def test_a_conversation_that_ends_with_the_assistant_is_read():
    turns = [*ASKED, {"role": "assistant", "content": "Because"}]
    assert [turn.role for turn in chat(messages=turns).prompt] == ["system", "user", "assistant"]


def test_no_text_is_no_message():
    with pytest.raises(WireError, match=r"Invalid 'messages\.0\.content'"):
        chat(messages=[{"role": "user", "content": None}])
