"""Answers in JSON, as models write it: nested, fenced, in lists, by other keys, with no value."""

import json
import sys
import threading

import pytest

from modelsmith.exam.checks.answer_form import (
    AnswerForm,
    ChoiceField,
    Column,
    FiguresField,
    SetField,
    metrics_of,
)
from modelsmith.exam.checks.answer_reading import reading_of
from modelsmith.exam.checks.json_reading import MOST_NESTED, json_objects

COLUMNS = {"win_rate_pct": Column(aliases=("share won",), unit="%"), "bids_won": Column()}
FORM = AnswerForm(
    fields=(
        FiguresField(name="EVIDENCE", at_most=2),
        SetField(name="CHECKS", choices=("pacing", "floor")),
        ChoiceField(name="VERDICT", choices=("over-shading", "no-issue", "yes", "no")),
    ),
    metrics=metrics_of(COLUMNS, COLUMNS, {"win_rate_pct"}),
)


def read(answer, form=FORM):
    return reading_of(form, answer if isinstance(answer, str) else json.dumps(answer))


def values(answer, form=FORM):
    return {one.metric: one.figure.value for one in read(answer, form).figures}


PLAIN = {"evidence": {"win_rate_pct": 11, "bids_won": 900}, "checks": ["pacing"], "verdict": "no"}


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(PLAIN),
        json.dumps(PLAIN, indent=2),
        f"Here it is:\n```json\n{json.dumps(PLAIN, indent=1)}\n```\nTell me if {{more}} helps.",
        json.dumps({"answer": PLAIN}),
        json.dumps({"answer": PLAIN, "confidence": 0.9}),
        json.dumps({"result": {"answer": PLAIN}, "notes": "none"}),
        json.dumps([{key: value} for key, value in PLAIN.items()]),
        json.dumps([{"field": key.upper(), "value": value} for key, value in PLAIN.items()]),
        json.dumps({"fields": [{"name": key, "value": value} for key, value in PLAIN.items()]}),
        json.dumps({key.upper(): value for key, value in PLAIN.items()}),
        json.dumps({f" {key.title()}: ": value for key, value in PLAIN.items()}),
        json.dumps(PLAIN)[:-1] + ",}",
        json.dumps(PLAIN).replace('"no"', "false"),
        json.dumps(PLAIN).replace('"no"', '["no"]'),
        json.dumps(PLAIN).replace('"no"', '{"value": "no", "reason": "over-shading shows"}'),
        json.dumps(PLAIN).replace('"no"', '{"yes": false, "no": true, "over-shading": false}'),
        json.dumps(PLAIN).replace('["pacing"]', '{"pacing": true, "floor": false}'),
        json.dumps(PLAIN).replace('["pacing"]', '"pacing"'),
        json.dumps(PLAIN).replace("11", '"11"'),
        json.dumps(PLAIN).replace("11", '"11 %"'),
        json.dumps(PLAIN).replace("11", "11.0"),
        json.dumps(PLAIN).replace("11", "1.1e1"),
        json.dumps(PLAIN).replace("win_rate_pct", "Share Won"),
        json.dumps(PLAIN).replace("win_rate_pct", "shareWon"),
        json.dumps(PLAIN).replace("win_rate_pct", "share-won"),
        json.dumps(PLAIN) + "\n\n" + json.dumps(PLAIN),
        json.dumps({"final_verdict" if key == "verdict" else key: PLAIN[key] for key in PLAIN}),
        json.dumps({"finalVerdict" if key == "verdict" else key: PLAIN[key] for key in PLAIN}),
        json.dumps({**PLAIN["evidence"], "checks": ["pacing"], "verdict": "no"}),
        json.dumps([{"metric": key, "value": value} for key, value in PLAIN["evidence"].items()])
        + json.dumps({"checks": ["pacing"], "verdict": "no"}),
        # the outermost counts; what is set aside does not
        json.dumps({"rejected": {"verdict": "yes"}, **PLAIN}),
        json.dumps({**PLAIN, "considered": [{"verdict": "yes"}, {"verdict": "over-shading"}]}),
        json.dumps({"answer": PLAIN, "alternatives": [{"verdict": "yes"}]}),
        json.dumps({"previous_answer": {**PLAIN, "verdict": "yes"}, "answer": PLAIN}),
        json.dumps({"example": {"verdict": "yes"}}) + json.dumps(PLAIN),
        json.dumps({**PLAIN, "notes": {"verdict": "yes", "evidence": {"bids_won": 7}}}),
        json.dumps({"initial_verdict": "yes", **PLAIN}),
        json.dumps({**PLAIN, "verdict": {"rejected": "yes", "chosen": "no"}}),
        json.dumps({**PLAIN, "input": {"bids_won": 7}}),
        # Python's dicts, and comments
        str(PLAIN),
        f"```python\n{ {**PLAIN, 'a': None, 'b': True, 'c': chr(34)} }\n```",
        str({**PLAIN, "why": "it's"}),
        str({**PLAIN, "why": 'it\'s a "no"', "verdict": ("no",)[0]}),
        "{'why': 'it\\'s \"so\" // {', " + str(PLAIN)[1:],
        json.dumps(PLAIN, indent=1).replace('"no"', '"no" // not "yes"'),
        json.dumps(PLAIN, indent=1).replace('"no"', '"no", # not "yes"'),
        json.dumps(PLAIN).replace('"no"', '/* "yes" } */ "no"'),
    ],
)
def test_json_is_read_however_models_wrap_it(answer):
    found = read(answer)
    assert found.faults == ()
    assert found.choices == {"VERDICT": "no"}
    assert found.sets == {"CHECKS": ("pacing",)}
    assert values(answer) == {"win_rate_pct": 11, "bids_won": 900}


