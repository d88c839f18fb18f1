"""Families: worlds, ids that name them, and what keeps a variant from teaching."""

import pytest
from pydantic import ValidationError

from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.family import Family, variant_remarks, verdicts_of
from modelsmith.exam.scenario import Criterion, OutcomeType
from tests.support.scenarios import a_benchmark, a_scenario

WORLDS = {"over-shading": "same", "no-issue": "flip", "calm": "flip"}


def a_family(**worlds):
    return Family(parent="SHADING_ONE", worlds=worlds or WORLDS, template="operatorLens: dsp")


def remarks(variant, world="over-shading"):
    return list(variant_remarks(a_benchmark(), a_family(), a_scenario(), variant, world))


def test_worlds_are_told_by_relation_in_order_of_their_names():
    assert a_family().worlds_that("flip") == ("calm", "no-issue")
    assert a_family().worlds_that("same") == ("over-shading",)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize(("number", "seed"), [(0, 0), (12, 345)])
def test_the_world_is_read_from_the_id_it_was_written_to(world, number, seed):
    family = a_family()
    assert family.world_of(family.variant_id(world, number, seed)) == world


@pytest.mark.parametrize(
    "name", ["SHADING_ONE", "SHADING_ONE__NOISSUE", "SHADING_ONE__RAIN0V1", "SHADING_ONE__0V1"]
)
def test_an_id_that_the_template_did_not_give_names_no_world(name):
    assert a_family().world_of(name) == ""


def test_worlds_whose_variants_would_share_ids_are_refused():
    message = "no-issue and noissue give their variants the same ids"
    with pytest.raises(ValidationError, match=message):
        a_family(**{"no-issue": "flip", "noissue": "same"})


@pytest.mark.parametrize("world", ["No-Issue", "calm2", "calm_day", "", "-calm", "a" * 41])
def test_a_world_is_lower_case_words_since_its_id_ends_on_figures(world):
    with pytest.raises(ValidationError):
        a_family(**{world: "same"})


def test_a_family_has_a_world():
    with pytest.raises(ValidationError, match="at least 1 item"):
        Family(parent="SHADING_ONE", worlds={}, template="operatorLens: dsp")


def test_a_relation_is_same_or_flip():
    with pytest.raises(ValidationError, match="'same' or 'flip'"):
        a_family(calm="any")


def test_a_variant_cannot_be_a_parent():
    with pytest.raises(ValidationError, match="should match pattern"):
        Family(parent="SHADING_ONE__V1", worlds=WORLDS, template="operatorLens: dsp")


def test_a_good_variant_has_no_remark():
    assert remarks(a_scenario(figure=52)) == []
    assert remarks(a_scenario(outcome_type=OutcomeType.TN), "no-issue") == []


def test_a_same_world_that_flips_is_told():
    (remark,) = remarks(a_scenario(outcome_type=OutcomeType.TN))
    assert remark.rule == "world-verdict"
    assert remark.loc == ("worlds", "over-shading")
    assert remark.what == (
        "world over-shading is marked `same`, its verdict is no-issue, the parent's over-shading"
    )
    assert (remark.expected, remark.remedy) == (
        "over-shading",
        "mark it `flip`, or mend the template",
    )


def test_a_flip_world_that_keeps_the_verdict_is_told():
    (remark,) = remarks(a_scenario(figure=52), "no-issue")
    assert remark.what == (
        "world no-issue is marked `flip`, its verdict is over-shading, the parent's over-shading"
    )
    assert (remark.expected, remark.remedy) == (
        "a verdict other than over-shading",
        "mark it `same`, or mend the template",
    )


def test_a_rubric_that_its_own_sentences_fail_is_told():
    lost = Criterion(text="Says that pigs fly.", check=Contains(contains="cows graze"))
    parent = a_scenario()
    broken = parent.model_copy(update={"pass_criteria": (*parent.pass_criteria, lost)})
    (remark,) = remarks(broken)
    assert (remark.rule, remark.loc) == ("no-known-right-answer", ("template",))
    assert remark.what == "in world over-shading the answer composed from the rubric fails it"


def test_a_rubric_that_wrong_answers_pass_is_told():
    parent = a_scenario()
    lax = parent.model_copy(update={"pass_criteria": parent.pass_criteria[:1]})
    found = {remark.rule: remark.what for remark in remarks(lax)}
    assert found["mutant-passes"] == (
        "in world over-shading wrong answers pass: every verdict, "
        "verdict over-shading, verdict no-issue"
    )


def test_without_a_verdict_check_the_outcome_type_says_the_verdict():
    parent = a_scenario()
    told = parent.model_copy(update={"pass_criteria": parent.pass_criteria[:1]})
    assert verdicts_of(parent) == ("over-shading",)
    assert verdicts_of(told) == ("a problem",)
    clear = told.model_copy(update={"outcome_type": OutcomeType.FP_GUARD})
    assert verdicts_of(clear) == ("no problem",)
