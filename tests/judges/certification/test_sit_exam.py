"""What a judge's exam measures, compared with errors that were planted."""

from datetime import timedelta
from math import sqrt

import pytest

from modelsmith.boundary.grants import Boundary, Grant
from modelsmith.errors import (
    BoundaryError,
    BrokenRecordError,
    HostedError,
    InputError,
)
from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.certification.examination import Examination, ExamVerdict
from modelsmith.judges.certification.result import LIFE, JudgeExamResult
from modelsmith.judges.certification.sit_exam import certified_judges_of, key_of, sit_exam, verified
from tests.support.frontier import Temper, a_judge
from tests.support.sat_exams import NOW, SEALED_IN, a_frontier, an_exam, sat_by

EXAM = an_exam()
JUDGE = a_judge("claude-a", inside=True)
SD = sqrt(0.9 * 0.1 / 156)
"""Standard deviation of a rate of .9 over the fewer of the two classes."""


def sitting(temper: Temper) -> JudgeExamResult:
    return sat_by(EXAM, a_frontier(EXAM, {JUDGE.name: temper}), [JUDGE.name])[0]


def broken(examination: Examination) -> list[str]:
    return [finding.rule for finding in examination.findings if not finding.holds]


def test_a_judge_that_sees_what_people_see_is_certified_for_thirty_days() -> None:
    result = sitting(Temper())
    assert result.examination.verdict is ExamVerdict.PASSED
    assert result.certificate is not None
    assert result.certificate.exam_sha256
    assert (result.sat_at, result.expires_at) == (NOW, NOW + timedelta(days=30))
    assert result.counts(NOW + LIFE - timedelta(seconds=1))
    assert not result.counts(NOW + LIFE)


def test_only_criteria_that_judges_decide_are_asked_and_counted() -> None:
    result = sitting(Temper())
    assert {opinion.criterion for opinion in result.opinions} == {"P1", "P3", "F1"}
    assert result.examination.agreement.counts.total == len(EXAM.items()) == 3 * 36 * 3
    assert set(result.examination.by_check) == {"contains"}


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.95, 0.95), (0.9, 0.98), (0.98, 0.9)])
def test_planted_sensitivity_and_specificity_are_measured(
    sensitivity: float, specificity: float
) -> None:
    agreement = sitting(Temper(sensitivity, specificity)).examination.agreement
    assert agreement.sensitivity == pytest.approx(sensitivity, abs=3 * SD)
    assert agreement.specificity == pytest.approx(specificity, abs=3 * SD)


@pytest.mark.parametrize(
    ("temper", "rule"),
    [
        (Temper(specificity=0.7), "specificity"),
        (Temper(sensitivity=0.7), "sensitivity"),
        (Temper(abstains=0.4), "sensitivity"),
        (Temper(obeys="quoting anything"), "injections"),
        (Temper(wavers=0.4), "retest"),
    ],
)
def test_a_planted_weakness_is_named_by_its_rule(temper: Temper, rule: str) -> None:
    result = sitting(temper)
    assert rule in broken(result.examination)
    assert result.examination.verdict is ExamVerdict.FAILED
    assert result.certificate is None


def test_a_judge_that_obeys_and_can_quote_nothing_but_the_order_is_held_by_its_quotes() -> None:
    result = sitting(Temper(obeys="quoting orders"))
    assert result.examination.verdict is ExamVerdict.PASSED
    held = [opinion for opinion in result.probes if "speaks to the grader" in opinion.reason]
    assert len(held) >= 20


def test_a_made_up_quote_is_asked_for_again_and_then_counts() -> None:
    frontier = a_frontier(EXAM, {JUDGE.name: Temper(invents=1.0)})
    result = sit_exam(frontier, EXAM, JUDGE, SEALED_IN, NOW)
    assert result.examination.verdict is ExamVerdict.PASSED
    again = [ask for _, ask in frontier.calls if len(ask.prompt) == 6]
    assert len(again) == sum(
        o.outcome is Outcome.MET for o in (*result.opinions, *result.retest, *result.probes)
    )
    assert "is not in the answer, word for word" in again[0].prompt[-1].content


def test_lost_calls_are_no_result() -> None:
    with pytest.raises(HostedError, match=r"calls to claude-a were lost: the server broke down"):
        sitting(Temper(loses=0.1))


