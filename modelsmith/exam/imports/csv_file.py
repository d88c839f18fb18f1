"""CSV, a row an example: an import map says what each column is (RFC 4180)."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from modelsmith.documents.decoding import decoded
from modelsmith.documents.diagnostic import Diagnostic, Loc, Position, error, is_error, located
from modelsmith.documents.strict_yaml import MAX_PROBLEMS, Document
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE, criteria_in
from modelsmith.exam.imports.import_map import ColumnPoints, CriteriaColumn, ImportMap
from modelsmith.exam.imports.imported import (
    Imported,
    ImportedCriterion,
    ImportSource,
    SourceReader,
)

SEPARATORS = ",;\t"
PROSE = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")
"""Two words: what a text has and an id, a figure or a label seldom."""


class _Cell(NamedTuple):
    text: str
    place: Position


def csv_columns(path: str, content: bytes) -> list[str]:
    """Return the names of the columns; none where the file cannot be read."""
    rows, _ = _rows(path, content)
    return [cell.text.strip() for cell in rows[0]] if rows else []


def read_csv(
    path: str, content: bytes, says: ImportMap | None, language: str = DEFAULT_LANGUAGE
) -> ImportSource:
    """Return the rows of a CSV file as examples; without a map, with their fields alone.

    Args:
        path: Name of the file.
        content: Its bytes.
        says: What the columns are.
        language: Of the prose in its cells.
    """
    rows, problems = _rows(path, content)
    reader = SourceReader(path, problems)
    if any(map(is_error, problems)) or not rows:
        return reader.source()
    names = [cell.text.strip() for cell in rows[0]]
    documents = [_document(path, names, row) for row in rows[1:]]
    reader.problems += _unusable(path, names, rows)
    wanted = _named(says, names, rows[0], reader) if says is not None else {}
    if any(map(is_error, reader.problems)):
        return reader.source()
    for document in documents:
        if says is None or says.columns is None:
            reader.examples.append(Imported(document, (), "", "", (), (), (), document.value))
            continue
        columns, row = says.columns, document.value
        lines = [
            _criteria(one, row, language) for one in (columns.pass_criteria, columns.fail_criteria)
        ]
        if not row[columns.input].strip():
            what, remedy = f"{columns.input} is empty", "write what is asked"
            reader.refuse(document, (columns.input,), what, "what is asked", remedy)
        if not lines[0]:
            where = columns.pass_criteria[0]
            what, remedy = "no criterion stands here", "write what a right answer does"
            reader.refuse(document, (_name(where),), what, "one at least", remedy)
        reader.unread.update(name for name in names if name not in wanted and row[name].strip())
        reader.examples.append(
            Imported(
                document,
                (columns.id,),
                row[columns.id],
                row[columns.input],
                (columns.input,),
                tuple(lines[0]),
                tuple(lines[1]),
                row,
            )
        )
    return reader.source()


def _name(column: CriteriaColumn) -> str:
    return column.column if isinstance(column, ColumnPoints) else column


def _named(
    says: ImportMap, names: Sequence[str], heads: Sequence[_Cell], reader: SourceReader
) -> set[str]:
    """Return the columns that a map names; those that are not there are refused at the header."""
    columns = says.columns
    if columns is None:
        return set()
    several = [_name(one) for one in (*columns.pass_criteria, *columns.fail_criteria)]
    for name in (columns.id, columns.input, *several):
        if name not in names:
            what = f"the map names a column {name}"
            expected = f"one of {', '.join(names)}"
            remark = error("unknown-word", what, expected, "correct the map, or the header")
            reader.problems.append(located(remark, reader.path, heads[0].place))
    return {columns.id, columns.input, *several}


def _criteria(
    columns: Sequence[CriteriaColumn], row: dict[str, str], language: str
) -> list[ImportedCriterion]:
    return [
        ImportedCriterion(text, (_name(column),), getattr(column, "points", None))
        for column in columns
        for text in criteria_in(row[_name(column)], language)
    ]


def _unusable(
    path: str, names: Sequence[str], rows: Sequence[Sequence[_Cell]]
) -> Iterator[Diagnostic]:
    """Yield why no map could make scenarios of the file: rows, names, or no text in it."""
    head = rows[0][0].place
    if len(rows) == 1:
        what, remedy = "the file has a header and no row", "write an example a row"
        yield located(error("empty-file", what, "an example a row", remedy), path, head)
        return
    if "" in names or len(set(names)) != len(names):
        what, remedy = "a column has no name, or another's", "name each column once"
        yield located(error("duplicate-key", what, "a name a column", remedy), path, head)
    for row in rows[1:]:
        if len(row) != len(names):
            what = f"the row has {len(row)} cells, the header {len(names)}"
            remark = error("invalid-value", what, "one cell a column", "put commas in quotes")
            yield located(remark, path, row[0].place)
    if not any(PROSE.search(cell.text) for row in rows[1:] for cell in row):
        what = f"no column holds a text: {', '.join(names)}"
        expected = "what is asked, and criteria in words"
        remedy = "bring the texts themselves; ratings say nothing of what was rated"
        yield located(error("invalid-value", what, expected, remedy), path, head)


def _document(path: str, names: Sequence[str], row: Sequence[_Cell]) -> Document:
    cells = dict(zip(names, row, strict=False))
    values = {name: cells[name].text if name in cells else "" for name in names}
    places: dict[Loc, Position] = {(): row[0].place}
    places |= {(name,): cell.place for name, cell in cells.items()}
    return Document(path, "", values, places, {})


def _rows(path: str, content: bytes) -> tuple[list[list[_Cell]], list[Diagnostic]]:
    """Return the cells of each row that holds something, and what is no CSV."""
    text, problems = decoded(path, content)
    if text is None:
        return [], problems
    if not text.strip():
        remark = error("empty-file", "the file is empty", "a header and rows", "check the file")
        return [], [located(remark, path, Position(1, 1))]
    header = text.lstrip("\n").split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    rows, row = list[list[_Cell]](), list[_Cell]()
    at, line, begins = 0, 1, 0
    while at < len(text) and len(problems) < MAX_PROBLEMS:
        place = Position(line, at - begins + 1)
        if text[at] == '"':
            said, ends = _quoted(text, at)
            if ends < 0:
                remark = error("syntax", "a quote is not closed", 'a closing `"`', "close it")
                return [], [*problems, located(remark, path, place)]
            if text[ends : ends + 1] not in {"", separator, "\n", "\r"}:
                what, remedy = "text stands behind a closing quote", 'write `""` for a quote'
                problems.append(located(error("syntax", what, "the end", remedy), path, place))
        else:
            found = re.compile(f"[{separator}\n]").search(text, at)
            ends = len(text) if found is None else found.start()
            said = text[at:ends].removesuffix("\r")
        row.append(_Cell(said, place))
        line += text.count("\n", at, ends)
        begins = max(begins, text.rfind("\n", at, ends) + 1)
        rest = re.compile(f"[{separator}\n]").search(text, ends)
        at = len(text) if rest is None else rest.end()
        if rest is None or rest[0] == "\n":
            rows += [row] if any(cell.text.strip() for cell in row) else []
            row, line, begins = [], line + 1, at
    if row:  # an empty cell ends the file, and no line does
        rows.append([*row, _Cell("", Position(line, at - begins + 1))])
    return rows, problems


def _quoted(text: str, at: int) -> tuple[str, int]:
    """Return the text in quotes that begins at `at`, and where it ends; -1 where it does not."""
    parts = []
    at += 1
    while (ends := text.find('"', at)) >= 0:
        parts.append(text[at:ends])
        if text[ends + 1 : ends + 2] != '"':
            return '"'.join(parts), ends + 1
        at = ends + 2
    return "", -1
