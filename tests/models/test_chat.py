"""How much of a growing answer can be told before the next token is known."""

import pytest
from pydantic import ValidationError

from modelsmith.models.chat import MOST_TOKENS, Chat, ready
from tests.support.models import a_prompt


def test_without_stop_strings_all_is_told_at_once():
    assert ready("Floor is", (), is_over=False) == ("Floor is", False)


def test_a_stop_string_ends_the_answer_and_is_no_part_of_it():
    assert ready("Floor is high.\nNext", ("\n",), is_over=False) == ("Floor is high.", True)


def test_the_first_of_several_stop_strings_counts():
    assert ready("one two three", ("three", "two"), is_over=False) == ("one ", True)


@pytest.mark.parametrize("end", ["<", "</", "</e", "</en", "</end"])
def test_what_may_become_a_stop_string_is_kept_back(end):
    assert ready("Floor" + end, ("</end>",), is_over=False) == ("Floor", False)


def test_the_longest_possible_beginning_is_kept_back():
    assert ready("Floor aab", ("abc", "aabb"), is_over=False) == ("Floor ", False)


def test_what_did_not_become_a_stop_string_is_told():
    assert ready("Floor </ended", ("</end>",), is_over=False) == ("Floor </ended", False)
    assert ready("Floor </en", ("</end>",), is_over=True) == ("Floor </en", False)


def test_half_a_character_is_kept_back_until_the_end():
    assert ready("20 \ufffd", (), is_over=False) == ("20 ", False)
    assert ready("20 \ufffd", (), is_over=True) == ("20 \ufffd", False)


def test_pieces_told_in_turn_make_the_whole():
    text, stop, told = "a\n\nb\n\nc", ("\n\nc",), ""
    for size in range(1, len(text) + 1):
        safe, is_stopped = ready(text[:size], stop, is_over=size == len(text))
        assert safe.startswith(told)
        told = safe
    assert (told, is_stopped) == ("a\n\nb", True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prompt": ()},
        {"max_tokens": 0},
        {"max_tokens": MOST_TOKENS + 1},
        {"temperature": 2.5},
        {"top_p": 0.0},
        {"stop": ("",)},
        {"stop": ("a", "b", "c", "d", "e")},
        {"top_logprobs": 21},
        {"seed": -1},
    ],
)
def test_a_request_out_of_range_is_none(wrong):
    with pytest.raises(ValidationError):
        Chat.model_validate({"prompt": a_prompt()} | wrong)
