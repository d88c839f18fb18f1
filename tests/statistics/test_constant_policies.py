import pytest

from modelsmith.exam.scenario import Criterion, OutcomeType, Scenario
from modelsmith.statistics.constant_policies import (
    ALWAYS_FLAG,
    BEST_FIXED,
    COPY_INPUT,
    NEVER_FLAG,
    constant_policies,
    examples_from,
    floor_of,
)
from tests.support.scenarios import CLEAR, a_benchmark, a_scenario
from tests.support.sittings import a_constant, a_sitting, failing_on

TP, TN, FP, FN = OutcomeType.TP, OutcomeType.TN, OutcomeType.FP_GUARD, OutcomeType.FN_GUARD
TRAIN = (
    a_scenario("TRAIN_FLAG", outcome_type=TP, figure=41),
    a_scenario("TRAIN_CLEAR", outcome_type=TN, figure=12),
)


def policies(scenarios, train=TRAIN, labelled=()):
    benchmark = a_benchmark()
    found = constant_policies(benchmark, scenarios, examples_from(benchmark, train, labelled))
    return {policy.name: policy for policy in found}


def test_there_are_four_policies_each_with_a_scorecard():
    found = policies([a_scenario("ONE_A"), a_scenario("TWO_A", outcome_type=TN)])
    assert list(found) == [BEST_FIXED, ALWAYS_FLAG, NEVER_FLAG, COPY_INPUT]
    assert {policy.card.families for policy in found.values()} == {2}


def with_judged_criteria(scenario):
    """Return it with a pass and a fail criterion that no check decides."""
    more = {
        "pass_criteria": (
            *scenario.pass_criteria,
            Criterion(text="Says plainly why the figures moved."),
        ),
        "fail_criteria": (*scenario.fail_criteria, Criterion(text="Blames somebody for it.")),
    }
    return Scenario(**dict(scenario) | more)


def test_what_no_check_decides_counts_as_met_so_that_the_floor_is_there_and_generous():
    asked = [
        a_scenario("ONE_A"),
        a_scenario("ONE_A__V1"),
        a_scenario("ONE_A__V2"),
        a_scenario("TWO_A", outcome_type=TN, figure=12),
        a_scenario("TWO_A__V1", outcome_type=TN, figure=12),
        a_scenario("TWO_A__V2", outcome_type=TN, figure=12),
    ]
    plain, judged = policies(asked), policies([with_judged_criteria(s) for s in asked])
    assert judged == plain
    assert plain[BEST_FIXED].card.composite.value > 0
    assert {policy.card.skipped for policy in judged.values()} == {0}


def test_where_judges_decide_everything_nothing_is_made_up():
    only = Scenario(
        **dict(a_scenario("ONE_A"))
        | {
            "pass_criteria": (Criterion(text="Says plainly why the figures moved."),),
            "fail_criteria": (),
        }
    )
    assert {policy.card.skipped for policy in policies([only]).values()} == {1}


def test_an_exam_whose_figures_never_change_is_passed_by_reciting_a_train_answer():
    same = [a_scenario(f"SAME_{n}", outcome_type=TP, figure=41) for n in range(3)]
    found = policies(same)
    assert found[BEST_FIXED].card.pass_rate == 1.0
    assert found[ALWAYS_FLAG].card.pass_rate == 1.0
    assert found[NEVER_FLAG].card.pass_rate == 0.0


def test_an_exam_that_binds_figures_is_passed_by_no_constant():
    figures = [a_scenario(f"BOUND_{n}", outcome_type=TP, figure=50 + n) for n in range(3)]
    assert [policy.card.pass_rate for policy in policies(figures).values()] == [0.0] * 4


def test_always_flag_chooses_one_answer_for_each_category():
    scenarios = [
        a_scenario("SHADE_A", figure=41),
        a_scenario("PACE_A", category="PACING", figure=66),
    ]
    train = (*TRAIN, a_scenario("TRAIN_PACE", category="PACING", figure=66))
    always = policies(scenarios, train)[ALWAYS_FLAG]
    assert always.card.pass_rate == 1.0
    assert "over-shading" in always.says["BID_SHADING"]
    assert "pacing-throttle" in always.says["PACING"]


def test_never_flag_only_ever_gives_the_clear_verdict():
    never = policies([a_scenario("ONE_A", outcome_type=FP, figure=12), a_scenario("TWO_A")])[
        NEVER_FLAG
    ]
    assert never.says["BID_SHADING"].endswith(f"VERDICT: {CLEAR}")
    assert never.card.pass_rate == 0.5


def test_without_examples_a_bare_verdict_is_all_that_can_be_said():
    found = policies([a_scenario("ONE_A")], train=())
    assert found[BEST_FIXED].says == {"*": f"VERDICT: {CLEAR}"}
    assert found[ALWAYS_FLAG].says == {"BID_SHADING": "VERDICT: over-shading"}
    assert found[ALWAYS_FLAG].card.mean_score == 0.25


def test_always_flag_flags_even_where_nothing_is_wrong():
    found = policies([a_scenario("ONE_A", outcome_type=TN)], train=())
    assert found[ALWAYS_FLAG].says == {"BID_SHADING": "VERDICT: over-shading"}
    assert found[NEVER_FLAG].says == {"BID_SHADING": f"VERDICT: {CLEAR}"}


def test_copying_the_input_does_not_pass_a_check_that_binds_the_figure():
    copied = policies([a_scenario("ONE_A", outcome_type=TN, figure=12)])[COPY_INPUT]
    assert copied.card.pass_rate == 0.0
    assert copied.card.mean_score > 0


def test_a_labelled_answer_may_be_recited_too():
    scenario = a_scenario("ONE_A", figure=77)
    answer = (
        "FINDING: shading cuts bids too deep.\nEVIDENCE: shading_discount_pct is 77\n"
        "ACTION: ease the shading.\nVERDICT: over-shading"
    )
    assert policies([scenario], labelled=[(scenario, answer)])[BEST_FIXED].says == {"*": answer}


def test_the_policies_do_not_depend_on_the_order_of_scenarios_or_examples():
    scenarios = [a_scenario("ONE_A"), a_scenario("TWO_A", outcome_type=TN, figure=12)]
    forwards = policies(scenarios, TRAIN)
    backwards = policies(scenarios[::-1], TRAIN[::-1])
    assert {n: p.canonical() for n, p in forwards.items()} == {
        n: p.canonical() for n, p in backwards.items()
    }


def test_the_floor_is_the_policy_with_the_highest_composite():
    weak = a_constant(a_sitting(failing_on(*range(12))), name=ALWAYS_FLAG)
    strong = a_constant(a_sitting(failing_on(*range(4))), name=NEVER_FLAG)
    assert floor_of([weak, strong, a_constant()]) == strong
    assert floor_of([a_constant(), strong, weak]) == strong


def test_a_floor_of_no_policies_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        floor_of([])
