"""What litellm's errors and replies mean."""

import json
import re
import secrets
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Literal

from pydantic import JsonValue

from modelsmith.boundary.call import ResponseSchema
from modelsmith.boundary.litellm.http_client import KeptInError, NoReplyError
from modelsmith.documents.json_schema import problems_of
from modelsmith.record import JsonDict

LONGEST_WAIT_S = 60.0
"""Longest wait before an attempt, whatever a server asks: a minute is a rate limit's window."""

PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS})
"""Client faults that another attempt may mend; a server's own (5xx) may pass too."""

INVALID_KEY = "API_KEY_INVALID"
"""What Gemini says of a wrong key, with status 400 (ai.google.dev, API errors)."""

NETWORK = (ConnectionError, socket.gaierror, ssl.SSLError)
OWN_NETWORK = ("builtins", "socket", "ssl")
"""What Python itself says of a network; the libraries above it say less of the cause."""

PROVIDER_LIBRARIES = ("litellm", "openai", "httpx", "aiohttp", "httpcore")
"""Whose errors are the provider's or the network's, not ours."""


class BrokenReplyError(ValueError):
    """A reply is not what was asked for; the message says why."""


def is_refused_key(error: BaseException) -> bool:
    """Return whether a provider refused the key, or what it may do."""
    refused = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
    return _status(error) in refused or INVALID_KEY in str(error)


def is_passing(error: BaseException) -> bool:
    """Return whether another attempt may do better."""
    own = _own(error)
    if isinstance(error, TimeoutError) or isinstance(own, NoReplyError):
        return True
    if own is not None or cause_of(error) is None:
        return False
    status = _status(error)
    return status is None or status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def wait_s(error: BaseException | None, failures: int, times: float) -> float:
    """Return how long to wait before the next attempt: full jitter, or longer if a server asks.

    Jitter as in "Exponential Backoff And Jitter" (Brooker, AWS Architecture Blog, 2015).

    Args:
        error: What the last attempt failed with.
        failures: How many have failed.
        times: What the wait is multiplied by.
    """
    most = min(2.0 ** (failures - 1), LONGEST_WAIT_S)
    jittered = most * secrets.randbelow(1000) / 1000
    return times * min(max(_asked_wait_s(error), jittered), LONGEST_WAIT_S)


def cause_of(error: BaseException) -> str | None:
    """Return what a provider or the network did, in one line; None where the fault is ours."""
    if isinstance(error, TimeoutError):
        return "timed out"
    own = _own(error)
    if own is None and type(error).__module__.partition(".")[0] not in PROVIDER_LIBRARIES:
        return None
    if (broken := _broken(error)) is not None:
        return f"the connection failed: {broken.strerror or broken}"
    if own is not None:
        return str(own)
    name, told = type(error).__name__, " ".join(str(error).split())
    told = re.sub(rf"^((litellm\.)?{name}: )+", "", told)  # litellm says its name up to three times
    told = told.removesuffix(f" Handle with `litellm.{name}`.")
    return f"{name}: {told}" if told else name


def is_unheard(error: BaseException) -> bool:
    """Return whether nobody listens at the address, or there is no such address."""
    return isinstance(_broken(error), ConnectionRefusedError | socket.gaierror)


def finish_of(came: Any) -> Literal["stop", "length", "refusal"]:  # noqa: ANN401 - litellm's own
    """Return how a reply ended."""
    choice = came.choices[0]
    said = getattr(choice.message, "refusal", None)
    if said or choice.finish_reason in ("content_filter", "refusal"):
        return "refusal"
    return "length" if choice.finish_reason == "length" else "stop"


def read(shape: ResponseSchema | None, text: str) -> JsonValue:
    """Return the object in a reply; None for plain text.

    Raises:
        BrokenReplyError: it is empty, or not of the shape.
    """
    if not text.strip():
        raise BrokenReplyError("The reply is empty")
    if shape is None:
        return None
    try:
        value: JsonValue = json.loads(text)
    except json.JSONDecodeError as error:
        raise BrokenReplyError(f"The reply is not one JSON object: {error}") from None
    problems = problems_of(shape.schema_, value)
    if problems:
        raise BrokenReplyError(
            "; ".join(f"{one.what}, expected {one.expected}" for one in problems)
        )
    return value


def marked(turns: Sequence[Mapping[str, str]]) -> list[JsonDict]:
    """Return a conversation with the end of what questions share marked for Anthropic's cache.

    That is all before the last turn: a judge's criteria follow one question and answer. OpenAI and
    Gemini find such prefixes by themselves.
    """
    place = next(
        (n for n in range(len(turns) - 2, -1, -1) if turns[n]["role"] != "assistant"), None
    )
    told: list[JsonDict] = [dict(turn) for turn in turns]
    if place is not None:
        part = {"type": "text", "text": turns[place]["content"]}
        told[place]["content"] = [part | {"cache_control": {"type": "ephemeral"}}]
    return told


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _own(error: BaseException) -> KeptInError | NoReplyError | None:
    """Return what the client itself raised, whatever the libraries between made of it."""
    found = (one for one in _chain(error) if isinstance(one, KeptInError | NoReplyError))
    return next(found, None)


def _broken(error: BaseException) -> OSError | None:
    """Return what the network did: no such name, nobody listens, a certificate, a reset."""
    found = (one for one in _chain(error) if isinstance(one, NETWORK) and one.errno)
    return next((one for one in found if type(one).__module__ in OWN_NETWORK), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came of, the newest first."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _asked_wait_s(error: BaseException | None) -> float:
    """Return how long a server asks to wait: seconds, or until a date; 0 where it does not."""
    headers = getattr(error, "litellm_response_headers", None) or {}
    asked = str(headers.get("retry-after", ""))
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
