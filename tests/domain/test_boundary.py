import pytest
from pydantic import ValidationError

from modelsmith.adapters.record_files import loaded
from modelsmith.domain.boundary import BOUNDARIES, Boundaries, Boundary, Grant
from tests.support.models import ROOT

GRANT = Grant(provider="anthropic", splits=("train",), fields=("description", "domainInput"))
SEALED = Boundary(name="sealed")


def test_the_repositorys_boundaries_say_what_leaves():
    found = loaded(ROOT, BOUNDARIES, Boundaries)
    assert str(found.named("sealed")) == "sealed: nothing leaves"
    assert [grant.provider for grant in found.named("council").grants] == [
        "anthropic",
        "google",
        "openai",
    ]


def test_what_leaves_is_said_in_words():
    boundary = Boundary(name="council", grants=(GRANT,))
    assert str(boundary) == "council: description, domainInput of train to anthropic"


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


def test_a_provider_is_granted_once():
    with pytest.raises(ValidationError, match="named twice: anthropic"):
        Boundary(name="council", grants=(GRANT, GRANT))


@pytest.mark.parametrize(
    ("name", "value"),
    [("splits", ("sealed",)), ("fields", ("answer",)), ("fields", ("weights",)), ("fields", ())],
)
def test_no_boundary_has_a_word_for_what_never_leaves(name, value):
    with pytest.raises(ValidationError, match=name):
        Grant.model_validate(GRANT.model_dump() | {name: value})
