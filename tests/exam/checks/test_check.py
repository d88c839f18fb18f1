import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import Check, finding_of, verdicts_in
from modelsmith.exam.checks.result import Outcome

CHECKS = TypeAdapter(Check)
EVERY_KIND = [
    {"contains": "isolate the pump"},
    {"any_of": ["isolate the pump", "stop the pump"]},
    {"all_of": ["isolate", "pump"]},
    {"none_of": ["wait"]},
    {"regex": "isolat(e|ing)"},
    {"number": {"metric": "barrier_kpa", "value": 180}},
    {"verdict": "seal-failure"},
    {"json": {"schema": {"required": ["verdict"]}}},
    {"ordered": ["isolate", "call"]},
]
ALL_KINDS = pytest.mark.parametrize("written", EVERY_KIND, ids=lambda w: next(iter(w)))


def check(written):
    return CHECKS.validate_json(json.dumps(written))


def outcome(written, answer):
    return finding_of(check(written), answer, FREE_TEXT).outcome


def refusal(written):
    with pytest.raises(ValidationError) as refused:
        check(written)
    return refused.value.errors()[0]["msg"]


@ALL_KINDS
@pytest.mark.parametrize("answer", ["", " \n\t ", "\u200b\ufeff", "**"])
def test_an_empty_answer_meets_nothing(written, answer):
    assert outcome(written, answer) is Outcome.NOT_MET


@ALL_KINDS
@given(answer=st.text())
def test_every_answer_gets_an_outcome(written, answer):
    assert outcome(written, answer) in Outcome


@ALL_KINDS
def test_a_check_survives_writing_and_reading(written):
    assert CHECKS.validate_json(CHECKS.dump_json(check(written), by_alias=True)) == check(written)


@given(st.text(alphabet="ab \n.", max_size=30), st.text(alphabet="ab \n.", max_size=30))
def test_more_text_never_unmeets_an_affirmed_phrase(before, after):
    answer = f"{before}\n isolate the pump\n{after}"
    assert outcome({"contains": "isolate the pump"}, answer) is Outcome.MET


@pytest.mark.parametrize(
    ("polarity", "answer", "met"),
    [
        ("affirmed", "isolate the pump", True),
        ("affirmed", "do not isolate the pump", False),
        ("negated", "do not isolate the pump", True),
        ("negated", "isolate the pump", False),
        ("any", "do not isolate the pump", True),
    ],
)
def test_phrases_know_polarity(polarity, answer, met):
    wanted = Outcome.MET if met else Outcome.NOT_MET
    assert outcome({"contains": "isolate the pump", "polarity": polarity}, answer) is wanted


def test_hidden_characters_and_full_width_digits_do_not_hide_a_phrase():
    assert outcome({"contains": "valve 12"}, "Va\u200blve \uff11\uff12") is Outcome.MET


def test_all_of_names_the_missing_phrase():
    found = finding_of(check({"all_of": ["isolate", "call"]}), "isolate it", FREE_TEXT)
    assert (found.outcome, found.seen) == (Outcome.NOT_MET, "missing: call")


def test_none_of_shows_what_it_hit():
    found = finding_of(check({"none_of": ["wait"]}), "We wait.", FREE_TEXT)
    assert (found.outcome, found.seen) == (Outcome.NOT_MET, "we wait.")


def test_a_hostile_pattern_takes_linear_time_and_a_hostile_size_is_refused():
    assert outcome({"regex": "(a+)+$"}, "a" * 200_000 + "b") is Outcome.NOT_MET
    assert "invalid repetition size" in refusal({"regex": "((a{100}){100}){100}"})
    assert "pattern too large" in refusal({"regex": r"(\pL{500}\pN{500}){1}" * 20})


def test_a_broken_pattern_is_refused_with_the_reason():
    assert refusal({"regex": "("}) == (
        "Value error, RE2 refuses the pattern '(': missing ): (; "
        r"fix: write `\(` for a bracket that is meant as one, `\?` for a question mark"
    )


def test_a_pattern_matches_whatever_its_case():
    assert outcome({"regex": "SPO path"}, "the spo Path") is Outcome.MET


