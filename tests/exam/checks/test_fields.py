"""Checks of fields: whoever judges right passes, however worded, and nobody else."""

import json

import pytest
from pydantic import TypeAdapter

from modelsmith.exam.checks.answer_form import (
    FREE_TEXT,
    AnswerForm,
    ChoiceField,
    Column,
    FiguresField,
    SetField,
    TextField,
    metrics_of,
)
from modelsmith.exam.checks.answer_reading import faults_in
from modelsmith.exam.checks.check import Check, finding_of
from modelsmith.exam.checks.result import Outcome

COLUMNS = {
    "win_rate_pct": Column(
        aliases=("win rate", "share won", "Gewinnrate", "taux de gain"), unit="%"
    ),
    "spend": Column(aliases=("Media-Kosten", "co\u00fbt"), unit="$"),
}
FORM = AnswerForm(
    fields=(
        ChoiceField(name="CAUSE", choices=("over-shading", "pacing-throttle", "no-issue")),
        FiguresField(name="FIGURES", at_most=2, directions=True),
        SetField(name="CHECKS", choices=("bid-density", "pacing", "floor"), at_most=3),
        TextField(name="WHY"),
    ),
    metrics=metrics_of(COLUMNS, COLUMNS),
)
CHECKS = [
    {"choice": "over-shading", "field": "CAUSE"},
    {"figure": {"metric": "win_rate_pct", "value": 11.5, "tolerance": 0.1, "direction": "down"}},
    {"figure": {"metric": "spend", "value": 1200, "tolerance": 1, "unit": "$"}},
    {"set": ["pacing", "floor"], "field": "CHECKS", "exactly": True},
    {"ordered": ["pacing", "floor"], "field": "CHECKS"},
]
READ = TypeAdapter(Check)


def found(written, answer, form=FORM):
    return finding_of(READ.validate_json(json.dumps(written)), answer, form)


def passes(answer, language="en"):
    form = FORM._replace(language=language)
    is_met = (found(check, answer, form).outcome is Outcome.MET for check in CHECKS)
    return not faults_in(form, answer) and all(is_met)


CAUSE = "CAUSE: over-shading"
FIGURES = "FIGURES: win_rate_pct 11.5 %, down; spend $1,200, flat"
LISTED = "CHECKS: pacing, floor"
RIGHT = f"{CAUSE}\n{FIGURES}\n{LISTED}\nWHY: Bids are shaded."
OBJECT = {
    "cause": "over-shading",
    "figures": {
        "win_rate_pct": {"value": 11.5, "unit": "%", "direction": "down"},
        "spend": {"value": 1200, "direction": "flat"},
    },
    "checks": ["pacing", "floor"],
}
TABLE = """\
FIGURES:
| Metric | Before | Now | Direction |
|---|---:|---:|---|
| Win rate | 18 % | 11.5 % | down |
| Spend | $1,190 | $1,200 | flat |
"""


def cause(said):
    return RIGHT.replace(CAUSE, said).replace("1,200", "1200")


def figures(said):
    return RIGHT.replace(FIGURES, said)


