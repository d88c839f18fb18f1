"""Variants of a scenario with a table that need no author: the same figures, laid out otherwise.

| change    | the table afterwards                                | where                          |
|-----------|-----------------------------------------------------|--------------------------------|
| `columns` | its columns in another order, the labels first      | no time, none told by its place|
| `rows`    | its rows in another order                           | names, of whose order no word  |
| `format`  | figures as `18.0` or `1,800`                        | columns of figures alone       |
| `alias`   | one column under a name that the benchmark declares | no criterion or text names it  |
| `extra`   | one column more, of which no criterion speaks       | fewer than the most columns    |

The rubric stays as it is, so a change that the parent's right answer does not survive is none.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import Column, column_name, declared_column
from modelsmith.exam.checks.fields import FigureRead
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.checks.text import figures
from modelsmith.exam.composed_answer import (
    Answerability,
    answerability_of,
    composed,
    fails_no_check,
)
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.family import variant_id, world_among
from modelsmith.exam.prompt import declared_columns, form_for
from modelsmith.exam.row_order import ORDERED, are_in_time, may_follow
from modelsmith.exam.scenario import (
    FAMILY_MARK,
    LONGEST_ID,
    MOST_COLUMNS,
    Cell,
    Criterion,
    Scenario,
    Table,
    figure_in,
    shown,
)
from modelsmith.exam.seeded_random import Draws

TRIES = 8
"""Draws of one change before another is taken: few of its outcomes may be left."""

IRRELEVANT = ("record_id", "export_line", "sheet_row", "batch_ref", "page_no", "entry_key")
"""Columns that say where a row was kept and nothing of what it means, in any domain."""

NAMED = re.compile(
    r"(?<![a-z])(?:year|month|week|day|date|hour|time|id|no|nr|num|number|code|zip|postcode|plz|sku"
    r"|ean|port|phone|account|version|release|key|ref|index|rank|position|line|row|page|slot|lane"
    r"|room|gate|status|serial|isbn|asin|iban|store|shop|site)s?(?![a-z])"
)
"""Columns whose numbers are names."""

PLACED = re.compile(
    r"\b(?:first|second|third|last|leftmost|rightmost|\d+(?:st|nd|rd|th)) (?:\w+ )?column"
    r"|\bcolumns? \d",
    re.IGNORECASE,
)
"""Words that name a column by its place."""

THOUSANDS = re.compile(r"(?<=[0-9])(?=(?:[0-9]{3})+$)")
"""Where the digits of a whole number are parted."""


class _Asked(NamedTuple):
    """A scenario with a table, as the changes see it."""

    benchmark: Benchmark
    scenario: Scenario
    table: Table


def table_variants(
    benchmark: Benchmark, parent: Scenario, count: int, *, seed: int
) -> tuple[Scenario, ...]:
    """Return up to `count` variants of a scenario with a table, the same for the same seed.

    None of another scenario, nor of a variant or a twin, whose family has them already. Each reads
    otherwise than its parent and than the others; fewer are the first of more.
    """
    table = parent.domain_input
    if FAMILY_MARK in parent.id or not isinstance(table, Table):
        return ()
    asked, before = _Asked(benchmark, parent, table), answerability_of(benchmark, parent)
    order = Draws(parent.id, "changes", seed).shuffled(tuple(CHANGES))
    seen, found = {table.rendered()}, list[Scenario]()
    for number in range(count):
        turn = number % len(order)
        for variant in _drawn(asked, (*order[turn:], *order[:turn]), number, seed):
            if variant.input_text() not in seen and _is_as_good(benchmark, parent, variant, before):
                seen.add(variant.input_text())
                found.append(variant)
                break
    return tuple(found)


def change_of(variant: Scenario) -> str:
    """Return the change in the id of a variant; empty where it was drawn otherwise."""
    return world_among(CHANGES, variant.id)


def _drawn(asked: _Asked, changes: Sequence[str], number: int, seed: int) -> Iterator[Scenario]:
    """Yield the variants of one number, change after change."""
    parent = asked.scenario
    for what in changes:
        name = variant_id(parent.id, what, number, seed)
        for attempt in range(TRIES if len(name) <= LONGEST_ID else 0):
            table = CHANGES[what](asked, Draws(parent.id, what, number, seed, attempt))
            if table is None:
                break
            yield Scenario(**dict(parent) | {"id": name, "domain_input": table})


def _is_as_good(
    benchmark: Benchmark, parent: Scenario, variant: Scenario, before: Answerability
) -> bool:
    """Return whether the rubric tells right from wrong as it did, where checks decide it."""
    if not before.right_passes:
        return True
    after, right = answerability_of(benchmark, variant), composed(benchmark, parent)
    is_told = fails_no_check(variant, right, form_for(benchmark, variant))
    return is_told and after.right_passes and {*after.wrong_passing} <= {*before.wrong_passing}


def _columns(asked: _Asked, draws: Draws) -> Table | None:
    label, *others = asked.table.columns
    if PLACED.search(_told(asked.scenario)) or are_in_time(others):
        return None
    return _with_columns(asked.table, (label, *draws.shuffled(others)))


def _with_columns(table: Table, columns: Sequence[str]) -> Table:
    rows = zip(*(table.series(column) for column in columns), strict=True)
    return Table(columns=tuple(columns), rows=tuple(rows))


def _rows(asked: _Asked, draws: Draws) -> Table | None:
    table, criteria = asked.table, asked.scenario.criteria().values()
    is_placed = any(_reads_by_place(table, criterion) for criterion in criteria)
    if (
        asked.benchmark.language != DEFAULT_LANGUAGE
        or is_placed
        or may_follow(table)
        or ORDERED.search(_told(asked.scenario))
    ):
        return None
    return Table(columns=table.columns, rows=tuple(draws.shuffled(table.rows)))


def _reads_by_place(table: Table, criterion: Criterion) -> bool:
    """Return whether a figure may be sought where a row stands, and not by the name of its row."""
    check = criterion.check
    if isinstance(check, FigureRead):
        value, is_directed = check.figure.value, check.figure.direction is not None
    elif isinstance(check, Number):
        value, is_directed = check.number.value, False
    else:
        return False
    ends = {
        str(row[0]): row for row in (table.rows[0], table.rows[-1]) if value in map(figure_in, row)
    }
    said = criterion.text.lower()
    return is_directed or (bool(ends) and not any(name.lower() in said for name in ends))


def _told(scenario: Scenario) -> str:
    """Return what a scenario says in words."""
    return "\n".join((scenario.description, *(one.text for one in scenario.criteria().values())))


def _format(asked: _Asked, draws: Draws) -> Table | None:
    """Return the table with figures written otherwise.

    A comma parts thousands in English alone; elsewhere it opens the decimals.
    """
    table, is_english = asked.table, asked.benchmark.language == DEFAULT_LANGUAGE
    worded = _worded(asked.scenario)
    is_grouped = is_english and draws.pick((True, False))
    more = draws.pick((1, 2))

    def written(column: str) -> tuple[Cell, ...]:
        cells = table.series(column)
        texts = [shown(cell) for cell in cells if not isinstance(cell, str)]
        if (
            NAMED.search(column)
            or column == table.columns[0]
            or len(texts) < len(cells)
            or "e" in "".join(texts)
            or not worded.isdisjoint(texts)
        ):
            return cells
        parts = [text.partition(".") for text in texts]
        if is_grouped:
            return tuple(f"{THOUSANDS.sub(',', whole)}{dot}{part}" for whole, dot, part in parts)
        most = more + max(len(part) for *_, part in parts)
        return tuple(f"{whole}.{part:0<{most}}" for whole, _, part in parts)

    rows = zip(*map(written, table.columns), strict=True)
    return Table(columns=table.columns, rows=tuple(rows))


def _worded(scenario: Scenario) -> set[str]:
    """Return the figures in phrases that checks look for, as they are written there."""
    checks = [criterion.check for criterion in scenario.criteria().values()]
    said = "\n".join(
        c.canonical().decode() for c in checks if not isinstance(c, FigureRead | Number | None)
    )
    return set(re.findall(r"-?[0-9]+(?:\.[0-9]+)?", said))


def _alias(asked: _Asked, draws: Draws) -> Table | None:
    benchmark, table = asked.benchmark, asked.table
    said = _said(asked)
    names = [
        (column, name)
        for declared, column in declared_columns(benchmark, table).items()
        for name in map(column_name, benchmark.columns.get(declared, Column()).aliases)
        if name is not None
        and name not in table.columns
        and declared_column(name, benchmark.columns) == declared
        and not _names(said, column)
    ]
    if not names:
        return None
    renamed, name = draws.pick(names)
    columns = (name if column == renamed else column for column in table.columns)
    return Table(columns=tuple(columns), rows=table.rows)


def _extra(asked: _Asked, draws: Draws) -> Table | None:
    table, said = asked.table, _said(asked)
    names = [
        name
        for name in IRRELEVANT
        if name not in table.columns
        and declared_column(name, asked.benchmark.columns) == name not in asked.benchmark.columns
        and not _names(said, name)
    ]
    if not names or len(table.columns) >= MOST_COLUMNS:
        return None
    taken = {figure_in(cell) for row in table.rows for cell in row}
    taken |= {figure.value for figure in figures(said)}
    free = [figure for figure in range(1000, 10_000) if figure not in taken]
    at, name = draws.pick(range(1, len(table.columns) + 1)), draws.pick(names)
    columns = (*table.columns[:at], name, *table.columns[at:])
    rows = tuple((*row[:at], draws.pick(free), *row[at:]) for row in table.rows)
    return Table(columns=columns, rows=rows)


CHANGES: Mapping[str, Callable[[_Asked, Draws], Table | None]] = {
    "columns": _columns,
    "rows": _rows,
    "format": _format,
    "alias": _alias,
    "extra": _extra,
}
"""The changes by the world that stands in a variant's id."""


def _said(asked: _Asked) -> str:
    """Return everything that names columns literally: the situation, and what decides but figures.

    A check of a figure takes its metric by any alias.
    """
    said = [asked.scenario.description]
    for criterion in asked.scenario.criteria().values():
        if criterion.check is None:
            said.append(criterion.text)
        elif isinstance(criterion.check, FigureRead):
            said.append(str(criterion.check.figure.value))
        else:
            said.append(criterion.check.canonical().decode())
    return "\n".join(said).lower()


def _names(said: str, column: str) -> bool:
    return column in said or column.replace("_", " ") in re.sub("[-_]", " ", said)
