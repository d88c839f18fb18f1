"""Whether what is served is the specialist that was signed, by what it would say next."""

import pytest

from modelsmith.models.fingerprint import FAR, Fingerprint, FingerprintPrompt, match_of
from tests.support.models import a_prompt

SIGNED = {"floor": -0.1, "fill": -2.5}
BASE = {"floor": -2.1, "fill": -0.2}


def known(*pairs):
    spots = [
        FingerprintPrompt(prompt=a_prompt(), specialist=one, base=other) for one, other in pairs
    ]
    return Fingerprint(spots=tuple(spots))


def test_the_specialist_is_told_by_being_near_to_what_was_signed():
    match = match_of(known((SIGNED, BASE)), [{"floor": -0.12, "fill": -2.45}])
    assert match.holds
    assert match.to_specialist == pytest.approx(0.05)
    assert match.to_base == pytest.approx(2.25)


def test_the_base_model_is_not_the_specialist():
    match = match_of(known((SIGNED, BASE)), [BASE])
    assert not match.holds
    assert match.to_base == 0


def test_another_specialist_is_as_far_from_both():
    assert not match_of(known((SIGNED, BASE)), [{"floor": -6.0, "fill": -6.0}]).holds


def test_one_spot_that_is_off_decides():
    fingerprint = known((SIGNED, BASE), (SIGNED, BASE))
    assert match_of(fingerprint, [SIGNED, SIGNED]).holds
    assert not match_of(fingerprint, [SIGNED, BASE]).holds


def test_no_token_in_common_is_far_away_and_still_a_record():
    match = match_of(known((SIGNED, BASE)), [{"seal": -0.1}])
    assert (match.to_specialist, match.to_base, match.holds) == (FAR, FAR, False)


def test_nothing_said_is_far_away():
    assert not match_of(known((SIGNED, BASE)), [{}]).holds


@pytest.mark.parametrize("broken", [float("nan"), float("-inf")])
def test_what_is_no_number_is_far_away(broken):
    match = match_of(known((SIGNED, BASE)), [{"floor": broken, "fill": -2.5}])
    assert (match.to_specialist, match.holds) == (FAR, False)


def test_a_specialist_that_says_what_the_base_says_proves_nothing():
    assert not match_of(known((SIGNED, SIGNED)), [SIGNED]).holds


def test_as_many_answers_as_prompts_are_needed():
    with pytest.raises(ValueError, match="zip"):
        match_of(known((SIGNED, BASE)), [])
