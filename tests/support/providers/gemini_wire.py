"""Gemini generateContent."""

import re
from collections.abc import Mapping
from typing import Any

from tests.support.providers.call import BadRequestError, Call, Fault, Said, Turn, key_digest
from tests.support.providers.demands import (
    require_count,
    require_fields,
    require_number,
    require_turns,
)
from tests.support.providers.schemas import require_schema
from tests.support.providers.usage import Usage

PATH = re.compile(r"^/v1beta/models/([^/:]+):generateContent$")
SAMPLING = ("temperature", "top_p", "top_k", "seed", "stop_sequences", "thinking_config")
SCHEMAS = ("response_schema", "response_json_schema")
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
FINISH = {"stop": "STOP", "length": "MAX_TOKENS", "refusal": "SAFETY"}
ROLES: Mapping[str, Any] = {"user": "user", "model": "assistant"}


def key_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    return headers.get("x-goog-api-key", "") or query.get("key", "")


def call_of(path: str, headers: Mapping[str, str], body: Mapping[str, Any], key: str) -> Call:
    if not key:
        raise BadRequestError("Method doesn't allow unregistered callers.", status=403)
    body = _snake(body)
    known = ("system_instruction", "generation_config", "safety_settings")
    require_fields(body, ("contents",), known)
    config = _snake(body.get("generation_config", {}))
    known = (*SAMPLING, *SCHEMAS, "response_mime_type", "candidate_count")
    require_fields(config, ("max_output_tokens",), known, "generation_config")
    require_number(config, "temperature", 2)
    turns = []
    for number, content in enumerate(body["contents"]):
        where = f"contents[{number}]"
        require_fields(content, ("role", "parts"), (), where)
        if content["role"] not in ROLES:
            raise BadRequestError("Please use a valid role: user, model.")
        turns.append(Turn(ROLES[content["role"]], _text(content["parts"], where)))
    system = body.get("system_instruction")
    match = PATH.match(path)
    return Call(
        api="gemini",
        model=match[1] if match else "",
        system=_text(system["parts"], "system_instruction") if system else "",
        turns=require_turns(turns, "contents"),
        schema=_schema(config),
        max_tokens=require_count(config["max_output_tokens"], "max_output_tokens"),
        key=key_digest(key),
        sampling={name: config[name] for name in SAMPLING if name in config},
    )


def _snake(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object's fields by their names in the protocol; both spellings are taken."""
    return {re.sub(r"([A-Z])", r"_\1", name).lower(): value for name, value in fields.items()}


def _text(parts: object, where: str) -> str:
    if not isinstance(parts, list) or not parts:
        raise BadRequestError(f"{where}.parts: must not be empty")
    for part in parts:
        require_fields(part, ("text",), (), f"{where}.parts")
        if not part["text"]:
            raise BadRequestError(f"{where}.parts: contents must not be empty")
    return "".join(part["text"] for part in parts)


def _schema(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    given = [name for name in SCHEMAS if name in config]
    if not given:
        return None
    if len(given) > 1 or config.get("response_mime_type") != "application/json":
        raise BadRequestError("one schema, and response_mime_type application/json with it")
    schema = config[given[0]]
    if given[0] == "response_schema":
        return dict(schema)  # a subset of OpenAPI: objects are not closed in it
    return require_schema(schema, "generation_config.response_json_schema")


def reply(call: Call, said: Said, usage: Usage) -> dict[str, Any]:
    counted = {
        "promptTokenCount": usage.read,
        "candidatesTokenCount": usage.written,
        "totalTokenCount": usage.read + usage.written,
    } | ({"cachedContentTokenCount": usage.cached} if usage.cached else {})
    model = said.model or call.model
    known = {"usageMetadata": counted, "modelVersion": model, "responseId": f"r{call.number}"}
    if said.finish == "blocked":
        return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, **known}
    candidate: dict[str, Any] = {"finishReason": FINISH[said.finish], "index": 0}
    if said.finish == "refusal":
        rated = {"category": "HARM_CATEGORY_DANGEROUS_CONTENT", "probability": "HIGH"}
        candidate["safetyRatings"] = [rated | {"blocked": True}]
    else:
        candidate["content"] = {"role": "model", "parts": [{"text": said.text}]}
    return {"candidates": [candidate], **known}


def nothing(call: Call) -> dict[str, Any]:
    return {key: value for key, value in reply(call, Said(""), Usage(1, 0, 0, 0)).items()
            if key != "candidates"}  # fmt: skip


def error(fault: Fault) -> tuple[int, dict[str, Any]]:
    status = 400 if fault.how == "key" else fault.status
    told: dict[str, Any] = {
        "code": status,
        "message": fault.message,
        "status": STATUSES.get(status, "INTERNAL"),
    }
    if fault.how == "key":
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        info = {"@type": kind, "reason": "API_KEY_INVALID", "domain": "googleapis.com"}
        told["details"] = [info]
    return status, {"error": told}
