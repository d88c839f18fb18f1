"""What answers the canary for a channel.

A server that serves the channel, asked as its users ask it; or the live release, loaded here.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationError
from typing_extensions import override

from modelsmith.errors import EngineError, UsageError
from modelsmith.live.watch.watch import CanaryResponses, CanaryTarget
from modelsmith.models.batching import batches
from modelsmith.models.engine_port import Engines
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.promotion.channel import Release
from modelsmith.promotion.verification.live_release import LiveRelease
from modelsmith.record import Record, short
from modelsmith.run.config import RunConfig

TIMEOUT_S = 300
"""Seconds without a byte after which an answer counts as lost: the embedded model takes 20 s for
its longest one on two cores (measured 2025-11)."""

FINISHES: dict[str, Literal["stop", "length", "refusal"]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "refusal",
}
"""`finish_reason` of the OpenAI protocol in our words."""

LARGEST = 1 << 22
"""Bytes of a reply that are read: far more than the longest answer."""


K = TypeVar("K", bound=Record)


class _Told(Record):
    model_config = ConfigDict(extra="ignore")


class _Health(_Told):
    """What of `/healthz` counts here."""

    release: Release | None
    engine: Mapping[str, str] = {}


class _Message(_Told):
    content: str | None = None


class _Choice(_Told):
    message: _Message
    finish_reason: str


class _Usage(_Told):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Completion(_Told):
    choices: Annotated[tuple[_Choice, ...], Field(min_length=1)]
    usage: _Usage = _Usage()


class _Model(_Told):
    id: str


class _Models(_Told):
    data: Annotated[tuple[_Model, ...], Field(min_length=1)]


class HttpCanaryTarget(CanaryTarget):
    """An OpenAI-compatible server that says at `/healthz` what it serves."""

    def __init__(self, endpoint: str, *, timeout_s: float = TIMEOUT_S) -> None:
        """Know where it is: `http://host:port`, nothing is asked yet.

        Raises:
            UsageError: it is no such address.
        """
        parts = urlsplit(endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
            raise UsageError(
                f"{endpoint!r} is no address of a server",
                remedy="Name its root: http://HOST:PORT, as `modelsmith serve` prints it.",
            )
        self._connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._place = parts.netloc.rpartition("@")[2]
        self._timeout_s = timeout_s

    @override
    def ask(self, live: LiveRelease, asked: Sequence[Prompt], config: RunConfig) -> CanaryResponses:
        """Look whether `live` is served before and after."""
        engine = self._serving(live)
        model = self._told("/v1/models", _Models).data[0].id
        answers = [self._answer(model, prompt, config.evaluation.max_tokens) for prompt in asked]
        self._serving(live)
        return CanaryResponses({"served": model, **engine}, answers)

    def _serving(self, live: LiveRelease) -> Mapping[str, str]:
        """Return what the server runs on.

        Raises:
            EngineError: it does not serve `live`.
        """
        health = self._told("/healthz", _Health)
        serves = health.release
        if serves != live.request.release:
            found = f"{serves.words} ({short(serves.bundle_sha256)})" if serves else "nothing"
            wanted = live.request.release
            raise EngineError(
                f"the server at {self._place} serves {found}, live is {wanted.words} "
                f"({short(wanted.bundle_sha256)}): no observation",
                remedy="Wait until it has followed the channel; its /healthz says what it waits "
                "for. Or name the server of this channel.",
            )
        return health.engine

    def _told(self, path: str, kind: type[K]) -> K:
        try:
            return kind.model_validate_json(self._request("GET", path))
        except (OSError, HTTPException, ValidationError, ValueError) as error:
            raise EngineError(
                f"the server at {self._place} does not say at {path} what it serves: "
                f"{_in_a_line(error)}",
                remedy="Start it with `modelsmith serve --channel CHANNEL`, or correct --endpoint.",
            ) from None

    def _answer(self, model: str, prompt: Prompt, max_tokens: int) -> Answer | str:
        said = {
            "model": model,
            "messages": [turn.model_dump() for turn in prompt],
            "max_tokens": max_tokens,
            "temperature": 0,
        }
        begun = time.monotonic()
        try:
            reply = self._request("POST", "/v1/chat/completions", json.dumps(said).encode())
            told = _Completion.model_validate_json(reply)
        except (OSError, HTTPException, ValidationError, ValueError) as error:
            return _in_a_line(error)
        choice = told.choices[0]
        finish = FINISHES.get(choice.finish_reason)
        if finish is None:
            return f"it ended by {choice.finish_reason!r}, which no answer does"
        return Answer(
            text=choice.message.content or "",
            finish=finish,
            prompt_tokens=told.usage.prompt_tokens,
            answer_tokens=told.usage.completion_tokens,
            latency_s=time.monotonic() - begun,
        )

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = self._connection(self._place, timeout=self._timeout_s)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read(LARGEST)
            if response.status != 200:  # noqa: PLR2004 - HTTP's OK
                raise ValueError(
                    f"status {response.status}: {content[:200].decode(errors='replace')}"
                )
            return content
        finally:
            connection.close()


def _in_a_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(str(part) for part in first['loc']) or 'reply'}: {first['msg']}"
    return " ".join(str(error).split()) or type(error).__name__


class LocalCanaryTarget(CanaryTarget):
    """Loads what is live for a round and frees it afterwards."""

    def __init__(self, engines: Callable[[RunConfig], Engines]) -> None:
        """Take what opens models as a run's settings say."""
        self._engines = engines

    @override
    def ask(self, live: LiveRelease, asked: Sequence[Prompt], config: RunConfig) -> CanaryResponses:
        sampling = Sampling(max_tokens=config.evaluation.max_tokens)
        found: list[Answer | str] = ["" for _ in asked]
        with self._engines(config).open(live.model, live.adapter, None) as engine:
            for places in batches(asked, config.evaluation.batch):
                try:
                    answers = engine.answers([asked[place] for place in places], sampling)
                except EngineError as error:
                    found = [error.what if at in places else one for at, one in enumerate(found)]
                    continue
                for place, answer in zip(places, answers, strict=True):
                    found[place] = answer
            return CanaryResponses(dict(engine.identity), found)
