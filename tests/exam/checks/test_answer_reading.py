"""Answers read by their form: whoever says it right is read right, however it is worded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.exam.checks.answer_form import (
    AnswerForm,
    ChoiceField,
    Column,
    FiguresField,
    SetField,
    TextField,
    form_words,
    metrics_of,
)
from modelsmith.exam.checks.answer_reading import MOST_READ, reading_of

COLUMNS = {
    "win_rate_pct": Column(aliases=("share won",), unit="%", flat_within=1),
    "clearing_price_p50": Column(aliases=("median clearing price",), unit="$"),
    "bids_won": Column(),
}
FORM = AnswerForm(
    fields=(
        FiguresField(name="EVIDENCE", at_most=2, directions=True),
        TextField(name="ROOT CAUSE"),
        SetField(name="CHECKS", choices=("bid-density", "pacing", "floor"), at_most=2),
        ChoiceField(name="VERDICT", choices=("over-shading", "pacing-throttle", "no-issue")),
    ),
    metrics=metrics_of(COLUMNS, COLUMNS),
)


def read(answer, form=FORM):
    return reading_of(form, answer)


ANSWER = """\
EVIDENCE: win_rate_pct is 11 %, down; bids_won is 900, flat
ROOT CAUSE: The budget is throttled
before the auction.
CHECKS: pacing, bid-density
VERDICT: pacing-throttle
"""


AS_JSON = """Here it is.
```json
{
  "evidence": [
    {"metric": "win_rate_pct", "value": 11, "unit": "%", "way": "down"},
    {"metric": "bids_won", "value": 900, "way": "flat"}
  ],
  "rootCause": "The budget is throttled\\nbefore the auction.",
  "checks": ["pacing", "bid density"],
  "verdict": "Pacing throttle"
}
```"""


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        ANSWER.replace("EVIDENCE:", "**EVIDENCE:**").replace("VERDICT:", "**Verdict**:"),
        ANSWER.replace("ROOT CAUSE:", "## Root cause\n").replace("VERDICT:", "4. VERDICT -"),
        ANSWER.replace("EVIDENCE:", "1. EVIDENCE:").replace("CHECKS:", "3) CHECKS:"),
        "\n".join(reversed(ANSWER.replace("throttled\nbefore", "throttled before").splitlines())),
        ANSWER.replace("ROOT CAUSE", "root_cause").replace("VERDICT:", "My final verdict is:"),
        ANSWER.replace("\n", " ").replace("throttled before", "throttled\nbefore"),
        AS_JSON,
    ],
    ids=[
        "lines",
        "bold",
        "headings",
        "numbered",
        "other order",
        "other spelling",
        "one line",
        "json",
    ],
)
def test_the_same_answer_is_read_alike_however_it_is_written(answer):
    found = read(answer)
    assert found.faults == ()
    assert found.choices == {"VERDICT": "pacing-throttle"}
    assert found.sets == {"CHECKS": ("pacing", "bid-density")}
    assert {(f.metric, f.figure.value, f.direction) for f in found.figures} == {
        ("win_rate_pct", 11.0, "down"),
        ("bids_won", 900.0, "flat"),
    }
    assert found.texts["ROOT CAUSE"].split()[-2:] == ["the", "auction."]


@pytest.mark.parametrize(
    ("said", "value", "direction"),
    [
        ("win_rate_pct went from 18 to 11, down", 11, "down"),
        ("The win rate pct fell from 18 % to 11 %", 11, "down"),
        ("share won: 11 % (was 18 %)", 11, "down"),
        ("share won 18 -> 11", 11, None),
        ("share won dropped by 7 points to 11 %", 11, "down"),
        ("11 % share won, after 18 % on 2026-03-01", 11, None),
        ("Over 14 days the share won sank to 11", 11, "down"),
        ("share won is at 11, not moving", 11, None),
        ("share won rose from 8 to 11", 11, "up"),
        ("share won stays at 11 %, unchanged", 11, "flat"),
        ("share won went from 99.98 to 97.1", 97.1, "down"),
        ("share won was 11", 11, None),
        ("share won of 11 percent in week 7", 11, None),
        ("share won = 1.1e1 %", 11, None),
        ("share won = 1,100", 1100, None),
    ],
)
def test_a_reading_is_where_a_figure_ended_and_where_it_went(said, value, direction):
    (found,) = read(f"EVIDENCE: {said}\nVERDICT: no-issue").figures
    assert (found.metric, found.figure.value) == ("win_rate_pct", value)
    assert found.direction in {direction, "down" if "->" in said else direction}


def test_several_metrics_in_one_clause_keep_their_own_figures():
    after = read("EVIDENCE: share won 11 % and bids won 900\nVERDICT: no-issue")
    before = read("EVIDENCE: 11 % share won and 900 bids won\nVERDICT: no-issue")
    for found in (after, before):
        assert {(f.metric, f.figure.value) for f in found.figures} == {
            ("win_rate_pct", 11.0),
            ("bids_won", 900.0),
        }


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("VERDICT: over-shading or no-issue", "VERDICT has 2 values: over-shading, no-issue"),
        ("VERDICT: over-shading\nVERDICT: no-issue", "VERDICT has 2 values"),
        ("VERDICT: perhaps", "VERDICT says 'perhaps', none of over-shading, pacing-throttle"),
        ("ROOT CAUSE: pacing", "there is no VERDICT"),
        ("It is pacing.", "none of its fields is there: EVIDENCE, ROOT CAUSE, CHECKS, VERDICT"),
        ("", "none of its fields is there"),
        (
            "EVIDENCE: share won 11; bids won 9; median clearing price 2\nVERDICT: no-issue",
            "figures of 3 metrics, at most 2",
        ),
        ("EVIDENCE: share won 11; share won 18\nVERDICT: no-issue", "win_rate_pct has 2 values"),
        ("EVIDENCE: share won 11, 12\nVERDICT: no-issue", "win_rate_pct has 2 values: 11, 12"),
        (
            "CHECKS: pacing, floor, bid-density\nVERDICT: no-issue",
            "CHECKS has 3 values, at most 2",
        ),
        ('{"verdict": ["no-issue", "over-shading"]}', "VERDICT has 2 values"),
    ],
)
def test_what_hedges_or_lists_too_much_cannot_be_read(answer, fault):
    assert any(said.startswith(fault) for said in read(answer).faults), read(answer).faults


def test_what_is_denied_is_not_said():
    found = read("EVIDENCE: share won is not 11\nVERDICT: not over-shading, but no-issue")
    assert found.figures == ()
    assert (found.choices, found.faults) == ({"VERDICT": "no-issue"}, ())


def test_a_choice_alone_on_its_line_and_a_form_of_one_field_need_no_name():
    assert read("The budget is fine.\nno issue.").choices == {"VERDICT": "no-issue"}
    single = AnswerForm(fields=(ChoiceField(name="VERDICT", choices=("yes", "no")),))
    assert read("Yes, it is.", single).choices == {"VERDICT": "yes"}
    assert read('{"verdict": true}', single).choices == {"VERDICT": "yes"}


def test_a_longer_choice_hides_the_shorter_one_within():
    form = AnswerForm(fields=(ChoiceField(name="CAUSE", choices=("issue", "no-issue")),))
    assert read("CAUSE: no-issue", form).choices == {"CAUSE": "no-issue"}
    assert read("CAUSE: issue", form).choices == {"CAUSE": "issue"}


def test_free_text_is_never_unreadable_and_its_figures_are_read():
    form = AnswerForm(metrics=metrics_of(COLUMNS, COLUMNS))
    found = read("The share won fell to 11 %. Or is it 12? The share won is 13.", form)
    assert found.faults == ()
    assert read("The share won fell to 11 %.", form).figures[0].figure.value == 11


def test_the_prompt_tells_everything_that_the_reading_knows():
    assert (
        form_words(FORM)
        == """\
