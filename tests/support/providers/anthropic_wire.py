"""Anthropic Messages."""

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
from tests.support.providers.schemas import require_plain, require_schema
from tests.support.providers.usage import Usage

PATH = re.compile(r"^/v1/messages$")
VERSION = "2023-06-01"
BETA = "structured-outputs-2025-11-13"
"""What must be asked for before `output_format` is known; `output_config` needs no header."""
SAMPLING = ("temperature", "top_p", "top_k", "stop_sequences", "thinking", "metadata")
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
FINISH = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal", "blocked": "refusal"}


def key_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    return headers.get("x-api-key", "")


def call_of(path: str, headers: Mapping[str, str], body: Mapping[str, Any], key: str) -> Call:
    if not key:
        raise BadRequestError("x-api-key header is required", status=401)
    if headers.get("anthropic-version") != VERSION:
        raise BadRequestError("anthropic-version: header is required")
    known = (*SAMPLING, "system", "output_format", "output_config")
    require_fields(body, ("model", "max_tokens", "messages"), known)
    require_number(body, "temperature", 1)
    turns = []
    for number, message in enumerate(body["messages"]):
        where = f"messages.{number}"
        require_fields(message, ("role", "content"), (), where)
        if message["role"] not in ("user", "assistant"):
            raise BadRequestError(f"{where}.role: Unexpected role {message['role']!r}")
        turns.append(Turn(message["role"], *text_of(message["content"], f"{where}.content")))
    system, is_marked = text_of(body["system"], "system") if "system" in body else ("", False)
    return Call(
        api="anthropic",
        model=body["model"],
        system=system,
        is_system_marked=is_marked,
        turns=require_turns(turns, "messages"),
        schema=_schema(headers, body),
        max_tokens=require_count(body["max_tokens"], "max_tokens"),
        key=key_digest(key),
        sampling={name: body[name] for name in SAMPLING if name in body},
    )


def _schema(headers: Mapping[str, str], body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    asked = body.get("output_config", {}).get("format")
    if "output_format" in body:
        if BETA not in headers.get("anthropic-beta", ""):
            raise BadRequestError("output_format: Extra inputs are not permitted")
        asked = body["output_format"]
    if asked is None:
        return None
    require_fields(asked, ("type", "schema"), (), "output_format")
    if asked["type"] != "json_schema":
        raise BadRequestError("output_format.type: must be json_schema")
    schema = require_schema(asked["schema"], "output_format.schema")
    require_plain(schema, "output_format.schema")
    return schema


def reply(call: Call, said: Said, usage: Usage) -> dict[str, Any]:
    return {
        "id": f"msg_{call.number}",
        "type": "message",
        "role": "assistant",
        "model": said.model or call.model,
        "content": [{"type": "text", "text": said.text}] if said.text else [],
        "stop_reason": FINISH[said.finish],
        "stop_sequence": None,
        "usage": {
            "input_tokens": usage.read - usage.cached - usage.stored,
            "cache_creation_input_tokens": usage.stored,
            "cache_read_input_tokens": usage.cached,
            "output_tokens": usage.written,
        },
    }


def nothing(call: Call) -> dict[str, Any]:
    return reply(call, Said(""), Usage(1, 0, 0, 0))


def error(fault: Fault) -> tuple[int, dict[str, Any]]:
    told = {"type": TYPES.get(fault.status, "api_error"), "message": fault.message}
    return fault.status, {"type": "error", "error": told, "request_id": "req_scripted"}
