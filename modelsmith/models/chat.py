"""A request to what is served, and what it says: pieces of text as they come, then an end."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from modelsmith.models.fingerprint import TOP
from modelsmith.models.generation import Prompt
from modelsmith.record import NonEmpty, Record

MOST_TOKENS = 4096
"""Longest answer that may be asked for, as in an evaluation (models/generation.py, Sampling)."""
USUAL_TOKENS = 512
"""Longest answer where nobody says: four times an evaluation's own default (run/config.py)."""
MOST_STOPS = 4
"""Stop strings of one request (OpenAI, Chat Completions: `stop`, up to 4 sequences)."""


class Chat(Record):
    """One request.

    What nobody says is as the specialist was measured when people approved it: greedy.
    """

    prompt: Annotated[Prompt, Field(min_length=1)]
    """The conversation so far."""
    max_tokens: Annotated[int, Field(ge=1, le=MOST_TOKENS)] | None = None
    """Longest answer, in tokens; where none, `USUAL_TOKENS` or what the model has room for."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """0 is greedy."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Nucleus; only read when the temperature is above 0."""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    """Seed of the draw; chance where none."""
    stop: Annotated[tuple[NonEmpty, ...], Field(max_length=MOST_STOPS)] = ()
    """Texts that end the answer; they are not part of it."""
    top_logprobs: Annotated[int, Field(ge=0, le=TOP)] | None = None
    """How many likeliest tokens to tell beside each token; none tells no log-probability."""


class TokenLogprob(NamedTuple):
    """A token that was said, with how likely it was."""

    text: str
    """Its text."""
    logprob: float
    """Natural log-probability, before temperature and nucleus."""
    top: Mapping[str, float]
    """The likeliest tokens there, likeliest first."""


Finish = Literal["stop", "length"]
"""Whether the model or a stop string ended an answer, or the limit did."""


class Piece(NamedTuple):
    """A piece of the answer."""

    text: str
    """Its text."""
    tokens: tuple[TokenLogprob, ...]
    """Its tokens; empty where nobody asked for them."""


class End(NamedTuple):
    """The end of the answer."""

    finish: Finish
    """Why there is no more."""
    prompt_tokens: int
    """Tokens read."""
    answer_tokens: int
    """Tokens written."""


Said = Piece | End
"""What comes of a request, in order; an end comes once, last."""


def ready(text: str, stop: Sequence[str], *, is_over: bool) -> tuple[str, bool]:
    """Return how much of a growing text can be told, and whether a stop string ends it there.

    What could still become a stop string, or is half a character, is kept back until the next
    token decides it.

    Args:
        text: All that was written so far.
        stop: Texts that end it.
        is_over: Whether nothing more comes.
    """
    found = [place for word in stop if (place := text.find(word)) >= 0]
    if found:
        return text[: min(found)], True
    if is_over:
        return text, False
    whole = text.rstrip("\N{REPLACEMENT CHARACTER}")
    kept_back = max((_overlap(whole, word) for word in stop), default=0)
    return whole[: len(whole) - kept_back], False


def _overlap(text: str, word: str) -> int:
    """Return the length of the longest end of `text` that `word` begins with."""
    most = min(len(text), len(word) - 1)
    return next((size for size in range(most, 0, -1) if text.endswith(word[:size])), 0)
