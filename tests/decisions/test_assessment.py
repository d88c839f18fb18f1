import pytest

from modelsmith.decisions.assessment import Assessment, Spent, assess, budget_uses
from modelsmith.decisions.readiness import readiness_of
from modelsmith.run.config import Budgets
from modelsmith.training.curriculum import shuffled
from tests.support.rounds import COMPOSITION, SAMPLING, rounds
from tests.support.scenarios import a_benchmark
from tests.support.sittings import a_constant, a_sitting, failing_on

LADDER = (COMPOSITION, SAMPLING)
LITTLE = Spent(iterations=1, wall_time_s=60, tokens=1_000, cost_usd=0)


ONE, MOST, ALL = failing_on(5), failing_on(*range(12)), failing_on(*range(16))


def ready(passes=ONE, theirs=MOST, constant=ALL):
    return readiness_of(
        a_sitting(passes),
        {"stand-in:zero-shot": a_sitting(theirs)},
        (a_constant(a_sitting(constant)),),
        (),
        a_benchmark(),
    )


NOT_READY = ready(MOST)


def assessed(history, readiness=NOT_READY, spent=LITTLE, ladder=LADDER, **budgets):
    return assess(history, readiness, Budgets(**({"iterations": 6} | budgets)), spent, ladder)


def says(assessment):
    return assessment.decision, assessment.reason


def test_a_first_round_that_is_not_ready_continues():
    found = assessed(rounds(0.3))
    assert says(found) == ("continue", "learning")
    assert (found.iteration, found.strategy, found.back_to) == (1, COMPOSITION, None)
    assert found.rule == "patience: no plateau yet"


def test_a_ready_candidate_converges():
    found = assessed(rounds(0.3, 0.7), ready())
    assert says(found) == ("converged", "ready")
    low = found.readiness.leads[0].gain.low
    assert found.rule == f"ready: least lower bound {low:.3f} > 0, every floor cleared"


def test_a_candidate_that_a_constant_equals_does_not_converge():
    assert assessed(rounds(0.3, 0.7), ready(constant=failing_on(5))).decision == "continue"


def test_a_saturated_exam_converges_only_if_the_baselines_are_beaten():
    perfect = failing_on()
    found = assessed(rounds(0.97), ready(perfect))
    assert says(found) == ("converged", "saturated")
    assert found.rule == "saturated: steer mean 1.000 >= 0.95"
    assert assessed(rounds(0.97), ready(perfect, theirs=perfect)).decision == "continue"


def test_a_plateau_escalates_to_the_next_rung():
    found = assessed(rounds(0.5, 0.5, 0.5))
    assert says(found) == ("escalate", "plateau")
    assert found.strategy is SAMPLING
    assert found.rule == "patience (weak), next rung rejection-sampling"


def test_a_plateau_on_the_last_rung_halts():
    found = assessed(rounds(0.5, 0.5, 0.5, strategy=SAMPLING))
    assert says(found) == ("halt", "hard-plateau")
    assert found.rule == "patience (weak), no rung left"


def test_a_model_that_cannot_fit_train_has_hit_a_capacity_wall():
    found = assessed(rounds(0.2, 0.2, 0.2, strategy=SAMPLING, train=0.49))
    assert says(found) == ("halt", "capacity-wall")
    assert found.rule == "capacity-wall: train 0.490 < 0.50"
    assert found.train_pass_rate == 0.49
    half = assessed(rounds(0.2, 0.2, 0.2, strategy=SAMPLING, train=0.5))
    assert half.reason == "hard-plateau"


def test_a_low_train_score_alone_is_no_wall():
    assert says(assessed(rounds(0.2, 0.3, train=0.1))) == ("continue", "learning")


