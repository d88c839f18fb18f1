import pytest

from modelsmith.exam.answers import Answered, usage_of, verdict_of
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.verdict import Errored
from modelsmith.models.generation import Answer, Usage
from tests.support.scenarios import a_scenario


def an_answer(text="VERDICT: no-issue", *, latency_s=0.5, prompt=10, answer=4):
    return Answer(
        text=text,
        finish="stop",
        prompt_tokens=prompt,
        answer_tokens=answer,
        latency_s=latency_s,
    )


def answered(scenario="SHADING_ONE", batch="a", answer=None, error=""):
    return Answered(
        scenario=scenario, scenario_sha256="0" * 64, batch=batch * 64, answer=answer, error=error
    )


def test_an_engine_failure_is_an_error_and_never_a_zero():
    lost = answered(error="out of memory")
    verdict = verdict_of(a_scenario(), lost, FREE_TEXT)
    assert verdict == Errored(scenario="SHADING_ONE", reason="out of memory")
    assert verdict_of(a_scenario(), answered(), FREE_TEXT).reason == "no answer"


def test_a_batch_takes_its_time_once_and_every_answer_its_tokens():
    given = [
        answered("A_ONE", "a", an_answer()),
        answered("A_TWO", "a", an_answer()),
        answered("A_SIX", "b", an_answer(latency_s=0.25, prompt=7, answer=1)),
    ]
    assert usage_of(given) == Usage(seconds=0.75, tokens=14 + 14 + 8)


def test_an_answer_that_two_systems_share_is_paid_for_once():
    one = answered("A_ONE", "a", an_answer())
    assert usage_of([one, one]) == usage_of([one]) == Usage(seconds=0.5, tokens=14)


def test_a_question_asked_twice_in_a_batch_is_paid_for_twice():
    first = answered("A_ONE", "a", an_answer())
    second = first.model_copy(update={"repeat": 1})
    assert usage_of([first, second]) == Usage(seconds=0.5, tokens=28)


def test_what_was_lost_costs_nothing_and_nothing_costs_nothing():
    assert usage_of([answered(error="broke")]) == usage_of([]) == Usage()


def test_usage_adds_up_without_dust():
    total = Usage()
    for _ in range(10):
        total = total.plus(Usage(seconds=0.1, tokens=1, cost_usd=0.01))
    assert total == Usage(seconds=1.0, tokens=10, cost_usd=0.1)


def test_usage_is_never_negative():
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        Usage(tokens=-1)
