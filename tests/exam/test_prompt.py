import pytest

from modelsmith.exam.benchmark import AnswerFormat, Benchmark, Category, Mechanic
from modelsmith.exam.checks.answer_form import Column, FiguresField
from modelsmith.exam.checks.check import finding_of
from modelsmith.exam.checks.fields import FigureRead, FigureSought
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.prompt import form_for, prompt_for, question
from modelsmith.exam.scenario import Criterion, Scenario
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


@pytest.mark.parametrize(
    ("said", "value", "outcome"),
    [
        ("Rabatt 26,5 %", 26.5, Outcome.MET),
        ("Rabatt 1.234 %", 1.234, Outcome.MET),
        ("win_rate_pct 1.234", 1234, Outcome.MET),
        ("win_rate_pct 1,234", 1234, Outcome.NOT_MET),
        ("clearing_lag 0,5 Stunden", 30, Outcome.MET),
        ("clearing_lag 30 Sekunden", 30, Outcome.NOT_MET),
    ],
)
def test_figures_are_read_by_the_language_the_columns_and_what_the_question_shows(
    said, value, outcome
):
    benchmark = a_benchmark(
        language="de",
        answer_format=AnswerFormat(
            instruction="Antworte mit den Messwerten.", fields=(FiguresField(name="WERTE"),)
        ),
        categories={"BID_SHADING": Category(title="Bid shading")},
        columns={
            "shading_discount_pct": Column(aliases=("Rabatt",), unit="%"),
            "clearing_lag": Column(unit="min"),
        },
    )
    metric = {"Rabatt": "shading_discount_pct"}.get(said.split()[0], said.split()[0])
    check = FigureRead(figure=FigureSought(metric=metric, value=value))
    criterion = Criterion(text=f"Liest {metric}.", check=check)
    scenario = a_scenario().model_copy(update={"pass_criteria": (criterion,)})
    form = form_for(benchmark, scenario)
    assert form.language == "de"
    assert finding_of(check, f"WERTE: {said}", form).outcome is outcome
