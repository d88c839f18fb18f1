"""Whether a rubric tells a right answer from the plain wrong ones."""

from modelsmith.domain.benchmark import Benchmark, verdicts_for
from modelsmith.domain.curriculum import composed
from modelsmith.domain.record import Record
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.verdict import passes


class Answerability(Record):
    """Whether a rubric tells right from wrong."""

    right_passes: bool
    """The answer composed from the rubric passes it."""
    wrong_passing: tuple[str, ...]
    """Names of the wrong answers that pass it too; a good rubric has none."""


def answerability_of(benchmark: Benchmark, scenario: Scenario) -> Answerability:
    """Return whether the composed answer passes and the plain wrong ones fail."""
    right = composed(benchmark, scenario)
    wrong = wrong_answers(benchmark, scenario, right)
    return Answerability(
        right_passes=passes(scenario, right),
        wrong_passing=tuple(name for name, text in wrong.items() if passes(scenario, text)),
    )


def wrong_answers(benchmark: Benchmark, scenario: Scenario, right: str) -> dict[str, str]:
    """Return the plain wrong answers that are made of a right one, by name.

    They are an empty answer, the input itself, the right answer with each other verdict, and the
    right answer with every allowed verdict at once.
    """
    labels = verdicts_for(benchmark, scenario)
    stem = "\n".join(line for line in right.splitlines() if not line.startswith("VERDICT:"))
    wrong = {
        "empty": "",
        "the input": scenario.input_text(),
        "every verdict": f"{stem}\nVERDICT: {', '.join(labels)}",
    }
    for label in labels:
        if f"VERDICT: {label}" not in right.splitlines():
            wrong[f"verdict {label}"] = f"{stem}\nVERDICT: {label}"
    return wrong