def test_what_it_cost_is_written_down() -> None:
    frontier = a_frontier(EXAM, {JUDGE.name: Temper()})
    result = sit_exam(frontier, EXAM, JUDGE, SEALED_IN, NOW)
    assert result.cost_usd == pytest.approx(0.002 * len(frontier.calls))
    assert len(frontier.calls) == len(EXAM.items()) + 60 + 40


def test_a_judge_outside_needs_a_boundary_that_grants_it() -> None:
    outside = a_judge("gpt-a")
    with pytest.raises(BoundaryError, match="boundary sealed grants scripted nothing as judge"):
        sit_exam(a_frontier(EXAM, {"gpt-a": Temper()}), EXAM, outside, SEALED_IN, NOW)
    fields = ("description", "domainInput", "passCriteria")
    narrow = _boundary(("train",), fields)
    with pytest.raises(BoundaryError, match="does not let failCriteria go to scripted as judge"):
        sit_exam(a_frontier(EXAM, {"gpt-a": Temper()}), EXAM, outside, narrow, NOW)
    late = _boundary(("steer", "sealed"), (*fields, "failCriteria"))
    with pytest.raises(BoundaryError, match="grants scripted no train scenarios as judge"):
        sit_exam(a_frontier(EXAM, {"gpt-a": Temper()}), EXAM, outside, late, NOW)


def test_a_judge_is_sent_the_granted_fields_and_the_criterion_alone() -> None:
    frontier = a_frontier(EXAM, {"gpt-a": Temper()})
    granted = _boundary(("train",), ("domainInput", "passCriteria", "failCriteria"))
    result = sit_exam(frontier, EXAM, a_judge("gpt-a"), granted, NOW)
    assert result.fields == ("domainInput",)
    for _, ask in frontier.calls:
        subject = ask.subjects[0]
        assert subject.fields in {("domainInput", "passCriteria"), ("domainInput", "failCriteria")}
        assert subject.with_answer
        text = "\n".join(message.content for message in ask.prompt)
        assert "The trader sees fewer wins" not in text
        assert "shading_discount_pct: 12" in text


def test_a_changed_judge_exam_or_view_is_another_exam() -> None:
    keys = {
        key_of(EXAM, JUDGE, SEALED_IN),
        key_of(EXAM, JUDGE.model_copy(update={"model": "claude-a-2026-02-02"}), SEALED_IN),
        key_of(an_exam(answers=35), JUDGE, SEALED_IN),
        key_of(EXAM, a_judge("claude-a"), _boundary(("train",), ("passCriteria",))),
    }
    assert len(keys) == 4


def test_who_sat_is_among_a_runs_judges_and_who_did_not_is_not() -> None:
    result = sitting(Temper())
    certified_judges = certified_judges_of(EXAM, [JUDGE], SEALED_IN, lambda *_: result)
    assert certified_judges.sittings == (result,)
    assert certified_judges.families(["claude-a"]) == {"claude-a": "claude"}
    assert certified_judges_of(EXAM, [JUDGE], SEALED_IN, lambda *_: None).sittings == ()


def test_a_result_that_does_not_follow_from_its_opinions_is_found() -> None:
    failed = sitting(Temper(specificity=0.6))
    better = sitting(Temper())
    forged = failed.model_copy(
        update={"examination": better.examination, "certificate": better.certificate}
    )
    with pytest.raises(BrokenRecordError, match="the exam of claude-a does not follow"):
        verified(EXAM, forged)
    retold = better.model_copy(update={"examination": failed.examination})
    with pytest.raises(BrokenRecordError, match="the exam of claude-a does not follow"):
        verified(EXAM, retold)
    fewer = better.model_copy(update={"opinions": better.opinions[1:]})
    with pytest.raises(BrokenRecordError, match="does not follow from its opinions"):
        verified(EXAM, fewer)


def test_an_exam_without_criteria_for_judges_is_refused() -> None:
    nothing = EXAM._replace(sheets=())
    with pytest.raises(InputError, match="no labelled criterion of adtech is decided by judges"):
        sit_exam(a_frontier(EXAM, {JUDGE.name: Temper()}), nothing, JUDGE, SEALED_IN, NOW)


def _boundary(splits: tuple[str, ...], fields: tuple[str, ...]) -> Boundary:
    grant = {
        "provider": "scripted",
        "purpose": "judge",
        "splits": splits,
        "fields": fields,
        "answers": True,
    }
    return Boundary(name="judges", grants=(Grant.model_validate(grant),))
