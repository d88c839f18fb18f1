"""What a phase's calls to hosted models took, from what was written down of them."""

from datetime import UTC, datetime

from modelsmith.boundary.call import Came, Sent, paid_for, paid_for_judges
from modelsmith.loop.answers.local_model import outbound_in
from modelsmith.models.generation import Usage
from modelsmith.run.evidence import OUTBOUND

AT = datetime(2025, 11, 3, 9, tzinfo=UTC)


def sent(call: str, purpose: str, attempt: int = 1) -> Sent:
    return Sent(
        call=call * 64,
        attempt=attempt,
        at=AT,
        provider="openai",
        model="gpt-1",
        host="gpt.example",
        purpose=purpose,
        subjects=(),
        sha256="e" * 64,
        size_bytes=900,
    )


def came(call: str, cost_usd: float, outcome: str = "reply") -> Came:
    return Came(
        call=call * 64,
        outcome=outcome,
        attempts=1,
        read_tokens=100,
        written_tokens=10,
        cost_usd=cost_usd,
        latency_s=1.0 if outcome == "reply" else 0.0,
    )


LINES = (
    sent("a", "baseline"),
    sent("b", "judge"),
    sent("b", "judge", attempt=2),
    came("a", 0.01),
    came("b", 0.002),
    sent("c", "judge"),
    came("c", 0.001, outcome="lost"),
    sent("d", "council"),
)


def test_tokens_and_money_of_every_call_that_ended_are_counted_and_no_time_of_this_machine():
    assert paid_for(LINES) == Usage(seconds=0.0, tokens=330, cost_usd=0.013)
    assert paid_for(()) == Usage()


def test_judging_costs_what_calls_to_judges_did_lost_ones_too():
    assert paid_for_judges(LINES) == 0.003


def test_a_phase_without_such_a_file_called_nobody():
    assert outbound_in({}) == Usage()
    assert outbound_in(OUTBOUND.of(LINES)) == paid_for(LINES)
