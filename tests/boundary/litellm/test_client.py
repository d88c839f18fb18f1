import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from modelsmith.boundary.call import Ask, Lost, Reply, ResponseSchema
from modelsmith.boundary.hosted_model import KEYS, Api, HostedModel, Limits, Price
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.errors import BudgetError, HostedError
from modelsmith.models.generation import Message
from tests.support.clock import SteppingClock

pytestmark = pytest.mark.slow

SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
ASK = Ask(
    purpose="judge",
    prompt=(Message(role="user", content="Is it so?"),),
    shape=ResponseSchema(name="verdict", schema=SCHEMA),
)
NO_CHOICE = "no choice"
Said = tuple[int, Mapping[str, str], str]


@contextmanager
def server(*said: Said) -> Iterator[tuple[HostedModel, list[bytes]]]:
    """An OpenAI chat server on this machine that says each of `said` once, then the last again."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            status, headers, text = said[min(len(bodies), len(said)) - 1]
            payload = {"error": {"message": text}} if status != 200 else completion(text)
            if text == NO_CHOICE:
                payload["choices"] = []
            data = json.dumps(payload).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield (
            HostedModel(
                name="m",
                provider="own",
                family="m",
                api="openai",
                model="m-1",
                url=f"http://127.0.0.1:{http.server_port}/v1",
                price_usd_per_million=Price(read=1, written=2),
                limits=Limits(requests_per_minute=60000, attempts=2, timeout_s=10),
            ),
            bodies,
        )
        http.shutdown()


def completion(text: str) -> dict[str, object]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m-1",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def asked(model: HostedModel, *, out: bool = True) -> Reply | Lost:
    came: list[Reply | Lost] = []
    LitellmModels(waits=0.01).ask(
        model, {"a": ASK}, leaving=lambda *_: out, came=lambda _, outcome: came.append(outcome)
    )
    return came[0]


def test_a_reply_of_the_shape_is_read_and_paid_for() -> None:
    with server((200, {}, '{"yes": true}')) as (model, bodies):
        reply = asked(model)
    assert isinstance(reply, Reply), reply
    assert (reply.value, reply.cost_usd, reply.attempts) == ({"yes": True}, 0.00002, 1)
    assert json.loads(bodies[0])["response_format"]["json_schema"]["schema"] == SCHEMA


def test_the_clock_that_is_given_measures_latency() -> None:
    came: list[Reply | Lost] = []
    with server((200, {}, '{"yes": true}')) as (model, _):
        LitellmModels(elapsed_s=SteppingClock(0.25).elapsed_s).ask(
            model, {"a": ASK}, leaving=lambda *_: True, came=lambda _, reply: came.append(reply)
        )
    assert isinstance(came[0], Reply), came[0]
    assert came[0].latency_s == 0.25


def test_a_reply_of_another_shape_is_sent_back_once() -> None:
    with server((200, {}, '{"yes": 1}'), (200, {}, '{"yes": false}')) as (model, bodies):
        reply = asked(model)
    assert isinstance(reply, Reply), reply
    assert (reply.value, reply.attempts, reply.read_tokens) == ({"yes": False}, 2, 20)
    assert "Reply again" in bodies[1].decode()


@pytest.mark.parametrize("text", ["", '{"yes": tr', '{"yes": true}{"yes": true}', "yes yes yes"])
def test_a_reply_that_stays_broken_is_lost_and_paid(text: str) -> None:
    with server((200, {}, text)) as (model, bodies):
        lost = asked(model)
    assert isinstance(lost, Lost), lost
    assert (len(bodies), lost.attempts, lost.read_tokens) == (2, 2, 20)


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_fault_that_passes_is_tried_again(status: int) -> None:
    with server((status, {"retry-after": "0"}, "busy"), (200, {}, '{"yes": true}')) as (model, _):
        reply = asked(model)
    assert isinstance(reply, Reply), reply
    assert reply.attempts == 2


def test_what_is_not_let_out_is_not_sent() -> None:
    with server((200, {}, "{}")) as (model, bodies):
        lost = asked(model, out=False)
    assert (lost, bodies) == (Lost(reason="it was not let out", attempts=0), [])


def test_a_refused_key_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED_KEY", "sk-planted/7")
    with server((401, {}, "bad key sk-planted/7")) as (model, _):
        keyed = model.model_copy(update={"key_env": "PLANTED_KEY"})
        with pytest.raises(HostedError, match="m refused the key in PLANTED_KEY") as refused:
            asked(keyed)
    assert "sk-planted" not in str(refused.value)


def test_a_missing_key_is_named() -> None:
    model = HostedModel(
        name="m", provider="o", family="m", api="openai", model="m-1", key_env="NO_SUCH_KEY"
    )
    with pytest.raises(HostedError, match="NO_SUCH_KEY is not set"):
        asked(model)


def test_a_reply_without_a_choice_is_tried_again() -> None:
    with server((200, {}, NO_CHOICE)) as (model, bodies):
        lost = asked(model)
    assert isinstance(lost, Lost), lost
    assert (len(bodies), lost.attempts) == (2, 2)
    assert lost.reason == "the server sent no choice"


def test_what_stops_a_call_from_leaving_is_told_as_it_is() -> None:
    def stops(*_: object) -> bool:
        raise BudgetError("no money is left", remedy="Raise it.")

    with (
        server((200, {}, "{}")) as (model, bodies),
        pytest.raises(BudgetError, match="no money is left"),
    ):
        LitellmModels().ask(model, {"a": ASK}, leaving=stops, came=lambda *_: None)
    assert bodies == []


@pytest.mark.parametrize("api", ["anthropic", "gemini", "openai"])
def test_an_address_in_the_environment_draws_no_question_away(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server((200, {}, '{"yes": true}')) as (model, bodies):
        for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_API_BASE",
                     "ANTHROPIC_BASE_URL", "GEMINI_API_BASE"):  # fmt: skip
            monkeypatch.setenv(name, str(model.url))
        for name in ("HTTPS_PROXY", "https_proxy"):  # the provider's own host is not reached
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(KEYS[api], "planted")
        own = {"api": api, "url": None, "limits": Limits(attempts=1, timeout_s=30)}
        lost = asked(model.model_copy(update=own))
    assert isinstance(lost, Lost), lost
    assert bodies == []


def test_what_is_shown_before_it_leaves_is_what_the_server_reads() -> None:
    shown: list[bytes] = []
    with server((200, {}, '{"yes": true}')) as (model, bodies):
        LitellmModels().ask(
            model,
            {"a": ASK},
            leaving=lambda key, attempt, body: shown.append(body) is None,
            came=lambda *_: None,
        )
    assert shown == bodies


def test_a_redirect_takes_no_question_elsewhere() -> None:
    with server((307, {"location": "http://localhost:9/v1/chat/completions"}, "")) as (model, _):
        lost = asked(model)
    assert isinstance(lost, Lost)
    assert "redirect to localhost was not followed" in lost.reason
