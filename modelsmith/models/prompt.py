"""What a model is asked: messages, and how its answer is sampled."""

from typing import Annotated, Literal

from pydantic import Field

from modelsmith.record import Count, Record


class Message(Record):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""
    content: str
    """What is said."""


Prompt = tuple[Message, ...]


class Sampling(Record):
    """How answers are drawn from a model."""

    max_tokens: Annotated[int, Field(ge=1, le=4096)] = 128
    """Longest answer, in tokens."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """0 is greedy."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Nucleus; only read when the temperature is above 0."""
    seed: Count = 0
    """Seed of the draw; only read when the temperature is above 0."""
