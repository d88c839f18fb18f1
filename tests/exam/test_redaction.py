import pytest

from modelsmith.exam.redaction import IN_PLACE, Redaction
from tests.support.scenarios import a_scenario

SECRET = a_scenario(
    "DARK_ONE", description="A brewery asks why Tuesdays are quiet. Nobody there counts."
)
OPEN = a_scenario("OPEN_ONE")
WITHHELD = Redaction([SECRET], [OPEN])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fails at A brewery asks why Tuesdays are quiet.", f"fails at {IN_PLACE}"),
        ("(A brewery asks why Tuesdays are quiet)", f"({IN_PLACE})"),
        (SECRET.description, IN_PLACE),
        ("families: DARK_ONE, OPEN_ONE", f"families: {IN_PLACE}, OPEN_ONE"),
        ("DARK_ONE__V1 lost", f"{IN_PLACE} lost"),
        ("answers/DARK_ONE.json", f"answers/{IN_PLACE}.json"),
        ("DARK_ONES and XDARK_ONE", "DARK_ONES and XDARK_ONE"),
        ("A brewery asks.", "A brewery asks."),
        ("", ""),
    ],
)
def test_what_is_held_out_is_taken_out_and_nothing_else(text, shown):
    assert WITHHELD.taken_out_of(text) == shown


def test_the_rubric_and_the_figures_are_held_out_too():
    dark = a_scenario("DARK_TWO", category="PACING", figure=7731)
    withheld = Redaction([dark], [OPEN])
    for criterion in dark.criteria().values():
        if criterion.text not in {one.text for one in OPEN.criteria().values()}:
            assert IN_PLACE in withheld.taken_out_of(f"most: {criterion.text}!")
    line = dark.input_text().splitlines()[1]
    assert "7731" in line
    assert "7731" not in withheld.taken_out_of(f"it read {line} and said so")


def test_what_an_open_scenario_says_too_is_no_secret():
    shared = OPEN.criteria()["P1"].text
    assert shared == SECRET.criteria()["P1"].text
    assert WITHHELD.taken_out_of(shared) == shared


def test_where_nothing_is_held_out_nothing_is_taken_out():
    assert Redaction([], [OPEN]).taken_out_of(SECRET.description) == SECRET.description


def test_a_scenario_that_was_held_out_once_and_is_open_now_is_open():
    assert Redaction([SECRET], [SECRET]).taken_out_of(SECRET.description) == SECRET.description
