"""A judge decides beside checks only where its measured error is one that the detector carries."""

from collections.abc import Sequence
from random import Random

import pytest
from pydantic import ValidationError

from modelsmith.boundary.hosted_model import LocalJudge, LocalModel
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.scenario import Criterion
from modelsmith.promotion.rollback.contract import (
    CanaryQuestion,
    Contract,
    blindness_of,
    contract_of,
    is_carried,
    refusal_of,
)
from modelsmith.promotion.rollback.drift_detector import CanaryOutcome, reading_of
from modelsmith.promotion.rollback.grader import JudgingError, grader_among, open_criteria
from tests.support.frontier import Temper, a_judge
from tests.support.sat_exams import an_exam, some_certified_judges
from tests.support.scenarios import a_scenario
from tests.support.watched import OWN, PLAIN, a_grader, in_plain_words

PLAIN_ONE = in_plain_words(a_scenario())  # four criteria to pass, one to fail


def with_checks(*keys: str):
    """Return the scenario in plain words, some of its criteria with a check."""
    criteria = {
        key: one.model_copy(update={"check": Contains(contains="shading") if key in keys else None})
        for key, one in PLAIN_ONE.criteria().items()
    }
    return PLAIN_ONE.model_copy(
        update={
            "pass_criteria": tuple(one for key, one in criteria.items() if key[0] == "P"),
            "fail_criteria": tuple(one for key, one in criteria.items() if key[0] == "F"),
        }
    )


# What its errors come to


@pytest.mark.parametrize(
    ("checked", "fails_right", "passes_wrong"),
    [
        ((), 4 * 0.05 + 0.02, 0.05),
        (("P1", "P2"), 2 * 0.05 + 0.02, 0.05),
        (("F1",), 4 * 0.05, 0.02),
        (("P1", "P2", "P3", "P4"), 0.02, 0.05),
        (("P1", "P2", "P3", "P4", "F1"), 0.0, 0.0),
    ],
)
def test_an_answer_is_misjudged_by_any_criterion_that_checks_leave_open(
    checked, fails_right, passes_wrong
):
    found = a_grader(sensitivity=0.95, specificity=0.98).error_on(with_checks(*checked))
    assert found.fails_right == pytest.approx(fails_right)
    assert found.passes_wrong == pytest.approx(passes_wrong)


def test_a_criterion_that_is_not_required_decides_nothing_and_is_not_asked():
    optional = Criterion(text="Names the trader.", required=False)
    more = PLAIN_ONE.model_copy(update={"pass_criteria": (*PLAIN_ONE.pass_criteria, optional)})
    assert open_criteria(more) == ("P1", "P2", "P3", "P4", "F1")


def test_a_question_is_expected_to_pass_as_often_as_its_judge_lets_it():
    error = JudgingError(fails_right=0.25, passes_wrong=0.1)
    question = CanaryQuestion(
        scenario="ONE_X", scenario_sha256="c" * 64, category="PACING", reference=1.0, error=error
    )
    assert (question.expected, question.seen_at_worst) == (0.75, 0.65)
    none = question.model_copy(update={"reference": 0.0})
    assert (none.expected, none.seen_at_worst) == (0.0, -0.1)


# Who may be named


def test_the_surest_certified_judge_of_ones_own_is_named_and_a_hosted_one_never():
    tempers = {"hosted-j": Temper(), "own-a": Temper(0.97, 0.97), "own-b": Temper()}
    tempers |= {"own-c": Temper(), "own-d": Temper(0.6, 0.6)}
    certified = some_certified_judges(an_exam(), tempers)
    judges = [a_judge(name, inside=name != "hosted-j") for name in tempers]
    found = grader_among(judges, certified, {"hosted-j", "own-a", "own-b", "own-d"})
    assert found.grader is not None
    assert found.grader.judge == "own-b"
    assert found.left_out == {
        "hosted-j": "it is hosted, and a hosted judge never decides a revert",
        "own-a": "own-b errs no more often",
        "own-c": "it decided nothing while the run steered",
        "own-d": "it is not certified",
    }
    sitting = next(one for one in certified.sittings if one.judge == "own-b")
    assert found.grader.identity == sitting.identity
    assert found.grader.sensitivity == sitting.examination.agreement.sensitivity_bound < 1
    assert found.grader.specificity == sitting.examination.agreement.specificity_bound < 1


def test_production_takes_a_judge_by_the_digests_of_its_weights_alone():
    certified = some_certified_judges(an_exam(), {"own-a": Temper()})
    served = a_judge("own-a", inside=True)
    here = LocalJudge(
        source=LocalModel(name="own-a", path="weights/own-a", family="own"),
        made_of={"model": "a" * 64},
    )
    assert grader_among([served], certified, {"own-a"}, "sandbox").grader is not None
    refused = grader_among([served], certified, {"own-a"}, "production")
    assert refused.grader is None
    assert "known by its address alone" in refused.left_out["own-a"]
    assert grader_among([here], certified, {"own-a"}, "production").grader is not None


def test_nobody_is_named_where_nobody_may():
    assert grader_among([], some_certified_judges(an_exam(), {}), ()).grader is None


@pytest.mark.parametrize(
    ("model", "pinned", "words"),
    [
        (OWN, {}, ""),
        (None, {}, "runners/models.yaml has no model of that name"),
        (a_judge("own-j"), {}, "it is hosted now, and a hosted judge never decides a revert"),
        (
            OWN.model_copy(update={"model": "own-j-2026-02-01"}),
            {},
            "another model than was agreed",
        ),
        (
            OWN,
            {"identity": {**OWN.identity(), "weights": "a" * 64}},
            "another weights than was agreed",
        ),
        (
            OWN,
            {"template": "judge/0"},
            "it was certified with the words judge/0, they are judge/1 now",
        ),
    ],
)
def test_a_judge_that_changed_is_another_one(model, pinned, words):
    assert a_grader(**pinned).change_to(model) == words


