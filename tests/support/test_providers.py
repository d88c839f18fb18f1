"""The server of the three wires is as strict as the providers are."""

import http.client
import json

import pytest

from tests.support.providers import Said, faults, key_digest, provider_server

SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
ASKED = [{"role": "user", "content": "Is it so?"}]
SHOWN = [{"role": "user", "parts": [{"text": "Is it so?"}]}]
FORMAT = {"name": "v", "schema": SCHEMA, "strict": True}
PATHS = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/g-1:generateContent",
}
HEADERS = {
    "openai": {"authorization": "Bearer k/1"},
    "anthropic": {"x-api-key": "k/1", "anthropic-version": "2023-06-01"},
    "gemini": {"x-goog-api-key": "k/1"},
}
BODIES = {
    "openai": {
        "model": "g-1",
        "max_tokens": 9,
        "messages": ASKED,
        "response_format": {"type": "json_schema", "json_schema": FORMAT},
    },
    "anthropic": {
        "model": "g-1",
        "max_tokens": 9,
        "messages": ASKED,
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    },
    "gemini": {
        "contents": SHOWN,
        "generationConfig": {
            "maxOutputTokens": 9,
            "responseMimeType": "application/json",
            "responseJsonSchema": SCHEMA,
        },
    },
}


def sent(server, api, *, body=None, headers=None, to=("POST", "")):
    """Return the status and the JSON of what is answered."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    data = body if isinstance(body, bytes) else json.dumps(BODIES[api] | (body or {})).encode()
    more = {"content-type": "application/json", **HEADERS[api], **(headers or {})}
    method, path = to
    connection.request(method, path or PATHS[api], data, {k: v for k, v in more.items() if v})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content)


def message_of(api, told):
    """Return the message of an error, from where a provider puts it."""
    if api == "anthropic":
        assert told["type"] == "error"
    return told["error"]["message"]


@pytest.fixture
def server():
    with provider_server(lambda call: Said('{"yes": true}')) as server:
        yield server


@pytest.mark.parametrize("api", PATHS)
def test_a_request_as_it_should_be_is_one_call_whatever_the_wire(server, api):
    status, _ = sent(server, api)
    (call,) = server.calls
    assert (status, server.refusals) == (200, [])
    assert (call.api, call.model, call.system, call.last) == (api, "g-1", "", "Is it so?")
    assert (call.schema, call.max_tokens, call.key) == (SCHEMA, 9, key_digest("k/1"))
    assert "k/1" not in str(server.requests)


@pytest.mark.parametrize("api", PATHS)
@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"body": b"{"}, 400, "could not parse the JSON body"),
        ({"body": {"surprise": 1}}, 400, "surprise: Unknown field"),
        ({"headers": {"content-type": "text/plain"}}, 400, "content-type must be"),
        ({"to": ("PUT", "")}, 405, "PUT is not allowed"),
    ],
)
def test_what_no_provider_takes_is_refused_in_its_own_form(server, api, change, status, message):
    found, told = sent(server, api, **change)
    assert found == status
    assert message in message_of(api, told)
    assert server.calls == []
    assert message in server.refusals[0]


@pytest.mark.parametrize(
    ("api", "headers", "status"),
    [
        ("openai", {"authorization": ""}, 401),
        ("openai", {"authorization": "k/1"}, 401),
        ("anthropic", {"x-api-key": ""}, 401),
        ("anthropic", {"anthropic-version": ""}, 400),
        ("gemini", {"x-goog-api-key": ""}, 403),
    ],
)
def test_a_request_without_its_headers_is_refused(server, api, headers, status):
    assert sent(server, api, headers=headers)[0] == status
    assert server.calls == []


def test_gemini_takes_a_key_in_the_address(server):
    place = PATHS["gemini"] + "?key=k%2F1"
    assert sent(server, "gemini", headers={"x-goog-api-key": ""}, to=("POST", place))[0] == 200
    assert server.calls[0].key == key_digest("k/1")
    assert server.requests[0].path == PATHS["gemini"]


OPEN = {**SCHEMA, "additionalProperties": True}
LOOSE = {**SCHEMA, "required": []}
BOUNDED = {**SCHEMA, "properties": {"yes": {"type": "integer", "minimum": 1}}}
TWICE = [*ASKED, *ASKED]


@pytest.mark.parametrize(
    ("api", "body", "message"),
    [
        ("openai", {"max_tokens": 0}, "at least 1"),
        ("openai", {"max_completion_tokens": 3}, "one of max_tokens"),
        ("openai", {"messages": TWICE}, "roles must alternate"),
        ("openai", {"messages": []}, "roles must alternate"),
        ("openai", {"temperature": 3}, "from 0 to 2"),
        ("openai", {"response_format": {"type": "json_schema", "json_schema": {
            **FORMAT, "schema": OPEN}}}, "must be false"),
        ("openai", {"response_format": {"type": "json_schema", "json_schema": {
            **FORMAT, "strict": False}}}, "strict true"),
        ("anthropic", {"messages": TWICE}, "roles must alternate"),
        ("anthropic", {"messages": [{"role": "system", "content": "x"}, *ASKED]}, "Unexpected"),
        ("anthropic", {"messages": [{"role": "user", "content": " "}]}, "must be non-empty"),
        ("anthropic", {"max_tokens": True}, "at least 1"),
        ("anthropic", {"temperature": 1.5}, "from 0 to 1"),
        ("anthropic", {"output_format": {"type": "json_schema", "schema": SCHEMA}}, "Extra inputs"),
        ("anthropic", {"output_config": {"format": {"type": "json_schema", "schema": BOUNDED}}},
         "minimum not supported"),
        ("gemini", {"contents": [*SHOWN, *SHOWN]}, "roles must alternate"),
        ("gemini", {"contents": [{"role": "assistant", "parts": []}]}, "valid role"),
        ("gemini", {"generationConfig": {}}, "max_output_tokens: Field required"),
        ("gemini", {"generationConfig": {"maxOutputTokens": 9, "responseJsonSchema": SCHEMA}},
         "response_mime_type"),
        ("gemini", {"generationConfig": {"maxOutputTokens": 9, "responseJsonSchema": LOOSE,
         "responseMimeType": "application/json"}}, "every property"),
    ],
)  # fmt: skip
def test_what_one_provider_does_not_take_is_refused(server, api, body, message):
    status, told = sent(server, api, body=body)
    assert status == 400
    assert message in message_of(api, told)


def test_another_path_is_not_found(server):
    assert sent(server, "openai", to=("POST", "/v1/completions"))[0] == 404
    assert server.refusals == ["404: no /v1/completions"]


@pytest.mark.parametrize(
    ("api", "status", "where"),
    [
        ("openai", 401, "invalid_api_key"),
        ("anthropic", 401, "authentication_error"),
        ("gemini", 400, "API_KEY_INVALID"),
    ],
)
def test_a_wrong_key_is_refused_as_each_provider_does_it(api, status, where):
    with provider_server(lambda call: "well", keys={api: "another"}) as server:
        found, told = sent(server, api)
    assert found == status
    assert where in json.dumps(told)
    assert server.calls == []


def test_a_fault_may_echo_the_key():
    with provider_server(lambda call: faults.status(500, "no {key}")) as server:
        assert message_of("openai", sent(server, "openai")[1]) == "no k/1"


@pytest.mark.parametrize("api", PATHS)
def test_what_came_before_is_told_as_cached(server, api):
    """Anthropic keeps only what is marked."""
    marked = {"type": "text", "text": "Is it so?", "cache_control": {"type": "ephemeral"}}
    body = {"messages": [{"role": "user", "content": [marked]}]} if api == "anthropic" else None
    first, second = (json.dumps(sent(server, api, body=body)[1]) for _ in range(2))
    told = {
        "openai": '"prompt_tokens_details": {"cached_tokens": 3}',
        "anthropic": '"cache_read_input_tokens": 3',
        "gemini": '"cachedContentTokenCount": 3',
    }[api]
    assert told not in first
    assert told in second
    assert ('"cache_creation_input_tokens": 3' in first) == (api == "anthropic")
