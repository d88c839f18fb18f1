"""What of a scenario's input misleads: figures that are text, empty cells, the answer itself."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from modelsmith.documents.diagnostic import Remark, WordChange, quoted, warning
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.answer_form import ChoiceField, Column
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.fields import Chosen
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Cell, Scenario, Table, figure_in

FIGURE = re.compile(
    r"(?P<rough>(?:~|\u2248|\u00b1|(?:about|approx\.?|around|ca\.?|circa|env\.|etwa|rund)\s)\s*)?"
    r"(?P<before>[$\u20ac\u00a3\u00a5]|[A-Z]{3}(?= ))?\s*"
    r"(?P<figure>[-+]?\d[\d.,'\u2019\u00a0\u202f ]*)"
    r"(?:\s*(?P<times>Tsd\.?|Mio\.?|Mrd\.?|mn|bn|(?<=\d)[kKM])(?![^\W\d_]))?"
    r"(?P<after>\s*(?:%|[^\W\d_][\w/%\u00b2\u00b3]{0,7}|[$\u20ac\u00a3\u00a5]))?"
)
"""A figure with its currency or unit, as people write one into a cell."""

MAGNITUDES = {"k": 3, "K": 3, "Tsd": 3, "M": 6, "Mio": 6, "mn": 6, "bn": 9, "Mrd": 9}
"""What people shorten thousands, millions and billions to, in powers of ten."""

GROUPED = re.compile(r"[-+]?\d{1,3}(?:[ '\u2019\u00a0\u202f]\d{3})+(?:[.,]\d+)?")
"""Thousands that no one takes for decimals."""

POINTS = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d{1,3}(?:\.\d{3}){2,}")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
COMMAS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")

PERCENT_NAMES = frozenset({"pct", "percent", "percentage", "prozent", "pourcent"})
UNIT_NAMES = {"$": "usd", "\u20ac": "eur", "\u00a3": "gbp", "\u00a5": "jpy"}

TELLING_COLUMNS = frozenset(
    {
        "root_cause", "rootcause", "true_cause", "actual_cause", "verdict", "diagnosis", "answer",
        "correct_answer", "right_answer", "expected", "expected_answer", "expected_verdict",
        "ground_truth", "solution", "conclusion", "gold", "label",
    }
)  # fmt: skip
"""Names of columns that hold what a model is asked for."""

TELLING_WORDS = (
    "root cause",
    "correct answer",
    "right answer",
    "expected answer",
    "ground truth",
    "verdict",
)
"""Words that a line begins with that tells the answer."""

TOLD_BY_WHO_ASKS = ("answer", "diagnosis", "conclusion", "solution")
"""Those that tell it where somebody describes a situation; a text to read may hold them itself."""

SAID = "(?:^|(?<=[.!?;\n])[ \t]*)(?:the )?(?:final )?({names})[ \t]*[:=][ \t]*(?=\\S)"


def input_remarks(benchmark: Benchmark, scenario: Scenario) -> Iterator[Remark]:
    """Yield what of the input would be misread, and where it tells the answer."""
    table = scenario.domain_input
    if isinstance(table, Table):
        for at, column in enumerate(table.columns):
            yield from _cells(benchmark, table, at, column)
            yield from _telling_column(table, at, column)
    yield from _telling_lines(benchmark, scenario)


def figure_meant(cell: Cell) -> str:
    """Return the figure that a cell of text can only mean, without its unit; empty if none."""
    if not isinstance(cell, str) or (found := FIGURE.fullmatch(cell.strip())) is None:
        return ""
    plain = _plain(found["figure"].strip())
    power = MAGNITUDES.get((found["times"] or "").rstrip("."))
    return format(Decimal(f"{plain}e{power}"), "f") if plain and power else plain


def _plain(written: str) -> str:
    if GROUPED.fullmatch(written):
        return re.sub(r"[^\d.+-]", "", written.replace(",", ".")).removeprefix("+")
    if POINTS.fullmatch(written):
        return written.replace(".", "").replace(",", ".").removeprefix("+")
    if COMMAS.fullmatch(written):
        is_decimal = written.lstrip("+-").startswith("0,")
        return written.replace(",", "." if is_decimal else "").removeprefix("+")
    if DECIMAL_COMMA.fullmatch(written):
        return written.replace(",", ".").removeprefix("+")
    is_plain = re.fullmatch(r"[-+]?\d+(?:\.\d+)?", written)
    return written.removeprefix("+") if is_plain else ""


def _cells(benchmark: Benchmark, table: Table, at: int, column: str) -> Iterator[Remark]:
    cells = table.series(column)
    empty = [row for row, cell in enumerate(cells) if isinstance(cell, str) and not cell.strip()]
    for row in empty[:1]:
        more = f" and {len(empty) - 1} more" if len(empty) > 1 else ""
        yield warning(
            "cell",
            f"a cell of {quoted(column)} is empty{more}, and the model sees nothing in its place",
            "a figure, or words that say why there is none",
            "write `n/a` where nothing was measured; never a figure that nobody measured",
            ("domainInput", "rows", row, at),
        )
    if at == 0:
        return  # what names the rows
    texts = {row: meant for row, cell in enumerate(cells) if (meant := _text_figure(cell))}
    figures = sum(figure_in(cell) is not None for cell in cells)
    if texts and len(texts) + figures >= (len(cells) + 1) // 2:
        yield _as_figures(benchmark, column, at, cells, texts)


def _text_figure(cell: Cell) -> str:
    """Return the figure that a text means and that is not read as one as it stands."""
    return figure_meant(cell) if isinstance(cell, str) and figure_in(cell) is None else ""


def _as_figures(
    benchmark: Benchmark, column: str, at: int, cells: Sequence[Cell], texts: dict[int, str]
) -> Remark:
    first = next(iter(texts))
    units = dict.fromkeys(unit for row in texts if (unit := _unit(cells[row])))
    count = f" and {len(texts) - 1} more of {quoted(column)}" if len(texts) > 1 else ""
    changes = [
        WordChange(("domainInput", "rows", row, at), figure) for row, figure in texts.items()
    ]
    declared = benchmark.columns.get(column, Column()).unit
    remedy, is_certain = f"write {texts[first]}", True
    unknown = [unit for unit in units if not _is_known(benchmark, column, unit)]
    if unknown and declared:
        remedy, is_certain = (
            f"write it in {declared}, the unit of {column}, as a figure alone",
            False,
        )
    elif len(units) > 1:
        remedy = f"convert the whole column to one unit (it has {' and '.join(units)}), write the "
        remedy, is_certain = f"{remedy}figures alone, and the unit in the column's name", False
    elif unknown:
        name = "pct" if unknown[0] == "%" else UNIT_NAMES.get(unknown[0], unknown[0])
        others = any(figure_in(cell) is not None for cell in cells)
        remedy += f" once the other figures are in {unknown[0]} too" if others else ""
        remedy += f", and the unit in the column's name ({column}_{name.lower()})"
        is_certain = False
    elif any(_part(cells[row], "rough") for row in texts):
        remedy += ", and say in the description which figures are rough"
        is_certain = False
    elif short := next(
        (one for row in texts if (one := _part(cells[row], "times")) in {"K", "M"}), ""
    ):
        remedy += f" if {short} is a {'million' if short == 'M' else 'thousand'}"
        is_certain = False
    return warning(
        "cell",
        f"{quoted(cells[first])}{count} is text, which no figure is compared with",
        "a figure alone in the cell",
        remedy,
        ("domainInput", "rows", first, at),
        tuple(changes) if is_certain else (),
    )


def _part(cell: Cell, name: str) -> str:
    found = FIGURE.fullmatch(str(cell).strip())
    return "" if found is None else (found[name] or "").strip()


def _unit(cell: Cell) -> str:
    return _part(cell, "before") or _part(cell, "after")


def _is_known(benchmark: Benchmark, column: str, unit: str) -> bool:
    """Return whether the column's name says the unit, or the benchmark does."""
    names = set(column.lower().split("_"))
    declared = benchmark.columns.get(column)
    if declared is not None and declared.unit.strip().lower() == unit.lower():
        return True
    if unit == "%":
        return bool(names & PERCENT_NAMES)
    return UNIT_NAMES.get(unit, unit.lower()) in names


