"""How many scenarios an exam has of each kind, the kinds that it has none of included."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import OutcomeType, Scenario


class CategoryRow(NamedTuple):
    """One category of one split."""

    category: str
    """Its id."""
    title: str
    """Its name for people."""
    counts: tuple[int, ...]
    """Scenarios by outcome type and, within that, by lens, in the benchmark's order."""

    @property
    def total(self) -> int:
        """Scenarios of the category."""
        return sum(self.counts)


class Coverage(NamedTuple):
    """One split as a matrix: categories down, outcome types and lenses across."""

    types: tuple[str, ...]
    """The outcome types."""
    lenses: tuple[str, ...]
    """The lenses, which stand under each outcome type."""
    rows: tuple[CategoryRow, ...]
    """A row for each category of the benchmark, also for one without scenarios."""

    @property
    def total(self) -> int:
        """Scenarios of the split."""
        return sum(row.total for row in self.rows)

    @property
    def cells(self) -> int:
        """Kinds of scenario that there can be."""
        return len(self.types) * len(self.lenses) * len(self.rows)

    @property
    def empty(self) -> int:
        """Kinds of scenario that there is none of."""
        return sum(not count for row in self.rows for count in row.counts)

    def sums(self) -> tuple[int, ...]:
        """Return the sum of each column."""
        return tuple(map(sum, zip(*(row.counts for row in self.rows), strict=True)))


def coverage_of(benchmark: Benchmark, scenarios: Iterable[Scenario]) -> Coverage:
    """Return the matrix of one split; variants are counted with what is asked, so leave them out.

    Args:
        benchmark: Its categories and lenses.
        scenarios: The split's scenarios.
    """
    found = Counter((s.category, s.outcome_type, s.operator_lens) for s in scenarios)
    return Coverage(
        types=tuple(kind.value for kind in OutcomeType),
        lenses=benchmark.lenses,
        rows=tuple(
            CategoryRow(
                name,
                category.title,
                tuple(found[name, kind, lens] for kind in OutcomeType for lens in benchmark.lenses),
            )
            for name, category in benchmark.categories.items()
        ),
    )
