"""What a provider is asked and what it says, whatever the wire."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from modelsmith.boundary.hosted_model import Api


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation; `is_marked` where the client wants all up to it cached."""

    role: Literal["user", "assistant"]
    text: str
    is_marked: bool = False


@dataclass(frozen=True)
class Call:
    """One valid request; `key` is the digest of the key that came with it."""

    api: Api
    model: str
    system: str
    turns: tuple[Turn, ...]
    schema: Mapping[str, Any] | None
    max_tokens: int
    key: str
    is_system_marked: bool = False
    sampling: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0
    """Which valid request of the server it is, from 1."""

    @property
    def last(self) -> str:
        """What was said last."""
        return self.turns[-1].text

    @property
    def is_repair(self) -> bool:
        """Whether a reply of before is sent back in it."""
        return self.turns[-1].text.endswith("Reply again, correctly.")


@dataclass(frozen=True)
class Said:
    """A reply. Tokens are words; `cached_tokens` are counted where none are given.

    `refusal` is a model that declines; `blocked` a provider that never showed the model the prompt,
    which OpenAI and Anthropic tell as they tell a refusal.
    """

    text: str
    finish: Literal["stop", "length", "refusal", "blocked"] = "stop"
    cached_tokens: int | None = None
    model: str = ""


@dataclass(frozen=True)
class Fault:
    """Something other than a reply. In `message`, `{key}` is the key that came, as some echo it."""

    how: Literal["status", "key", "slow", "endless", "reset", "truncated", "page", "nothing"]
    status: int = 200
    message: str = "scripted"
    retry_after: str = ""
    lasts_s: float = 30.0


class BadRequestError(Exception):
    """A request that a provider would not take."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def key_digest(key: str) -> str:
    """Return what the server writes down of a key."""
    return hashlib.sha256(key.encode()).hexdigest()[:16] if key else ""
