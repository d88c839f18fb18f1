from math import sqrt

import pytest

from tests.support.scenarios import a_benchmark
from tests.support.simulation import rates

NOMINAL, GATES = 0.05, 2_000


def test_without_a_true_lead_false_promotions_stay_at_the_nominal_rate():
    found = rates(a_benchmark(), families=12, gates=GATES, seed=3)
    assert found.gate <= NOMINAL + 2 * sqrt(NOMINAL * (1 - NOMINAL) / GATES)
    assert found.gate <= found.bound
    assert found.point > 0.4, "the plain comparison would promote nearly every second time"


def test_a_large_true_lead_is_promoted_far_more_often_than_by_chance():
    assert rates(a_benchmark(), families=12, gates=200, lead=4.0, seed=3).gate > 0.5


@pytest.mark.parametrize("graded", ["points", "levels"])
def test_passes_by_points_or_levels_are_promoted_falsely_no_oftener(graded):
    gates = 300
    found = rates(a_benchmark(), families=12, gates=gates, seed=3, graded=graded)
    assert found.gate <= NOMINAL + 2 * sqrt(NOMINAL * (1 - NOMINAL) / gates)
    assert rates(a_benchmark(), families=12, gates=100, lead=4.0, seed=3, graded=graded).gate > 0.5
