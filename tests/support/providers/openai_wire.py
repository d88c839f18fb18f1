"""OpenAI chat completions."""

import re
from collections.abc import Mapping
from typing import Any

from tests.support.providers.call import BadRequestError, Call, Fault, Said, Turn, key_digest
from tests.support.providers.demands import (
    require_count,
    require_fields,
    require_number,
    require_turns,
    text_of,
)
from tests.support.providers.schemas import require_schema
from tests.support.providers.usage import Usage

PATH = re.compile(r"^/v1/chat/completions$")
SAMPLING = ("temperature", "top_p", "seed", "reasoning_effort", "stop", "n", "stream", "user")
TYPES = {400: "invalid_request_error", 401: "invalid_request_error", 429: "requests"}


def key_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    sent = headers.get("authorization", "")
    return sent.removeprefix("Bearer ") if sent.startswith("Bearer ") else ""


def call_of(path: str, headers: Mapping[str, str], body: Mapping[str, Any], key: str) -> Call:
    if not key:
        raise BadRequestError("You didn't provide an API key.", status=401)
    limits = [name for name in ("max_tokens", "max_completion_tokens") if name in body]
    if len(limits) != 1:
        raise BadRequestError("one of max_tokens and max_completion_tokens is required")
    require_fields(body, ("model", "messages"), (*SAMPLING, *limits, "response_format"))
    require_number(body, "temperature", 2)
    system, turns = [], []
    for number, message in enumerate(body["messages"]):
        where = f"messages[{number}]"
        require_fields(message, ("role", "content"), ("name",), where)
        text, _ = text_of(message["content"], where, may_be_blank=True)
        if message["role"] in ("system", "developer") and not turns:
            system.append(text)
        elif message["role"] in ("user", "assistant"):
            turns.append(Turn(message["role"], text))
        else:
            raise BadRequestError(f"{where}: role {message['role']} is not known here")
    return Call(
        api="openai",
        model=body["model"],
        system="\n".join(system),
        turns=require_turns(turns, "messages"),
        schema=_schema(body.get("response_format")),
        max_tokens=require_count(body[limits[0]], limits[0]),
        key=key_digest(key),
        sampling={name: body[name] for name in SAMPLING if name in body},
    )


def _schema(asked: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if asked is None:
        return None
    require_fields(asked, ("type", "json_schema"), (), "response_format")
    if asked["type"] != "json_schema":
        raise BadRequestError("response_format.type: must be json_schema")
    named = asked["json_schema"]
    where = "response_format.json_schema"
    require_fields(named, ("name", "schema", "strict"), ("description",), where)
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(named["name"])) or named["strict"] is not True:
        raise BadRequestError(f"{where}: needs a name of letters and strict true")
    return require_schema(named["schema"], where)


def reply(call: Call, said: Said, usage: Usage) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": None}
    finish = said.finish
    if finish == "refusal":
        message |= {"content": None, "refusal": said.text or "I cannot help with that."}
        finish = "stop"
    elif finish == "blocked":
        message["content"], finish = None, "content_filter"
    return {
        "id": f"chatcmpl-{call.number}",
        "object": "chat.completion",
        "created": 1,
        "model": said.model or call.model,
        "choices": [{"index": 0, "finish_reason": finish, "message": message, "logprobs": None}],
        "usage": {
            "prompt_tokens": usage.read,
            "completion_tokens": usage.written,
            "total_tokens": usage.read + usage.written,
            "prompt_tokens_details": {"cached_tokens": usage.cached},
        },
    }


def nothing(call: Call) -> dict[str, Any]:
    return {**reply(call, Said(""), Usage(1, 0, 0, 0)), "choices": []}


def error(fault: Fault) -> tuple[int, dict[str, Any]]:
    code = "invalid_api_key" if fault.how == "key" else None
    kind = TYPES.get(fault.status, "server_error")
    told = {"message": fault.message, "type": kind, "param": None, "code": code}
    return fault.status, {"error": told}
