"""How to train, and on what: failed scenarios, variants, some mastered ones, composed targets."""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum, unique
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from modelsmith.models.generation import Prompt, Usage
from modelsmith.record import Count, NonEmpty, Positive, Rate, Record, Seconds, Sha256

Origin = Literal["composed", "labelled", "council", "distilled", "sampled"]
T = TypeVar("T")


class TrainingRow(Record):
    """One conversation and the answer to learn."""

    scenario: str
    """Id of the scenario or variant."""
    scenario_sha256: Sha256
    """Digest of the scenario the row was made from; proves that nothing held out is in it."""
    origin: Origin
    """Where the target comes from: the rubric, an expert's labelled answer, the council's member
    that wrote the scenario, the model with the rubric in view, or the model alone."""
    prompt: Prompt
    """The conversation, rendered as in evaluation."""
    target: NonEmpty
    """The answer to learn; loss is on these tokens only."""
    accepted_by: Annotated[tuple[str, ...], Field(exclude_if=lambda by: not by)] = ()
    """Who accepted the target: `checks`, `people`, `judge:NAME`; rows of before do not say it."""


class Recipe(Record):
    """How an adapter is trained."""

    rank: Positive
    """LoRA rank."""
    alpha: Positive
    """LoRA alpha."""
    learning_rate: Annotated[float, Field(gt=0)]
    """Peak learning rate."""
    batch: Positive
    """Rows a step."""
    seed: Count
    """Set before the adapter is made."""
    max_length: Annotated[int, Field(ge=16)] = 1024
    """Longest row, in tokens; a longer one is refused, never cut."""


class Trained(Record):
    """What one training did; every field is a tripwire or a figure that somebody reads."""

    rows: Positive
    """Rows trained on."""
    steps: Positive
    """Optimiser steps."""
    trained_tokens: Positive
    """Tokens that carried loss; 0 would be a training that taught nothing."""
    read_tokens: Positive
    """All tokens of the rows."""
    losses: tuple[tuple[int, float], ...]
    """(step, mean loss since the last) pairs."""
    initial_sha256: Sha256
    """Digest of the adapter's weights before the first step."""
    final_sha256: Sha256
    """Digest of the adapter's weights after the last step."""
    template_sha256: Sha256
    """Digest of the chat template; equal in training and evaluation."""
    logit_shift: Annotated[float, Field(gt=0)]
    """Largest change of a next-token logit that the adapter makes on the first prompt."""
    duration_s: Seconds
    """Time of the training loop."""


@unique
class Strategy(StrEnum):
    """How to train; the ladder is the order to escalate in."""

    RUBRIC_COMPOSITION = "rubric-composition"
    """Targets made from the rubric's sentences, the scenario's figures and labelled answers."""
    SELF_DISTILLATION = "self-distillation"
    """Targets that the model writes with the rubric in view, which training then hides; what
    decides in eval keeps what passes (context distillation: 2112.00861, 2209.15189)."""
    REJECTION_SAMPLING = "rejection-sampling"
    """Targets drawn from the model itself; what decides in eval keeps what passes."""


class Acceptance(Record):
    """How often a rung's targets pass their own rubric; the first rung is chosen by it."""

    strategy: Strategy
    """The rung."""
    tried: Count
    """Failed scenarios it was asked for a target."""
    accepted: Count
    """Scenarios with at least one target that passes."""
    rate: Rate
    """accepted / tried; 0 where nothing was tried."""


LEAST_ACCEPTANCE = 0.25
"""A rung teaches only what it can write: below a quarter of the failures the next is taken.

Measured: the untouched 135M model passes 0-1 of 96 of its own samples, composed targets pass
nearly always (research: learn, section 4); any bound between those two chooses the same.
"""


class TrainedAdapter(Record):
    """What one training left."""

    trained: Trained
    """Figures and tripwires."""
    recipe: Recipe
    """How it was trained."""
    acceptances: tuple[Acceptance, ...]
    """The rungs that were asked; the last one trained."""
    manifest: Sha256
    """Digest of the adapter's manifest in the store."""
    dropped: tuple[str, ...]
    """Scenarios whose rows the leak gate refused."""
    unused: Annotated[Usage, Field(exclude_if=lambda usage: usage == Usage())] = Usage()
    """What drawing answers for rungs that did not train took."""


def acceptance_of(strategy: Strategy, tried: int, accepted: int) -> Acceptance:
    """Return the share of failed scenarios for which `strategy` wrote a passing target."""
    rate = accepted / tried if tried else 0.0
    return Acceptance(strategy=strategy, tried=tried, accepted=accepted, rate=rate)


def shuffled(values: Sequence[T], *key: object) -> list[T]:
    """Return `values` in an order that `key` decides, the same on every machine.

    Sorting by a digest rather than by a random generator keeps the rule pure.
    """
    salt = "/".join(str(part) for part in key)

    def place(numbered: tuple[int, T]) -> bytes:
        return hashlib.sha256(f"{salt}/{numbered[0]}".encode()).digest()

    return [value for _, value in sorted(enumerate(values), key=place)]


def rows_wanted(
    failed: Sequence[str], mastered: Sequence[str], variants: int, replay: float
) -> Mapping[str, int]:
    """Return how many rows each scenario gives: all of `variants` if failed, a share if mastered.

    A mastered scenario gives at least one row when `replay` is above 0, so that none is forgotten.
    """
    kept = max(1, round(variants * replay)) if replay > 0 else 0
    return dict.fromkeys(failed, variants) | dict.fromkeys(mastered, kept)
