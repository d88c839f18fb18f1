import pytest
from scipy import stats

from modelsmith.decisions.plateau import anchor_of, best_of, plateau_of, regress_of
from modelsmith.training.curriculum import Strategy
from tests.support.rounds import COMPOSITION, SAMPLING, rounds


def test_patience_two_with_a_budget_below_eight_is_a_weak_plateau():
    plateau = plateau_of(rounds(0.5, 0.505, 0.51), budget=3)
    assert (plateau.rule, plateau.strength) == ("patience", "weak")
    assert (plateau.holds, plateau.without_gain, plateau.patience) == (True, 2, 2)


@pytest.mark.parametrize(
    ("scores", "without"),
    [((0.5,), 0), ((0.5, 0.52), 0), ((0.5, 0.5, 0.52), 0), ((0.5, 0.6, 0.5), 1)],
)
def test_a_gain_above_one_point_keeps_patience(scores, without):
    plateau = plateau_of(rounds(*scores), budget=4)
    assert plateau.without_gain == without
    assert not plateau.holds


def test_a_gain_of_exactly_one_point_does_not_count():
    assert plateau_of(rounds(0.50, 0.51, 0.50), budget=4).holds


def test_slow_steps_add_up_to_a_gain():
    plateau = plateau_of(rounds(0.50, 0.508, 0.516, 0.524), budget=7)
    assert plateau.without_gain == 1


def test_a_long_budget_asks_for_equivalence_over_eight_rounds():
    flat = rounds(*[0.5] * 8, families=20)
    assert not plateau_of(flat[:7], budget=8).holds
    plateau = plateau_of(flat, budget=8)
    assert (plateau.rule, plateau.strength, plateau.holds) == ("equivalence", "strong", True)
    assert (plateau.gain.mean, plateau.gain.families) == (0.0, 20)


def test_equivalence_is_the_upper_t_bound_by_hand():
    spread = [0.01 * (n % 5) for n in range(20)]
    before = rounds(*[0.5] * 4, families=20)
    after = rounds(*[[0.5 + gap for gap in spread]] * 4, families=20, start=5)
    gain = plateau_of(before + after, budget=10).gain
    upper = stats.t.ppf(0.90, 19, loc=sum(spread) / 20, scale=stats.sem(spread))
    assert gain.high == pytest.approx(upper)
    assert plateau_of(before + after, budget=10).holds == (upper < 0.03)


def test_a_gain_that_may_be_three_points_is_no_plateau():
    rising = rounds(*[0.5] * 4, *[0.53] * 4, families=20)
    assert not plateau_of(rising, budget=10).holds


def test_a_small_mean_gain_that_is_unsure_is_no_plateau():
    before = rounds(*[0.5] * 4, families=20)
    after = rounds(*[[0.5 + (0.3 if n % 2 else -0.27) for n in range(20)]] * 4, start=5)
    plateau = plateau_of(before + after, budget=10)
    assert plateau.gain.mean == pytest.approx(0.015)
    assert plateau.gain.high > 0.03
    assert not plateau.holds


def test_too_few_families_for_equivalence_fall_back_to_five_rounds_of_patience():
    flat = rounds(*[0.5] * 6, families=12)
    plateau = plateau_of(flat, budget=20)
    assert (plateau.rule, plateau.patience, plateau.holds) == ("patience", 5, True)
    assert not plateau_of(flat[:5], budget=20).holds


def test_an_escalation_resets_the_window():
    before = rounds(0.5, 0.5, 0.5)
    after = rounds(0.5, start=4, strategy=SAMPLING)
    plateau = plateau_of(before + after, budget=6)
    assert (plateau.rounds, plateau.without_gain, plateau.holds) == (1, 0, False)


def test_only_scenarios_that_all_rounds_share_are_compared():
    first, second = rounds(0.5, families=3)[0], rounds(0.5, families=5, start=2)[0]
    assert len(anchor_of([first, second])) == 3
    harder = second.model_copy(update={"scores": dict(second.scores) | {"FAMILY_004": 0.0}})
    assert plateau_of([first, harder], budget=3).without_gain == 1
    assert regress_of([first, harder]).mean == 0.0


def test_variants_of_a_family_count_once():
    one = rounds(0.5)[0]
    weighted = one.model_copy(update={"scores": {"A_1": 1.0, "A_1__V1": 1.0, "B_1": 0.0}})
    assert best_of([weighted]).mean_score == 0.5


def test_the_best_round_is_the_earliest_of_equals():
    best = best_of(rounds(0.4, 0.7, 0.7, 0.6))
    assert (best.iteration, best.mean_score) == (2, 0.7)
    assert best.adapter_sha256 == "2" * 64


def test_a_fall_is_measured_against_the_best_round_before():
    fall = regress_of(rounds(0.4, 0.8, 0.6))
    assert fall.mean == pytest.approx(-0.2)
    assert fall.high < 0
    assert regress_of(rounds(0.4)) is None


def test_a_noisy_fall_is_no_regress():
    noisy = rounds([0.5, 0.5, 0.5, 0.5], [0.1, 0.9, 0.2, 0.7], families=4)
    assert regress_of(noisy).high > 0


def test_strategies_are_told_apart_by_the_ladder():
    assert COMPOSITION is Strategy.RUBRIC_COMPOSITION
    assert plateau_of(rounds(0.5, 0.5, 0.5, strategy=SAMPLING), budget=3).rounds == 3