def listed(said):
    return RIGHT.replace(LISTED, said)


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", RIGHT),
        ("en", RIGHT.lower()),
        ("en", "\n".join(reversed(RIGHT.splitlines()))),
        ("en", cause("**Cause** \u2013 Over-shading.")),
        ("en", cause("1. My cause is: overshading, not pacing throttle")),
        ("en", cause("CAUSE: It's over shading; pacing-throttle can be ruled out")),
        ("en", cause("CAUSE: over-shading (high confidence), because no-issue does not fit")),
        ("en", cause("CAUSE: pacing-throttle? No: over-shading")),
        ("en", cause("- [ ] cause\nCAUSE:\n- [x] over-shading\n- [ ] pacing-throttle")),
        ("en", cause("| Cause | over-shading |")),
        ("en", figures(TABLE)),
        ("en", figures("FIGURES: The share won fell from 18 % to 11.5 %; spend: USD 1.2k")),
        ("en", figures("FIGURES:\n- spend is about 1,200 dollars\n- win rate: 18 -> 11.5 (down)")),
        ("en", figures("FIGURES: win rate is down at 11.5 % on all 3 exchanges, spend 1200")),
        ("en", figures("FIGURES: win rate isn't 18 %, it's 11.45 %, falling; spend $1200")),
        ("en", figures("FIGURES: win-rate = 11.5% \u2193 (\u00b1 0.2 %), spend = $1.2 thousand")),
        ("en", figures("FIGURES: win rate dropped by 6.5 points to 11.5 %; spend 1200 $")),
        ("en", listed("CHECKS:\n1. Pacing\n2. Floor")),
        ("en", listed("Checks: pacing and floor.")),
        ("en", listed("CHECKS:\n- [x] pacing\n- [x] floor\n- [ ] bid density")),
        ("en", json.dumps(OBJECT)),
        ("en", f"Here:\n```json\n{json.dumps({'answer': OBJECT}, indent=2)}\n```\nAny questions?"),
        ("en", json.dumps([{"field": key, "value": said} for key, said in OBJECT.items()])),
        ("en", f"<think>CAUSE: no-issue?</think>{RIGHT}"),
        ("de", figures("FIGURES: Gewinnrate von 18 % auf 11,5 % gefallen; Media-Kosten 1.200 $")),
        ("de", figures("FIGURES: Gewinnrate 11,5 %, sinkend; Media-Kosten 1,2 Tsd. US-Dollar")),
        ("de", cause("CAUSE: nicht pacing-throttle, sondern over-shading")),
        ("de", json.dumps(OBJECT)),
        ("fr", figures("FIGURES: taux de gain pass\u00e9 de 18 % \u00e0 11,5 %; co\u00fbt 1200 $")),
        ("fr", cause("CAUSE: over-shading plut\u00f4t que no-issue")),
    ],
)  # fmt: skip
def test_who_judges_right_passes_however_worded(language, answer):
    assert passes(answer, language)


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", ""),
        ("en", "Over-shading, 11.5 % down, $1,200, pacing, floor."),
        ("en", cause("CAUSE: pacing-throttle")),
        ("en", cause("CAUSE: not over-shading")),
        ("en", cause("CAUSE: over-shading or pacing-throttle")),
        ("en", cause("CAUSE: over-shading? No: pacing-throttle")),
        ("en", cause("CAUSE: over-shading -> pacing-throttle")),
        ("en", cause("CAUSE: ~~over-shading~~ no-issue")),
        ("en", cause("CAUSE: over-shading. Actually pacing-throttle.")),
        ("en", cause("CAUSE: over-shading\nCAUSE: no-issue")),
        ("en", cause("CAUSE: I first thought over-shading, but it is no-issue")),
        ("en", cause("WHY: over-shading")),
        ("en", figures("FIGURES: win_rate_pct 11.5 %; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct 11.5 %, up; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct rose from 8 % to 11.5 %; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct 11.7 %, down; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct 11.5 %, down; win rate 18 %; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct 11.5 or 18 %, down; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct fell by 11.5 %; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct is not 11.5 %, down; spend $1,200")),
        ("en", figures("FIGURES: win_rate_pct $1,200, down; spend 11.5 %")),
        ("en", figures("FIGURES: win_rate_pct 11.5 %, down; spend 1200 EUR")),
        ("en", figures("FIGURES: win_rate_pct 11.5 %, down; spend $1,200; hits: 5")),
        ("en", listed("CHECKS: floor, pacing")),
        ("en", listed("CHECKS: pacing")),
        ("en", listed("CHECKS: pacing, floor, bid-density")),
        ("en", listed("CHECKS: pacing or floor")),
        ("en", json.dumps(OBJECT | {"cause": {"over-shading": 0.6, "no-issue": 0.4}})),
        ("en", json.dumps(OBJECT) + json.dumps({"cause": "no-issue"})),
        ("de", figures("FIGURES: Gewinnrate 11.500 %, gefallen; Media-Kosten 1,200 $")),
        ("de", cause("CAUSE: keineswegs over-shading")),
        ("fr", cause("CAUSE: pas over-shading")),
    ],
)  # fmt: skip
def test_who_judges_wrong_or_hedges_passes_nothing(language, answer):
    assert not passes(answer, language)