# The contract that names it


def plain_contract(grader, steer=PLAIN.steer, checked=(), **changes):
    passed = {one.id: [True] for one in steer}
    fields = {"exam_sha256": "b" * 64, "target": None, "grader": grader} | changes
    return contract_of("sandbox", steer, passed, checked, **fields)


def test_a_contract_names_its_grader_and_each_question_its_error():
    found = plain_contract(a_grader())
    assert found.grader == a_grader()
    assert found.graded() == {one.scenario for one in found.canary} != set()
    assert {one.error for one in found.canary} == {JudgingError(fails_right=0.1, passes_wrong=0.02)}
    assert set(found.floors.values()) == {0.6}
    assert Contract.model_validate_json(found.canonical()) == found
    assert blindness_of(found) == ""


def test_questions_that_checks_decide_are_asked_beside_and_keep_their_reference():
    steer = PLAIN.steer
    found = plain_contract(a_grader(), checked={one.id for one in steer[:3]})
    errors = {one.scenario: one.error for one in found.canary}
    assert {errors[one.id] for one in steer[:3]} == {None}
    assert found.graded() == errors.keys() - {one.id for one in steer[:3]}


def test_a_contract_that_checks_decide_is_the_bytes_that_it_was_before_there_were_graders():
    found = plain_contract(a_grader(), checked={one.id for one in PLAIN.steer})
    assert found.grader is None
    assert found == plain_contract(None, checked={one.id for one in PLAIN.steer})
    assert b"grader" not in found.canonical()
    assert b"error" not in found.canonical()


def test_a_judge_that_errs_more_than_the_detector_carries_is_not_named():
    unsure = a_grader(sensitivity=0.93, specificity=0.93)
    found = plain_contract(unsure)
    assert (found.canary, found.grader) == ((), None)
    assert refusal_of(unsure, PLAIN.steer) == (
        "it may fail 35% of right answers and pass 7% of wrong ones at best, and the detector "
        "carries 30%: label more answers of its exam"
    )
    assert refusal_of(a_grader(), PLAIN.steer) == ""


@pytest.mark.parametrize(
    ("fails", "passes", "carried"), [(0.3, 0.3, True), (0.31, 0.0, False), (0.0, 0.31, False)]
)
def test_the_detector_carries_what_a_category_may_fall_anyway(fails, passes, carried):
    assert is_carried(JudgingError(fails_right=fails, passes_wrong=passes)) is carried


def forged(**changes):
    fields = plain_contract(a_grader()).model_dump() | changes
    return lambda: Contract.model_validate(fields)


def test_a_contract_that_was_forged_is_no_contract():
    (one, *others) = plain_contract(a_grader()).canary
    error = JudgingError(fails_right=0.4, passes_wrong=0.0)
    unsure = one.model_copy(update={"error": error})
    with pytest.raises(ValidationError, match="errs more often than the detector carries"):
        forged(canary=(unsure, *others))()
    with pytest.raises(ValidationError, match="and no grader is named"):
        forged(grader=None)()
    with pytest.raises(ValidationError, match="own-j is named, and decides nothing"):
        forged(canary=())()


# Where nothing can be seen


def test_what_nobody_decides_cannot_be_watched():
    assert blindness_of(plain_contract(None)) == (
        "no steer question is decided by checks, or by a certified judge of your own"
    )


def test_too_few_questions_cannot_be_watched():
    steer = [one for one in PLAIN.steer if not one.is_variant]
    assert blindness_of(plain_contract(None, steer, [one.id for one in steer[:2]])) == (
        "checks, or a certified judge of your own, decide 2 steer questions: the loss of "
        "everything would be seen as a fall by 1.00, and 1.00 is tolerated"
    )
    assert blindness_of(plain_contract(None, steer, [one.id for one in steer[:3]])) == ""


# What the detector makes of its errors


def rounds_until_due(
    contract: Contract, right: Sequence[bool], error: JudgingError, seed: int, most: int = 60
) -> int | None:
    """Return the round in which it is due; every answer is judged anew, at the measured error."""
    dice = Random(seed)  # noqa: S311 - a simulation
    lines = [
        CanaryOutcome(
            number,
            one.scenario,
            dice.random() < (1 - error.fails_right if is_right else error.passes_wrong),
        )
        for number in range(1, most + 1)
        for one, is_right in zip(contract.canary, right, strict=True)
    ]
    return reading_of(contract, lines).due_in


def test_a_judge_of_the_measured_error_takes_nothing_back_and_sees_a_loss():
    contract = plain_contract(a_grader(sensitivity=0.95, specificity=0.95))
    (error,) = {one.error for one in contract.canary}
    assert error.fails_right == 0.25
    size = len(contract.canary)
    still = [rounds_until_due(contract, [True] * size, error, seed) for seed in range(20)]
    assert still == [None] * 20
    lost = [rounds_until_due(contract, [False] * size, error, seed) for seed in range(20)]
    assert max(lost) <= 4


def test_held_to_its_references_the_same_judge_would_take_a_good_release_back():
    contract = plain_contract(a_grader(sensitivity=0.95, specificity=0.95))
    (error,) = {one.error for one in contract.canary}
    fields = dict(contract) | {"grader": None}
    fields["canary"] = tuple(one.model_copy(update={"error": None}) for one in contract.canary)
    naive = Contract.model_validate(fields)
    due = [rounds_until_due(naive, [True] * len(naive.canary), error, seed) for seed in range(20)]
    assert None not in due
