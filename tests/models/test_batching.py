import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.models.batching import MOST_PADDING, batch_key, batches
from modelsmith.models.generation import Message, Sampling
from tests.support.models import a_prompt

texts = st.lists(st.text(max_size=30), max_size=40)


def prompts_of(contents):
    return [(Message(role="user", content=content),) for content in contents]


def test_short_prompts_come_first_equal_ones_keep_their_order_and_the_rest_is_a_batch():
    prompts = prompts_of(["ccc", "a", "bb", "dd", "e"])
    assert batches(prompts, 2) == ((1, 4), (2, 3), (0,))


def test_all_turns_count_for_the_length():
    long_system = (Message(role="system", content="x" * 50), Message(role="user", content="a"))
    assert batches([long_system, *prompts_of(["bb"])], 8) == ((1, 0),)


def test_a_prompt_that_would_pad_the_others_by_much_opens_a_batch():
    within, beyond = "x" * (MOST_PADDING + 1), "x" * (MOST_PADDING + 2)
    assert batches(prompts_of(["a", within]), 8) == ((0, 1),)
    assert batches(prompts_of(["a", beyond, beyond]), 8) == ((0,), (1, 2))


def test_no_prompts_are_no_batches():
    assert batches([], 4) == ()


@pytest.mark.parametrize("size", [0, -1])
def test_a_batch_of_less_than_one_is_refused(size):
    with pytest.raises(ValueError, match=f"a batch holds at least 1 prompt, size is {size}"):
        batches(prompts_of(["a"]), size)


@given(texts, st.integers(1, 9))
def test_every_prompt_stands_in_exactly_one_batch_and_none_is_too_large(contents, size):
    planned = batches(prompts_of(contents), size)
    assert sorted(place for batch in planned for place in batch) == list(range(len(contents)))
    assert all(1 <= len(batch) <= size for batch in planned)


@given(texts, st.integers(1, 9))
def test_lengths_never_fall_along_the_plan(contents, size):
    order = [place for batch in batches(prompts_of(contents), size) for place in batch]
    lengths = [len(contents[place]) for place in order]
    assert lengths == sorted(lengths)


def test_the_key_changes_with_whatever_changes_an_answer():
    one, two = a_prompt("one"), a_prompt("two")
    keys = {
        batch_key({"model": "m"}, Sampling(), [one, two]),
        batch_key({"model": "m"}, Sampling(), [two, one]),
        batch_key({"model": "m"}, Sampling(), [one]),
        batch_key({"model": "n"}, Sampling(), [one, two]),
        batch_key({"model": "m"}, Sampling(max_tokens=7), [one, two]),
        batch_key({"model": "m"}, Sampling(seed=1), [one, two]),
        batch_key({"model": "m"}, Sampling(), [one, a_prompt("two", system="Be long.")]),
    }
    assert len(keys) == 7


def test_the_key_of_equal_work_is_equal():
    first = batch_key({"a": "1", "b": "2"}, Sampling(), [a_prompt()])
    assert first == batch_key({"b": "2", "a": "1"}, Sampling(), [a_prompt()])
