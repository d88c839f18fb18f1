"""Matched panels keep false promotions near nominal; leaving out a judge on one side does not."""

import pytest

from tests.support.panels import NULLS, promoted

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
