"""A pasted CSV as the table of a scenario: units, dates and number forms read, nothing guessed.

| what a cell holds            | what becomes of it                                              |
|------------------------------|-----------------------------------------------------------------|
| `97.5%`, `1,250 GB`          | 97.5, 1250; the unit goes into the column's name                |
| `1,234`                      | 1234 where another cell, or the ticket, shows how it is written |
| `03/02/2021`                 | 2021-02-03 where the heading, or a day above 12, says the order |
| `25-Aug-2021`, `11/2021`     | 2021-08-25, 2021-11                                             |
| nothing                      | nothing, and a question                                         |
| what can be read in two ways | left as it is, and a question                                   |
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.documents.diagnostic import Diagnostic, Position, error, located, quoted
from modelsmith.exam.checks.answer_form import COLUMN
from modelsmith.exam.checks.quantities import CURRENCIES, UNITS, dimension_of, words_of
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.scenario import MOST_COLUMNS, Cell, Table

EMPTY = frozenset({"", "n/a", "na", "-", "\u2013", "\u2014", "null", "none", "?"})
"""What people write where a figure is missing."""

LONGEST_CELL = 120
"""Characters of a cell of a table; a longer one makes the whole CSV a text."""

MOST_ROWS = 400
"""Rows of a table; more make the whole CSV a text."""

NAMED = 3
"""Places that a question names; the rest are counted."""

SEPARATORS = (",", ";", "\t", "|")
FIGURE = re.compile(
    r"(?P<before>[^\w\s.,+-]|[A-Z]{3}(?=\s))?\s*(?P<sign>[-+]?)"
    r"(?P<digits>\d+(?:[.,'\u00a0\u202f ]\d+)*)\s*(?P<after>%|[^\d\s]\S*)?"
)
"""A cell that is one figure, perhaps with a unit before or behind it."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier januar", "feb february f\u00e9v f\u00e9vrier februar",
            "mar march mars m\u00e4rz", "apr april avr avril", "may mai", "jun june juin juni",
            "jul july juil juillet juli", "aug august ao\u00fbt", "sep sept september septembre",
            "oct october octobre okt oktober", "nov november novembre",
            "dec december d\u00e9c d\u00e9cembre dez dezember",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
"""Names of months in English, French and German; none of them means two."""

NAMED_MONTH = re.compile(r"(\d{1,2})[ .-]+([^\W\d]{3,9})\.?[ ,-]+(\d{4})(.*)")
NUMBERED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})((?:[ T]\d.*)?)")
MONTH_YEAR = re.compile(r"(0?[1-9]|1[0-2])/(\d{4})")
DAY_FIRST = re.compile(r"\b(?:dd?|jj?|tt?)[/.-]mm?[/.-](?:y|a|j)", re.IGNORECASE)
MONTH_FIRST = re.compile(r"\bmm?[/.-](?:dd?|jj?|tt?)[/.-](?:y|a|j)", re.IGNORECASE)
FORM_HINT = re.compile(r"\([^()]*\bmm?[/.-][^()]*\)", re.IGNORECASE)
ISO = re.compile(r"\d{4}-\d{2}(?:-\d{2}.*)?")
VERSION = re.compile(r"\b(?:version|sw|software|firmware|release|build)\b", re.IGNORECASE)
PERIOD = re.compile(r"\d\.\d+\s*(?:%|[$\u20ac\u00a3])|[$\u20ac\u00a3]\s*\d+\.\d")
COMMA = re.compile(r"\d,\d+\s*(?:%|[$\u20ac\u00a3])|[$\u20ac\u00a3]\s*\d+,\d{1,2}\b")


class PastedTable(NamedTuple):
    """What a CSV has become."""

    table: Table | None
    """The table; None where it fits into none, and stays a text."""
    text: str
    """The CSV as it was given, its byte order mark left out."""
    questions: tuple[str, ...]
    """What it leaves open."""
    kinds: Mapping[str, tuple[str, ...]]
    """Units that stand in it, by what they measure."""
    remade: tuple[str, ...] = ()
    """Columns that are called otherwise than in the CSV: `before -> after`."""


