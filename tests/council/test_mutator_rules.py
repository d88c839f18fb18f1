import pytest

from modelsmith.council.mutator_rules import reconciliation_of
from modelsmith.council.proposal import Proposal, Reconciliation
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.composed_answer import Answerability, answerability_of
from modelsmith.exam.scenario import Criterion, OutcomeType
from modelsmith.training.curriculum import shuffled
from tests.support.scenarios import a_benchmark, a_scenario

HELD_TEXT = (
    "A ferry line counts every booking twice since two partners share one tag, and the desk that "
    "pays both of them has asked for the order list of the last three days to see why."
)
TRAIN = [a_scenario("SHADING_ONE"), a_scenario("PACING_ONE", category="PACING", figure=66)]
HELD = [a_scenario("SECRET_ONE", category="ATTRIBUTION", description=HELD_TEXT, figure=2.5)]


def offer(name="SHADING_ONE__V1", *, world="flip", figure=43, **changes):
    fields = {"outcome_type": OutcomeType.TP, "figure": figure} | changes
    return Proposal(
        scenario=a_scenario(name, **fields),
        author="mutator",
        parent="SHADING_ONE",
        world=world,
        why="fails on the figure of the last day",
    )


def changed(proposal, **fields):
    return proposal.model_copy(update={"scenario": proposal.scenario.model_copy(update=fields)})


def answerable(scenario):
    return answerability_of(a_benchmark(), scenario)


def reconciled(*proposals, answerability=answerable, **changes):
    return reconciliation_of(proposals, a_benchmark(), TRAIN, HELD, answerability, **changes)


def reasons(*proposals, **changes):
    return [
        (reason.gate, reason.message)
        for one in reconciled(*proposals, **changes).reconciled
        for reason in one.reasons
    ]


def test_a_sound_variant_is_accepted_without_reasons():
    found = reconciled(offer())
    assert [one.ruling for one in found.reconciled] == ["accepted"]
    assert found.reconciled[0].reasons == ()
    assert [scenario.id for scenario in found.accepted()] == ["SHADING_ONE__V1"]


def test_no_proposals_end_in_an_empty_reconciliation():
    assert reconciled() == Reconciliation(reconciled=())


def test_what_is_no_scenario_is_refused_by_schema():
    assert reasons(changed(offer(), description="too short")) == [
        ("schema", "description: String should have at least 20 characters"),
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"operator_lens": "owner"}, "lens owner, expected one of dsp, ssp"),
        (
            {"category": "WEATHER"},
            "category WEATHER, expected one of BID_SHADING, PACING, ATTRIBUTION",
        ),
        (
            {"mechanic": {"pricing": "third"}},
            "auctionMechanic.pricing: 'third', expected one of first, second",
        ),
    ],
)
def test_words_outside_the_benchmark_are_refused(fields, message):
    found = reasons(
        changed(offer(), **fields),
        answerability=lambda _: Answerability(right_passes=True, wrong_passing=()),
    )
    assert [gate for gate, _ in found] == ["vocabulary"]
    assert found[0][1].replace("`", "'") == message


def test_a_verdict_label_of_another_category_is_refused():
    proposal = offer()
    criterion = Criterion(
        text="Concludes double-counting.", check=Verdict(verdict="double-counting")
    )
    wrong = (*proposal.scenario.pass_criteria[:-1], criterion)
    found = reasons(changed(proposal, pass_criteria=wrong))
    assert found[0] == (
        "vocabulary",
        "P4 asks for double-counting, expected one of over-shading, no-issue",
    )


def test_a_proposal_stands_in_the_train_family_that_it_names():
    assert reasons(offer("PACING_ONE__V1")) == [
        ("family", "id PACING_ONE__V1, expected SHADING_ONE__SUFFIX")
    ]
    assert ("family", "id SHADING_ONE is taken in train") in reasons(offer("SHADING_ONE"))
    stranger = offer("OTHER_ONE__V1").model_copy(update={"parent": "OTHER_ONE"})
    assert reasons(stranger) == [("family", "OTHER_ONE is no train family")]


