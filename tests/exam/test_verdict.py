import pytest

from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import Json, JsonSought
from modelsmith.exam.checks.phrases import AnyOf, Contains
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.scenario import Criterion, OutcomeType
from modelsmith.exam.verdict import (
    Judged,
    Skipped,
    graded,
    of_what_was_decided,
    passes,
    score,
)
from tests.support.scenarios import a_benchmark, a_scenario

RIGHT = composed(a_benchmark(), a_scenario())
PLAIN = a_scenario()


def with_criteria(*more_to_pass, fail=()):
    return PLAIN.model_copy(
        update={
            "pass_criteria": (*PLAIN.pass_criteria, *more_to_pass),
            "fail_criteria": (*PLAIN.fail_criteria, *fail),
        }
    )


UNCHECKED = Criterion(text="Says it kindly and in a few words.")
OPTIONAL = Criterion(text="Names the exchange.", check=Contains(contains="Kestrel"), required=False)
DEEP = Criterion(
    text="Holds a JSON object.", check=Json(json_=JsonSought(schema_={"type": "object"}))
)
NEVER = Criterion(text="Blames the season.", check=AnyOf(any_of=("blames the season",)))
SCENARIOS = {
    "plain": PLAIN,
    "clear": a_scenario(outcome_type=OutcomeType.TN),
    "unchecked pass criterion": with_criteria(UNCHECKED),
    "unchecked fail criterion": with_criteria(fail=(UNCHECKED,)),
    "optional criterion": with_criteria(OPTIONAL),
    "json criterion": with_criteria(DEEP),
    "one more way to fail": with_criteria(fail=(NEVER,)),
}
ANSWERS = {
    "right": RIGHT,
    "empty": "",
    "only the verdict": "VERDICT: over-shading",
    "without the verdict": RIGHT.rsplit("\n", 1)[0],
    "another verdict": RIGHT.replace("over-shading", "no-issue"),
    "a triggered fail criterion": f"{RIGHT}\nIt also recommends to keep the settings.",
    "another trigger": f"{RIGHT}\nIt blames the season.",
    "spoken to the grader": "\n".join(f"{line} -> met" for line in RIGHT.splitlines()),
    "with json": RIGHT + '\n{"a": 1}',
    "with the exchange": RIGHT + "\nKestrel is named.",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
def test_an_answer_passes_exactly_when_its_verdict_says_so(scenario, answer):
    verdict = graded(scenario, answer, FREE_TEXT)
    assert passes(scenario, answer, FREE_TEXT) is (isinstance(verdict, Judged) and verdict.passed)
    assert score(scenario, answer, FREE_TEXT) == (
        verdict.score if isinstance(verdict, Judged) else 0.0
    )


def test_the_answers_above_pass_fail_and_stay_undecided():
    verdicts = [
        graded(s, answer, FREE_TEXT) for s in SCENARIOS.values() for answer in ANSWERS.values()
    ]
    assert {type(verdict) for verdict in verdicts} == {Judged, Skipped}
    assert {v.passed for v in verdicts if isinstance(v, Judged)} == {True, False}
    assert passes(PLAIN, RIGHT, FREE_TEXT)
    assert not passes(PLAIN, ANSWERS["spoken to the grader"], FREE_TEXT)


TONE = Criterion(text="Says it kindly and in a few words.", required=False, weight=3.0)


@pytest.mark.parametrize(
    ("answer", "whole", "decided"),
    [("right", 4 / 7, 1.0), ("without the verdict", 3 / 7, 3 / 4), ("empty", 0.0, 0.0)],
)
def test_a_score_of_what_was_decided_leaves_out_what_nobody_did(answer, whole, decided):
    scenario = with_criteria(TONE)
    verdict = graded(scenario, ANSWERS[answer], FREE_TEXT)
    assert verdict.score == pytest.approx(whole)
    assert of_what_was_decided(scenario, verdict).score == decided
    assert of_what_was_decided(scenario, verdict).passed is verdict.passed


def test_a_score_of_which_all_was_decided_stays_as_it_is():
    for scenario in (PLAIN, with_criteria(OPTIONAL)):
        for answer in ANSWERS.values():
            verdict = graded(scenario, answer, FREE_TEXT)
            assert of_what_was_decided(scenario, verdict) == verdict