def table_in(path: str, text: str, ticket: str = "") -> tuple[PastedTable | None, list[Diagnostic]]:
    """Return the table in a CSV, and its problems; no table if there are any.

    Args:
        path: Name of the file, for messages.
        text: Its text.
        ticket: The words beside it, which may show how figures are written.
    """
    rows, problems = _rows(path, text)
    if problems:
        return None, problems
    (_, headings), *body = rows
    cells = [[" ".join(cell.split()) for cell in row] for _, row in body]
    series = [list(column) for column in zip(*cells, strict=True)] or [[] for _ in headings]
    questions: list[str] = []
    decimal, asked = _decimal(cells, ticket)
    questions += asked
    read = [
        _Column(heading, column, decimal).read()
        for heading, column in zip(headings, series, strict=True)
    ]
    names = _unique([one.name for one in read])
    label = [f"row {n} ({row[0]})" if row[0] else f"row {n}" for n, row in enumerate(cells, 1)]
    for name, one in zip(names, read, strict=True):
        questions += [question.replace("{name}", name) for question in one.questions]
        questions += _missing(name, label, one.cells)
    values = tuple(tuple(row) for row in zip(*(one.cells for one in read), strict=True))
    why = _no_table(names, values)
    remade = tuple(
        f"{one_heading} -> {name}"
        for one_heading, name in zip(headings, names, strict=True)
        if " ".join(one_heading.split()) != name
    )
    table = None if why else Table(columns=tuple(names), rows=values)
    if why:
        questions = [f"{why}, so the data stay as they were pasted: is a shorter table enough?"]
    kinds = _kinds(headings, series)
    for units in kinds.values():
        if len(units) > 1:
            questions.append(
                f"{' and '.join(units)} stand side by side: are they to stay as they are, for the "
                "model to convert?"
            )
    return PastedTable(table, text, tuple(questions), kinds, remade if table else ()), []


