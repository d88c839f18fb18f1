"""LitellmModels over each wire: faults, limits, what is sent and what is paid."""

import socket
import threading

import pytest

from modelsmith.boundary.call import Lost, Reply, ResponseSchema
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.errors import HostedError
from modelsmith.models.generation import Message
from tests.support.hosted_worlds import APIS, YES, over_wire, question
from tests.support.providers import Said, faults, provider_server
from tests.support.providers.server import LIMITS, PRICE

pytestmark = pytest.mark.slow

ASKED = "Is it so?"
PASSING = {
    "429": faults.rate_limited(),
    "429 until a date": faults.rate_limited_until(1),
    "500": faults.status(500),
    "503": faults.status(503),
    "529": faults.status(529),
    "reset": faults.RESET,
    "truncated": faults.TRUNCATED,
    "page": faults.PAGE,
    "nothing": faults.NOTHING,
}
RICH = ResponseSchema(
    name="verdicts",
    schema={
        "type": "object",
        "properties": {
            "verdicts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "enum": ["a", "b"]},
                        "score": {"type": "integer", "minimum": 1, "maximum": 5},
                        "quote": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                    "required": ["id", "score", "quote"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["verdicts"],
        "additionalProperties": False,
    },
)


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    """Ask over each wire once: litellm loads itself during its first call, past a short limit."""
    for api in APIS:
        with over_wire(api, {ASKED: [YES]}, limits={"timeout_s": 60.0}) as asked:
            asked.outcomes(ASKED)


@pytest.fixture(params=APIS)
def api(request):
    return request.param


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_passes_is_tried_again(api, fault):
    with over_wire(api, {ASKED: [fault, YES]}) as asked:
        reply = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 2
    assert isinstance(reply, Reply), reply
    assert (reply.value, reply.attempts) == ({"yes": True}, 2)
    assert [attempt for _, attempt, _ in asked.left] == [1, 2]


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_fault_that_stays_is_lost_after_the_attempts_there_are(api, fault):
    with over_wire(api, {ASKED: [fault]}, limits={"attempts": 2}) as asked:
        lost = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 2
    assert isinstance(lost, Lost), lost
    assert lost.attempts == 2
    assert lost.reason


@pytest.mark.parametrize("code", [400, 404, 413, 422])
def test_what_another_attempt_would_not_mend_is_lost_at_once(api, code):
    with over_wire(api, {ASKED: [faults.status(code, "no such thing")]}) as asked:
        lost = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 1
    assert isinstance(lost, Lost), lost
    assert lost.attempts == 1
    assert "no such thing" in lost.reason
    assert "litellm" not in lost.reason
    assert lost.reason.split(": ")[0] not in lost.reason.split(": ")[1:]


def test_an_address_where_nobody_listens_is_told(api):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with over_wire(api, {ASKED: [YES]}, url=url, limits={"attempts": 2}) as asked:
            lost = asked.outcomes(ASKED)[ASKED]
    assert isinstance(lost, Lost), lost
    assert lost.reason == f"the connection failed: Connect call failed ('127.0.0.1', {port})"
    assert lost.attempts == 2


def test_where_nobody_ever_listened_the_other_questions_are_given_up(api):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        limits = {"attempts": 5, "concurrency": 1}
        keys = [f"question {number}" for number in range(6)]
        with over_wire(api, {key: [YES] for key in keys}, url=url, limits=limits) as asked:
            found = asked.outcomes(*keys)
    assert sorted(one.attempts for one in found.values()) == [0, 0, 0, 0, 0, 3]
    assert {one.reason.split(":")[0] for one in found.values()} == {"the connection failed"}


@pytest.mark.parametrize("fault", [faults.refused_key("no {key}"), faults.status(403, "no {key}")])
def test_a_refused_key_ends_the_asking_and_is_not_told(api, fault, monkeypatch):
    monkeypatch.setenv("PLANTED_KEY", "sk-planted/7+")
    with (
        over_wire(api, {ASKED: [fault]}, key_env="PLANTED_KEY") as asked,
        pytest.raises(HostedError, match="m refused the key in PLANTED_KEY") as refused,
    ):
        asked.outcomes(ASKED)
    assert "sk-planted" not in str(refused.value)
    assert len(asked.server.calls) == 1


def test_a_key_that_is_not_set_is_named_and_nothing_is_sent(api):
    with (
        over_wire(api, {ASKED: [YES]}, key_env="NO_SUCH_KEY") as asked,
        pytest.raises(HostedError, match="m needs a key, and NO_SUCH_KEY is not set"),
    ):
        asked.outcomes(ASKED)
    assert asked.asked_times() == 0


def test_a_slow_and_an_endless_body_end_with_the_time_of_an_attempt(api):
    says = {"Slow?": [faults.SLOW], "Endless?": [faults.ENDLESS]}
    with over_wire(api, says, limits={"timeout_s": 0.5, "attempts": 1}) as asked:
        came = asked.outcomes(*says)
    assert set(came.values()) == {Lost(reason="timed out", attempts=1)}


def test_what_timed_out_is_tried_again(api):
    says = {"Slow?": [faults.SLOW, YES], "Endless?": [faults.ENDLESS, YES]}
    with over_wire(api, says, limits={"timeout_s": 1.0}) as asked:
        came = asked.outcomes(*says)
    assert [reply.value for reply in came.values()] == [{"yes": True}] * 2, came
    assert {reply.attempts for reply in came.values()} == {2}


def test_a_server_that_is_not_there_is_lost(api):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with over_wire(api, {ASKED: [YES]}) as asked:
        asked.model = asked.model.model_copy(update={"url": f"http://127.0.0.1:{port}"})
        lost = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 0
    assert isinstance(lost, Lost), lost
    assert lost.attempts == LIMITS.attempts


def test_no_more_are_under_way_than_may_be_and_as_many_as_may_be(api):
    """The script waits until three are there: fewer would break the barrier, a fourth is seen."""
    together = threading.Barrier(3, timeout=20)
    texts = [f"Is it {number}?" for number in range(9)]

    def script(_):
        together.wait()
        threading.Event().wait(0.1)  # for a fourth to come in, where one may
        return YES

    with provider_server(script) as server:
        model = server.model(api=api, limits=LIMITS.model_copy(update={"concurrency": 3}))
        came = {}
        LitellmModels(waits=0.001).ask(
            model,
            {text: question(text) for text in texts},
            leaving=lambda *_: True,
            came=came.__setitem__,
        )
    assert server.most_at_once == 3
    assert {reply.value["yes"] for reply in came.values()} == {True}


def test_ends_are_told_in_the_order_in_which_they_come(api):
    """The first question is answered when the end of the second has been told."""
    is_told = threading.Event()

    def script(call):
        if call.last == "First?":
            assert is_told.wait(20)
        return YES

    ended = []

    def came(key, _):
        ended.append(key)
        is_told.set()

    with provider_server(script) as server:
        LitellmModels().ask(
            server.model(api=api),
            {text: question(text) for text in ("First?", "Second?")},
            leaving=lambda *_: True,
            came=came,
        )
    assert ended == ["Second?", "First?"]


def test_no_more_are_begun_in_a_minute_than_may_be(api):
    """Retries and a second asking count; without the limit the five would be one burst."""
    says = {"First?": [faults.status(500), YES], "Second?": [YES], "Third?": [YES, YES]}
    with over_wire(api, says, limits={"requests_per_minute": 400}) as asked:
        asked.outcomes("First?", "Second?", "Third?")
        asked.outcomes("Third?")
        arrivals = asked.server.arrivals
    assert len(arrivals) == 5
    assert arrivals[-1] - arrivals[0] >= 3 * 60 / 400  # four pauses; one may begin late


def test_what_a_server_asks_to_wait_is_waited(api):
    """Multiplied as every wait is in tests: 40 s are 0.04 s, 40 times the longest jitter."""
    for asks_for in (faults.rate_limited("40"), faults.rate_limited_until(42)):
        with over_wire(api, {ASKED: [asks_for, YES]}) as asked:
            asked.outcomes(ASKED)
            first, second = asked.server.arrivals
        assert second - first >= 0.039


@pytest.mark.parametrize("said", [Said("", finish="refusal"), Said("", finish="blocked")])
def test_each_form_of_a_refusal_is_a_reply(api, said):
    with over_wire(api, {ASKED: [said]}) as asked:
        reply = asked.outcomes(ASKED)[ASKED]
        assert asked.asked_times() == 1
    assert isinstance(reply, Reply), reply
    assert (reply.finish, reply.value) == ("refusal", None)


def test_the_provider_says_which_model_it_is(api):
    with over_wire(api, {ASKED: [Said(YES, model="served-2026-11-01")]}) as asked:
        assert asked.outcomes(ASKED)[ASKED].model == "served-2026-11-01"


def test_a_shape_stands_in_the_provider_s_own_place(api):
    text = '{"verdicts": [{"id": "a", "score": 3, "quote": null}]}'
    with over_wire(api, {ASKED: [text]}) as asked:
        reply = asked.outcomes(question(shape=RICH))[ASKED]
        (call,) = asked.server.calls
    assert isinstance(reply, Reply), reply
    item = call.schema["properties"]["verdicts"]["items"]
    assert item["properties"]["id"]["enum"] == ["a", "b"]
    assert item["required"] == ["id", "score", "quote"]
    assert (call.system, call.last, call.max_tokens) == ("Judge.", ASKED, 50)


def test_a_bound_that_a_provider_cannot_hold_is_held_here(api):
    text = '{"verdicts": [{"id": "a", "score": 9, "quote": null}]}'
    with over_wire(api, {ASKED: [text]}) as asked:
        lost = asked.outcomes(question(shape=RICH))[ASKED]
    assert isinstance(lost, Lost), lost
    assert "9" in lost.reason


def test_a_repair_shows_the_reply_and_what_is_wrong_with_it(api):
    with over_wire(api, {ASKED: ['{"yes": 1}', YES]}) as asked:
        asked.outcomes(ASKED)
        first, second = asked.server.calls
    assert (first.is_repair, second.is_repair) == (False, True)
    assert [turn.role for turn in second.turns] == ["user", "assistant", "user"]
    assert second.turns[1].text == '{"yes": 1}'
    assert (second.schema, second.system) == (first.schema, first.system)


def test_worked_examples_are_turns(api):
    turns = (
        Message(role="system", content="Judge."),
        Message(role="user", content=ASKED),
        Message(role="assistant", content=YES),
        Message(role="user", content="And now?"),
    )
    with over_wire(api, {ASKED: [YES]}) as asked:
        asked.outcomes(question().model_copy(update={"prompt": turns}))
        (call,) = asked.server.calls
    assert [turn.text for turn in call.turns] == [ASKED, YES, "And now?"]


def test_what_a_provider_had_cached_costs_what_it_says(api):
    with over_wire(api, {"First?": [YES], "Second?": [YES]}) as asked:
        first = asked.outcomes(question("First?", system="All the rules."))["First?"]
        second = asked.outcomes(question("Second?", system="All the rules."))["Second?"]
    assert [(one.read_tokens, one.cached_tokens) for one in (first, second)] == [(4, 0), (4, 3)]
    assert second.cost_usd == PRICE.cost_usd(4, 3, 2) < first.cost_usd


def test_what_anthropic_put_into_its_cache_costs_what_it_says():
    price = PRICE.model_copy(update={"stored": 4.0})
    with over_wire("anthropic", {ASKED: [YES]}, price=price) as asked:
        reply = asked.outcomes(question(system="All the rules."))[ASKED]
    assert reply.cost_usd == price.cost_usd(6, 0, 2, stored=3) > price.cost_usd(6, 0, 2)


def test_a_body_is_what_was_shown_before_it_left(api):
    with over_wire(api, {ASKED: ["no", YES]}) as asked:
        asked.outcomes(ASKED)
        bodies = [request.body for request in asked.server.requests]
    assert [body for _, _, body in asked.left] == bodies
