"""Ways of writing that the labelled answers showed the checks to misread."""

import pytest

from modelsmith.exam.checks.figures import Number, NumberSought
from modelsmith.exam.checks.phrases import AnyOf
from modelsmith.exam.checks.result import Outcome

THROTTLE = Number(number=NumberSought(value=62, metric="throttle_pct"))


@pytest.mark.parametrize("arrow", ["->", "-->", "=>", "\u2192", "\u21d2"])
def test_an_arrow_between_two_figures_leads_to_the_latest(arrow: str) -> None:
    assert THROTTLE.finding(f"throttle_pct: 8.7 {arrow} 62.").outcome is Outcome.MET
    assert THROTTLE.finding(f"throttle_pct: 62 {arrow} 8.7.").outcome is Outcome.NOT_MET


@pytest.mark.parametrize(
    "said",
    [
        "Nothing suggests that viewers see the ad too often.",
        "Nothing points to people who see the ad too often.",
        "That they see the ad too often is not what moved the clicks.",
        "Nobody should conclude that they see the ad too often.",
    ],
)
def test_what_nothing_suggests_is_denied(said: str) -> None:
    assert AnyOf(any_of=("see the ad too often",)).finding(said).outcome is Outcome.NOT_MET


def test_nothing_but_is_no_denial() -> None:
    check = AnyOf(any_of=("see the ad too often",))
    assert check.finding("Nothing but this: they see the ad too often.").outcome is Outcome.MET
