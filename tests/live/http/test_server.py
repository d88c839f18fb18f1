"""The OpenAI-compatible API: shapes checked by the `openai` package, faults in OpenAI's form, and
a swap under load in which no request fails."""

import json
import threading
from contextlib import closing
from http.client import HTTPConnection

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.model import Model

from tests.support.releases import WEIGHTS, weights_of
from tests.support.served import served_world
from tests.support.serving_engines import ScriptedServingEngines

ASKED = [
    {"role": "system", "content": "Be short."},
    {"role": "user", "content": "why did fill fall"},
]
CHAT = "/v1/chat/completions"


@pytest.fixture
def serving_engines():
    return ScriptedServingEngines()


@pytest.fixture
def world(tmp_path, serving_engines):
    with served_world(tmp_path, serving_engines) as world:
        world.live("1")
        yield world


@pytest.fixture
def client(world):
    with openai.OpenAI(base_url=world.url, api_key="none", max_retries=0, timeout=20) as client:
        yield client


def said_by(world, version="1"):
    digest = weights_of(world.releases.adapter("diagnoser", version))
    return f"{digest[:8]} why did fill fall"


def body(**fields):
    return json.dumps({"model": "sandbox", "messages": ASKED} | fields).encode()


# Answers


def test_an_answer_has_openais_shape(world, client):
    raw = client.chat.completions.with_raw_response.create(model="sandbox", messages=ASKED)
    answer = ChatCompletion.model_validate(json.loads(raw.text), strict=True)
    release = world.follower.health().release
    assert answer.id.startswith("chatcmpl-")
    assert (answer.object, answer.model) == ("chat.completion", "diagnoser@1")
    assert answer.system_fingerprint == f"fp_{release.bundle_sha256[:12]}"
    assert raw.headers["x-modelsmith-bundle"] == release.bundle_sha256
    (choice,) = answer.choices
    assert (choice.message.role, choice.message.content) == ("assistant", said_by(world))
    assert (choice.finish_reason, choice.logprobs) == ("stop", None)
    usage = answer.usage
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (8, 5, 13)
    assert not answer.model_extra
    assert not choice.model_extra


def test_a_stream_has_openais_shape_and_makes_the_same_answer(world, client):
    chunks = list(
        client.chat.completions.create(
            model="sandbox", messages=ASKED, stream=True, stream_options={"include_usage": True}
        )
    )
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk.model_dump(), strict=True)
        assert not chunk.model_extra
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    *told, ending, usage = chunks
    assert told[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content for chunk in told) == said_by(world)
    assert ending.choices[0].finish_reason == "stop"
    assert (usage.choices, usage.usage.total_tokens) == ([], 13)


def test_a_stream_ends_as_openais_does_and_tells_no_usage_unasked(world):
    status, headers, sent = world.ask(CHAT, body(stream=True))
    events = sent.decode().split("\n\n")
    assert (status, headers["Content-Type"]) == (200, "text/event-stream")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(event.startswith("data: ") for event in events[:-1])
    assert all("usage" not in json.loads(event[6:]) for event in events[:-2])


@pytest.mark.parametrize("stream", [False, True])
def test_log_probabilities_are_told_with_as_many_beside_each_as_were_asked(client, stream):
    asked = client.chat.completions.create(
        model="sandbox", messages=ASKED, logprobs=True, top_logprobs=2, stream=stream
    )
    choices = [chunk.choices[0] for chunk in asked] if stream else [asked.choices[0]]
    told = [token for one in choices if one.logprobs for token in one.logprobs.content]
    assert len(told) == 5
    assert (told[1].token, told[1].logprob) == (" why", -0.25)
    assert bytes(told[1].bytes).decode() == " why"
    assert [(one.token, one.logprob) for one in told[1].top_logprobs] == [
        (" why", -0.25),
        (" floor", -2.0),
    ]


def test_log_probabilities_without_neighbours_are_told_alone(client):
    answer = client.chat.completions.create(model="sandbox", messages=ASKED, logprobs=True)
    assert all(token.top_logprobs == [] for token in answer.choices[0].logprobs.content)


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
def test_an_answer_that_runs_into_the_limit_says_so(client, name):
    answer = client.chat.completions.create(model="sandbox", messages=ASKED, **{name: 2})
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens == 2