@pytest.mark.parametrize(
    ("written", "answer", "outcome", "seen"),
    [
        ({"choice": "over-shading"}, RIGHT, Outcome.MET, "over-shading"),
        ({"choice": "no-issue"}, RIGHT, Outcome.NOT_MET, "over-shading"),
        ({"choice": "no-issue"}, "WHY: so", Outcome.NOT_MET, "no CAUSE"),
        (
            {"choice": "no-issue", "field": "WHY"},
            RIGHT,
            Outcome.NOT_MET,
            "the answer form has no such choice",
        ),
        (
            {"figure": {"metric": "spend", "value": 1200, "direction": "flat"}},
            RIGHT,
            Outcome.MET,
            "spend: $1,200, flat",
        ),
        (
            {"figure": {"metric": "spend", "value": 1200, "direction": "up"}},
            RIGHT,
            Outcome.NOT_MET,
            "spend: $1,200, flat",
        ),
        (
            {"figure": {"metric": "spend", "value": 1200, "direction": "up"}},
            "FIGURES: spend 1200",
            Outcome.NOT_MET,
            "spend: 1200, no direction",
        ),
        ({"figure": {"metric": "spend", "value": 9}}, RIGHT, Outcome.NOT_MET, "spend: $1,200"),
        ({"figure": {"metric": "spend", "value": 9}}, "WHY: x", Outcome.NOT_MET, "spend: not read"),
        (
            {"figure": {"metric": "spend", "value": 1.2, "unit": "k"}},
            "FIGURES: spend 1200",
            Outcome.MET,
            "spend: 1200",
        ),
        ({"set": ["pacing"], "field": "CHECKS"}, RIGHT, Outcome.MET, "pacing, floor"),
        (
            {"set": ["pacing"], "field": "CHECKS", "exactly": True},
            RIGHT,
            Outcome.NOT_MET,
            "one too many: floor",
        ),
        (
            {"set": ["pacing", "bid-density"], "field": "CHECKS"},
            RIGHT,
            Outcome.NOT_MET,
            "missing: bid-density",
        ),
        ({"set": ["pacing"], "field": "WHY"}, RIGHT, Outcome.NOT_MET, "missing: pacing"),
        ({"set": ["floor"], "field": "CHECKS"}, "CHECKS: none", Outcome.NOT_MET, "missing: floor"),
        (
            {"ordered": ["floor", "pacing"], "field": "CHECKS"},
            RIGHT,
            Outcome.NOT_MET,
            "pacing, floor",
        ),
    ],
)  # fmt: skip
def test_a_finding_says_what_it_saw(written, answer, outcome, seen):
    result = found(written, answer)
    assert (result.outcome, result.seen) == (outcome, seen)


def test_a_choice_without_a_field_needs_a_form_with_one_choice():
    two = FORM._replace(fields=(*FORM.fields, ChoiceField(name="NEXT", choices=("over-shading",))))
    answer = f"{RIGHT}\nNEXT: over-shading"
    assert found({"choice": "over-shading"}, answer, two).outcome is Outcome.NOT_MET
    assert found({"choice": "over-shading", "field": "NEXT"}, answer, two).outcome is Outcome.MET
    assert found({"choice": "over-shading"}, answer, FREE_TEXT).outcome is Outcome.NOT_MET


@pytest.mark.parametrize(
    ("declared", "sought", "said", "is_met"),
    [
        ("%", "", "11 %", True),
        ("%", "", "11", True),
        ("%", "", "11 hours", False),
        ("", "", "11 hours", True),
        ("", "min", "0.5 h", False),
        ("min", "", "0.5 h", False),
        ("min", "", "11 min", True),
        ("min", "", "660 s", True),
        ("min", "", "11 s", False),
        ("min", "s", "11 s", True),
        ("min", "s", "11 min", False),
    ],
)
def test_a_figure_is_compared_in_its_own_unit_or_the_columns(declared, sought, said, is_met):
    columns = {"taken": Column(unit=declared)}
    form = AnswerForm(fields=(FiguresField(name="FIGURES"),), metrics=metrics_of(columns, columns))
    check = {"figure": {"metric": "taken", "value": 11, "unit": sought}}
    wanted = Outcome.MET if is_met else Outcome.NOT_MET
    assert found(check, f"FIGURES: taken {said}", form).outcome is wanted


def test_values_of_a_free_set_are_compared_in_any_case_hyphens_or_blanks():
    form = AnswerForm(fields=(SetField(name="CAUSES"),))
    check = {"set": ["Pump A", "seal-ring"], "field": "CAUSES", "exactly": True}
    assert found(check, "CAUSES: pump-a, Seal ring", form).outcome is Outcome.MET
    assert found(check, "CAUSES: pump b, seal ring", form).outcome is Outcome.NOT_MET
    order = {"ordered": ["seal ring", "pump a"], "field": "CAUSES"}
    assert found(order, "CAUSES: seal-ring, PUMP A", form).outcome is Outcome.MET