@pytest.mark.parametrize(
    ("answer", "met"),
    [
        ("barrier_kpa went from 240 to 180", True),
        ("barrier_kpa is 180", True),
        ("barrier_kpa: 180 kPa", True),
        ("barrier_kpa fell to 180 from 240", True),
        ("barrier_kpa went from 180 to 240", False),
        ("vibration_mm_s is 180", False),
        ("barrier_kpa fell, vibration_mm_s is 180", False),
        ("180", False),
        ("barrier_kpa is 240, 210, 180, 150", False),
        ("barrier_kpa is 170. barrier_kpa is 180. barrier_kpa is 190.", False),
        ("barrier_kpa was 240. Now barrier_kpa is 180.", True),
        ("barrier_kpa is not 180", False),
        ("barrier_kpa did not go from 240 to 180", False),
        ("It is not true that barrier_kpa is 180", False),
        ("barrier_kpa does not hold: 180", True),
        ("barrier_kpa is \uff11\uff18\uff10", True),
    ],
)
def test_a_figure_is_bound_to_its_metric(answer, met):
    wanted = Outcome.MET if met else Outcome.NOT_MET
    assert outcome({"number": {"metric": "barrier_kpa", "value": 180}}, answer) is wanted


@pytest.mark.parametrize(
    ("sought", "answer", "met"),
    [
        ({"value": 2, "unit": "min"}, "120 s", True),
        ({"value": 2, "unit": "min"}, "2", False),
        ({"value": 2, "unit": "min"}, "2 ms", False),
        ({"value": 2, "unit": "$"}, "$2", True),
        ({"value": 18, "unit": "%", "tolerance": 0.5}, "18.4 percent", True),
        ({"value": 18, "unit": "%", "tolerance": 0.5}, "18.6 percent", False),
        ({"value": 18}, "18 %", True),
    ],
)
def test_a_free_figure_is_compared_in_its_unit(sought, answer, met):
    assert outcome({"number": sought}, answer) is (Outcome.MET if met else Outcome.NOT_MET)


@pytest.mark.parametrize(
    ("answer", "labels"),
    [
        ("VERDICT: seal-failure", ("seal-failure",)),
        ("**Final verdict:** Seal failure.", ("seal-failure",)),
        ("VERDICT: a\nverdict: a", ("a",)),
        ("VERDICT: a or b", ("a", "b")),
        ("VERDICT: a; b / c", ("a", "b", "c")),
        ("VERDICT: hold-and-wait", ("hold-and-wait",)),
        ("my verdict is: a\nverdict: b", ("a", "b")),
        ("no verdict here", ()),
        ("Verdicts: a, b", ()),
    ],
)
def test_verdict_lines_are_read(answer, labels):
    assert verdicts_in(answer) == labels


def test_hedging_between_verdicts_is_no_verdict():
    assert outcome({"verdict": "a"}, "VERDICT: a\nFinal verdict: b") is Outcome.NOT_MET


def test_json_must_be_one_object_that_the_schema_takes():
    written = {"json": {"schema": {"properties": {"n": {"enum": [1, 2]}}}}}
    assert outcome(written, 'so: {"n": 1}') is Outcome.MET
    assert outcome(written, '{"n": 1} {"n": 1}') is Outcome.NOT_MET
    assert finding_of(check(written), '{"n": 3}', FREE_TEXT).seen == "`3`; expected one of 1, 2"


def test_a_flood_of_braces_is_given_up_on():
    written = {"json": {"schema": {}}}
    assert outcome(written, "{" * 99 + '{"n": 1}') is Outcome.MET
    assert outcome(written, "{" * 100 + '{"n": 1}') is Outcome.NOT_MET
    assert outcome(written, "{" * 100_000) is Outcome.NOT_MET
    assert outcome(written, '{"a":' * 20_000) is Outcome.NOT_MET


@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef", "patternProperties"])
def test_a_schema_that_could_fetch_loop_or_hang_is_refused(keyword):
    schema = {keyword: {} if keyword == "patternProperties" else "#"}
    assert f"a schema here may not use {keyword}" in refusal({"json": {"schema": schema}})


def test_a_hostile_pattern_in_a_schema_takes_linear_time():
    written = {"json": {"schema": {"properties": {"t": {"pattern": "(a+)+$"}}}}}
    assert outcome(written, json.dumps({"t": "a" * 50_000 + "b"})) is Outcome.NOT_MET


def test_order_is_of_whole_words():
    written = {"ordered": ["isolate", "call"]}
    assert outcome(written, "isolate, then call") is Outcome.MET
    assert outcome(written, "call, then isolate") is Outcome.NOT_MET
    assert finding_of(check(written), "isolate, recall", FREE_TEXT).seen == "missing in order: call"


def test_a_check_has_exactly_one_kind():
    expected = "a check has exactly one of contains, any_of, all_of"
    for written in ({}, {"contains": "abc", "regex": "abc"}, {"contain": "abc"}, "abc", 5):
        assert refusal(written).startswith(expected)


def test_a_phrase_of_nothing_but_markup_is_refused():
    assert "nothing is left of the phrase '**'" in refusal({"contains": "**"})