def _rows(path: str, text: str) -> tuple[list[tuple[int, list[str]]], list[Diagnostic]]:
    """Return the rows after the line that each begins on, all as long as the first."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(SEPARATORS, key=lambda one: len(next(csv.reader([first], delimiter=one), [])))
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True)
    rows: list[tuple[int, list[str]]] = []
    at = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((at, row))
            at = reader.line_num + 1
    except csv.Error as failure:
        what = f"this is no CSV: {failure}"
        return [], [_problem(path, at, what, "cells parted by commas", "close the quote")]
    if not rows:
        return [], [_problem(path, 1, "the table is empty", "a line of headings, then rows",
                             "export it again, or leave --data out")]  # fmt: skip
    line, headings = rows[0]
    problems = [
        _problem(path, line, f"column {n} has no heading", "a name above each column", "name it")
        for n, name in enumerate(headings, start=1)
        if not name.strip()
    ]
    if len(headings) == 1:
        what, expected = "the table has one column", "at least two, parted by commas"
        problems.append(_problem(path, line, what, expected, "check what parts the columns"))
    lengths = {len(row) for _, row in rows[1:]}
    if len(rows) > 2 and len(lengths) == 1 and len(headings) not in lengths:  # noqa: PLR2004
        what = f"the headings are {len(headings)}, and every row has {lengths.pop()} cells"
        remedy = "add the heading that is missing, or delete the one that is too many"
        return rows, [*problems, _problem(path, line, what, "one heading a column", remedy)]
    for line, row in rows[1:]:
        if len(row) != len(headings):
            what = f"the row has {len(row)} cells, the headings are {len(headings)}"
            remedy = "put a cell that holds a comma in quotes, or add the missing cell"
            problems.append(_problem(path, line, what, "one cell a column", remedy))
    if len(rows) == 1 and not problems:
        what = "the table has headings and no row"
        problems.append(_problem(path, line, what, "rows below them", "export it again"))
    return rows, problems


def _problem(path: str, line: int, what: str, expected: str, remedy: str) -> Diagnostic:
    return located(error("pasted-table", what, expected, remedy), path, Position(line, 1))


def _decimal(cells: Sequence[Sequence[str]], ticket: str) -> tuple[str, list[str]]:
    """Return what parts decimals, and what is to be asked: empty where nothing shows it."""
    digits = [hit["digits"] for row in cells for cell in row if (hit := FIGURE.fullmatch(cell))]
    shown = {mark for one in digits for mark in _shows(one)}
    if not shown:
        shown = {mark for mark, seen in ((".", PERIOD), (",", COMMA)) if seen.search(ticket)}
    if len(shown) == 1:
        return shown.pop(), []
    open_ones = [one for one in digits if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", one)]
    if not open_ones:
        return "", []
    plain = open_ones[0].replace(",", "").replace(".", "")
    pointed = open_ones[0].replace(",", ".")
    return "", [f"is `{open_ones[0]}` {plain} or {pointed}? Such figures were left as they are"]


def _shows(digits: str) -> Iterator[str]:
    """Yield the decimal sign that a figure can only be written with."""
    marks = re.findall(r"[.,]", digits)
    if len({*marks}) > 1:
        yield marks[-1]
    elif len(marks) > 1:
        yield "." if marks[0] == "," else ","
    elif marks and not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits):
        yield marks[0]


class _Read(NamedTuple):
    name: str
    cells: list[Cell]
    questions: list[str]


class _Column:
    """One column while it is read."""

    def __init__(self, heading: str, cells: Sequence[str], decimal: str) -> None:
        self._heading = " ".join(heading.split())
        self._cells = cells
        self._decimal = decimal

    def read(self) -> _Read:
        """Return its name, its cells and what it leaves open."""
        held = [cell for cell in self._cells if cell.lower() not in EMPTY]
        if any(map(_is_date, held)):
            return self._dates(held)
        figures = {cell: hit for cell in held if (hit := FIGURE.fullmatch(cell))}
        units = {_unit(hit) for hit in figures.values()}
        if not figures or len(units) > 1 or None in units:
            asked = []
            if len(units - {None}) > 1 or (None in units and len(units) > 1):
                asked = ["{name}: its figures have several units, or none: which is meant?"]
            return _Read(_slug(self._heading), [*self._cells], asked)
        if VERSION.search(self._heading):
            return _Read(_slug(self._heading), [*self._cells], [])
        if _may_be_versions([hit["digits"] for hit in figures.values()]):
            asked = ["{name}: figures, or numbers of versions? They were left as they are"]
            return _Read(_slug(self._heading), [*self._cells], asked)
        unit = units.pop() or ""
        values = {cell: value for cell, hit in figures.items()
                  if (value := self._figure(hit)) is not None}  # fmt: skip
        words = list(dict.fromkeys(cell for cell in held if cell not in figures))
        asked = [f"{{name}}: {_listed(words)} is no figure: is it to stay so?"] if words else []
        cells = [values.get(cell, cell) for cell in self._cells]
        return _Read(_slug(self._heading, unit), cells, asked)

    def _dates(self, held: Sequence[str]) -> _Read:
        order = self._order(held)
        cells: list[Cell] = []
        open_ones = []
        for cell in self._cells:
            date = _date(cell, order)
            if date is None and NUMBERED.fullmatch(cell):
                open_ones.append(cell)
            cells.append(date or cell)
        asked = []
        for cell in dict.fromkeys(open_ones):
            first, _, second, *_ = NUMBERED.fullmatch(cell).groups()  # type: ignore[union-attr]
            asked.append(
                f"{{name}}: is `{cell}` day {int(first)} of month {int(second)}, or day "
                f"{int(second)} of month {int(first)}? It was left as it is"
            )
        words = [one for one in held if not (ISO.fullmatch(one) or NUMBERED.fullmatch(one)
                                             or _date(one, order))]  # fmt: skip
        if words:
            asked.append(f"{{name}}: {_listed(words)} is no date: is it to stay so?")
        hint = FORM_HINT.sub("", self._heading) if _is_hinted(self._heading) else self._heading
        return _Read(_slug(hint), cells, asked[:NAMED])

    def _order(self, held: Sequence[str]) -> str:
        """Return whether the day or the month stands first: by the heading, else by a day > 12."""
        if DAY_FIRST.search(self._heading):
            return "day"
        if MONTH_FIRST.search(self._heading):
            return "month"
        hits = [hit for cell in held if (hit := NUMBERED.fullmatch(cell))]
        firsts = any(int(hit[1]) > 12 for hit in hits)  # noqa: PLR2004 - months of a year
        seconds = any(int(hit[3]) > 12 for hit in hits)  # noqa: PLR2004 - months of a year
        return "" if firsts == seconds else "day" if firsts else "month"

    def _figure(self, hit: re.Match[str]) -> int | float | None:
        digits = re.sub(r"['\u00a0\u202f ]", "", hit["digits"])
        marks = re.findall(r"[.,]", digits)
        if marks:
            grouped = r"[1-9]\d{{0,2}}(?:{0}\d{{2,3}})*{0}\d{{3}}"
            other = "," if self._decimal == "." else "."
            if not self._decimal:
                return None
            whole, _, part = digits.partition(self._decimal)
            if other in whole and not re.fullmatch(grouped.format(re.escape(other)), whole):
                return None
            if other in part or self._decimal in part:
                return None
            digits = whole.replace(other, "") + (f".{part}" if part else "")
        sign = "-" if hit["sign"] == "-" else ""
        if len(digits) > 15:  # noqa: PLR2004 - digits that JSON keeps exact
            return None
        return float(sign + digits) if "." in digits else int(sign + digits)


def _may_be_versions(digits: Sequence[str]) -> bool:
    """Return whether a nought would be lost that numbers of versions need: 4.7, 4.10, 4.12."""
    parts = [one.partition(".")[2] for one in digits if "." in one]
    lost = any(len(part) > 1 and part.endswith("0") for part in parts)
    return lost and len({len(part) for part in parts}) > 1


def _unit(hit: re.Match[str]) -> str | None:
    """Return the unit of a figure, empty without one; None where it is a word of another kind."""
    said = hit["before"] or hit["after"] or ""
    if not said or (hit["before"] and hit["after"]):
        return "" if not said else None
    return said if said in UNITS or normalised(said) in words_of("en").units else None


def _is_date(cell: str) -> bool:
    return bool(NUMBERED.fullmatch(cell) or MONTH_YEAR.match(cell)) or _date(cell, "") is not None


def _date(cell: str, order: str) -> str | None:
    """Return a date as ISO 8601 writes it; None where it is none, or can be read in two ways."""
    if hit := NAMED_MONTH.fullmatch(cell):
        month = MONTHS.get(hit[2].lower().rstrip("."))
        return None if month is None else f"{hit[3]}-{month:02}-{int(hit[1]):02}{hit[4]}"
    if hit := MONTH_YEAR.fullmatch(cell):
        return f"{hit[2]}-{int(hit[1]):02}"
    if not (hit := NUMBERED.fullmatch(cell)):
        return None
    first, second = int(hit[1]), int(hit[3])
    if not order and first != second and max(first, second) <= 12:  # noqa: PLR2004 - months
        return None
    is_day_first = order != "month" if first <= 12 else True  # noqa: PLR2004 - months of a year
    if order != "day" and second > 12:  # noqa: PLR2004 - months of a year
        is_day_first = False
    day, month = (first, second) if is_day_first else (second, first)
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - a calendar
        return None
    return f"{hit[4]}-{month:02}-{day:02}{hit[5]}"


def _is_hinted(heading: str) -> bool:
    return bool(DAY_FIRST.search(heading) or MONTH_FIRST.search(heading)
                or re.search(r"\bmm/(?:yyyy|aaaa|jjjj)", heading, re.IGNORECASE))  # fmt: skip


def _slug(heading: str, unit: str = "") -> str:
    """Return a heading as the name of a column: its own words, small, joined by underscores."""
    said = {"%": "pct"} | {sign: code.lower() for sign, code in CURRENCIES.items()}
    text = heading if not unit or unit in heading else f"{heading} {unit}"
    for sign, word in said.items():
        if not sign.isalnum():
            text = text.replace(sign, f" {word} ")
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return name if re.match(COLUMN, name) else f"column_{name}".rstrip("_")


def _unique(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        number, free = 2, name
        while free in found:
            free, number = f"{name}_{number}", number + 1
        found.append(free)
    return found


def _missing(name: str, labels: Sequence[str], cells: Sequence[Cell]) -> list[str]:
    places = [
        label
        for label, cell in zip(labels, cells, strict=True)
        if isinstance(cell, str) and cell.lower() in EMPTY
    ]
    if not places:
        return []
    more = f" and {len(places) - NAMED} more" if len(places) > NAMED else ""
    return [f"{name}: nothing stands in {', '.join(places[:NAMED])}{more}: is it to stay so?"]


def _listed(words: Sequence[str]) -> str:
    named = ", ".join(map(quoted, words[:NAMED]))
    return named + (f" and {len(words) - NAMED} more" if len(words) > NAMED else "")


def _no_table(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return why this is no table of a scenario; empty where it is one."""
    if len(names) > MOST_COLUMNS:
        return f"it has {len(names)} columns, a table at most {MOST_COLUMNS}"
    if not 2 <= len(rows) <= MOST_ROWS:  # noqa: PLR2004 - a table's least
        return f"it has {len(rows)} rows, a table 2 to {MOST_ROWS}"
    longest = max(len(str(cell)) for row in rows for cell in row)
    return f"a cell has {longest} characters, at most {LONGEST_CELL}" * (longest > LONGEST_CELL)


