from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from modelsmith.decisions.gate import gate
from modelsmith.promotion.record import Lineage, PromotionRecord, promotion_of, words_of
from modelsmith.run.config import StandIn
from modelsmith.statistics.scorecard import scorecard_of
from tests.support.scenarios import a_benchmark
from tests.support.sittings import a_contender, a_sitting, an_attempt, failing_on

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
LINEAGE = Lineage(
    specialist="floor-desk",
    version="1",
    run="first",
    adapter_sha256="a" * 64,
    model_sha256="b" * 64,
)


def cards(attempt):
    return [scorecard_of(c.system, c.trials, a_benchmark()) for c in attempt.contenders()]


def record(attempt):
    return promotion_of(LINEAGE, attempt, gate(attempt), cards(attempt), created_at=NOW)


def test_a_promotion_is_staged_with_everything_it_rests_on():
    attempt = an_attempt()
    found = record(attempt)
    assert (found.decision, found.channel, found.attempt) == ("staged", "sandbox", 1)
    assert found.exam_version == 1
    assert found.exam_sha256 == attempt.exam_sha256
    assert found.candidate.system == "candidate"
    assert found.gate.decision == "promote"
    assert found.constant == found.constant_card.system == "constant:copy-the-input"
    assert found.created_at == NOW


@pytest.mark.parametrize("failures", [range(16), range(10)])
def test_whatever_the_gate_does_not_promote_is_refused_with_its_findings(failures):
    found = record(an_attempt(candidate=a_contender("candidate", a_sitting(failing_on(*failures)))))
    assert found.decision == "refused"
    assert found.gate.failed()


def test_a_stand_in_is_called_one_in_words():
    words = [compared.words for compared in record(an_attempt()).baselines]
    assert words == [
        "stand-in: the untouched base model with worked train examples, no frontier model",
        (
            "stand-in: the untouched base model, the most frequent verdict of several samples, "
            "no frontier model"
        ),
        "stand-in: the untouched base model, no frontier model",
    ]


def test_every_stand_in_has_words_and_no_baseline_borrows_them():
    for stand_in in StandIn:
        assert words_of(stand_in.value, is_stand_in=True).startswith("stand-in: the untouched")
    assert words_of("another", is_stand_in=True) == "stand-in: a local model, no frontier model"
    assert words_of("another", is_stand_in=False) == "baseline"


def test_a_missing_scorecard_is_named():
    attempt = an_attempt()
    with pytest.raises(ValueError, match="no scorecard of stand-in:zero-shot"):
        promotion_of(LINEAGE, attempt, gate(attempt), cards(attempt)[:-1], created_at=NOW)


def test_a_record_cannot_say_other_than_its_gate():
    fields = dict(record(an_attempt())) | {"decision": "refused"}
    with pytest.raises(
        ValidationError, match="decision refused with gate promote, expected staged"
    ):
        PromotionRecord(**fields)


def test_a_record_cannot_stage_for_production_against_stand_ins():
    fields = dict(record(an_attempt())) | {"channel": "production"}
    with pytest.raises(
        ValidationError, match="staged for production against stand-ins stand-in:few"
    ):
        PromotionRecord(**fields)


def test_a_record_reads_back_from_its_bytes_and_order_does_not_change_them():
    attempt = an_attempt()
    again = an_attempt(baselines=attempt.baselines[::-1])
    assert record(again).canonical() == record(attempt).canonical()
    assert PromotionRecord.model_validate_json(record(attempt).canonical()) == record(attempt)
