"""Matched panels keep false promotions near nominal; leaving out a judge on one side does not."""

import pytest

from modelsmith.judges.panel_selection import ModelAncestry, matched_panel
from tests.support.panels import NULLS, World, promoted, promoted_by

GATES = 600
"""Monte Carlo error at .05: .009; at .34: .019."""


@pytest.mark.parametrize("world", ["no bias", "own-family leniency .20"])
def test_a_matched_panel_promotes_falsely_at_the_nominal_rate_and_half_a_match_does_not(
    world: str,
) -> None:
    share = promoted(NULLS[world], GATES, seed=13)
    assert share("matched", "against") < 0.05 + 3 * 0.009  # S-13: .047, .044
    assert share("own family only", "against") > 0.25  # S-13: .340, .325


def test_no_panel_undoes_a_judge_that_leaks_so_people_recheck() -> None:
    share = promoted(NULLS["all judges leak .10"], GATES, seed=13)
    assert share("matched", "against") > 0.05 + 3 * 0.009  # S-13: .113
    assert share("matched", "against") < share("everybody", "against")  # S-13: .113, .181


def deciding(picker: str, *others: str) -> tuple[int, ...]:
    """Return the places of those who decide, of judges of as many families, where one picked."""
    judges = {name: f"family of {name}" for name in (picker, *others)}
    ancestry = ModelAncestry(accepting=(judges[picker],))
    panel = matched_panel(judges, ancestry, None, lambda some: tuple(sorted(some)))
    assert panel.is_enough
    return tuple("abc".index(name) for name in panel.judges)


@pytest.mark.parametrize("leak", [0.1, 0.2])
def test_who_picked_the_targets_leaves_the_gate_to_a_family_that_did_not(leak: float) -> None:
    """The picker finds more of the specialist's failing answers right: length, hedges, a blind eye.

    | leak | picker alone | beside another | another alone | both share it |
    |------|--------------|----------------|---------------|---------------|
    | .10  | .180         | .063           | .043          | .103          |
    | .20  | .447         | .076           | .043          | .230          |
    | .40  | .925         | .096           | .043          | not run       |
    """
    share = promoted_by(World(leaks=(leak, 0.0, 0.0)), 2_000, seed=17)
    assert share((0,)) > 3 * 0.05
    assert share((0, 1)) < share((0,))
    assert share(deciding("a", "b")) <= 0.05
    assert share(deciding("a", "b", "c")) <= 0.05
    shared = promoted_by(World(leaks=(leak, leak, 0.0)), 2_000, seed=17)
    assert shared((1,)) > 0.05  # nobody is independent of a taste that all share