@pytest.mark.parametrize(
    "verdict",
    [
        None,
        "",
        {},
        [],
        3,
        float("nan"),
        {"no": False, "yes": False},
        {"no": True, "yes": True},
        {"no": 0.7, "yes": 0.3},
        ["no", "yes"],
        [["no"], ["yes"]],
        {"value": None},
        "no or yes",
        {"rejected": "no"},
    ],
)
def test_json_that_chooses_nothing_or_two_is_unreadable(verdict):
    found = read({"verdict": verdict})
    assert found.faults
    assert found.choices == {}


@pytest.mark.parametrize(
    "answer",
    [
        '{"verdict": "no"} {"verdict": "yes"}',
        '{"verdict": "no", "verdict": "yes"}',
        '{"verdict": "no", "Verdict": "yes", "VERDICT": "no"}',
        '{"verdict": "no"} VERDICT: yes\n{"x": 1}',
        '{"x": 1} VERDICT: yes {"verdict": "no"}',
        '{"a": {"verdict": "no"}, "b": {"verdict": "yes"}}',
        '{"verdict": "no", "final_verdict": "yes"}',
        "{'verdict': 'no', 'verdict': 'yes'}",
        '[{"field": "verdict", "value": "no"}, {"field": "verdict", "value": "yes"}]',
    ],
)
def test_two_values_in_several_objects_are_none(answer):
    assert any(said.startswith("VERDICT has 2 values") for said in read(answer).faults)


@pytest.mark.parametrize(
    ("evidence", "known"),
    [
        ({"win_rate_pct": None}, {}),
        ({"win_rate_pct": True}, {}),
        ({"win_rate_pct": "n/a"}, {}),
        ({"win_rate_pct": float("inf")}, {}),
        ({"win_rate_pct": 1e-05}, {"win_rate_pct": 1e-05}),
        ({"win_rate_pct": 1.234e-05}, {"win_rate_pct": 1.234e-05}),
        ({"win_rate_pct": 1.5e16}, {"win_rate_pct": 1.5e16}),
        ({"win_rate_pct": -1.5}, {"win_rate_pct": -1.5}),
        ({"bids_won": 1.234}, {"bids_won": 1.234}),
        ({"bids_won": 1234567}, {"bids_won": 1234567}),
    ],
)
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_number_of_json_is_the_number_in_every_language(evidence, known, language):
    form = FORM._replace(language=language)
    assert values({"evidence": evidence, "verdict": "no"}, form) == pytest.approx(known)


