"""What a boundary report counts."""

from modelsmith.boundary.call import Came, Sent
from modelsmith.boundary.egress_report import Crossing, exposure_of
from modelsmith.boundary.hosted_model import Hosted
from tests.support.clock import START
from tests.support.runs import a_snapshot

CALL = "a" * 64


def sent(attempt: int) -> Sent:
    return Sent(
        call=CALL,
        attempt=attempt,
        at=START,
        provider="openai",
        model="gpt-1",
        host="openai.example",
        purpose="baseline",
        subjects=(),
        sha256="b" * 64,
        size_bytes=10,
    )


def came(outcome: str, cost_usd: float) -> Came:
    return Came(
        call=CALL,
        outcome=outcome,
        reason="cut off" if outcome == "lost" else "",
        attempts=1,
        read_tokens=100,
        written_tokens=20,
        cost_usd=cost_usd,
        latency_s=0.0,
    )


def crossing_of(*lines: Sent | Came) -> Crossing:
    exposure = exposure_of("tiny", Hosted(), a_snapshot(), [lines], is_under_way=False)
    (found,) = exposure.crossings
    return found


def test_a_call_that_was_lost_and_asked_again_in_its_phase_is_billed_twice():
    found = crossing_of(sent(1), came("lost", 0.25), sent(2), came("reply", 0.5))
    assert (found.calls, found.attempts, found.lost, found.unended) == (1, 2, 0, 0)
    assert (found.read_tokens, found.written_tokens, found.cost_usd) == (200, 40, 0.75)


def test_a_call_that_was_lost_again_is_one_lost_call():
    found = crossing_of(sent(1), came("lost", 0.25), sent(2), came("lost", 0.25))
    assert (found.calls, found.lost, found.cost_usd) == (1, 1, 0.5)


def test_a_call_that_never_ended_is_of_unknown_cost():
    found = crossing_of(sent(1))
    assert (found.calls, found.unended, found.cost_usd) == (1, 1, 0)
