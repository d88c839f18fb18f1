"""What systems without a language model see of a scenario: its words, and how its figures moved."""

from collections.abc import Hashable, Mapping
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import Column, Direction
from modelsmith.exam.checks.figure_reading import figures_of
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.prompt import declared_columns, form_for
from modelsmith.exam.scenario import Scenario, Table, figure_read
from modelsmith.exam.similarity import MASK, STOP_WORDS, Likeness, likeness_of

FURTHEST = 3.0
"""A change to four times the first figure, or more, counts as this: one column that began near zero
must not drown the others. A choice of ours; the rules compare columns, and none asks how far."""

PEAK = " at its peak"
"""What the change to a column's furthest figure is called by, beside that to its last."""


class SeriesEnds(NamedTuple):
    """Where the figures of one metric began, where they end, and how far they went."""

    first: float | None
    """The first figure; none where a text tells the last alone."""
    last: float
    """The latest figure."""
    furthest: float
    """The figure that is furthest from the first one."""
    direction: Direction | None = None
    """Where it went, by the words of a text or by the benchmark's bound; none without either."""

    @property
    def change(self) -> float:
        """The change from the first figure to the last, in shares of the first."""
        return self._share(self.last)

    @property
    def peak(self) -> float:
        """The change from the first figure to the furthest, in shares of the first."""
        return self._share(self.furthest)

    def _share(self, figure: float) -> float:
        if self.first is None or figure == self.first:
            return 0.0
        share = (figure - self.first) / max(abs(self.first), 1e-9)
        return max(-FURTHEST, min(FURTHEST, share))


class Traits:
    """What is seen of scenarios; each question is looked at once, however often it is asked."""

    def __init__(self, benchmark: Benchmark) -> None:
        """Know the benchmark's columns."""
        self._benchmark = benchmark
        self._ends = dict[Hashable, dict[str, SeriesEnds]]()
        self._changes = dict[Hashable, Mapping[str, float]]()
        self._likenesses = dict[Hashable, Likeness]()

    def ends(self, scenario: Scenario) -> Mapping[str, SeriesEnds]:
        """Return the ends of each metric of a scenario, by its declared name.

        Of a table they are its columns of figures, of a text what it says of metrics.
        """
        key = question_key(scenario)
        if key not in self._ends:
            self._ends[key] = _ends_of(self._benchmark, scenario)
        return self._ends[key]

    def changes(self, scenario: Scenario) -> Mapping[str, float]:
        """Return how each metric changed, from its first figure to its last and to its peak."""
        key = question_key(scenario)
        if key not in self._changes:
            ends = self.ends(scenario)
            changes = {name: one.change for name, one in ends.items()}
            peaks = {f"{name}{PEAK}": one.peak for name, one in ends.items()}
            self._changes[key] = changes | peaks
        return self._changes[key]

    def likeness(self, scenario: Scenario) -> Likeness:
        """Return its comparable parts."""
        key = question_key(scenario)
        if key not in self._likenesses:
            self._likenesses[key] = likeness_of(scenario)
        return self._likenesses[key]

    def words(self, scenario: Scenario) -> tuple[str, ...]:
        """Return the words of its description, and of its input where that is a text.

        Numbers and words that say nothing are left out.
        """
        masked = self.likeness(scenario).masked
        return tuple(word for word in masked if MASK not in word and word not in STOP_WORDS)


def question_key(scenario: Scenario) -> Hashable:
    """Return what two scenarios share of which nothing differs but lens, mechanic and rubric."""
    return scenario.category, scenario.description, scenario.domain_input


def _ends_of(benchmark: Benchmark, scenario: Scenario) -> dict[str, SeriesEnds]:
    given, found = scenario.domain_input, dict[str, SeriesEnds]()
    if not isinstance(given, Table):
        form = form_for(benchmark, scenario)
        told = figures_of(normalised(scenario.input_text()), form.metrics, form.language)
        for read in told.readings:
            value = read.figure.value
            found[read.metric] = SeriesEnds(None, value, value, read.direction)
        return found
    for name, column in declared_columns(benchmark, given).items():
        cells = [figure_read(cell, benchmark.language) for cell in given.series(column)]
        figures = [float(cell) for cell in cells if cell is not None]
        if len(figures) == len(cells):
            first, last = figures[0], figures[-1]
            low, high = min(figures), max(figures)
            furthest = high if high - first >= first - low else low
            way = benchmark.columns.get(name, Column()).direction(first, last)
            found[name] = SeriesEnds(first, last, furthest, way)
    return found