@pytest.mark.parametrize("stop", ["fill", ["fill", "never"]])
def test_a_stop_string_ends_an_answer(world, client, stop):
    answer = client.chat.completions.create(model="sandbox", messages=ASKED, stop=stop)
    assert answer.choices[0].message.content == said_by(world).removesuffix(" fill fall")
    assert answer.choices[0].finish_reason == "stop"


def test_content_in_parts_and_the_developers_role_are_read(world, client):
    answer = client.chat.completions.create(
        model="sandbox",
        messages=[
            {"role": "developer", "content": "Be short."},
            {"role": "user", "content": [{"type": "text", "text": "why did fill fall"}]},
        ],
    )
    assert answer.choices[0].message.content == said_by(world)


@pytest.mark.parametrize("name", ["sandbox", "diagnoser", "diagnoser@1"])
def test_what_is_live_answers_to_its_channel_its_name_and_its_version(client, name):
    assert client.chat.completions.create(model=name, messages=ASKED).model == "diagnoser@1"
    assert client.models.retrieve(name).id == name


def test_the_models_are_listed_in_openais_shape(world, client):
    listed = client.models.list().data
    assert [one.id for one in listed] == ["sandbox", "diagnoser", "diagnoser@1"]
    for one in listed:
        Model.model_validate(one.model_dump(), strict=True)


# Refusals


def refused(world, sent):
    status, headers, told = world.ask(CHAT, sent)
    error = json.loads(told)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return status, error, headers


@pytest.mark.parametrize(
    ("fields", "param", "words"),
    [
        ({"messages": []}, "messages", "Invalid 'messages': List should have at least 1 item"),
        ({"temperature": 3}, "temperature", "Invalid 'temperature'"),
        ({"top_p": 0}, "top_p", "Invalid 'top_p'"),
        ({"max_tokens": 0}, "max_tokens", "Invalid 'max_tokens'"),
        ({"max_tokens": "ten"}, "max_tokens", "Invalid 'max_tokens'"),
        ({"n": 2}, "n", "Invalid 'n'"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "List should have at most 4 items"),
        ({"stop": ""}, "stop", "An empty text in 'stop' would end every answer."),
        ({"top_logprobs": 2}, "top_logprobs", "'top_logprobs' needs 'logprobs' to be true."),
        ({"logprobs": True, "top_logprobs": 21}, "top_logprobs", "Invalid 'top_logprobs'"),
        ({"presence_penalty": 1.0}, "presence_penalty", "Invalid 'presence_penalty'"),
        ({"tools": []}, "tools", "'tools' is not supported here."),
        ({"response_format": {"type": "json_object"}}, "response_format", "is not supported here"),
        ({"chat_template": "{{ 1 }}"}, "chat_template", "'chat_template' is not supported here."),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role", "Invalid"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
            "messages.0.content",
            "Invalid",
        ),
    ],
)
def test_what_is_not_supported_is_refused_by_name(world, fields, param, words):
    status, error, _ = refused(world, body(**fields))
    assert status == 400
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert words in error["message"]


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_what_is_no_request_is_refused(world, sent):
    status, error, _ = refused(world, sent)
    assert (status, error["type"]) == (400, "invalid_request_error")


def test_nothing_of_what_was_asked_is_repeated_in_a_refusal(world):
    _, error, _ = refused(world, body(messages=[{"role": "user", "content": {"secret": "s3"}}]))
    assert "s3" not in json.dumps(error)


def test_another_model_is_unknown_and_what_is_live_is_named(client):
    with pytest.raises(openai.NotFoundError, match="live: sandbox, diagnoser, diagnoser@1") as told:
        client.chat.completions.create(model="gpt-4o", messages=ASKED)
    assert (told.value.code, told.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError, match="The model 'gpt-4o' does not exist here"):
        client.models.retrieve("gpt-4o")


def test_a_version_that_is_no_longer_live_is_unknown(world, client):
    world.live("2")
    with pytest.raises(openai.NotFoundError, match="'diagnoser@1' does not exist here"):
        client.chat.completions.create(model="diagnoser@1", messages=ASKED)


