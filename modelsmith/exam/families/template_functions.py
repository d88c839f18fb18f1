"""What a family's template may call: figures, names and tables, drawn from the variant's key."""

from collections.abc import Callable, Mapping, Sequence

from modelsmith.exam.scenario import Scenario, Table
from modelsmith.exam.seeded_random import STEADY_MOVE, Draws, rounded, series

DAYS_PER_TABLE = 6
"""Rows of a drawn table unless the template says otherwise."""

ROWS = (2, 400)
"""Fewest and most rows: what a scenario's table may hold."""

MOST_DECIMALS = 9
"""Decimals that a drawn figure may keep."""

MOST_TEXT = 20_000
"""Longest text that names are replaced in, five times the longest description."""

ENDS = 2
"""A span has a low and a high end."""


class Drawing:
    """The functions of one variant's template."""

    NAMES = ("pick", "steady", "moved", "drift", "table", "renamed")
    """What templates may call; each is a method."""

    def __init__(self, draws: Draws, parent: Scenario) -> None:
        """Draw from `draws`, beside the rows of `parent`."""
        self._draws = draws
        self._parent = parent

    def functions(self) -> dict[str, Callable[..., object]]:
        """Return the functions by the names templates use."""
        return {name: getattr(self, name) for name in self.NAMES}

    def pick(self, options: Sequence[object]) -> object:
        """Return one of `options`."""
        return self._draws.pick(options)

    def steady(
        self, span: Sequence[float], rows: int = DAYS_PER_TABLE, decimals: int | None = None
    ) -> list[float | int]:
        """Return a series that stays within `STEADY_MOVE` of a start drawn from `span`."""
        _require(rows, decimals, span)
        first = rounded(self._draws.between(*span), decimals)
        last = first * (1 + self._draws.between(-STEADY_MOVE, STEADY_MOVE))
        return series(self._draws, first, rounded(last, decimals), rows, decimals)

    def moved(
        self,
        before: Sequence[float],
        after: Sequence[float],
        rows: int = DAYS_PER_TABLE,
        decimals: int | None = None,
    ) -> list[float | int]:
        """Return a series from a start drawn from `before` to an end drawn from `after`."""
        _require(rows, decimals, before, after)
        first = rounded(self._draws.between(*before), decimals)
        last = rounded(self._draws.between(*after), decimals)
        return series(self._draws, first, last, rows, decimals)

    def drift(
        self, ends: Sequence[float], spread: float = 0.2, rows: int = DAYS_PER_TABLE
    ) -> list[float | int]:
        """Return a series between two ends, both scaled by one factor within `spread` of 1."""
        _require(rows, None, ends)
        factor = 1 + self._draws.between(-spread, spread)
        first, last = (rounded(end * factor) for end in ends)
        return series(self._draws, first, last, rows)

    def table(
        self, columns: Mapping[str, Sequence[float | int]], irrelevant: Sequence[str] = ()
    ) -> dict[str, object]:
        """Return a table of the parent's row labels and `columns`, the columns in a drawn order.

        `irrelevant` names columns of which one is drawn and filled with figures of its own.
        """
        given = dict(columns)
        lengths = {len(figures) for figures in given.values()}
        if len(lengths) != 1:
            listed = ", ".join(f"{name} {len(given[name])}" for name in given) or "none"
            raise ValueError(f"a table needs columns of one length; given: {listed}")
        rows = lengths.pop()
        if irrelevant:
            given[self._draws.pick(irrelevant)] = self.drift(
                (20, self._draws.between(12, 44)), rows=rows
            )
        names = self._draws.shuffled(list(given))
        source = self._parent.domain_input
        if isinstance(source, Table) and len(source.rows) >= rows:
            label, marks = source.columns[0], [row[0] for row in source.rows[:rows]]
        else:
            label, marks = "day", list(range(1, rows + 1))
        return {
            "columns": [label, *names],
            "rows": [[marks[n], *(given[name][n] for name in names)] for n in range(rows)],
        }

    def renamed(self, text: str, names: Sequence[Sequence[str]]) -> str:
        """Return `text` with the first name of each list replaced by one drawn from the list."""
        for alternatives in names:
            drawn = self._draws.pick(alternatives)
            if not alternatives[0]:
                raise ValueError("an empty name cannot be replaced")
            if len(text) + text.count(alternatives[0]) * len(drawn) > MOST_TEXT:
                raise ValueError(f"the renamed text would exceed {MOST_TEXT:,} characters")
            text = text.replace(alternatives[0], drawn)
        return text


def _require(rows: int, decimals: int | None, *spans: Sequence[float]) -> None:
    if not ROWS[0] <= rows <= ROWS[1]:
        raise ValueError(f"rows is {rows}, expected {ROWS[0]} to {ROWS[1]}")
    if decimals is not None and not 0 <= decimals <= MOST_DECIMALS:
        raise ValueError(f"decimals is {decimals}, expected 0 to {MOST_DECIMALS}")
    for span in spans:
        if len(span) != ENDS or not all(isinstance(end, int | float) for end in span):
            raise ValueError(f"a span is [low, high], found {str(span)[:60]}")
