import json

import pytest

from modelsmith.decisions.gate import gate
from modelsmith.promotion.evidence.evaluation import evaluation_of
from modelsmith.promotion.record import promotion_of
from modelsmith.promotion.signing.attestation import attestation_in, attested
from modelsmith.record import canonical
from modelsmith.statistics.scorecard import scorecard_of
from tests.support.scenarios import a_benchmark
from tests.support.sittings import a_contender, a_sitting, an_attempt, failing_on
from tests.support.submissions import a_record


def refused():
    attempt = an_attempt(candidate=a_contender("candidate", a_sitting(failing_on(*range(10)))))
    cards = [scorecard_of(c.system, c.trials, a_benchmark()) for c in attempt.contenders()]
    staged = a_record()
    return promotion_of(staged.lineage, attempt, gate(attempt), cards, created_at=staged.created_at)


def test_a_staged_attempt_passed_with_every_rule_of_the_gate_a_test():
    record = a_record()
    found = evaluation_of(record)
    assert found["result"] == "PASSED"
    assert found["passedTests"] == [one.rule for one in record.gate.findings]
    assert found["failedTests"] == []
    assert found["configuration"] == [{"name": "exam", "digest": {"sha256": record.exam_sha256}}]


def test_a_refused_attempt_failed_with_the_rules_that_do_not_hold():
    record = refused()
    found = evaluation_of(record)
    assert found["result"] == "FAILED"
    assert found["failedTests"] == [one.rule for one in record.gate.failed()] != []


def test_candidate_and_every_baseline_stand_there_by_category_with_intervals():
    record = a_record()
    systems = {one["system"]: one for one in evaluation_of(record)["modelsmith"]["systems"]}
    cards = {"candidate": record.candidate} | {one.system: one.card for one in record.baselines}
    assert systems.keys() == cards.keys()
    for name, card in cards.items():
        scores = systems[name]["scores"]
        assert scores["core"] == card.core.model_dump(mode="json")
        assert scores["categories"] == [one.model_dump(mode="json") for one in card.categories]
        assert {"low", "high", "pass_rate"} <= scores["categories"][0].keys()
        assert systems[name]["isStandIn"] is (name != "candidate")
        assert systems[name]["economy"] is None  # nothing was timed in this attempt


@pytest.mark.parametrize("record", [a_record(), refused()])
def test_no_sealed_question_is_named(record):
    told = json.dumps(evaluation_of(record))
    for trial in an_attempt().candidate.trials:
        assert trial.scenario not in told
        assert trial.family not in told


def test_it_is_signed_as_it_is():
    predicate = evaluation_of(a_record())
    signed = attested("evaluation", {"adapter/a": "1" * 64}, json.loads(canonical(predicate)))
    assert attestation_in(signed, "evaluation").predicate == predicate
