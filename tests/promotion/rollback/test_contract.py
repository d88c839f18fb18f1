import pytest

from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.contract import (
    LEAST_CANARIES,
    TOLERATED_DROP,
    CanaryQuestion,
    Contract,
    Detector,
    contract_of,
    floors_of,
)
from modelsmith.promotion.rollback.drift_detector import CanaryOutcome, reading_of
from tests.support.runs import a_snapshot, an_exam

BEFORE = Release(specialist="floor-desk", version="first-1", bundle_sha256="a" * 64)


def steer(size, variants=2):
    return a_snapshot(an_exam({"train": 2, "steer": size, "sealed": 2}), variants).steer


def contract(questions, failed=(), checked=None, target=None):
    passed = {one.id: [one.id not in failed] for one in questions}
    ids = [one.id for one in questions] if checked is None else checked
    return contract_of("sandbox", questions, passed, ids, exam_sha256="b" * 64, target=target)


def names(found):
    return [one.scenario for one in found.canary]


def test_a_question_is_named_with_its_digest_category_and_reference():
    questions = steer(2)
    by_id = {one.id: one for one in questions}
    failed = questions[0].id
    found = {one.scenario: one for one in contract(questions, failed={failed}).canary}
    assert found.keys() == by_id.keys()
    for name, one in found.items():
        assert one.scenario_sha256 == by_id[name].digest()
        assert one.category == by_id[name].category
        assert one.reference == (0.0 if name == failed else 1.0)


def test_the_reference_is_the_share_of_a_questions_answers_that_passed():
    (one,) = steer(1, variants=2)[:1]
    passed = {one.id: [True, False, True, True]}
    found = contract_of("sandbox", [one], passed, [one.id], exam_sha256="b" * 64, target=None)
    assert found.canary[0].reference == 0.75


def test_variants_stay_out_where_canonical_questions_are_enough():
    questions = steer(LEAST_CANARIES)
    assert names(contract(questions)) == sorted(q.id for q in questions if not q.is_variant)


def test_where_they_are_not_each_familys_variants_join_until_there_are_enough():
    questions = steer(12)
    found = contract(questions)
    families = {q.id: q.family for q in questions}
    counted = [list(map(families.get, names(found))).count(f) for f in set(families.values())]
    assert len(found.canary) == 24
    assert counted == [2] * 12


def test_a_question_that_checks_do_not_decide_is_none():
    questions = steer(3)
    chosen = questions[0].id
    assert names(contract(questions, checked=[chosen])) == [chosen]
    assert contract(questions, checked=[]).floors == {}


def test_a_question_without_a_decided_answer_is_none():
    questions = steer(2)
    passed = {one.id: [] for one in questions}
    ids = [one.id for one in questions]
    found = contract_of("sandbox", questions, passed, ids, exam_sha256="b" * 64, target=None)
    assert found.canary == ()


def canaries(*references, category="PACING"):
    return [
        CanaryQuestion(
            scenario=f"ONE_{number}", scenario_sha256="c" * 64, category=category, reference=each
        )
        for number, each in enumerate(references)
    ]


@pytest.mark.parametrize(
    ("references", "floor"),
    [
        ((1.0,) * 10, 1 - TOLERATED_DROP),
        ((1.0, 1.0), 0.5),  # one flipped answer breaks nothing
        ((1.0,), 0.0),
        ((0.0, 0.0, 0.0, 1.0), 0.0),
        ((1.0, 0.5) * 5, 0.45),
    ],
)
def test_a_floor_is_the_reference_less_what_is_tolerated(references, floor):
    assert floors_of(canaries(*references)) == {"PACING": floor}


def test_each_category_has_a_floor_of_its_own():
    found = floors_of([*canaries(*[1.0] * 10), *canaries(*[0.5] * 10, category="BID_SHADING")])
    assert found == {"BID_SHADING": 0.2, "PACING": 0.7}


@pytest.mark.parametrize("target", [None, BEFORE])
def test_it_reads_back_as_it_was_written(target):
    found = contract(steer(4), target=target)
    assert Contract.model_validate_json(found.canonical()) == found
    assert (found.target, found.channel, found.exam_sha256) == (target, "sandbox", "b" * 64)


# What the detector makes of it


def rounds(found, wrong, most=400):
    """Return the round in which it is due where `wrong` fail in every round; none in `most`."""
    lines = [
        CanaryOutcome(round=number, scenario=one.scenario, passed=one.scenario not in wrong)
        for number in range(1, most + 1)
        for one in found.canary
    ]
    return reading_of(found, lines).due_in


def test_two_answers_that_another_machine_decides_otherwise_take_nothing_back():
    found = contract(steer(12))
    first, *others = found.canary
    elsewhere = next(one for one in others if one.category != first.category)
    assert rounds(found, {first.scenario}) is None
    assert rounds(found, {first.scenario, elsewhere.scenario}) is None


def test_a_category_that_is_forgotten_is_seen_and_so_is_a_drop_everywhere():
    found = contract(steer(12))
    (category, *_) = sorted({one.category for one in found.canary})
    lost = {one.scenario for one in found.canary if one.category == category}
    assert rounds(found, lost) <= 8
    assert rounds(found, {one.scenario for one in found.canary[::3]}) <= 10
    assert rounds(found, {one.scenario for one in found.canary}) == 1


def test_no_stake_can_lose_more_than_it_holds_and_a_lone_question_says_nothing_of_its_category():
    lone = contract(steer(1, variants=0))
    assert lone.detector.tolerated_in_category == 1.0
    assert max(lone.detector.bets) <= 0.5
    assert contract(()).detector == Detector()
