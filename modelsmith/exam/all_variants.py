"""Variants of any scenario: by its template, by changes of its table, or asked again.

| the scenario has       | to be learned from (`any`) | held out (`same`)                      |
|------------------------|----------------------------|----------------------------------------|
| a template             | what it draws              | what it draws                          |
| a table, no template   | changes of the table       | changes of the table                   |
| a text, no template    | none                       | repeats: the same words, drawn anew    |

A repeat shows how steady a model is, not what it makes of other words: nothing is learned from it.
"""

from collections.abc import Sequence

from typing_extensions import override

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.family import Families, Relation, variant_id
from modelsmith.exam.scenario import AGAIN, FAMILY_MARK, LONGEST_ID, Scenario, Table
from modelsmith.exam.table_variants import change_of, table_variants


class AllVariants(Families):
    """Draws variants of every scenario, by templates where there are any."""

    def __init__(self, benchmark: Benchmark, templates: Families) -> None:
        """Know the templates.

        Args:
            benchmark: Its columns and how answers are read.
            templates: What draws variants of the scenarios that have a template.
        """
        self._benchmark = benchmark
        self._templates = templates

    @override
    def world_of(self, variant: Scenario) -> str:
        """Return it, or the change of the table; empty for a variant that nobody drew."""
        return self._templates.world_of(variant) or change_of(variant)

    @override
    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        """Draw by template; where it draws none, change the table, and repeat what is held out."""
        drawn = self._templates.variants(parent, count, seed=seed, relation=relation)
        if drawn or relation == "flip":
            return drawn
        changed = table_variants(self._benchmark, parent, count, seed=seed)
        if relation == "any" or isinstance(parent.domain_input, Table):
            return changed
        return *changed, *repeats(parent, range(len(changed), count), seed=seed)


def repeats(parent: Scenario, numbers: range, *, seed: int) -> tuple[Scenario, ...]:
    """Return a scenario again, as often as there are numbers: another id and no other word.

    A variant or a twin has none: its family has them already.
    """
    names = [variant_id(parent.id, AGAIN, number, seed) for number in numbers]
    return tuple(
        Scenario(**dict(parent) | {"id": name})
        for name in names
        if FAMILY_MARK not in parent.id and len(name) <= LONGEST_ID
    )
