"""What a model is asked: the same words in training, evaluation and promotion."""

from collections.abc import Sequence

from modelsmith.exam.benchmark import Benchmark, verdicts_for
from modelsmith.exam.scenario import Scenario
from modelsmith.models.prompt import Message, Prompt

TEMPLATE = "prompt/1"
"""Version of this rendering; it is part of the key of every answer."""


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
    mechanic = ", ".join(map(str, scenario.mechanic.values()))
    return (
        f"{scenario.category}, seen by {scenario.operator_lens} ({mechanic}).\n"
        f"{scenario.description.strip()}\n"
        f"{scenario.input_text().strip()}\n"
        f"Verdicts: {', '.join(verdicts_for(benchmark, scenario))}"
    )
