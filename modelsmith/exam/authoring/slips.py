"""Slips in a scenario's file that pydantic tells as something else, told as what they are."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from modelsmith.documents.diagnostic import Diagnostic, Edit, Loc, Remark, WordChange, error, quoted
from modelsmith.documents.diagnostic import replaced as replacement_of
from modelsmith.documents.strict_yaml import Document
from modelsmith.exam.scenario import Criterion

RUBRIC = ("passCriteria", "failCriteria")

NOTHING = re.compile(
    r"\W*(?:(?:there (?:is|are) )?(?:none|no|nothing|not applicable|n/?a|nil|null|keine?s?|aucune?)"
    r"(?: of (?:them|these))?)?\W*",
    re.IGNORECASE,
)
"""What people write where a list has nothing in it."""

CRITERION_FIELDS = frozenset(Criterion.model_fields)

DIGITS = re.compile(r"[-+]?\d+")
MORE_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def slips(document: Document) -> Iterator[tuple[Loc, Diagnostic]]:
    """Yield each slip with its place, below which nothing else need be told."""
    value = document.value
    if not isinstance(value, Mapping):
        return
    for field in RUBRIC:
        yield from _rubric(document, field, value.get(field, ""))
    table = value.get("domainInput")
    if isinstance(table, Mapping) and isinstance(table.get("rows"), list):
        yield from _rows(document, table.get("columns"), table["rows"])


def _told(
    document: Document, remark: Remark, edits: tuple[Edit, ...] = ()
) -> tuple[Loc, Diagnostic]:
    problem = document.diagnostic(remark)
    return remark.loc, problem.model_copy(update={"edits": edits}) if edits else problem


def says_nothing(value: object) -> bool:
    """Return whether a value is written where a list is meant that has nothing in it."""
    if isinstance(value, list):
        return len(value) == 1 and isinstance(value[0], str) and says_nothing(value[0])
    return value is None or (isinstance(value, str) and NOTHING.fullmatch(value) is not None)


def _rubric(document: Document, field: str, value: Any) -> Iterator[tuple[Loc, Diagnostic]]:  # noqa: ANN401
    if says_nothing(value) and field in document.value:
        yield _told(document, nothing_remark(document, field))
    for number, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, Mapping) and not CRITERION_FIELDS.intersection(item):
            yield from _colon(document, (field, number), item)


def nothing_remark(document: Document, field: str) -> Remark:
    """Return that a word stands for a list without items."""
    value = document.value[field]
    found = "empty" if value is None else quoted(value[0] if isinstance(value, list) else value)
    if field == "passCriteria":
        remedy = "write what a right answer does, one sentence a criterion"
        return error("missing-field", f"{field} is {found}", "a criterion", remedy, (field,))
    what, expected = f"{field} is {found}", "an empty list where there is none"
    changes = () if isinstance(value, list) else (WordChange((field,), "[]"),)
    return error("wrong-type", what, expected, f"write `{field}: []`", (field,), changes)


def _colon(
    document: Document, loc: Loc, item: Mapping[str, Any]
) -> Iterator[tuple[Loc, Diagnostic]]:
    """Yield that a sentence with a colon in it became a field."""
    name, said = next(iter(item.items()))
    if len(item) != 1 or isinstance(said, list | dict) or len(name) + len(str(said)) < len("a: b"):
        return
    begin, end = document.keys_at[*loc, name], document.ends_at.get((*loc, name))
    edits: tuple[Edit, ...] = ()
    if end is not None and begin.line == end.line:
        line = document.between(begin, end)
        edits = (replacement_of(begin, end, json.dumps(line, ensure_ascii=False)),)
    remark = error(
        "syntax",
        f"the colon behind {quoted(name)} makes a field of the words before it",
        "a criterion as one text",
        "put the whole sentence in quotes",
        loc,
    )
    yield _told(document, remark, edits)


def _rows(
    document: Document, columns: object, rows: Sequence[object]
) -> Iterator[tuple[Loc, Diagnostic]]:
    width = len(columns) if isinstance(columns, list) else 0
    lengths = Counter(len(row) for row in rows if isinstance(row, list))
    usual = max(lengths, key=lambda one: lengths[one], default=width)
    is_named = not width or lengths[width] or lengths[usual] < 2  # noqa: PLR2004 - one row is a slip
    if not is_named and not _is_parted(document, rows):
        yield ("domainInput", "rows"), document.diagnostic(_unnamed(usual, lengths[usual], width))
        width = usual
    for number, row in enumerate(rows):
        loc: Loc = ("domainInput", "rows", number)
        if not isinstance(row, list):
            continue
        if width and len(row) != width:
            yield _told(document, *_length(document, loc, row, width))
            continue
        for at, cell in enumerate(row):
            if cell is None:
                yield _told(document, empty_cell(document, (*loc, at)))


def _is_parted(document: Document, rows: Sequence[object]) -> bool:
    """Return whether commas part figures into cells, so that rows are longer than they look."""
    return any(
        _glued(document, ("domainInput", "rows", number), len(row))
        for number, row in enumerate(rows)
        if isinstance(row, list)
    )


def _unnamed(cells: int, rows: int, columns: int) -> Remark:
    """Return that the columns are not those of the rows, once for all of them."""
    what = f"the table has {columns} columns, and {rows} of its rows have {cells} cells"
    remedy = "add the name of each column that is missing, in its place"
    if cells < columns:
        remedy = "delete the names of the columns that the rows do not have"
    return error("row-length", what, "one name a column", remedy, ("domainInput", "columns"))


def empty_cell(document: Document, loc: Loc) -> Remark:
    """Return that a cell holds nothing: what belongs there only its author knows."""
    columns = document.value["domainInput"]["columns"]
    at = loc[-1]
    named = f" of {quoted(columns[at])}" if isinstance(at, int) and at < len(columns) else ""
    return error(
        "cell",
        f"the cell{named} is empty",
        "a figure, or words that say why there is none",
        "write `n/a` where nothing was measured; never a figure that nobody measured",
        loc,
    )


def _length(
    document: Document, loc: Loc, row: Sequence[object], width: int
) -> tuple[Remark, tuple[Edit, ...]]:
    """Return that a row has too many cells or too few, with the comma that parts a figure."""
    number = int(loc[-1]) + 1
    what = f"row {number} has {len(row)} cells, the table has {width} columns"
    edits: tuple[Edit, ...] = ()
    remedy = "write one cell a column; `n/a` where nothing was measured"
    pairs = _glued(document, loc, len(row))
    if pairs and len(row) - len(pairs) == width:
        first, second = (document.written((*loc, at)) for at in pairs[0])
        what += f": `{first},{second}` is read as two cells"
        is_thousands = len(second.partition(".")[0]) == 3 and first.lstrip("+-") != "0"  # noqa: PLR2004
        if is_thousands:
            remedy = f"write `{first}{second}`, or `{first}.{second}` if the comma is a decimal one"
        else:
            remedy = f"write `{first}.{second}`"
            commas = [
                (document.ends_at[*loc, one], document.values_at[*loc, other])
                for one, other in pairs
            ]
            if not any(_may_be_thousands(document, loc, pair) for pair in pairs):
                edits = tuple(replacement_of(begin, end, ".") for begin, end in commas)
    return error("row-length", what, "one cell a column", remedy, loc), edits


def _glued(document: Document, loc: Loc, count: int) -> list[tuple[int, int]]:
    """Return the neighbouring cells of digits that a comma without a space parts."""
    found: list[tuple[int, int]] = []
    for one, other in pairwise(range(count)):
        end, begin = document.ends_at.get((*loc, one)), document.values_at[*loc, other]
        is_near = end is not None and (end.line, end.column + 1) == begin
        first, second = document.written((*loc, one)), document.written((*loc, other))
        if is_near and DIGITS.fullmatch(first) and MORE_DIGITS.fullmatch(second):
            found.append((one, other))
    return found


def _may_be_thousands(document: Document, loc: Loc, pair: tuple[int, int]) -> bool:
    first, second = (document.written((*loc, at)) for at in pair)
    return len(second) == 3 and first.lstrip("+-") != "0"  # noqa: PLR2004
