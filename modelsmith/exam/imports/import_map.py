"""An import map: what another tool's file does not say of a scenario, said by a person."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, JsonValue, Tag, model_validator

from modelsmith.documents.diagnostic import Diagnostic, Loc, error, one_line
from modelsmith.documents.strict_yaml import Document
from modelsmith.exam.imports.imported import Imported, told_by
from modelsmith.exam.scenario import OutcomeType, Split
from modelsmith.record import CamelRecord, Rate, Record

TODO = "TODO"
"""What stands in a map where a person has to say something."""

FormatName = Literal["healthbench", "biggen", "openai-evals", "promptfoo", "csv"]
"""The formats that need a map."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.\[\] -]*)\}")
"""Where a text of a map takes a field of the example."""


class Lookup(CamelRecord):
    """A value that follows from a field of each example."""

    from_: Annotated[str, Field(alias="from", min_length=1)]
    """Name of the field; of a list the first of its values counts that `values` knows."""
    values: Annotated[Mapping[str, JsonValue], Field(exclude_if=lambda values: not values)] = {}
    """What each of the field's values becomes; without any the value itself is taken."""


class Shares(Record):
    """Splits by chance that is the same every time: by the digest of each id."""

    shares: Mapping[Split, Rate]
    """Share of the examples that each split gets."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> Self:
        total = sum(self.shares.values())
        if abs(total - 1) > 1e-9:  # noqa: PLR2004 - floats
            raise ValueError(f"the shares sum to {total:g}, they must sum to 1; fix: change one")
        return self


def _kind(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, Shares) or (isinstance(value, Mapping) and "shares" in value):
        return "shares"
    is_lookup = isinstance(value, Lookup) or (isinstance(value, Mapping) and "from" in value)
    return "lookup" if is_lookup or not isinstance(value, Mapping) else "value"


def _part_kind(value: object) -> str:
    is_lookup = (
        isinstance(value, Mapping) and "from" in value and value.keys() <= {"from", "values"}
    )
    return "lookup" if isinstance(value, Lookup) or is_lookup else "value"


Part = Annotated[
    Annotated[JsonValue, Tag("value")] | Annotated[Lookup, Tag("lookup")],
    Discriminator(_part_kind),
]
"""One part of a mechanic: the same for all, or by a field."""

Text = Annotated[str, Field(min_length=1), Tag("text")]
Told = Annotated[Text | Annotated[Lookup, Tag("lookup")], Discriminator(_kind)]


class ColumnPoints(Record):
    """A column of criteria with what each counts."""

    column: str
    """Name of the column."""
    points: Annotated[float, Field(ge=-100, le=100)]
    """What each of its criteria counts."""


def _column_kind(value: object) -> str:
    return "name" if isinstance(value, str) else "weighed"


CriteriaColumn = Annotated[
    Annotated[str, Tag("name")] | Annotated[ColumnPoints, Tag("weighed")],
    Discriminator(_column_kind),
]


class CsvColumns(CamelRecord):
    """What the columns of a CSV file are."""

    id: str
    """The column that names each example."""
    input: str
    """The column with what is asked."""
    pass_criteria: Annotated[tuple[CriteriaColumn, ...], Field(min_length=1)]
    """Columns of what a right answer does; prose in a cell is cut into criteria."""
    fail_criteria: tuple[CriteriaColumn, ...] = ()
    """Columns of what no right answer does."""


class ImportMap(CamelRecord):
    """What a file of another tool does not say."""

    format: FormatName
    """The format that it is for."""
    id_prefix: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$", max_length=40)]
    """What every id begins with."""
    outcome_type: Told
    """tp, tn, fp-guard or fn-guard: what a right answer does."""
    operator_lens: Told
    """Whose eyes the answers are written for."""
    category: Told
    """The capability that is examined."""
    mechanic: Annotated[
        Annotated[Mapping[str, Part], Tag("value")] | Annotated[Lookup, Tag("lookup")],
        Discriminator(_kind),
    ]
    """The domain's mechanism: a mapping; it or a part of it the same for all, or by a field."""
    description: Told
    """The situation; `{field}` stands for a field of the example."""
    test_objective: Told
    """What the scenarios find out; `{field}` as above."""
    split: Annotated[
        Text | Annotated[Lookup, Tag("lookup")] | Annotated[Shares, Tag("shares")],
        Discriminator(_kind),
    ]
    """train, steer or sealed; by a field; or by `shares`."""
    columns: Annotated[CsvColumns | None, Field(exclude_if=lambda said: said is None)] = None
    """What the columns are (CSV alone)."""
    benchmark: Annotated[
        Mapping[str, JsonValue] | None, Field(exclude_if=lambda said: said is None)
    ] = None
    """What becomes benchmark.yaml where the folder has none."""

    @model_validator(mode="after")
    def _columns_are_of_csv(self) -> Self:
        if (self.columns is not None) is not (self.format == "csv"):
            raise ValueError(
                "`columns` say what the columns of a CSV file are; fix: "
                + ("add them" if self.columns is None else "delete them")
            )
        return self

    def reads(self) -> set[str]:
        """Return the names of the fields that it takes something from."""
        told: list[object] = [self.outcome_type, self.operator_lens, self.category]
        told += [self.mechanic, self.split]
        texts = [one for one in (self.description, self.test_objective) if isinstance(one, str)]
        told += [self.description, self.test_objective]
        told += self.mechanic.values() if isinstance(self.mechanic, Mapping) else ()
        named = {name for text in texts for name in PLACEHOLDER.findall(text)}
        return named | {one.from_ for one in told if isinstance(one, Lookup)}