def test_a_conversation_that_does_not_fit_is_the_callers_fault(client):
    long = [{"role": "user", "content": "word " * 500}]
    for stream in (False, True):
        with pytest.raises(openai.BadRequestError, match="the model reads 400") as told:
            client.chat.completions.create(model="sandbox", messages=long, stream=stream)
        assert told.value.code == "context_length_exceeded"


def test_a_full_queue_says_when_to_come_again(world, client, serving_engines):
    serving_engines.is_full = True
    with pytest.raises(openai.RateLimitError, match="2 requests wait already") as told:
        client.chat.completions.create(model="sandbox", messages=ASKED)
    assert told.value.response.headers["retry-after"] == "5"


def test_a_fault_of_the_machine_is_the_servers(client, serving_engines):
    serving_engines.breaks_at = 1
    with pytest.raises(openai.InternalServerError, match="out of memory"):
        client.chat.completions.create(model="sandbox", messages=ASKED)


def test_a_fault_in_mid_stream_is_told_in_the_stream_and_nothing_says_done(
    world, serving_engines, client
):
    serving_engines.breaks_at = 3
    status, _, sent = world.ask(CHAT, body(stream=True))
    assert status == 200
    assert b"[DONE]" not in sent
    assert "out of memory" in json.loads(sent.decode().split("data: ")[-1])["error"]["message"]
    with pytest.raises(openai.APIError, match="out of memory"):
        list(client.chat.completions.create(model="sandbox", messages=ASKED, stream=True))


def test_a_path_or_a_method_that_is_not_there_is_refused_in_the_same_form(world):
    for path, sent, expected in ((("/v1/embeddings"), b"{}", 404), (CHAT, None, 405)):
        status, _, told = world.ask(path, sent)
        assert status == expected
        assert set(json.loads(told)["error"]) == {"message", "type", "param", "code"}


def test_a_body_that_is_too_long_is_refused(world):
    status, error, _ = refused(world, b" " * (9 << 20))
    assert status == 413
    assert error["type"] == "invalid_request_error"


# Nothing live


def test_before_anything_is_live_requests_are_told_to_wait(tmp_path):
    with served_world(tmp_path) as world:
        status, error, headers = refused(world, body())
        assert (status, error["code"], headers["Retry-After"]) == (503, "channel_waiting", "5")
        assert "nothing that verifies is loaded for channel sandbox" in error["message"]
        status, _, told = world.ask("/healthz")
        assert (status, json.loads(told)["state"]) == (503, "waiting")
        assert json.loads(world.ask("/v1/models")[2]) == {"object": "list", "data": []}


def test_a_channel_that_was_taken_down_says_so(world):
    world.releases.moved(None)
    world.follower.check()
    status, error, _ = refused(world, body())
    assert (status, error["code"]) == (503, "channel_down")
    assert "channel sandbox was taken down: nothing is live in it" in error["message"]
    assert json.loads(world.ask("/healthz")[2])["state"] == "down"


# Health and figures


def test_the_health_says_which_record_is_live_and_how_the_last_check_went(world):
    status, _, told = world.ask("/healthz")
    health, release = json.loads(told), world.follower.health().release
    assert status == 200
    assert health["channel"] == "sandbox"
    assert health["release"] == json.loads(release.canonical())
    assert len(health["commit"]) == 40
    assert health["since"].endswith("Z")
    assert health["fingerprint"]["holds"] is True
    assert health["lastCheck"]["outcome"] == "served"

    world.live("2")
    world.releases.moved(world.releases.promoted("3"))
    (world.releases.adapter("diagnoser", "3") / WEIGHTS).write_bytes(b"others")
    world.follower.check()
    status, _, told = world.ask("/healthz")
    health = json.loads(told)
    assert (status, health["release"]["version"]) == (200, "2")
    assert health["lastCheck"]["outcome"] == "refused"
    assert "adapter of diagnoser 3 is not what was signed" in health["lastCheck"]["why"]