@pytest.mark.parametrize(
    ("spent", "rule"),
    [
        ({"iterations": 6}, "budget: iterations 6 of 6"),
        ({"wall_time_s": 3600.0}, "budget: wall_time_s 3600 of 3600"),
        ({"tokens": 10_000_000}, "budget: tokens 1e+07 of 1e+07"),
        ({"cost_usd": 0.01}, "budget: cost_usd 0.01 of 0"),
    ],
)
def test_each_budget_halts(spent, rule):
    found = assessed(rounds(0.3, 0.6), spent=LITTLE.model_copy(update=spent))
    assert says(found) == ("halt", "budget")
    assert found.rule == rule


def test_a_cost_budget_of_nothing_is_not_used_up_by_nothing():
    uses = {use.budget: use.is_used_up for use in budget_uses(Budgets(), LITTLE)}
    assert uses == {"iterations": False, "wall_time_s": False, "tokens": False, "cost_usd": False}


def test_a_candidate_that_is_ready_in_the_last_round_converges():
    spent = LITTLE.model_copy(update={"iterations": 6})
    assert says(assessed(rounds(0.3, 0.7), ready(), spent)) == ("converged", "ready")


def test_a_used_up_budget_leaves_no_room_to_escalate():
    spent = LITTLE.model_copy(update={"iterations": 6})
    assert says(assessed(rounds(0.5, 0.5, 0.5), spent=spent)) == ("halt", "budget")


def test_too_many_errors_halt_even_a_ready_candidate():
    found = assessed(rounds(0.7, errored=0.11), ready())
    assert says(found) == ("halt", "errors")
    assert found.rule == "errors: 0.110 > 0.10"
    assert assessed(rounds(0.7, errored=0.10), ready()).decision == "converged"


def undecided():
    return readiness_of((), {"stand-in:zero-shot": ()}, (), (), a_benchmark())


def test_where_nobody_decides_steer_the_run_ends_and_no_budget_is_blamed():
    found = assessed(rounds(0.3, train=0.0), undecided())
    assert says(found) == ("halt", "undecided")
    assert found.rule == "undecided: neither a check nor a judge decides an answer on steer"
    spent = LITTLE.model_copy(update={"iterations": 6})
    assert assessed(rounds(0.3), undecided(), spent).reason == "undecided"
    assert assessed(rounds(0.3, errored=0.11), undecided()).reason == "errors"


def test_a_run_of_before_went_on_where_nobody_decided():
    found = assess(
        rounds(0.3), undecided(), Budgets(iterations=6), LITTLE, LADDER, ends_undecided=False
    )
    assert says(found) == ("continue", "learning")


def test_a_round_that_is_surely_worse_goes_on_from_the_best_adapter():
    found = assessed(rounds(0.4, 0.8, 0.6))
    assert says(found) == ("continue", "regressing")
    assert (found.back_to.iteration, found.back_to.adapter_sha256) == (2, "2" * 64)
    assert found.regress.high < 0


def test_an_escalation_after_a_fall_starts_from_the_best_adapter_too():
    found = assessed(rounds(0.4, 0.8, 0.6, 0.6))
    assert says(found) == ("escalate", "plateau")
    assert found.back_to.iteration == 2


def test_a_halt_goes_back_to_nothing_and_still_names_the_best():
    found = assessed(rounds(0.4, 0.8, 0.6, 0.6, strategy=SAMPLING))
    assert (found.decision, found.back_to, found.best.iteration) == ("halt", None, 2)


def test_the_decision_does_not_depend_on_the_order_of_rounds():
    history = rounds(0.4, 0.8, 0.6)
    for seed in range(4):
        assert assessed(shuffled(history, seed)) == assessed(history)


def test_an_assessment_reads_back_from_its_bytes():
    found = assessed(rounds(0.4, 0.8, 0.6))
    assert Assessment.model_validate_json(found.canonical()) == found


@pytest.mark.parametrize("history", [[], rounds(0.5, strategy=SAMPLING)])
def test_no_round_or_an_unknown_rung_cannot_be_assessed(history):
    with pytest.raises(ValueError, match="at least one round, on a strategy of the ladder"):
        assessed(history, ladder=(COMPOSITION,))
