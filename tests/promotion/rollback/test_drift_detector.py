"""When a drop is more than chance; each figure here was worked out by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from modelsmith.promotion.rollback.contract import Detector
from modelsmith.promotion.rollback.drift_detector import (
    MOST,
    CanaryOutcome,
    below_floor,
    reading_of,
    readings,
)
from tests.support.canaries import a_contract, rounds_of

ONE_BET = {"bets": (0.5,), "tolerated": 0.0, "tolerated_in_category": 0.0}
YES, NO, LOST = True, False, None


def exact(bet, drops, tolerated=0):
    """Return Shiryaev-Roberts in exact arithmetic, from its sum: over every start, the product."""
    factors = [1 + Fraction(bet) * (Fraction(drop) - Fraction(tolerated)) for drop in drops]
    total = Fraction(0)
    for start in range(len(factors)):
        product = Fraction(1)
        for factor in factors[start:]:
            product *= factor
        total += product
    return total


def test_evidence_is_the_mean_of_whole_categories_and_floors():
    contract = a_contract({"A": [1, 1]}, **ONE_BET)
    reading = reading_of(contract, rounds_of(contract, {"A": [NO, NO]}))
    # (0 + 1) * 1.5 = 1.5, then (1.5 + 1) * 1.5 = 3.75, over all and in the one category
    assert reading.whole == 3.75
    assert reading.categories["A"].evidence == 3.75
    assert reading.evidence == (3.75 + 3.75 + 0) / 3
    assert (reading.answers, reading.lost, reading.round) == (2, 0, 1)


def test_an_answer_that_passes_as_expected_begins_one_more_bet_and_wins_nothing():
    contract = a_contract({"A": [1, 1]}, **ONE_BET)
    reading = reading_of(contract, rounds_of(contract, {"A": [YES, YES]}))
    assert reading.whole == 2.0  # 0 + 1, + 1


def test_an_answer_that_passes_where_few_did_takes_evidence_away():
    contract = a_contract({"A": [0.5, 0.5]}, **ONE_BET)
    reading = reading_of(contract, rounds_of(contract, {"A": [YES, YES]}))
    assert reading.whole == 1.3125  # 1 * 0.75 = 0.75; 1.75 * 0.75


def test_what_is_tolerated_is_taken_off_each_drop():
    contract = a_contract({"A": [1]}, bets=(0.5,), tolerated=0.25, tolerated_in_category=0.5)
    reading = reading_of(contract, rounds_of(contract, {"A": [NO]}))
    assert reading.whole == 1.375  # 1 + 0.5 * (1 - 0.25)
    assert reading.categories["A"].evidence == 1.25  # 1 + 0.5 * (1 - 0.5)


def test_bets_are_mixed_evenly():
    contract = a_contract({"A": [1]}, bets=(0.25, 0.75), tolerated=0.0, tolerated_in_category=0.0)
    assert reading_of(contract, rounds_of(contract, {"A": [NO]})).whole == 1.5


def test_categories_are_summed_and_each_counts_its_own_answers_alone():
    contract = a_contract({"A": [1], "B": [1]}, **ONE_BET)
    reading = reading_of(contract, rounds_of(contract, *[{"A": [NO], "B": [YES]}] * 2))
    assert reading.categories["A"].evidence == 3.75
    assert reading.categories["B"].evidence == 2.0
    # whole, in turn: 1.5, 2.5, 3.5 * 1.5 = 5.25, 6.25
    assert reading.whole == 6.25
    assert reading.evidence == (6.25 + 3.75 + 2.0) / 3
    assert reading.categories["A"].expected == 2.0
    assert (reading.categories["A"].passed, reading.categories["B"].passed) == (0, 2)


def test_a_floor_counts_how_unlikely_a_round_below_it_is():
    contract = a_contract(
        {"A": [1, 1]},
        floors={"A": 0.5},
        bets=(0.5,),
        tolerated=0.0,
        tolerated_in_category=0.5,
    )
    assert below_floor(contract.canary, 0.5, 0.5) == 0.25  # both fail: 0.5 * 0.5
    one = reading_of(contract, rounds_of(contract, {"A": [NO, NO]}))
    two = reading_of(contract, rounds_of(contract, *[{"A": [NO, NO]}] * 2))
    assert one.categories["A"].floor_evidence == 8.0  # 2 / 0.25
    assert two.categories["A"].floor_evidence == 40.0  # (8 + 2) / 0.25
    assert (one.categories["A"].below, two.categories["A"].below) == (1, 2)
    assert two.evidence == (two.whole + two.categories["A"].evidence + 40.0) / 3


def test_a_round_that_holds_the_floor_takes_all_its_evidence_away():
    contract = a_contract({"A": [1, 1]}, floors={"A": 0.5})
    seen = rounds_of(contract, {"A": [NO, NO]}, {"A": [YES, NO]})
    reading = reading_of(contract, seen)
    assert (reading.categories["A"].below, reading.categories["A"].floor_evidence) == (0, 0.0)


def test_a_floor_of_two_thirds_is_held_by_two_of_three():
    contract = a_contract({"A": [1, 1, 1]}, floors={"A": 2 / 3})
    held = reading_of(contract, rounds_of(contract, {"A": [YES, YES, NO]}))
    broken = reading_of(contract, rounds_of(contract, {"A": [YES, NO, NO]}))
    assert (held.categories["A"].below, broken.categories["A"].below) == (0, 1)


def test_the_chance_below_a_floor_is_the_exact_one():
    contract = a_contract({"A": [0.9, 0.6]})
    # with 0.1 tolerated: 0.8 and 0.5; none passes: 0.2 * 0.5, one at most: 1 - 0.8 * 0.5
    assert below_floor(contract.canary, 0.1, 0.5) == pytest.approx(0.1)
    assert below_floor(contract.canary, 0.1, 1.0) == pytest.approx(0.6)
    assert below_floor(contract.canary, 0.1, 0.0) == 0.0


@pytest.mark.parametrize(
    "floors",
    [
        pytest.param({"A": 0.0}, id="nothing is below it"),
        pytest.param({"A": 0.75}, id="the promoted specialist did not hold it"),
        pytest.param({}, id="none is agreed"),
    ],
)
def test_a_floor_that_tells_nothing_is_left_out(floors):
    contract = a_contract({"A": [1, 0]}, floors=floors)
    reading = reading_of(contract, rounds_of(contract, *[{"A": [NO, NO]}] * 3))
    assert (reading.categories["A"].below, reading.categories["A"].floor_evidence) == (0, 0.0)


def test_a_lost_answer_is_no_observation_and_leaves_the_floor_of_its_round_unjudged():
    contract = a_contract({"A": [1, 1]}, floors={"A": 0.5}, **ONE_BET)
    reading = reading_of(contract, rounds_of(contract, {"A": [NO, LOST]}))
    assert (reading.answers, reading.lost) == (1, 1)
    assert reading.whole == 1.5
    assert reading.categories["A"].below == 0


def test_rounds_of_lost_answers_change_nothing():
    contract = a_contract({"A": [1, 1]}, floors={"A": 1.0})
    before = rounds_of(contract, {"A": [NO, NO]})
    after = before + rounds_of(contract, *[{"A": [LOST, LOST]}] * 50, first=2)
    one, other = reading_of(contract, before), reading_of(contract, after)
    assert (other.evidence, other.categories) == (one.evidence, one.categories)


def test_nothing_seen_is_no_evidence():
    reading = reading_of(a_contract({"A": [1]}), [])
    assert (reading.round, reading.evidence, reading.level) == (0, 0.0, "quiet")


def test_what_was_decided_stays_decided():
    contract = a_contract({"A": [0.5]}, warn=2.0, revert=4.0, **ONE_BET)
    bad, good = [{"A": [NO]}] * 6, [{"A": [YES]}] * 30
    levels = [one.level for one in readings(contract, rounds_of(contract, *bad, *good))]
    assert sorted(set(levels)) == ["quiet", "revert", "warn"]
    assert levels == sorted(levels, key=["quiet", "warn", "revert"].index)
    last = reading_of(contract, rounds_of(contract, *bad, *good))
    assert last.evidence < 4.0
    assert last.due_in is not None


def test_thresholds_are_reached_when_they_are_met():
    contract = a_contract({"A": [1, 1]}, warn=2.5, revert=2.5, **ONE_BET)
    reading = reading_of(contract, rounds_of(contract, {"A": [NO, NO]}))
    assert (reading.evidence, reading.warned_in, reading.due_in) == (2.5, 1, 1)


def test_evidence_ends_at_a_number_that_json_can_hold():
    contract = a_contract({"A": [1] * 5}, floors={"A": 1.0})
    reading = reading_of(contract, rounds_of(contract, *[{"A": [NO] * 5}] * 2_000))
    assert reading.whole == MOST
    assert reading.categories["A"].floor_evidence == MOST
    assert reading.canonical()


def test_a_question_of_another_contract_is_refused():
    contract = a_contract({"A": [1]})
    with pytest.raises(ValueError, match="B_1 is no question of the contract"):
        reading_of(contract, [CanaryOutcome(1, "B_1", YES)])


def test_a_question_is_asked_once_a_round():
    contract = a_contract({"A": [1]})
    with pytest.raises(ValueError, match="round 3 asks a question twice"):
        reading_of(contract, [CanaryOutcome(3, "A_1", YES), CanaryOutcome(3, "A_1", NO)])


def test_a_bet_that_could_lose_more_than_it_holds_is_refused():
    with pytest.raises(ValidationError, match=r"a bet of 0\.95 is too high, at most 0\.909"):
        Detector(bets=(0.1, 0.95))
    Detector(bets=(0.9,))


def test_nothing_is_taken_back_before_people_are_warned():
    with pytest.raises(ValidationError, match=r"revert at 10\.0 comes before warn at 20\.0"):
        Detector(warn=20.0, revert=10.0)


CONTRACT = a_contract({"A": [1, 0.5], "B": [0.75]}, floors={"A": 0.5, "B": 0.5})
ROUND = st.fixed_dictionaries(
    {
        "A": st.lists(st.sampled_from([YES, NO, LOST]), min_size=2, max_size=2),
        "B": st.lists(st.sampled_from([YES, NO, LOST]), min_size=1, max_size=1),
    }
)


@given(rounds=st.lists(ROUND, max_size=8), data=st.data())
def test_the_order_of_lines_says_nothing(rounds, data):
    seen = rounds_of(CONTRACT, *rounds)
    shuffled = data.draw(st.permutations(seen))
    assert reading_of(CONTRACT, shuffled) == reading_of(CONTRACT, seen)


@given(rounds=st.lists(ROUND, min_size=1, max_size=8))
def test_counting_on_is_counting_anew(rounds):
    after_each = list(readings(CONTRACT, rounds_of(CONTRACT, *rounds)))
    for number, reading in enumerate(after_each, 1):
        assert reading == reading_of(CONTRACT, rounds_of(CONTRACT, *rounds[:number]))


@given(
    drops=st.lists(st.booleans(), min_size=1, max_size=25),
    bet=st.sampled_from([0.125, 0.25, 0.5, 0.75]),
)
def test_the_recursion_is_the_sum_over_every_start(drops, bet):
    contract = a_contract({"A": [1]}, bets=(bet,), tolerated=0.0, tolerated_in_category=0.0)
    seen = [CanaryOutcome(number, "A_1", not dropped) for number, dropped in enumerate(drops, 1)]
    assert reading_of(contract, seen).whole == pytest.approx(float(exact(bet, drops)))


@given(rounds=st.lists(ROUND, max_size=12))
def test_evidence_is_never_negative(rounds):
    reading = reading_of(CONTRACT, rounds_of(CONTRACT, *rounds))
    assert reading.evidence >= 0
    assert all(one.evidence >= 0 for one in reading.categories.values())


def test_evidence_grows_by_no_more_than_an_answer_on_average_while_nothing_changed():
    # every outcome of two rounds, weighed by its exact probability at the edge of what is tolerated
    contract = a_contract(
        {"A": [0.75, 0.5]},
        floors={"A": 0.5},
        bets=(0.25, 0.5),
        tolerated=0.125,
        tolerated_in_category=0.125,
    )
    chances = (Fraction(5, 8), Fraction(3, 8))  # the references less what is tolerated
    total = Fraction(0)
    for bits in range(16):
        outcomes = [bool(bits >> place & 1) for place in range(4)]
        weight = Fraction(1)
        for passed, chance in zip(outcomes, chances * 2, strict=True):
            weight *= chance if passed else 1 - chance
        seen = rounds_of(contract, {"A": outcomes[:2]}, {"A": outcomes[2:]})
        total += weight * Fraction(reading_of(contract, seen).evidence)
    assert float(total) == pytest.approx(4.0)  # four answers: the bound is met
