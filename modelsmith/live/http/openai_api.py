"""The wire of OpenAI's Chat Completions API: requests read, replies and errors written.

Only what is known is accepted: what would change the answer and is not supported is refused by
name, as OpenAI does, rather than ignored. Shapes: platform.openai.com/docs/api-reference/chat,
checked in the tests with the types of the `openai` package.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, JsonValue, ValidationError

from modelsmith.models.chat import MOST_STOPS, MOST_TOKENS, Chat, End, Piece, TokenLogprob
from modelsmith.models.generation import Message
from modelsmith.record import JsonDict, Record

Text = Annotated[str, Field(max_length=1_000_000)]
"""A text of a message; no model here reads a million characters."""


class _Part(Record):
    type: Literal["text"]
    text: Text


class _Turn(Record):
    role: Literal["system", "developer", "user", "assistant"]
    content: Text | Annotated[list[_Part], Field(min_length=1)]
    name: str | None = None
    refusal: None = None


class _StreamOptions(Record):
    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ChatRequest(Record):
    """The body of a request, as far as it is supported; no field is read that is not here."""

    model: str
    """Which model."""
    messages: Annotated[list[_Turn], Field(min_length=1, max_length=1000)]
    """The conversation so far."""
    max_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    """Longest answer."""
    max_completion_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    """The same, by its newer name."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    """Greedy where none, as the specialist was measured."""
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    """Nucleus."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Seed of the draw."""
    stop: str | Annotated[list[str], Field(max_length=MOST_STOPS)] | None = None
    """Texts that end the answer."""
    logprobs: bool | None = None
    """Whether to tell log-probabilities."""
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    """How many tokens to tell beside each."""
    stream: bool | None = None
    """Whether to send pieces as they come."""
    stream_options: _StreamOptions | None = None
    """Whether the usage comes at the end of a stream."""
    n: Literal[1] | None = None
    """One answer."""
    presence_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    """None is applied."""
    frequency_penalty: Annotated[float, Field(ge=0, le=0)] | None = None
    """None is applied."""
    user: str | None = None
    """Nothing is kept of a request, so this changes nothing; nor do the rest."""
    safety_identifier: str | None = None
    """Changes nothing."""
    metadata: Mapping[str, str] | None = None
    """Changes nothing."""
    store: Literal[False] | None = None
    """Nothing is kept."""
    service_tier: str | None = None
    """Changes nothing."""

    def chat(self) -> Chat:
        """Return what is asked.

        Raises:
            WireError: values that do not fit together.
        """
        if self.top_logprobs is not None and not self.logprobs:
            raise WireError("'top_logprobs' needs 'logprobs' to be true.", param="top_logprobs")
        stops = [self.stop] if isinstance(self.stop, str) else (self.stop or [])
        if not all(stops):
            raise WireError("An empty text in 'stop' would end every answer.", param="stop")
        return Chat(
            prompt=tuple(_message(turn) for turn in self.messages),
            max_tokens=self.max_completion_tokens or self.max_tokens,
            temperature=self.temperature or 0.0,
            top_p=1.0 if self.top_p is None else self.top_p,
            seed=self.seed,
            stop=tuple(stops),
            top_logprobs=(self.top_logprobs or 0) if self.logprobs else None,
        )

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with its usage."""
        return bool(self.stream_options and self.stream_options.include_usage)


class WireError(Exception):
    """What is told to a client in OpenAI's form."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
    ) -> None:
        """Take the words, and what a program reads."""
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def request_in(body: bytes) -> ChatRequest:
    """Return the request in a body.

    Raises:
        WireError: it is no JSON, or asks what is not supported; the field is named.
    """
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: ValidationError) -> WireError:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    kind, param = faults[0]["type"], _param(faults[0]["loc"])
    if kind == "json_invalid" or param is None:
        return WireError("The body is no JSON object.", code="invalid_json")
    if kind == "extra_forbidden":
        return WireError(
            f"'{param}' is not supported here.", param=param, code="unsupported_parameter"
        )
    words = " or ".join(fault["msg"] for fault in faults if _param(fault["loc"]) == param)
    return WireError(f"Invalid '{param}': {words}.", param=param, code="invalid_value")


def _param(place: tuple[int | str, ...]) -> str | None:
    """Return the field, of a message where it is in one; what follows are pydantic's own words."""
    kept = place[:3] if place[:1] == ("messages",) else place[:1]
    return ".".join(map(str, kept)) or None


def _message(turn: _Turn) -> Message:
    content = turn.content
    text = content if isinstance(content, str) else "\n".join(part.text for part in content)
    role: Literal["system", "user", "assistant"] = (
        "system" if turn.role == "developer" else turn.role
    )
    return Message(role=role, content=text)


class CompletionReply(NamedTuple):
    """What every part of one reply carries."""

    id: str
    """Its id."""
    created: int
    """When, in seconds since 1970."""
    model: str
    """What answers."""
    fingerprint: str
    """Its bundle, shortened: what `system_fingerprint` says."""

    def whole(self, pieces: Sequence[Piece], end: End, *, logprobs: bool) -> dict[str, JsonValue]:
        """Return an answer that comes in one go."""
        tokens = [token for piece in pieces for token in piece.tokens]
        choice = {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "".join(piece.text for piece in pieces),
                "refusal": None,
            },
            "logprobs": _logprobs(tokens) if logprobs else None,
            "finish_reason": end.finish,
        }
        return self._shape("chat.completion", [choice]) | {"usage": _usage(end)}

    def first(self) -> bytes:
        """Return the event that opens a stream."""
        return self._event({"role": "assistant", "content": ""})

    def piece(self, piece: Piece, *, logprobs: bool) -> bytes:
        """Return the event of a piece."""
        told = _logprobs(piece.tokens) if logprobs else None
        return self._event({"content": piece.text}, logprobs=told)

    def last(self, end: End, *, usage: bool) -> bytes:
        """Return the events that end a stream."""
        ending = self._event({}, finish=end.finish)
        if usage:
            ending += _data(self._shape("chat.completion.chunk", []) | {"usage": _usage(end)})
        return ending + b"data: [DONE]\n\n"

    def _event(
        self,
        delta: dict[str, str],
        *,
        logprobs: JsonDict | None = None,
        finish: str | None = None,
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return _data(self._shape("chat.completion.chunk", [choice]))

    def _shape(self, kind: str, choices: list[Any]) -> JsonDict:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
            "choices": choices,
        }


def error_event(error: WireError) -> bytes:
    """Return the event that breaks a stream off; no `[DONE]` follows it."""
    return _data(error.body)


def model(name: str, since: int) -> dict[str, JsonValue]:
    """Return one model: a name, and the second since when it answers."""
    return {"id": name, "object": "model", "created": since, "owned_by": "modelsmith"}


def models(named: Mapping[str, int]) -> dict[str, JsonValue]:
    """Return the list of models."""
    return {"object": "list", "data": [model(*one) for one in named.items()]}


def _data(value: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def _usage(end: End) -> dict[str, int]:
    return {
        "prompt_tokens": end.prompt_tokens,
        "completion_tokens": end.answer_tokens,
        "total_tokens": end.prompt_tokens + end.answer_tokens,
    }


def _logprobs(tokens: Sequence[TokenLogprob]) -> JsonDict:
    content = [
        _token(token.text, token.logprob)
        | {"top_logprobs": [_token(text, logprob) for text, logprob in token.top.items()]}
        for token in tokens
    ]
    return {"content": content, "refusal": None}


def _token(text: str, logprob: float) -> JsonDict:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}