COMPARED = ("speed", "pressure", "temperature", "mass", "volume", "length")
"""Kinds whose units are told when several stand side by side."""


def units_in(text: str) -> dict[str, tuple[str, ...]]:
    """Return the units of compared kinds that words name, by what they measure."""
    found: dict[str, dict[str, None]] = {}
    spelled = {"knots": "kn", "knot": "kn", "kts": "kn", "noeuds": "kn", "n\u0153uds": "kn"}
    for word in re.findall(r"[^\W\d_]+(?:/[^\W\d_]+)?", text):
        sign = spelled.get(word.lower(), word if len(word) > 1 else "")
        if sign in UNITS and (kind := dimension_of(sign)[0].split("-")[0]) in COMPARED:
            found.setdefault(kind, {})[sign] = None
    return {kind: tuple(units) for kind, units in found.items()}


def _kinds(headings: Sequence[str], series: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the units of a table: of columns that hold nothing else, and behind figures."""
    found: dict[str, tuple[str, ...]] = {}
    for heading, cells in zip(headings, series, strict=True):
        if "unit" not in heading.lower():
            continue
        for kind, units in units_in(" ".join(dict.fromkeys(cells))).items():
            found[kind] = tuple(dict.fromkeys((*found.get(kind, ()), *units)))
    return found
