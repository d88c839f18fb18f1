"""Rubrics that count by points or name levels: what may be written, and when an answer passes."""

from itertools import product

import pytest
from pydantic import ValidationError

from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Criterion, PassRule, Scenario
from modelsmith.exam.verdict import (
    CriterionVerdict,
    Judged,
    Skipped,
    decision,
    failing,
    graded,
    pass_words,
    passes,
    score,
)
from modelsmith.statistics.trial import failing_of
from tests.support.graded import LEVELS, RULE, by_levels, by_points
from tests.support.scenarios import a_scenario

M, N, U = Outcome.MET, Outcome.NOT_MET, Outcome.UNSCORED
KEYS = ("P1", "P2", "P3", "F1")
POINTS = dict(zip(KEYS, (6, 3, 1, -8), strict=True))


def decided(outcomes, scenario=None, levels=None):
    return decision(
        scenario or by_points(),
        tuple(
            CriterionVerdict(criterion=key, outcome=outcome, level=(levels or {}).get(key))
            for key, outcome in outcomes.items()
        ),
    )


@pytest.mark.parametrize("outcomes", list(product((M, N), repeat=4)))
def test_an_answer_passes_from_the_least_share_of_the_points_on(outcomes):
    told = dict(zip(KEYS, outcomes, strict=True))
    share = sum(POINTS[key] for key, outcome in told.items() if outcome is M) / 10
    verdict = decided(told)
    assert (verdict.passed, verdict.score) == (share >= 0.6, pytest.approx(max(0, share)))


@pytest.mark.parametrize("outcomes", list(product((M, N, U), repeat=4)))
def test_what_is_undecided_matters_only_where_it_could_turn_the_answer(outcomes):
    told = dict(zip(KEYS, outcomes, strict=True))
    open_ones = [key for key, outcome in told.items() if outcome is U]
    ends = {
        decided(told | dict(zip(open_ones, ends, strict=True))).passed
        for ends in product((M, N), repeat=len(open_ones))
    }
    verdict = decided(told)
    if len(ends) == 1:
        assert isinstance(verdict, Judged)
        assert {verdict.passed} == ends
    else:
        assert isinstance(verdict, Skipped)
        assert verdict.reason == f"undecided: {', '.join(open_ones)}"


def test_a_share_that_is_reached_exactly_passes_whatever_the_floats_say():
    third = Criterion(text="Names one of the three.", points=0.1)
    scenario = Scenario(
        **dict(a_scenario()) | {"pass_criteria": (third,) * 3, "fail_criteria": ()}
    ).ruled(PassRule(share=2 / 3))
    assert decided({"P1": M, "P2": M, "P3": N}, scenario).passed
    assert not decided({"P1": M, "P2": N, "P3": N}, scenario).passed


def test_without_a_share_every_required_criterion_decides_as_where_nothing_has_points():
    bare = by_points(rule=None)
    assert not decided({"P1": M, "P2": M, "P3": N, "F1": N}, bare).passed
    assert decided({"P1": M, "P2": M, "P3": M, "F1": N}, bare).passed
    assert bare.ruled(PassRule(level=4)) == bare
    assert pass_words(bare) == "An answer passes when it meets every required P and triggers no F"


@pytest.mark.parametrize(
    "answer", ["", "shading", "41 and the desk", "shading, 41, bid on everything", "shading 41"]
)
def test_checks_pass_an_answer_exactly_when_their_verdict_says_so(answer):
    verdict = graded(by_points(), answer, FREE_TEXT)
    assert passes(by_points(), answer, FREE_TEXT) is verdict.passed
    assert score(by_points(), answer, FREE_TEXT) == verdict.score


def test_what_cost_most_is_named_first():
    told = {"P1": M, "P2": N, "P3": N, "F1": M}
    assert failing(by_points(), told) == ["F1", "P2", "P3"]
    assert failing(by_points(), {"P1": M, "P2": N, "P3": N, "F1": N}) == []
    assert failing_of(by_points(), decided(told)).text == "Advises to bid on every auction."