def test_figures_are_counted(world, client):
    client.chat.completions.create(model="sandbox", messages=ASKED)
    list(client.chat.completions.create(model="sandbox", messages=ASKED, stream=True))
    refused(world, b"{")
    text = world.ask("/metrics")[2].decode()
    assert "modelsmith_ready 1\n" in text
    assert 'modelsmith_requests_total{status="200"} 2\n' in text
    assert 'modelsmith_requests_total{status="400"} 1\n' in text
    assert "modelsmith_read_tokens_total 16\n" in text
    assert "modelsmith_written_tokens_total 10\n" in text
    assert 'modelsmith_live_info{channel="sandbox",specialist="diagnoser",version="1",' in text
    assert 'modelsmith_last_check{outcome="served"} 1\n' in text


# Under load


def test_swaps_under_load_fail_no_request_and_each_is_answered_by_what_it_says(tmp_path):
    serving_engines = ScriptedServingEngines(pace_s=0.002)
    with served_world(tmp_path, serving_engines) as world:
        world.live("v0")
        bundles = {world.follower.health().release.bundle_sha256: said_by(world, "v0")}
        failures, answered, over = [], [], threading.Event()

        def ask(number):
            with openai.OpenAI(base_url=world.url, api_key="x", max_retries=0, timeout=20) as own:
                while not over.is_set():
                    try:
                        answered.append(one_answer(own, stream=number % 2 == 0))
                    except Exception as error:  # noqa: BLE001 - whatever it is, a request failed
                        failures.append(repr(error))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for number in range(1, 9):
            while len(answered) < 12 and not failures:
                threading.Event().wait(0.002)
            seen = len(answered)
            world.live(f"v{number}")
            bundles[world.follower.health().release.bundle_sha256] = said_by(world, f"v{number}")
            while len(answered) < seen + 12 and not failures:
                world.follower.free_idle()
                threading.Event().wait(0.002)
        over.set()
        for thread in threads:
            thread.join()
        assert failures == []
        assert all(bundles[bundle] == text for bundle, text in answered)
        assert {bundle for bundle, _ in answered} == set(bundles)
        world.follower.free_idle()
        assert serving_engines.loaded == ["v8"]


def one_answer(client, *, stream):
    """Return the bundle that says it answered, and the answer."""
    create = client.chat.completions.with_raw_response.create
    raw = create(model="sandbox", messages=ASKED, stream=stream)
    bundle, answer = raw.headers["x-modelsmith-bundle"], raw.parse()
    if not stream:
        return bundle, answer.choices[0].message.content
    chunks = list(answer)
    assert chunks[-1].choices[0].finish_reason == "stop"
    return bundle, "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def test_who_hangs_up_is_counted_out(world, serving_engines):
    serving_engines.pace_s = 0.05
    with openai.OpenAI(base_url=world.url, api_key="x", max_retries=0) as client:
        stream = client.chat.completions.create(model="sandbox", messages=ASKED, stream=True)
        next(iter(stream))
        assert world.follower.health().in_flight == 1
        stream.close()
    while world.follower.health().in_flight:
        threading.Event().wait(0.005)


def test_who_hangs_up_before_a_whole_answer_comes_is_counted_out_too(world, serving_engines):
    serving_engines.pace_s = 5  # longer than the test may take
    with closing(HTTPConnection("127.0.0.1", world.port)) as link:
        link.request("POST", CHAT, body())
        while not world.follower.health().in_flight:
            threading.Event().wait(0.005)
    deadline = threading.Event()
    for _ in range(400):
        if not world.follower.health().in_flight:
            break
        deadline.wait(0.005)
    assert world.follower.health().in_flight == 0


def test_a_server_that_stops_finishes_what_it_began(tmp_path):
    serving_engines, answers = ScriptedServingEngines(pace_s=0.05), []
    with served_world(tmp_path, serving_engines) as world:
        world.live("1")
        asker = threading.Thread(target=lambda: answers.append(world.ask(CHAT, body())))
        asker.start()
        while not world.follower.health().in_flight:
            threading.Event().wait(0.002)
        world.follower.drain()
        assert refused(world, body())[0] == 503
    asker.join()
    ((status, _, told),) = answers
    assert status == 200
    assert json.loads(told)["choices"][0]["message"]["content"].endswith("why did fill fall")
