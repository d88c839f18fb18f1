"""How a repeat is asked: drawn, each by a seed of its own, whoever is asked.

A greedy answer to the same words is the same answer, and would make every model look steady.
"""

from collections.abc import Sequence

from modelsmith.exam.scenario import Scenario
from modelsmith.models.generation import Sampling

REPEAT_TEMPERATURE = 0.8
"""Repeats are drawn as rejection sampling draws (loop/phases/train)."""


def sampling_for(scenario: Scenario, sampling: Sampling, seed: int) -> Sampling:
    """Return how one question is drawn: as all are, or a repeat by its own seed.

    Args:
        scenario: The question.
        sampling: How the others of its kind are drawn.
        seed: The run's seed.
    """
    number = scenario.repeat_number
    if number is None:
        return sampling
    return Sampling(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature or REPEAT_TEMPERATURE,
        top_p=sampling.top_p,
        seed=seed + 1 + number,
    )


def repeat_notes(scenarios: Sequence[Scenario]) -> list[str]:
    """Return what the robustness of scenarios without variants rests on; nothing without any."""
    families = {scenario.family for scenario in scenarios if scenario.is_repeat}
    if not families:
        return []
    of_all = len({scenario.family for scenario in scenarios})
    words = (
        f"{len(families)} of {of_all} families have no variants in other words or figures: their "
        f"robustness is that of the same question asked again at temperature {REPEAT_TEMPERATURE}."
    )
    return [words]
