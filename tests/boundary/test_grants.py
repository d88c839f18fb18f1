import pytest
from pydantic import ValidationError

from modelsmith.boundary.grants import BOUNDARIES, Boundaries, Boundary, Grant
from modelsmith.disk.repository_files import load
from tests.support.models import ROOT

GRANT = Grant(provider="anthropic", splits=("train",), fields=("description", "domainInput"))
SEALED = Boundary(name="sealed")


def test_the_repositorys_boundaries_say_what_leaves():
    found = load(ROOT, BOUNDARIES, Boundaries)
    assert str(found.named("sealed")) == "sealed: nothing leaves"
    assert [grant.provider for grant in found.named("council").grants] == [
        "anthropic",
        "google",
        "openai",
    ]
    frontier = found.named("frontier")
    assert frontier.grant("google", "baseline").splits == ("steer", "sealed")
    assert frontier.grant("openai", "judge").answers


def test_what_leaves_is_said_in_words():
    boundary = Boundary(name="council", grants=(GRANT,))
    assert str(boundary) == "council: description, domainInput of train to anthropic as council"


def test_without_a_file_nothing_leaves():
    assert Boundaries().boundaries == (SEALED,)


@pytest.mark.parametrize(
    ("boundaries", "message"),
    [
        ((SEALED, SEALED), "named twice: sealed"),
        ((Boundary(name="council", grants=(GRANT,)),), "the boundary `sealed` is missing"),
        ((Boundary(name="sealed", grants=(GRANT,)),), "the boundary `sealed` grants something"),
        ((), "at least 1 item"),
    ],
)
def test_what_is_sealed_is_there_and_lets_nothing_leave(boundaries, message):
    with pytest.raises(ValidationError, match=message):
        Boundaries(boundaries=boundaries)


def test_a_provider_is_granted_a_purpose_once():
    with pytest.raises(ValidationError, match="named twice: anthropic as council"):
        Boundary(name="council", grants=(GRANT, GRANT))


@pytest.mark.parametrize(
    ("name", "value"),
    [("fields", ("answer",)), ("fields", ("weights",)), ("fields", ()), ("splits", ("all",))],
)
def test_no_boundary_has_a_word_for_what_never_leaves(name, value):
    with pytest.raises(ValidationError, match=name):
        Grant.model_validate(GRANT.model_dump() | {name: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"splits": ("sealed",)}, "council: nobody is sent sealed scenarios for it; fix: name tra"),
        ({"splits": ("train", "steer")}, "council: nobody is sent steer scenarios"),
        ({"purpose": "baseline"}, "baseline: nobody is sent train scenarios for it; fix: name st"),
        (
            {"purpose": "baseline", "splits": ("sealed",), "fields": ("passCriteria",)},
            "a baseline is not asked with passCriteria; fix: name some of operatorLens, category",
        ),
        ({"purpose": "judge"}, "a judge decides on answers; fix: add `answers: true`"),
        ({"answers": True}, "no answer goes out for council; fix: delete `answers`"),
    ],
)
def test_each_purpose_reaches_what_it_needs_and_no_more(changes, message):
    with pytest.raises(ValidationError, match=message):
        Grant.model_validate(GRANT.model_dump() | changes)


def test_a_grant_is_of_one_provider_and_one_purpose():
    judging = Grant(
        provider="anthropic",
        purpose="judge",
        splits=("train", "steer", "sealed"),
        fields=("description", "passCriteria"),
        answers=True,
    )
    boundary = Boundary(name="frontier", grants=(GRANT, judging))
    assert boundary.grant("anthropic", "judge") == judging
    assert boundary.grant("anthropic", "baseline") is None
    assert boundary.grant("google", "council") is None
    assert "and the answers to them to anthropic as judge" in str(boundary)
