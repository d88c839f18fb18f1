"""What a decision costs and how long it takes."""

import pytest

from modelsmith.exam.answers import Answered
from modelsmith.models.generation import Answer
from modelsmith.statistics.cost_and_latency import (
    EDGES_S,
    Economy,
    hosted_economy,
    latency_of,
    local_economy,
)


def answered(scenario: str, latency_s: float, *, cost_usd: float = 0.0, batch: str = "a"):
    answer = Answer(
        text="x",
        finish="stop",
        prompt_tokens=10,
        answer_tokens=5,
        latency_s=latency_s,
        cost_usd=cost_usd,
    )
    return Answered(scenario=scenario, scenario_sha256="b" * 64, batch=batch * 64, answer=answer)


def lost(scenario: str):
    return Answered(
        scenario=scenario, scenario_sha256="b" * 64, batch="c" * 64, answer=None, error="lost"
    )


def test_the_edges_are_quarter_decades():
    assert pytest.approx([10 ** (k / 4 - 2) for k in range(len(EDGES_S))], rel=2e-3) == EDGES_S


def test_every_latency_is_in_one_bin_and_quantiles_are_by_nearest_rank():
    found = latency_of([0.3, 0.1, 400.0, 0.001, 1.0] + [0.2] * 15)
    assert sum(found.counts) == found.timed == 20
    assert (found.p50_s, found.p95_s) == (0.2, 1.0)
    assert found.counts[0] == 1
    assert found.counts[EDGES_S.index(0.1)] == 1
    assert found.counts[EDGES_S.index(1.0)] == 1
    assert found.counts[-1] == 1


@pytest.mark.parametrize(
    ("count", "p50", "p95"), [(1, 1.0, 1.0), (5, 3.0, 5.0), (19, 10.0, 19.0), (21, 11.0, 20.0)]
)
def test_quantiles_are_answers_that_were_timed(count, p50, p95):
    found = latency_of(float(n) for n in range(1, count + 1))
    assert (found.p50_s, found.p95_s) == (p50, p95)


def test_nothing_timed_is_not_zero():
    found = latency_of([])
    assert (found.timed, found.p50_s, found.p95_s) == (0, None, None)
    assert set(found.counts) == {0}


def test_a_hosted_decision_costs_what_its_calls_did_and_a_lost_call_is_no_decision():
    given = [answered("A", 1.0, cost_usd=0.002), answered("B", 3.0, cost_usd=0.004), lost("C")]
    found = hosted_economy("gpt-1", given)
    assert (found.decisions, found.cost_usd, found.price_usd_per_hour) == (2, 0.003, None)
    assert found.latency.timed == 2
    assert found.cost_words == "0.003000 USD"


def test_a_local_decision_costs_its_share_of_the_cluster_s_hours():
    batch = [answered("A", 7.2), answered("B", 7.2), answered("C", 3.6, batch="d"), lost("E")]
    found = local_economy("candidate", batch, [answered("A", 2.0, batch="f")], 5.0)
    assert found.cost_usd == pytest.approx(10.8 / 3600 * 5.0 / 3)
    assert found.decisions == 3
    assert (found.latency.timed, found.latency.p50_s) == (1, 2.0)


def test_samples_that_vote_make_one_decision():
    votes = [answered("A", 3.6, batch=batch) for batch in "abc"]
    found = local_economy("stand-in:self-consistency", votes, (), 1.0, decisions=1)
    assert found.cost_usd == pytest.approx(0.003)


def test_a_price_that_nobody_set_is_said_and_is_no_saving():
    assert local_economy("candidate", [answered("A", 1.0)], (), 0.0).cost_words == (
        "0 (cluster price not set)"
    )
    assert local_economy("candidate", [lost("A")], (), 0.0).cost_words == "not measured"
    assert hosted_economy("gpt-1", [answered("A", 1.0)]).cost_words == "0.000000 USD"


def test_an_economy_reads_back_from_its_bytes():
    found = hosted_economy("gpt-1", [answered("A", 1.0, cost_usd=0.1)])
    assert Economy.model_validate_json(found.canonical()) == found
