"""What litellm's errors and replies mean."""

import json
import secrets
from typing import Any, Literal

from pydantic import JsonValue

from modelsmith.domain.call import Shape
from modelsmith.domain.json_schema import problems_of

LONGEST_WAIT_S = 60.0
"""Longest wait before an attempt, whatever a server asks: a minute is a rate limit's window."""


class BrokenReplyError(ValueError):
    """A reply is not what was asked for; the message says why."""


def is_refused_key(error: Exception) -> bool:
    """Return whether a provider refused the key."""
    return getattr(error, "status_code", None) in (401, 403)


def wait_s(error: Exception, failures: int) -> float | None:
    """Return how long to wait before the next attempt; None where another would not help."""
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status not in (408, 409, 429) and status < 500:  # noqa: PLR2004
        return None
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        asked = float(headers.get("retry-after", ""))
    except ValueError:
        asked = 0.0
    jittered = min(2.0 ** (failures - 1), LONGEST_WAIT_S) * secrets.randbelow(1000) / 1000
    return min(max(asked, jittered), LONGEST_WAIT_S)


def finish_of(came: Any) -> Literal["stop", "length", "refusal"]:  # noqa: ANN401 - litellm's own
    """Return how a reply ended."""
    choice = came.choices[0]
    said = getattr(choice.message, "refusal", None)
    if said or choice.finish_reason in ("content_filter", "refusal"):
        return "refusal"
    return "length" if choice.finish_reason == "length" else "stop"


def read(shape: Shape | None, text: str) -> JsonValue:
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
