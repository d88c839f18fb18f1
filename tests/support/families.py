"""Families without templates: variants with other figures, drawn as the real ones are.

One contract (tests/exam/families/test_families_contract.py) runs on these and on the real ones.
"""

from collections.abc import Iterable, Sequence

from modelsmith.exam.checks.figures import Number
from modelsmith.exam.family import Relation
from modelsmith.exam.scenario import FAMILY_MARK, OutcomeType, Scenario, Table
from modelsmith.exam.seeded_random import Draws
from tests.support.scenarios import TELLS, a_scenario, a_table

WORLDS = {"same": ("steady",), "flip": ("turned",), "any": ("steady", "turned")}
"""Worlds by what they do to the verdict; `turned` moves the tell the other way."""

TURNED = {
    OutcomeType.TP: OutcomeType.TN,
    OutcomeType.TN: OutcomeType.TP,
    OutcomeType.FP_GUARD: OutcomeType.FN_GUARD,
    OutcomeType.FN_GUARD: OutcomeType.FP_GUARD,
}


class ScriptedFamilies:
    """Makes variants of scenarios that `asked` built."""

    def __init__(self, parents: Iterable[Scenario]) -> None:
        self._parents = {parent.id: parent for parent in parents}

    def world_of(self, variant: Scenario) -> str:
        suffix = variant.id.partition(FAMILY_MARK)[2]
        named = [
            w for w in WORLDS["any"] if variant.family in self._parents and _spelled(w, suffix)
        ]
        return named[0] if named else ""

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        if parent.family not in self._parents:
            return ()
        worlds = WORLDS[relation]
        return tuple(
            self._variant(parent, worlds[number % len(worlds)], number, seed)
            for number in range(count)
        )

    def _variant(self, parent: Scenario, world: str, number: int, seed: int) -> Scenario:
        source, draws = self._parents[parent.family], Draws(parent.id, world, number, seed)
        kind = source.outcome_type if world == "steady" else TURNED[source.outcome_type]
        name = f"{parent.family}{FAMILY_MARK}{world.upper()}{seed}V{number}"
        return asked(
            name, kind, source.category, source.description, first=int(draws.between(100, 9_000))
        )


def asked(name: str, kind: OutcomeType, category: str, description: str, *, first: int) -> Scenario:
    """Return a scenario whose table alone decides: a tell that more than doubles is a problem."""
    last = first * 3 if kind.flags else first + 1
    tell = TELLS[category]
    return a_scenario(
        name,
        outcome_type=kind,
        category=category,
        figure=last,
        description=description,
        domain_input=a_table(tell, first=first, last=last),
    )


def figure_of(scenario: Scenario) -> float:
    """Return the figure that a right answer reads."""
    (number,) = (c.check.number for c in scenario.pass_criteria if isinstance(c.check, Number))
    assert isinstance(scenario.domain_input, Table)
    return number.value


def _spelled(world: str, suffix: str) -> bool:
    return suffix.startswith(world.upper())