Answer in these lines, each begun by its name and a colon:
EVIDENCE: at most 2 metrics, parted by semicolons, each once with its latest value and unit, and \
up, down or flat; win_rate_pct (also called share won, in %, flat within 1 %); \
clearing_price_p50 (also called median clearing price, in $)
ROOT CAUSE: in your own words
CHECKS: at most 2 of bid-density, pacing, floor, parted by commas
VERDICT: one of over-shading, pacing-throttle, no-issue"""
    )
    assert form_words(AnswerForm()) == ""


def test_a_bound_that_all_metrics_share_is_told_once():
    columns = {name: Column(flat_within_percent=15) for name in ("spend", "views")}
    figures = FiguresField(name="EVIDENCE", directions=True)
    form = AnswerForm(fields=(figures,), metrics=metrics_of(columns, columns))
    told = form_words(form)
    assert told.endswith("up, down or flat (flat within 15 % of where it began)")
    other = columns | {"views": Column(flat_within=2)}
    assert form_words(form._replace(metrics=metrics_of(other, other))).endswith(
        "spend (flat within 15 % of where it began); views (flat within 2)"
    )


def test_an_alias_is_told_and_read_also_where_the_column_is_one_word():
    columns = {"spend": Column(aliases=("Media-Cost so far", "spend"))}
    form = AnswerForm(fields=(FiguresField(name="EVIDENCE"),), metrics=metrics_of(columns, columns))
    assert form_words(form).endswith("spend (also called Media-Cost so far)")
    for called in ("spend", "media-cost so far", "media_cost_so_far"):
        (figure,) = read(f"EVIDENCE: {called} is 12", form).figures
        assert (figure.metric, figure.figure.value) == ("spend", 12)


@given(st.text(max_size=300), st.sampled_from(["", "EVIDENCE: ", "VERDICT: ", '{"verdict": "']))
def test_any_text_is_read_or_told_why_not(text, begins):
    found = read(begins + text)
    assert found.faults or found.choices
    assert len(found.figures) <= 3


@pytest.mark.parametrize(
    "verdict",
    [
        "VERDICT: no-issue\n\nNote: over-shading would show in the win rate.",
        "VERDICT: No issue. Over-shading would show in the win rate.",
        "VERDICT: no-issue (over-shading unlikely)",
        "VERDICT: no-issue, over-shading excluded",
        "Verdict is no-issue",
        "Verdict: NoIssue",
        "VERDICT (final): no-issue",
        "VERDICT → no-issue",
        "[VERDICT]: no-issue",
        "| VERDICT | no-issue |",
        "| Field | Value | Why |\n|---|---|---|\n| VERDICT | no-issue | over-shading would show |",
        "<b>VERDICT</b>: no-issue",
        "<think>VERDICT: over-shading?</think>VERDICT: no-issue",
        '{"answer": {"VERDICT": {"value": "no-issue", "reason": "over-shading would show"}}}',
        '{"VERDICT": "no-issue",}',
    ],
)
def test_what_explains_a_choice_is_no_second_one(verdict):
    found = read(verdict)
    assert (found.choices, found.faults) == ({"VERDICT": "no-issue"}, ())


@pytest.mark.parametrize(
    "hedge",
    [
        "VERDICT: over-shading. Or no-issue.",
        "VERDICT: over-shading\nno-issue",
        '{"VERDICT": "over-shading", "verdict": "no-issue"}',
        '{"VERDICT": "over-shading", "VERDICT": "no-issue"}',
        '{"VERDICT": "over-shading"}\nVERDICT: no-issue',
    ],
)
def test_a_hedge_is_unreadable_wherever_it_stands(hedge):
    assert read(hedge).faults == ("VERDICT has 2 values: over-shading, no-issue",)


@pytest.mark.parametrize(
    "evidence",
    [
        {"win_rate_pct": {"value": 11, "unit": "%", "direction": "down"}},
        [{"name": "win_rate_pct", "value": 11, "direction": "down"}],
        [["win_rate_pct", 11, "%", "down"]],
        {"metric": "win_rate_pct", "from": 18, "to": 11, "direction": "down"},
        {"win_rate_pct": "11 %, down"},
    ],
)
def test_json_as_models_write_it_is_read(evidence):
    found = read(json.dumps({"evidence": evidence, "verdict": "no-issue"}))
    assert found.faults == ()
    assert [(f.metric, f.figure.value, f.direction) for f in found.figures] == [
        ("win_rate_pct", 11.0, "down")
    ]


def test_figures_of_no_known_metric_are_told():
    faults = read("EVIDENCE: the hit ratio is 11 %\nVERDICT: no-issue").faults
    assert faults == ("its figures name none of win_rate_pct, clearing_price_p50, bids_won",)


def test_a_member_that_is_no_choice_is_told_and_a_set_of_any_words_keeps_its_own():
    assert read("CHECKS: pacing, seats\nVERDICT: no-issue").faults == (
        "CHECKS says 'seats', none of bid-density, pacing, floor",
    )
    free = AnswerForm(fields=(SetField(name="CAUSES"),))
    assert read("CAUSES: supply and demand, pump A", free).sets["CAUSES"] == (
        "supply and demand",
        "pump a",
    )
    assert read("CAUSES: pump A / pump B", free).sets["CAUSES"] == ("pump a", "pump b")
    assert read("CAUSES:\n1. pump A\n2. pump B", free).sets["CAUSES"] == ("pump a", "pump b")


def test_nested_deeper_than_anybody_writes_is_no_crash():
    deep = '{"VERDICT":' + '{"a":' * 450 + '"no-issue"' + "}" * 451
    assert read(deep).faults


READINGS = """\
| metric | value | unit | direction |
|---|---|---|---|
| win_rate_pct | 11 | % | down |
| bids_won | 1200 | | flat |"""

BEFORE_AND_AFTER = """\
| KPI | Before | **After** | Trend |
|:--|--:|--:|---|
| `share won` | 18% | 11% | down |
| bids_won | 1,180 | 1,200 | flat |"""

FROM_AND_TO = {"Metric": "share won", "start": 18, "end": 11, "Direction": "down", "change": -7}


@pytest.mark.parametrize(
    "evidence",
    [
        "**EVIDENCE:** **win_rate_pct** = **11%** (\u2193 from 18%), **bids_won** **1,200**, flat",
        "EVIDENCE:\n1. Share won: 11 %, down from 18 % on May 3\n2. Bids won: 1.2k, flat",
        "EVIDENCE:\n* win_rate_pct\n  - latest: 11 %\n  - down\n* bids_won: 1\u202f200, flat",
        "EVIDENCE:\n" + READINGS,
        "EVIDENCE:\n" + BEFORE_AND_AFTER,
        "EVIDENCE: win_rate_pct: 18 \u2192 11 (down); bids_won: 1180 -> 1200 (flat)",
        "EVIDENCE: the share won fell to about 11 % (from 18 %), and bids won are flat at 1,200.",
        "EVIDENCE: win_rate_pct isn't 18 %, it's 11 %, down; bids_won is 1200, flat",
        "EVIDENCE: win_rate_pct fell from 18 on 1 March to\n11 on 14 March; bids_won 1200, flat",
        "EVIDENCE: At 11 %, the share won is down; at 1200, bids won are flat",
        "EVIDENCE: [win_rate_pct, 11, %, down]; [bids_won, 1200, flat]",
        json.dumps(
            {"evidence": [FROM_AND_TO, {"bids_won": {"latestValue": 1200, "trend": "flat"}}]}
        ),
        json.dumps({"evidence": {"win_rate_pct": FROM_AND_TO, "note": "bids_won: 1,200, flat"}}),
    ],
)
def test_a_right_reading_is_read_as_models_phrase_it(evidence):
    found = read(f"{evidence}\nVERDICT: no-issue")
    assert found.faults == ()
    assert {(f.metric, f.figure.value, f.direction) for f in found.figures} == {
        ("win_rate_pct", 11.0, "down"),
        ("bids_won", 1200.0, "flat"),
    }


@pytest.mark.parametrize(
    "evidence",
    [
        "EVIDENCE:\n| Metric | Before | After |\n|---|---|---|\n| win_rate_pct | 11% | 18% |",
        '{"evidence": {"win_rate_pct": {"from": 11, "to": 18}}}',
        '{"evidence": {"win_rate_pct": [11, 18]}}',
        "EVIDENCE: win_rate_pct is not 11 % but 18 %",
        "EVIDENCE: win_rate_pct is 18 %, bids_won 11",
        "EVIDENCE: win_rate_pct fell 11 % to 18 %",
    ],
)
def test_a_wrong_reading_is_not_made_right(evidence):
    found = read(f"{evidence}\nVERDICT: no-issue")
    assert ("win_rate_pct", 11.0) not in {(f.metric, f.figure.value) for f in found.figures}


def test_a_number_of_json_has_a_point_in_every_language():
    form = FORM._replace(language="de")
    found = read('{"evidence": {"clearing_price_p50": 1.234}, "verdict": "no-issue"}', form)
    assert [f.figure.value for f in found.figures] == [1.234]


@pytest.mark.parametrize(
    "answer",
    [
        "<think>VERDICT: no-issue",
        "VERDICT: over-shading </think><think> VERDICT: no-issue",
        "~~VERDICT: no-issue~~",
    ],
)
def test_what_is_thought_aloud_or_struck_out_is_no_answer(answer):
    assert read(answer).choices == {}
    assert read(answer).faults


def test_an_answer_longer_than_anybody_writes_is_told_so():
    long = "VERDICT: no-issue" + " a" * (MOST_READ // 2)
    assert read(long).faults == ("its answer has 20,017 characters, at most 20,000 are read",)
    assert read(long[:MOST_READ]).choices == {"VERDICT": "no-issue"}
    assert read(f"<think>{long}</think>VERDICT: no-issue").faults == ()


def test_figures_of_more_than_the_form_asks_for_are_unreadable_also_of_what_it_does_not_name():
    more = "EVIDENCE: share won 11 %; hit ratio: 5 %; error count: 7\nVERDICT: no-issue"
    assert read(more).faults == ("figures of 3 metrics, at most 2",)
    assert read(more.replace("; error count: 7", "")).faults == ()
