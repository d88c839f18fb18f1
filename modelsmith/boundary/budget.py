"""What a call can cost at its worst, and whether the budget left pays for it."""

from typing import NamedTuple

from modelsmith.boundary.call import Ask, Unpaid
from modelsmith.boundary.hosted_model import HostedModel, Price
from modelsmith.errors import HostedError
from modelsmith.record import canonical

TURN_TOKENS = 16
"""Tokens that a provider's template puts around a message; those known take fewer than ten."""

REPAIRED = 2
"""Times that a prompt is paid for where a reply must have a shape: once more with what was wrong
with it, and then the reply is a part of what is read."""


class Worst(NamedTuple):
    """The most that something can take."""

    cost_usd: float
    tokens: int

    def plus(self, other: "Worst") -> "Worst":
        """Return both together."""
        return Worst(round(self.cost_usd + other.cost_usd, 9), self.tokens + other.tokens)

    def fits(self, remaining: "Worst") -> bool:
        """Return whether what is left pays for it."""
        return self.cost_usd <= remaining.cost_usd and self.tokens <= remaining.tokens


UNLIMITED = Worst(float("inf"), 2**62)
"""What is left where nobody set a budget."""


def worst_of(model: HostedModel, ask: Ask) -> Worst:
    """Return the most that a question can take.

    A token is at least one byte, in every tokenizer that falls back to bytes; figures come close to
    it. So this is a bound, and about four times what a text in English takes.
    """
    price = price_of(model)
    shape = len(canonical(ask.shape.model_dump(mode="json"))) if ask.shape else 0
    read = sum(len(m.content.encode()) + TURN_TOKENS for m in ask.prompt) + shape
    written = ask.sampling.max_tokens + model.thinking_tokens
    if ask.shape:
        read, written = REPAIRED * read + written, REPAIRED * written
    dearest = max(price.read, price.cached or 0.0, price.stored or 0.0)
    cost = (read * dearest + written * price.written) / 1_000_000
    return Worst(round(cost, 9), read + written)


def price_of(model: HostedModel) -> Price:
    """Return what a model's tokens cost, as it was at intake.

    Raises:
        HostedError: nobody says.
    """
    if model.price_usd_per_million is not None:
        return model.price_usd_per_million
    if model.inside:
        return Price(read=0.0, written=0.0)
    raise HostedError(
        f"nobody says what {model.name} costs, so no budget can hold",
        remedy="Write its `priceUsdPerMillion` into runners/models.yaml, for a new run.",
    )


def unpaid_words(line: Unpaid, remaining: Worst) -> str:
    """Return why a question was not asked."""
    return (
        f"the next call to {line.model} as {line.purpose} could take {line.cost_usd:g} USD and "
        f"{line.tokens} tokens, {remaining.cost_usd:g} USD and {remaining.tokens} tokens are left"
    )
