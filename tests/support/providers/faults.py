"""What goes wrong at a provider."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from tests.support.providers.call import Fault


def status(code: int, message: str = "scripted", retry_after: str = "") -> Fault:
    """An error of the HTTP status `code`, in the provider's own form."""
    return Fault("status", status=code, message=message, retry_after=retry_after)


def rate_limited(retry_after: str = "0") -> Fault:
    return status(429, "too many requests", retry_after)


def rate_limited_until(seconds: float) -> Fault:
    """A rate limit that says as an HTTP date when to come again."""
    return rate_limited(
        format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    )


def refused_key(message: str = "invalid key") -> Fault:
    """A wrong key: 401, and at Gemini 400 with the reason API_KEY_INVALID."""
    return Fault("key", status=401, message=message)


SLOW = Fault("slow")
"""Drips a valid reply, byte by byte."""
ENDLESS = Fault("endless")
"""A body that goes on until the client goes."""
RESET = Fault("reset")
"""The connection is reset in the middle of the body."""
TRUNCATED = Fault("truncated")
"""A whole body that holds the first half of a reply."""
PAGE = Fault("page")
"""200 and a page of HTML, as a proxy before the provider sends it."""
NOTHING = Fault("nothing")
"""200 and a reply without a choice, a content or a candidate."""