def test_a_proposal_that_resembles_a_held_out_scenario_is_refused():
    found = reasons(offer(description=HELD_TEXT))
    assert {gate for gate, _ in found} == {"leak"}
    assert any(m.startswith("resembles SECRET_ONE: 13-gram ") and "(block)" in m for _, m in found)


def test_words_and_figures_that_train_has_are_not_new():
    assert reasons(offer(figure=41)) == [
        ("novelty", "same words and figures as SHADING_ONE in train")
    ]


def test_of_two_equal_proposals_one_is_accepted():
    found = reconciled(offer("SHADING_ONE__V1"), offer("SHADING_ONE__V2"))
    assert [one.ruling for one in found.reconciled] == ["accepted", "refused"]
    assert found.reconciled[1].reasons[0].message == "repeats SHADING_ONE__V1, which is accepted"


def test_one_id_is_accepted_once():
    found = reasons(offer(figure=43), offer(figure=44))
    assert found == [("novelty", "repeats SHADING_ONE__V1, which is accepted")]


def test_a_rubric_that_its_own_answer_fails_is_refused():
    proposal = offer()
    criterion = Criterion(text="Names the moon.", check=Contains(contains="moon landing"))
    asked = (*proposal.scenario.pass_criteria, criterion)
    assert reasons(changed(proposal, pass_criteria=asked)) == [
        ("answerability", "the answer composed from the rubric does not pass it")
    ]


def test_a_rubric_that_does_not_tell_the_verdicts_apart_is_refused():
    proposal = offer()
    found = reasons(changed(proposal, pass_criteria=proposal.scenario.pass_criteria[:-1]))
    assert found == [
        (
            "answerability",
            "wrong answers pass: every verdict, verdict over-shading, verdict no-issue",
        )
    ]


def test_the_callers_own_test_of_answerability_is_the_one_that_counts():
    lax = Answerability(right_passes=True, wrong_passing=("negated",))
    assert reasons(offer(), answerability=lambda _: lax) == [
        ("answerability", "wrong answers pass: negated")
    ]


def test_a_family_gives_at_most_two_in_a_round():
    offers = [offer(f"SHADING_ONE__V{n}", figure=50 + n) for n in range(4)]
    found = reconciled(*offers)
    assert [s.id for s in found.accepted()] == ["SHADING_ONE__V0", "SHADING_ONE__V1"]
    assert reasons(*offers)[0] == (
        "quota",
        "SHADING_ONE has 2 accepted in this round, at most 2",
    )
    assert len(reconciled(*offers, at_most=3).accepted()) == 3


def test_other_worlds_come_before_more_of_the_same():
    offers = [
        offer("SHADING_ONE__A1", world="calm", figure=51),
        offer("SHADING_ONE__A2", world="calm", figure=52),
        offer("SHADING_ONE__B1", world="storm", figure=53),
    ]
    assert [s.id for s in reconciled(*offers).accepted()] == ["SHADING_ONE__A1", "SHADING_ONE__B1"]


def test_a_refused_proposal_takes_no_place_in_the_quota():
    offers = [
        offer("SHADING_ONE__A1", figure=41),
        *(offer(f"SHADING_ONE__B{n}", figure=60 + n) for n in range(2)),
    ]
    assert len(reconciled(*offers).accepted()) == 2


def test_every_reason_is_given_not_only_the_first():
    proposal = changed(offer("PACING_ONE__V1", description=HELD_TEXT), operator_lens="owner")
    gates = {gate for gate, _ in reasons(proposal)}
    assert {"vocabulary", "family", "leak"} <= gates


def test_how_proposals_end_does_not_depend_on_their_order():
    offers = [
        *(offer(f"SHADING_ONE__V{n}", figure=50 + n % 3, world="ab"[n % 2]) for n in range(6)),
        offer("SHADING_ONE__LEAK", description=HELD_TEXT),
    ]
    expected = reconciled(*offers)
    for seed in range(4):
        assert reconciled(*shuffled(offers, seed)) == expected


def test_a_reconciliation_reads_back_from_its_bytes():
    found = reconciled(offer(), offer("SHADING_ONE__V2"))
    assert Reconciliation.model_validate_json(found.canonical()) == found
