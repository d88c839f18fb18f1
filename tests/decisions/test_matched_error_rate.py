"""How often no true difference is promoted, by who judges whom: matched panels or not.

The judges of S-13 (research: evalscience, section 1.4): three families, each a baseline and a
judge; sensitivity .92, specificity .90, errors on one answer sharing a latent normal of weight .5.
"""

from statistics import NormalDist

import numpy as np
import pytest

from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.panel import voted
from modelsmith.statistics.paired_difference import lead_over
from tests.support.scenarios import a_benchmark
from tests.support.simulation import AFFINITY, DIFFICULTY, VARIANT, measures

FAMILIES, ANSWERS, GATES = 40, 3, 200
SENSITIVITY, SPECIFICITY, RHO = 0.92, 0.90, 0.5
JUDGES = (0, 1, 2)
"""Judge 0 is of the baseline's family."""


@pytest.fixture(scope="module")
def drawn():
    """Return the truth and each judge's verdicts: (gate, side, family, answer[, judge])."""
    draws, shape = np.random.default_rng(13), (GATES, 2, FAMILIES, ANSWERS)
    difficulty = draws.normal(0, DIFFICULTY, (GATES, 1, FAMILIES, 1))
    affinity = draws.normal(0, AFFINITY, (GATES, 2, FAMILIES, 1))
    logit = 0.5 - difficulty + affinity + draws.normal(0, VARIANT, shape)
    truth = draws.random(shape) < 1 / (1 + np.exp(-logit))
    latent = np.sqrt(RHO) * draws.normal(size=(*shape, 1))
    latent = latent + np.sqrt(1 - RHO) * draws.normal(size=(*shape, len(JUDGES)))
    normal = NormalDist()
    found = latent < normal.inv_cdf(SENSITIVITY)
    raised = latent > normal.inv_cdf(SPECIFICITY)
    return truth, np.where(truth[..., None], found, raised)


def graded(votes, judges):
    """Return what a panel says of each answer; a tie counts against it."""

    def verdict(cast):
        said = [Outcome.MET if cast[judge] else Outcome.NOT_MET for judge in judges]
        return voted(said, len(judges), "against", Outcome.NOT_MET) is Outcome.MET

    return [[verdict(cast) for cast in family] for family in votes]


def promoted(votes, ours, theirs):
    benchmark, count = a_benchmark(), 0
    for number, (mine, other) in enumerate(votes):
        sides = measures(graded(mine, ours)), measures(graded(other, theirs))
        lead = lead_over("b", *sides, benchmark, alpha=0.05, seed=str(number))
        count += lead is not None and lead.low > 0
    return count / len(votes)


def test_matched_panels_keep_the_error_rate_and_leaving_a_judge_out_of_one_side_does_not(drawn):
    _, votes = drawn
    matched = promoted(votes, (1, 2), (1, 2))
    own_family_only = promoted(votes, JUDGES, (1, 2))
    assert matched <= 0.08
    assert own_family_only >= 0.1
