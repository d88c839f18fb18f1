"""A specialist's fingerprint: what it would say next after fixed prompts, as log-probabilities.

The untouched base model's stand beside it: whoever serves must be nearer to the specialist than to
the base, which proves that the adapter is live and the right one. Log-probabilities rather than
logits, since an OpenAI-compatible server tells those too.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Annotated

from pydantic import Field

from modelsmith.models.generation import Prompt
from modelsmith.record import Record

TOP = 20
"""Next tokens that are asked for: the most that an OpenAI-compatible server tells."""

NextTokens = Mapping[str, Annotated[float, Field(le=0)]]
"""Natural log-probability of each of the likeliest next tokens, by its text."""

NEARER = 0.5
"""What is served must be at most this share of the distance between specialist and base away from
the specialist: half-way would be undecided. Other kernels move the log-probability of a likely
token by a step of bf16, an eighth of a nat; an adapter moves it by whole nats, the demo's by 13."""

FAR = 1000.0
"""Distance where two sides have no token in common or one is no number: more than any two
log-probabilities of a model are apart, and still a figure that a record can hold."""


class FingerprintPrompt(Record):
    """One prompt and what comes next."""

    prompt: Prompt
    """The conversation so far."""
    specialist: NextTokens
    """What the specialist says."""
    base: NextTokens
    """What the base model says without the adapter."""


class Fingerprint(Record):
    """`fingerprint.json`: where specialist and base model say different things."""

    spots: Annotated[tuple[FingerprintPrompt, ...], Field(min_length=1)]
    """The prompts, in a fixed order."""


class FingerprintDistance(Record):
    """How near to the specialist, and to the base model, what is served is."""

    to_specialist: float
    """Largest difference of a log-probability to the specialist's, nats."""
    to_base: float
    """Largest difference to the base model's, nats."""
    holds: bool
    """Whether it is the specialist."""


def match_of(known: Fingerprint, served: Sequence[NextTokens]) -> FingerprintDistance:
    """Return how near what is served is; a token that a side does not tell is left out there.

    Args:
        known: As it was signed.
        served: What is said next now, a prompt each, in the same order.

    Raises:
        ValueError: there are not as many as prompts.
    """
    pairs = list(zip(known.spots, served, strict=True))
    to_specialist = max(_distance(spot.specialist, said) for spot, said in pairs)
    to_base = max(_distance(spot.base, said) for spot, said in pairs)
    apart = max(_distance(spot.specialist, spot.base) for spot, _ in pairs)
    return FingerprintDistance(
        to_specialist=to_specialist,
        to_base=to_base,
        holds=apart > 0 and to_specialist <= NEARER * apart and to_specialist < to_base,
    )


def _distance(one: NextTokens, other: NextTokens) -> float:
    """Return the largest difference over tokens that both tell; without any, `FAR`."""
    apart = [abs(one[token] - other[token]) for token in one.keys() & other.keys()]
    return max((min(FAR, d) if isfinite(d) else FAR for d in apart), default=FAR)