@pytest.mark.parametrize(
    "evidence",
    [
        {"win_rate_pct": 11, "share won": 12},
        {"win_rate_pct": 11, "Win Rate Pct": 12},
        [{"metric": "win_rate_pct", "value": 11}, {"metric": "share won", "value": 12}],
        {"win_rate_pct": [11, 12]},
        {"win_rate_pct": [11, 120]},
        {"win_rate_pct": {"value": 11, "latest": 120}},
        {"win_rate_pct": {"value": 11, "latest": 12}},
    ],
)
def test_two_values_of_a_metric_are_none_in_json_too(evidence):
    found = read({"evidence": evidence, "verdict": "no"})
    assert any(said.startswith("win_rate_pct has 2 values") for said in found.faults)


def test_a_key_that_is_there_twice_in_a_figure_is_two_values():
    found = read('{"evidence": {"win_rate_pct": 11, "win_rate_pct": 12}, "verdict": "no"}')
    assert found.faults == ("win_rate_pct has 2 values: 11, 12",)


STATE = AnswerForm(fields=(ChoiceField(name="VERDICT", choices=("accepted", "rejected")),))


@pytest.mark.parametrize("key", ["rejected", "considered", "draft", "previous", "Alternatives"])
def test_a_field_that_is_set_aside_is_not_there(key):
    assert read({key: {"verdict": "no"}}).choices == {}
    assert read({"verdict": {"accepted": False, "rejected": True}}, STATE).choices == {
        "VERDICT": "rejected"
    }


@pytest.mark.parametrize(
    "evidence",
    [
        {"bids_won": "900", "bids_won_direction": "up"},
        {"bidsWon": 900, "bidsWonTrend": "up"},
        {"win_rate_pct_unit": "%", "bids_won": [900, "up"]},
    ],
)
def test_a_key_that_tells_where_another_went_belongs_to_it(evidence):
    for answer in ({"evidence": evidence, "verdict": "no"}, {**evidence, "verdict": "no"}):
        (found,) = read(answer).figures
        assert (found.metric, found.figure.value, found.direction) == ("bids_won", 900, "up")


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ({"input": {"bids_won": 7}}, {}),
        ({"evidence": {"bids_won": 900, "bids_won_change": "300"}}, {"bids_won": 900}),
    ],
)
def test_what_was_asked_and_a_change_are_no_readings(answer, known):
    assert values({**answer, "verdict": "no"}) == known


def nested(depth):
    return '{"VERDICT":' + '{"a":' * depth + '"no"' + "}" * (depth + 1)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("depth", [MOST_NESTED, 100, 450, 5_000, 100_000])
def test_nesting_is_bounded_by_a_number_and_not_by_the_stack(depth, quote):
    """What a process has of its stack when it is asked does not matter."""
    said, written = [], nested(depth).replace('"', quote)
    before = sys.getrecursionlimit()
    for limit in (before, 20 * before):
        sys.setrecursionlimit(limit)
        threading.stack_size(256 * 1024 * 1024)
        try:
            reading_of.cache_clear()
            asked = threading.Thread(target=lambda: said.append(read(written)))
            asked.start()
            asked.join()
        finally:
            sys.setrecursionlimit(before)
            threading.stack_size(0)
    assert said == [said[0]] * 2
    assert said[0].faults
    assert json_objects(written) == []


def test_what_people_nest_is_read():
    assert json_objects(nested(MOST_NESTED - 1)) != []
