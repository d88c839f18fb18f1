"""What a model is asked: the same words in training, evaluation and promotion."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from modelsmith.domain.benchmark import Benchmark, verdicts_for
from modelsmith.domain.record import Count, Record
from modelsmith.domain.scenario import Scenario

TEMPLATE = "prompt/1"
"""Version of this rendering; it is part of the key of every answer."""


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


def prompt_for(
    benchmark: Benchmark, scenario: Scenario, examples: Sequence[tuple[Scenario, str]] = ()
) -> Prompt:
    """Return the conversation that asks `scenario`, after worked `examples` where given.

    The objective, the rubric and the outcome type are never part of it.
    """
    turns = [Message(role="system", content=benchmark.answer_format.instruction)]
    for example, answer in examples:
        turns.append(Message(role="user", content=question(benchmark, example)))
        turns.append(Message(role="assistant", content=answer))
    turns.append(Message(role="user", content=question(benchmark, scenario)))
    return tuple(turns)


def question(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return the user message: who asks, the situation, the figures, the allowed verdicts."""
    mechanic = ", ".join(_spoken(value) for value in scenario.mechanic.values())
    return (
        f"{scenario.category}, seen by {scenario.operator_lens} ({mechanic}).\n"
        f"{scenario.description.strip()}\n"
        f"{scenario.input_text().strip()}\n"
        f"Verdicts: {', '.join(verdicts_for(benchmark, scenario))}"
    )


def _spoken(value: JsonValue) -> str:
    return value if isinstance(value, str) else str(value)
