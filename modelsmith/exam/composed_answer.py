"""Whether a rubric tells a right answer from the plain wrong ones."""

from collections.abc import Sequence

from modelsmith.exam.benchmark import Benchmark, verdicts_for
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.scenario import Criterion, Scenario, Table, shown
from modelsmith.exam.verdict import passes
from modelsmith.record import Record

LEAST_MOVE = 0.25
"""A reading that ends within a quarter of where it began is called flat.

Drawn steady series end within 6 % of their start and deciding moves are at least 60 %
(exam/family.py, the benchmark's templates), so any bound between the two reads the same.
"""


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
                metric, words, moved = reading
                parts.append(words)
                moves[metric] = moved
            else:
                parts.append(_sentence(criterion, opening))
        if len(moves) > 1 and None not in moves.values():
            names = " and ".join(metric for metric, moved in moves.items() if moved)
            parts.append(f"so {names or 'none of them'} moved")
        lines.append(f"{section.heading}: {_joined(parts)}")
    return "\n".join(lines)


def _sentence(criterion: Criterion, opening: str) -> str:
    if isinstance(criterion.check, Verdict):
        return criterion.check.verdict
    return criterion.text.removeprefix(opening).strip().rstrip(".")


def _reading_of(criterion: Criterion, scenario: Scenario) -> tuple[str, str, bool | None] | None:
    """Return the metric that `criterion` asks for, its reading and whether it moved.

    Nothing where it asks for none; whether it moved is None where the table does not show it.
    """
    check = criterion.check
    if not isinstance(check, Number) or check.number.metric is None:
        return None
    metric, value, table = check.number.metric, check.number.value, scenario.domain_input
    if isinstance(table, Table) and metric in table.columns:
        first, last = table.series(metric)[0], table.series(metric)[-1]
        if isinstance(first, int | float) and isinstance(last, int | float) and last == value:
            way = _direction(first, last)
            words = f"{metric} went from {shown(first)} to {shown(last)}, {way}"
            return metric, words, way != "flat"
    return metric, f"{metric} is {shown(value)}", None


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
