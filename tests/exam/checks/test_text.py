import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.exam.checks.text import UNITS, clauses, figures, mentions, normalised


def negations(text, phrase):
    return [negated for _, negated in mentions(text, phrase)]


@given(st.text())
def test_normalising_twice_changes_nothing(text):
    assert normalised(normalised(text)) == normalised(text)


@given(st.text(alphabet="abc xyz", min_size=1), st.text(alphabet="abc", min_size=1, max_size=4))
def test_a_phrase_between_other_words_is_found(around, phrase):
    assert negations(f"{around} ; {phrase} ; {around}", phrase)


@given(st.integers(0, 10**9), st.sampled_from(sorted(set(UNITS) - {"", "$"})))
def test_a_figure_written_with_its_unit_is_read_back(value, unit):
    assert [(f.value, f.unit) for f in figures(f"about {value} {unit} now")] == [(value, unit)]


@given(st.integers(0, 10**9))
def test_thousands_separators_do_not_change_a_figure(value):
    assert [f.value for f in figures(f"{value:,} requests")] == [value]


def test_invisible_characters_full_width_digits_and_markup_are_gone():
    hidden = "**Wi\u200bn\u00ad ra\u2066te** is \uff15\uff18\u00a0\uff05 \U000e0041"
    assert normalised(hidden) == "win rate is 58 %"


def test_lines_stay_lines():
    assert normalised("A  b\r\n\n c\u2028d") == "a b\nc\nd"


def test_a_full_stop_inside_a_figure_ends_no_clause():
    assert clauses("it is 1.5 now. then 2") == ("it is 1.5 now.", "then 2")


def test_phrases_are_whole_words():
    assert negations("V-1012 and win-rates", "V-101") == []
    assert negations("V-101.", "V-101") == [False]


@pytest.mark.parametrize(
    "text",
    [
        "Do not raise the floor.",
        "Don\u2019t raise the floor.",
        "dont raise the floor",
        "never raise the floor",
        "It is wrong to raise the floor",
        "keep it rather than raise the floor",
        "It is not true that the desk, which has many reasons of its own, should raise the floor",
        "It isn't true that after all these weeks we should raise the floor",
        "raise the floor is wrong",
        "To raise the floor would be wrong",
        "To raise the floor is not needed",
        "raise the floor now is not recommended",
        "raise the floor should not be done",
    ],
)
def test_a_denied_phrase_is_negated(text):
    assert negations(text, "raise the floor") == [True]


@pytest.mark.parametrize(
    "text",
    [
        "raise the floor",
        "Not only raise the floor but watch it",
        "Without doubt, raise the floor",
        "There is no doubt: raise the floor",
        "Do not wait; raise the floor",
        "It is not true that bids fell. Raise the floor",
        "raise the floor, which is not enough",
    ],
)
def test_an_affirmed_phrase_is_not_negated(text):
    assert negations(text, "raise the floor") == [False]


def test_a_clause_is_denied_from_the_denial_on():
    text = "shading is deep and it is not true that shading is deep"
    assert negations(text, "shading is deep") == [False, True]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (".5", [(0.5, "")]),
        ("$1.20", [(1.2, "$")]),
        ("-4 ms", [(-4, "ms")]),
        ("5-7", [(5, ""), (7, "")]),
        ("3e5", [(3e5, "")]),
        ("our_bid_p50", []),
        ("18 % of 1,200", [(18, "%"), (1200, "")]),
    ],
)
def test_figures_are_read_with_sign_and_unit(text, read):
    assert [(f.value, f.unit) for f in figures(text)] == read


def test_a_phrase_of_nothing_but_markup_is_nowhere():
    assert negations("** anything **", "**") == []
