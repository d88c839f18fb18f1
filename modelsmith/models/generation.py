"""What a model is asked, how its answer is sampled, what it answered, and what that took."""

from typing import Annotated, Literal

from pydantic import Field

from modelsmith.record import Amount, Count, Record, Seconds


class Message(Record):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    """Who speaks."""
    content: str
    """What is said."""


Prompt = tuple[Message, ...]

LONGEST_ROW = 1024
"""Tokens of the longest training row where run.yaml does not say otherwise (research: learn,
section 7): the memory that a training is planned with grows with it."""


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


class Usage(Record):
    """What a piece of work took."""

    seconds: Amount = 0.0
    """Time of generation and training; waiting between steps is not work."""
    tokens: Count = 0
    """Tokens read and written."""
    cost_usd: Amount = 0.0
    """Money: for hosted models, and for the machine once its hours are paid."""

    def plus(self, other: "Usage") -> "Usage":
        """Return both together; seconds are rounded to the microsecond so sums replay equal."""
        return Usage(
            seconds=round(self.seconds + other.seconds, 6),
            tokens=self.tokens + other.tokens,
            cost_usd=round(self.cost_usd + other.cost_usd, 6),
        )

    def paid(self, price_usd_per_hour: float) -> "Usage":
        """Return this work with the hours of the machine that did it paid for."""
        cost_usd = round(self.cost_usd + self.seconds / 3600 * price_usd_per_hour, 6)
        return Usage(seconds=self.seconds, tokens=self.tokens, cost_usd=cost_usd)


class Answer(Record):
    """What a model said to one prompt."""

    text: str
    """The answer as generated, without special tokens."""
    finish: Literal["stop", "length", "refusal"]
    """Whether the model ended by itself, ran into the token limit, or declined."""
    prompt_tokens: Count
    """Tokens of the rendered prompt."""
    answer_tokens: Count
    """Tokens generated, padding excluded."""
    latency_s: Seconds
    """Time from handing over the batch until it came back: what one caller waits."""
    cost_usd: Amount = 0.0
    """What a provider asked for it when it was given; 0 for a local model, whose hours are paid."""
