import pytest

from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.scenario import OutcomeType
from modelsmith.exam.verdict import Judged, graded
from tests.support.scenarios import PROBLEMS, a_benchmark, a_scenario


@pytest.mark.parametrize("category", PROBLEMS)
@pytest.mark.parametrize("outcome_type", OutcomeType)
def test_every_built_scenario_is_passed_by_its_composed_answer(category, outcome_type):
    scenario = a_scenario(category=category, outcome_type=outcome_type)
    verdict = graded(scenario, composed(a_benchmark(), scenario), FREE_TEXT)
    assert isinstance(verdict, Judged)
    assert verdict.passed, verdict.criteria


def test_the_answer_to_a_problem_fails_the_scenario_without_one():
    flagging = composed(a_benchmark(), a_scenario(outcome_type=OutcomeType.TP))
    verdict = graded(a_scenario(outcome_type=OutcomeType.TN), flagging, FREE_TEXT)
    assert isinstance(verdict, Judged)
    assert not verdict.passed
