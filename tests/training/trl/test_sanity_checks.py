import pytest

from modelsmith.errors import EngineError
from modelsmith.training.trl.sanity_checks import check_loss, check_moved, tokens_checked
from tests.support.models import a_recipe, rows_of


class Letters:
    """A tokenizer whose tokens are letters."""

    def apply_chat_template(self, messages, *, tokenize, add_generation_prompt):
        return "".join(f"[{turn['content']}]" for turn in messages) + ">"

    def __call__(self, text, *, add_special_tokens):
        return {"input_ids": [ord(letter) for letter in text]}

    def decode(self, tokens):
        return "".join(map(chr, tokens))


def tokenised(rows):
    made = []
    for row in rows:
        asked = "".join(f"[{turn.content}]" for turn in row.prompt) + ">"
        ids = [ord(letter) for letter in asked + row.target]
        labels = [-100] * len(asked) + ids[len(asked) :]
        made.append({"input_ids": ids, "labels": labels})
    return made


def checked(tokens, rows, **changes):
    return tokens_checked(tokens, rows, Letters(), a_recipe(**changes))


def test_tokens_with_loss_and_all_tokens_are_counted():
    rows = rows_of(2, target="abc")
    made = tokenised(rows)
    assert checked(made, rows) == (6, sum(len(row["input_ids"]) for row in made))


def test_rows_in_which_nothing_carries_loss_are_refused_with_the_counts():
    rows = rows_of(2, target="abc")
    made = [row | {"labels": [-100] * len(row["labels"])} for row in tokenised(rows)]
    read = sum(len(row["input_ids"]) for row in made)
    with pytest.raises(EngineError, match=f"none of {read} tokens in 2 rows carries loss"):
        checked(made, rows)


def test_loss_on_the_prompt_is_refused():
    rows = rows_of(2)
    made = tokenised(rows)
    made[1]["labels"][3] = 7
    with pytest.raises(EngineError, match=r"row 1 \(ROW_1\) reads differently"):
        checked(made, rows)


def test_another_reading_of_the_prompt_is_refused_with_both_texts():
    rows = rows_of(1)
    made = tokenised(rows)
    made[0]["input_ids"][1] = ord("X")
    with pytest.raises(EngineError, match=r"'\[Xe short.*' against '\[Be short.*'"):
        checked(made, rows)


def test_a_row_that_was_dropped_is_missed():
    rows = rows_of(3)
    with pytest.raises(EngineError, match="the trainer kept 2 of 3 rows"):
        checked(tokenised(rows)[:2], rows)


def test_a_row_of_exactly_the_greatest_length_is_accepted_and_one_more_is_not():
    rows = rows_of(1)
    made = tokenised(rows)
    length = len(made[0]["input_ids"])
    checked(made, rows, max_length=length)
    with pytest.raises(
        EngineError, match=rf"row 0 \(ROW_0\) has {length} tokens, at most {length - 1}"
    ):
        checked(made, rows, max_length=length - 1)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), float("-inf")])
def test_a_loss_that_is_no_number_is_refused_with_its_step(loss):
    with pytest.raises(EngineError, match=f"the loss is {loss} at step 3 of 9"):
        check_loss(loss, 3, 9)


def test_a_loss_of_zero_is_a_number():
    check_loss(0.0, 1, 1)


def test_unchanged_weights_are_refused():
    with pytest.raises(EngineError, match="the adapter is unchanged after training, sha256 aa"):
        check_moved("a" * 64, "a" * 64, 1.0)


@pytest.mark.parametrize("shift", [0.0, float("nan"), float("inf")])
def test_logits_that_did_not_move_or_are_no_numbers_are_refused(shift):
    with pytest.raises(EngineError, match=f"logits by {shift:g}, above 0 is needed"):
        check_moved("a" * 64, "b" * 64, shift)


def test_an_adapter_that_moved_is_accepted():
    check_moved("a" * 64, "b" * 64, 1e-6)