def _telling_column(table: Table, at: int, column: str) -> Iterator[Remark]:
    if column.lower() in TELLING_COLUMNS and any(isinstance(c, str) for c in table.series(column)):
        yield warning(
            "answer-in-input",
            f"the column {quoted(column)} tells the model what it is asked for",
            "what was seen, without what follows from it",
            "take the column out; a criterion says what a right answer concludes",
            ("domainInput", "columns", at),
        )


def _telling_lines(benchmark: Benchmark, scenario: Scenario) -> Iterator[Remark]:
    choices = [
        field.name.lower()
        for field in form_for(benchmark, scenario).fields
        if isinstance(field, ChoiceField)
    ]
    words = (*TELLING_WORDS, *choices)
    table = scenario.domain_input
    texts: list[tuple[str, str, tuple[str, ...]]] = [
        ("description", scenario.description, (*words, *TOLD_BY_WHO_ASKS))
    ]
    if not isinstance(table, Table):
        texts.append(("domainInput", scenario.input_text(), words))
    for field, text, telling in texts:
        names = "|".join(map(re.escape, dict.fromkeys(telling)))
        found = re.search(SAID.format(names=names), text, re.IGNORECASE | re.MULTILINE)
        label = next(_labels_in(scenario, text), None)
        if found is None and label is None:
            continue
        said = text[found.start() :].strip() if found is not None else label
        yield warning(
            "answer-in-input",
            f"{quoted(said)} tells the model what it is asked for",
            "what was seen, without what follows from it",
            "take it out; a criterion says what a right answer concludes",
            (field,),
        )


def _labels_in(scenario: Scenario, text: str) -> Iterator[str]:
    """Yield the passing labels that stand in a text as only an answer writes them."""
    for criterion in scenario.pass_criteria:
        check = criterion.check
        label = check.verdict if isinstance(check, Verdict) else ""
        label = check.choice if isinstance(check, Chosen) else label
        if "-" in label and re.search(rf"(?<![\w-]){re.escape(label)}(?![\w-])", text):
            yield label
