"""What is taken from a scenario, or put in its place, to see what a system goes by.

| perturbation        | the scenario as it is asked                    | its right answer       |
|---------------------|------------------------------------------------|------------------------|
| `no description`    | nothing is told of the situation               | nobody could know all  |
| `no input`          | no table, no text to read                      | nobody could know all  |
| `lens swapped`      | the next lens of the benchmark                 | may be another         |
| `mechanic swapped`  | another mechanic of the exam                   | may be another         |
| `columns reordered` | its columns in another order                   | the same               |
| `rows reordered`    | its rows in another order, where none is told  | the same               |

Answers are graded by the rubric of the scenario as it is. Who passes without what ought to decide
did not need it.
"""

from collections.abc import Callable, Iterable, Mapping

from pydantic import JsonValue

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.table_variants import CHANGES, change_of, table_variants
from modelsmith.record import canonical

NOTHING_TOLD = "Nothing is told of the situation."
NOTHING_GIVEN = "Nothing is given to read."

Perturbation = Callable[[Scenario], Scenario]
"""Returns the scenario as it is asked; itself where there is nothing to change."""

INVARIANT = ("columns reordered", "rows reordered")
"""Perturbations that change no right answer."""


def perturbations_of(
    benchmark: Benchmark, scenarios: Iterable[Scenario]
) -> dict[str, Perturbation]:
    """Return the perturbations of an exam by name.

    Args:
        benchmark: Its lenses and its answer form.
        scenarios: All its scenarios; mechanics are swapped among them.
    """
    lenses = dict(zip(benchmark.lenses, (*benchmark.lenses[1:], *benchmark.lenses), strict=False))
    mechanics = {canonical(dict(one.mechanic)): one.mechanic for one in scenarios}
    ranked = sorted(mechanics)
    following = dict(zip(ranked, (*ranked[1:], *ranked), strict=False))
    reordered = dict[str, Mapping[str, Scenario]]()

    def mechanic(scenario: Scenario) -> Mapping[str, JsonValue]:
        own = canonical(dict(scenario.mechanic))
        return mechanics[following[own]] if own in following else scenario.mechanic

    def laid_out(scenario: Scenario, change: str) -> Scenario:
        if scenario.id not in reordered:
            drawn = table_variants(benchmark, scenario, len(CHANGES), seed=0)
            reordered[scenario.id] = {change_of(one): one for one in drawn}
        found = reordered[scenario.id].get(change)
        return scenario if found is None else _with(scenario, domain_input=found.domain_input)

    return {
        "no description": lambda one: _with(one, description=NOTHING_TOLD),
        "no input": lambda one: _with(one, domain_input=NOTHING_GIVEN),
        "lens swapped": lambda one: _with(
            one, operator_lens=lenses.get(one.operator_lens, one.operator_lens)
        ),
        "mechanic swapped": lambda one: _with(one, mechanic=mechanic(one)),
        "columns reordered": lambda one: laid_out(one, "columns"),
        "rows reordered": lambda one: laid_out(one, "rows"),
    }


def _with(scenario: Scenario, **changes: object) -> Scenario:
    return Scenario(**dict(scenario) | changes)