def test_a_level_meets_its_criterion_from_the_least_one_on_and_counts_by_how_far_up_it_is():
    four = decided({"P1": M}, by_levels(), {"P1": 4})
    two = decided({"P1": N}, by_levels(), {"P1": 2})
    assert (four.passed, four.score) == (True, 0.75)
    assert (two.passed, two.score) == (False, 0.25)
    assert graded(by_levels(), "Anything.", FREE_TEXT).kind == "skipped"


def test_when_an_answer_passes_is_said_in_words():
    assert pass_words(by_points()) == (
        "An answer passes with at least 60% of 10 points: those of each P that it meets, less "
        "those of each F that it triggers"
    )
    assert pass_words(by_levels()).endswith("; a criterion with levels is met from level 4 on")


def test_a_scenario_keeps_of_the_rule_what_its_rubric_asks_for():
    assert by_points().passes == PassRule(share=0.6)
    assert by_levels().passes == PassRule(level=4)
    assert a_scenario().ruled(RULE) == a_scenario()
    assert by_points().ruled(PassRule(share=0.9)) == by_points()


def test_records_without_points_levels_and_rules_are_what_they_were():
    said = a_scenario().canonical()
    for name in (b'"points"', b'"levels"', b'"passes"', b'"turns"'):
        assert name not in said
    assert b'"level"' not in CriterionVerdict(criterion="P1", outcome=M).canonical()


@pytest.mark.parametrize("scenario", [by_points(), by_levels(), by_points(rule=None)])
def test_a_graded_scenario_is_read_back_as_it_was_written(scenario):
    assert Scenario.model_validate_json(scenario.canonical()) == scenario


def rubric(pass_criteria, fail_criteria=()):
    return Scenario(
        **dict(a_scenario()) | {"pass_criteria": pass_criteria, "fail_criteria": fail_criteria}
    )


PLAIN = {"text": "Names the cause of the loss."}
FIVE = Criterion(text="Names the cause of the loss.", points=5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Criterion(**PLAIN, points=0), "0 points decide nothing"),
        (lambda: Criterion(**PLAIN, points=5, weight=2), "a weight beside its points"),
        (lambda: Criterion(**PLAIN, points=5, levels=LEVELS), "it has points and levels"),
        (
            lambda: Criterion(**PLAIN, levels=LEVELS, check=Contains(contains="cause")),
            "a check names no level",
        ),
        (lambda: Criterion(**PLAIN, levels=LEVELS[:1]), "at least 2 items"),
        (lambda: Criterion(text="x" * 401), "at most 400 characters"),
        (lambda: Criterion(text="x" * 4_001, points=1), "at most 4000 characters"),
        (lambda: rubric((FIVE, Criterion(**PLAIN))), "P2 has no points, others have"),
        (lambda: rubric((FIVE,), (FIVE,)), "F1 has 5 points; fix: points above zero go into pass"),
        (
            lambda: rubric((FIVE, Criterion(**PLAIN, points=-1))),
            "P2 has -1 points; fix: points below zero go into failCriteria",
        ),
        (
            lambda: rubric((Criterion(**PLAIN),), (Criterion(**PLAIN, levels=LEVELS),)),
            "F1 has levels; fix: move it to passCriteria",
        ),
        (lambda: rubric((Criterion(**PLAIN),) * 13), "at most 12 items"),
        (lambda: rubric((FIVE,) * 61), "at most 60 items"),
        (PassRule, "it says nothing; fix: write `share: 0.6` or `level: 4`"),
        (lambda: PassRule(share=0.0), "greater than 0"),
        (lambda: PassRule(level=1), "greater than or equal to 2"),
    ],
)
def test_a_rubric_that_decides_nothing_or_twice_is_refused(make, message):
    with pytest.raises(ValidationError, match=r"(?s)" + message.replace("(", r"\(")):
        make()


def test_a_rubric_by_points_may_be_long_and_so_may_its_criteria():
    long = Criterion(text="x" * 3_185, points=5)
    assert len(rubric((long,) * 20).pass_criteria) == 20
