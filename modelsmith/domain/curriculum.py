"""What to train on: failed scenarios, their variants, some mastered ones, and composed targets."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple, TypeVar

from pydantic import Field

from modelsmith.domain.benchmark import Benchmark
from modelsmith.domain.check import Verdict
from modelsmith.domain.number import Number
from modelsmith.domain.prompt import Prompt
from modelsmith.domain.record import Count, NonEmpty, Positive, Rate, Record, Seconds, Sha256
from modelsmith.domain.run import Strategy
from modelsmith.domain.scenario import Criterion, Scenario, Table, shown

Origin = Literal["composed", "labelled", "sampled"]
T = TypeVar("T")


class Row(Record):
    """One conversation and the answer to learn."""

    scenario: str
    """Id of the scenario or variant."""
    scenario_sha256: Sha256
    """Digest of the scenario the row was made from; proves that nothing held out is in it."""
    origin: Origin
    """Where the target comes from: the rubric, an expert's labelled answer, or the model."""
    prompt: Prompt
    """The conversation, rendered as in evaluation."""
    target: NonEmpty
    """The answer to learn; loss is on these tokens only."""


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


def acceptance_of(strategy: Strategy, tried: int, accepted: int) -> Acceptance:
    """Return the share of failed scenarios for which `strategy` wrote a passing target."""
    rate = accepted / tried if tried else 0.0
    return Acceptance(strategy=strategy, tried=tried, accepted=accepted, rate=rate)


def composed(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return an answer made of the rubric's own sentences and the scenario's own figures.

    Each section of the answer format takes the pass criteria that open with its words, in the
    rubric's order; a criterion bound to a metric of the table becomes that metric's reading, and
    readings that stand together are summed up by which of them moved. Whether the result passes
    the rubric is for the grader to say, not for this function.

    The summing up is a step of reasoning (Wei et al. 2201.11903). Without it a 135M model learned
    to read both metrics and then guessed the cause: on train 15 of 30 passed, and nearly all the
    others had every figure right and the wrong cause.
    """
    lines = []
    for section in benchmark.answer_format.sections:
        parts, moves = [], {}
        for criterion in scenario.pass_criteria:
            opening = next((o for o in section.opens if criterion.text.startswith(o)), None)
            if opening is None:
                continue
            if reading := _reading_of(criterion, scenario):
                parts.append(reading.words)
                moves[reading.metric] = reading.moved
            else:
                parts.append(_sentence(criterion, opening))
        if len(moves) > 1 and None not in moves.values():
            moved = " and ".join(metric for metric, did in moves.items() if did)
            parts.append(f"so {moved or 'none of them'} moved")
        lines.append(f"{section.heading}: {_joined(parts)}")
    return "\n".join(lines)


def _sentence(criterion: Criterion, opening: str) -> str:
    if isinstance(criterion.check, Verdict):
        return criterion.check.verdict
    return criterion.text.removeprefix(opening).strip().rstrip(".")


class _Reading(NamedTuple):
    """What the table says of one metric."""

    metric: str
    words: str
    moved: bool | None
    """None where the table does not show it over time."""


def _reading_of(criterion: Criterion, scenario: Scenario) -> _Reading | None:
    """Return the reading that `criterion` asks for, or nothing where it asks for none."""
    check = criterion.check
    if not isinstance(check, Number) or check.number.metric is None:
        return None
    metric, value, table = check.number.metric, check.number.value, scenario.domain_input
    if isinstance(table, Table) and metric in table.columns:
        first, last = table.series(metric)[0], table.series(metric)[-1]
        if isinstance(first, int | float) and isinstance(last, int | float) and last == value:
            way = _direction(first, last)
            words = f"{metric} went from {shown(first)} to {shown(last)}, {way}"
            return _Reading(metric, words, way != "flat")
    return _Reading(metric, f"{metric} is {shown(value)}", None)


LEAST_MOVE = 0.25
"""A reading that ends within a quarter of where it began is called flat.

Drawn steady series end within 6 % of their start and deciding moves are at least 60 %
(domain/family.py, the benchmark's templates), so any bound between the two reads the same.
"""


def _direction(first: float, last: float) -> str:
    if abs(last - first) <= LEAST_MOVE * abs(first):
        return "flat"
    return "up" if last > first else "down"


def _joined(parts: Sequence[str]) -> str:
    """Return the parts as one sentence; a lone label stays a label, a metric keeps its name."""
    if not parts or (len(parts) == 1 and " " not in parts[0]):
        return "".join(parts)
    first, *more = (part[0].lower() + part[1:] for part in parts)
    names_a_metric = "_" in first.split(" ", 1)[0]
    opening = first if names_a_metric else first[0].upper() + first[1:]
    return "; ".join([opening, *more]) + "."


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
