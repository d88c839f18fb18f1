import pytest

from modelsmith.exam.benchmark import Benchmark, Mechanic
from modelsmith.exam.prompt import prompt_for, question
from modelsmith.exam.scenario import Scenario
from modelsmith.models.generation import Sampling
from tests.support.scenarios import a_benchmark, a_scenario

BENCHMARK = a_benchmark()


def test_a_prompt_is_the_instruction_and_the_question():
    system, user = prompt_for(BENCHMARK, a_scenario())
    assert (system.role, system.content) == ("system", BENCHMARK.answer_format.instruction)
    assert (user.role, user.content) == ("user", question(BENCHMARK, a_scenario()))


def test_a_question_says_who_asks_what_happened_the_figures_and_the_verdicts():
    assert question(BENCHMARK, a_scenario()) == (
        "BID_SHADING, seen by dsp (first).\n"
        "The trader sees fewer wins on one exchange and asks what changed.\n"
        "day: 2025-03-01 to 2025-03-03, 3 rows\n"
        "shading_discount_pct: 12 26.5 41\n"
        "win_rate_pct: 18 15 11\n"
        "Verdicts: over-shading, no-issue"
    )


def test_the_rubric_the_objective_and_the_outcome_type_are_never_shown():
    scenario = a_scenario()
    shown = "\n".join(turn.content for turn in prompt_for(BENCHMARK, scenario))
    assert scenario.test_objective not in shown
    assert scenario.outcome_type.value not in shown.split()
    assert not any(c.text in shown for c in scenario.criteria().values())


def test_worked_examples_come_as_turns_before_the_question():
    example = (a_scenario("OTHER_ONE", figure=99), "VERDICT: over-shading")
    prompt = prompt_for(BENCHMARK, a_scenario(), [example])
    assert [turn.role for turn in prompt] == ["system", "user", "assistant", "user"]
    assert prompt[1].content == question(BENCHMARK, example[0])
    assert prompt[2].content == "VERDICT: over-shading"


@pytest.mark.parametrize(
    "wrong", [{"max_tokens": 0}, {"temperature": -0.1}, {"top_p": 0}, {"seed": -1}]
)
def test_sampling_outside_its_ranges_is_refused(wrong):
    with pytest.raises(ValueError, match="greater than"):
        Sampling.model_validate(wrong)


def test_the_same_is_asked_of_a_file_and_of_its_frozen_record_in_one_order():
    schema = {
        "type": "object",
        "properties": {
            "sequencing": {"title": "Sequencing", "type": "string"},
            "floor": {"type": "boolean"},
            "pricing": {"oneOf": [{"const": "first", "title": "first-price auction"}]},
        },
    }
    benchmark = a_benchmark(mechanic=Mechanic(field="auctionMechanic", schema_=schema))
    scenario = a_scenario().model_copy(
        update={"mechanic": {"sequencing": "unified", "pricing": "first", "floor": True}}
    )
    frozen = Scenario.model_validate_json(scenario.canonical())
    again = Benchmark.model_validate_json(benchmark.canonical())
    asked = question(benchmark, scenario)
    assert "(floor: yes, first-price auction, Sequencing: unified)" in asked
    assert question(again, frozen) == asked