FIELDS = {
    "outcome_type": "outcomeType",
    "operator_lens": "operatorLens",
    "category": "category",
    "mechanic": "mechanic",
    "description": "description",
    "test_objective": "testObjective",
}
"""What of a scenario a map says, as a file spells it."""


def unfilled(document: Document) -> Iterator[Diagnostic]:
    """Yield what is left to be said in a map."""
    for loc in _todo(document.value, ()):
        what, expected = f"{TODO} is still there", "what only a person knows"
        remark = error("placeholder", what, expected, "write it in its place", loc)
        yield document.diagnostic(remark)


def _todo(value: Any, loc: Loc) -> Iterator[Loc]:  # noqa: ANN401 - a JSON value
    if isinstance(value, dict):
        for name, part in value.items():
            if TODO in name:
                yield (*loc, name)
            else:
                yield from _todo(part, (*loc, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _todo(part, (*loc, number))
    elif isinstance(value, str) and TODO in value:
        yield loc


def resolved(told: object, fields: Mapping[str, JsonValue]) -> tuple[JsonValue, str]:
    """Return what a map says of an example, or why it says nothing of it."""
    if isinstance(told, str):
        missing = [name for name in PLACEHOLDER.findall(told) if name not in fields]
        if missing:
            return None, f"the example has no field {missing[0]}; it has {_named(fields)}"
        return PLACEHOLDER.sub(lambda found: _shown(fields[found[1]]), told), ""
    if isinstance(told, Lookup):
        return _looked_up(told, fields)
    parts: dict[str, JsonValue] = {}
    for name, part in told.items() if isinstance(told, Mapping) else ():
        parts[name], fault = _looked_up(part, fields) if isinstance(part, Lookup) else (part, "")
        if fault:
            return None, f"{name}: {fault}"
    return parts, ""


def _looked_up(told: Lookup, fields: Mapping[str, JsonValue]) -> tuple[JsonValue, str]:
    if told.from_ not in fields:
        return None, f"the example has no field {told.from_}; it has {_named(fields)}"
    found = fields[told.from_]
    if not told.values:
        return _shown(found), ""
    said = [str(one) for one in (found if isinstance(found, list) else [found])]
    for one in said:
        if one in told.values:
            return told.values[one], ""
    return (
        None,
        f"{told.from_} is {one_line(', '.join(said))[:80] or 'empty'}, which `values` lacks",
    )


def _named(fields: Mapping[str, JsonValue]) -> str:
    return ", ".join(sorted(fields)) or "none"


def _shown(value: JsonValue) -> str:
    return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)


MOST_SHOWN, LONGEST_SHOWN = 12, 60
"""Values of a field, and characters of one, that a map to fill in names; more decides nothing."""


def map_to_fill_in(
    name: str, form: FormatName, examples: Sequence[Imported], columns: Sequence[str] = ()
) -> str:
    """Return a map for a file, with the fields that it may read and what they hold."""
    has_points = any(c.points is not None for one in examples for c in one.passing)
    has_levels = any(c.levels is not None for one in examples for c in one.passing)
    rules = ["share: TODO"] * has_points + ["level: TODO"] * has_levels
    notes = [*_field_notes(told_by(examples))]
    parts = [
        f"# Import map for {name}:",
        "# what the file does not say. Fill in every TODO, then run",
        f"#   modelsmith benchmark import {name} \\",
        f"#     --format {form} --map MAP --into benchmarks/NAME",
        "# A value is the same for all, or follows from a field of each example:",
        "#   category: {from: FIELD, values: {a value: ONE, another: TWO}}",
        '# Texts take fields too: "An answer about {FIELD}". Fields of the file:',
        *notes,
        f"format: {form}",
        "idPrefix: TODO  # capitals; every id begins with it",
        f"outcomeType: TODO  # {', '.join(OutcomeType)}: what a right answer does",
        "operatorLens: TODO  # whose eyes the answers are written for; one of the lenses below",
        "category: TODO  # the capability that is examined; one of the categories below",
        "mechanic: {TODO: TODO}  # the domain's mechanism; as the schema below wants it",
        "description: TODO  # the situation in which the input is asked; 20 characters or more",
        "testObjective: TODO  # what this finds out about a model; never shown to it",
        "split: {shares: {train: 0.5, steer: 0.25, sealed: 0.25}}  # or train, or {from: ...}",
        *(_columns(columns) if form == "csv" else ()),
        "benchmark:  # becomes benchmark.yaml; take it out where the folder has one",
        "  title: TODO",
        "  owner: TODO  # the role that reviews changes",
        "  lenses: [TODO]",
        "  categories:",
        "    TODO: {title: TODO}",
        "  mechanic:",
        "    field: TODO",
        "    schema: {type: object}",
        "  answerFormat:",
        "    instruction: TODO  # the system message of every prompt",
        *([f"  passes: {{{', '.join(rules)}}}  # when an answer passes"] if rules else []),
    ]
    return "\n".join(parts) + "\n"


def _columns(columns: Sequence[str]) -> list[str]:
    return [
        f"columns:  # of the file: {', '.join(columns)}",
        "  id: TODO",
        "  input: TODO",
        "  passCriteria: [TODO]  # or {column: NAME, points: 5}",
        "  failCriteria: []",
    ]


def _field_notes(told: Mapping[str, Counter[str]]) -> Iterator[str]:
    for name, values in sorted(told.items()):
        is_label = len(values) <= MOST_SHOWN and max(map(len, values)) <= LONGEST_SHOWN
        listed = "; ".join(f"{one_line(one)} ({count})" for one, count in values.most_common())
        yield f"#   {name}: " + (listed if is_label else f"{len(values)} different values")
