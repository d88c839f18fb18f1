"""A judge whose weights lie here is certified as any, by what it said, and as itself."""

import pytest

from modelsmith.errors import EngineError, HostedError
from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.certification.examination import ExamVerdict
from modelsmith.judges.certification.result import (
    CertificationState,
    certification_status_of,
    deciders,
)
from modelsmith.judges.certification.sit_exam import certified_judges_of, key_of, sit_exam
from tests.support.local_judges import a_local_judge, as_people_did, asking, judging
from tests.support.sat_exams import NOW, SEALED_IN, an_exam

EXAM = an_exam()
JUDGE = a_local_judge()
AS_PEOPLE = judging(as_people_did(EXAM))


def sat(root, says):
    outbound = asking(root, says)
    return sit_exam(outbound, EXAM, JUDGE, SEALED_IN, NOW), outbound


def test_a_judge_that_sees_what_people_see_is_certified_at_no_cost(tmp_path):
    result, outbound = sat(tmp_path, AS_PEOPLE)
    assert result.examination.verdict is ExamVerdict.PASSED
    assert result.certificate is not None
    assert (result.cost_usd, result.family, result.identity) == (0, "own", {"model": "own"})
    assert result.examination.grader == "models/own (own) as own, judge/1"
    assert deciders(EXAM.bench([result]), ["own"]) == ("own",)
    assert {line.kind for line in outbound.journal.egress_events()} == {"served"}


def test_what_it_said_before_is_not_asked_again(tmp_path):
    first, _ = sat(tmp_path, AS_PEOPLE)
    again, outbound = sat(tmp_path, lambda *_: pytest.fail("it was asked"))
    assert again == first
    assert all(engine.asked == [] for engine in outbound.engines.opened_engines)


def test_one_that_finds_everything_met_is_not(tmp_path):
    result, _ = sat(tmp_path, judging(lambda *_: True))
    assert result.examination.verdict is ExamVerdict.FAILED
    status, held = certification_status_of(JUDGE, [result], EXAM.sha256, NOW)
    assert (status.kind, held) == (CertificationState.FAILED, None)
    assert "specificity" in status.said


def test_a_reply_without_the_object_is_asked_for_once_more_and_then_unscored(tmp_path):
    result, outbound = sat(tmp_path, lambda *_: "I think that it is met.")
    assert {opinion.outcome for opinion in result.opinions} == {Outcome.UNSCORED}
    assert {opinion.reason for opinion in result.opinions} == {
        "unusable twice: it is not the JSON object that was asked for."
    }
    assert result.certificate is None
    asked = [p for e in outbound.engines.opened_engines for batch in e.asked for p in batch]
    assert {len(prompt) for prompt in asked} == {4, 6}
    assert "That reply cannot be used" in next(p for p in asked if len(p) == 6)[-1].content


def test_one_that_is_put_right_when_it_is_asked_again_counts(tmp_path):
    def hasty(prompt, adapter, sampling):
        return AS_PEOPLE(prompt, adapter, sampling) if len(prompt) == 6 else "Met."

    result, _ = sat(tmp_path, hasty)
    assert result.certificate is not None


def test_other_weights_another_template_and_another_engine_are_another_judge():
    plain = a_local_judge()
    keys = {
        key_of(EXAM, plain.model_copy(update={"made_of": made}), SEALED_IN)
        for made in (
            {"model": "a", "template": "t", "torch": "2.9.1"},
            {"model": "b", "template": "t", "torch": "2.9.1"},
            {"model": "a", "template": "u", "torch": "2.9.1"},
            {"model": "a", "template": "t", "torch": "2.9.2"},
        )
    }
    assert len(keys) == 4


def test_the_certificate_of_one_file_is_not_another_s(tmp_path):
    result, _ = sat(tmp_path, AS_PEOPLE)
    kept = {(result.judge, result.key): result}
    other = a_local_judge(model="swapped")
    assert certified_judges_of(
        EXAM, [JUDGE], SEALED_IN, lambda *place: kept.get(place)
    ).sittings == (result,)
    assert not certified_judges_of(
        EXAM, [other], SEALED_IN, lambda *place: kept.get(place)
    ).sittings
    status, _ = certification_status_of(other, [result], EXAM.sha256, NOW)
    assert (status.kind, status.said) == (
        CertificationState.CHANGED,
        "changed: the model; run `modelsmith judge exam --judge own`",
    )


def test_a_machine_that_breaks_is_no_result(tmp_path):
    outbound = asking(tmp_path, AS_PEOPLE, fails_at=1)
    with pytest.raises(HostedError, match="calls to own were lost: could not answer a batch of 16"):
        sit_exam(outbound, EXAM, JUDGE, SEALED_IN, NOW)


def test_weights_that_changed_since_they_were_looked_up_do_not_sit(tmp_path):
    swapped = a_local_judge(model="swapped")
    with pytest.raises(EngineError, match="own is not what it was when it was looked up"):
        sit_exam(asking(tmp_path, AS_PEOPLE, swapped), EXAM, swapped, SEALED_IN, NOW)
