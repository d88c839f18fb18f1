"""How an answer is to be written: its fields in order, or none; what a prompt says of them.

A form is resolved for one scenario (`AnswerForm`): the choices of its category, the columns of its
table under every name that the benchmark gives them. Prompt, reading and checks take it from there,
so that whoever is asked is told everything that the reading knows.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from modelsmith.exam.checks.quantities import ENGLISH, UNITS
from modelsmith.record import CamelRecord, Positive

FieldName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9 _-]*$", max_length=40)]
"""What a line of an answer begins with, before a colon; also the key of its JSON form."""

Choice = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]
"""A value of a field that is chosen from a list."""

COLUMN = r"^[a-z][a-z0-9_]*$"
"""Form of a column's name in a table."""

Alias = Annotated[str, Field(min_length=2, max_length=80)]

Direction = Literal["up", "down", "flat"]
"""Where a figure went."""


class ChoiceField(CamelRecord):
    """A field that holds one value of a list."""

    kind: Literal["choice"] = "choice"
    name: FieldName
    """What its line begins with."""
    choices: Annotated[tuple[Choice, ...], Field(max_length=40)] = ()
    """The values; where none is named, the `verdicts` of the scenario's category."""
    clear: Choice | None = None
    """The value that says there is no problem, where one does."""


class FiguresField(CamelRecord):
    """A field that holds figures, each with its metric."""

    kind: Literal["figures"] = "figures"
    name: FieldName
    """What its line begins with."""
    at_most: Annotated[int, Field(ge=1, le=20)] = 4
    """Metrics that an answer may read; one that lists more has not chosen."""
    directions: bool = False
    """Whether each figure is to be said to go up, down, or to be flat."""


class SetField(CamelRecord):
    """A field that holds several values."""

    kind: Literal["set"] = "set"
    name: FieldName
    """What its line begins with."""
    choices: Annotated[tuple[Choice, ...], Field(max_length=60)] = ()
    """The values to choose from; without them any words, parted by commas."""
    at_most: Positive = 10
    """Values that an answer may give."""


class TextField(CamelRecord):
    """A field that holds sentences."""

    kind: Literal["text"] = "text"
    name: FieldName
    """What its line begins with."""
    opens: tuple[str, ...] = ()
    """How the criteria that speak of it begin ("Says that"): what follows is its text in targets
    that are composed from a rubric. Without them nothing is composed."""


AnswerField = Annotated[
    ChoiceField | FiguresField | SetField | TextField, Field(discriminator="kind")
]


class Column(CamelRecord):
    """What a column of figures may be called, and when it counts as moved."""

    aliases: Annotated[tuple[Alias, ...], Field(max_length=12)] = ()
    """Further names that an answer may use, in any case, also with underscores for blanks; its own,
    with blanks for underscores, always counts."""
    unit: Literal[UNITS] = ""  # type: ignore[valid-type] # the table is the type
    """Unit of its figures; empty for bare numbers. An answer may write another unit of the same
    kind ("0.5 hrs" for 30 min)."""
    flat_within: Annotated[float, Field(ge=0)] | None = None
    """A change up to this, in its own unit, is flat."""
    flat_within_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    """A change up to this share of where it began is flat. Without either bound no word of
    direction is composed, and checks of a direction are refused."""

    @property
    def flat_words(self) -> str:
        """Up to which change it is flat."""
        if self.flat_within is not None:
            return f"flat within {self.flat_within:g} {self.unit}".strip()
        if self.flat_within_percent is not None:
            return f"flat within {self.flat_within_percent:g} % of where it began"
        return ""

    def direction(self, first: float, last: float) -> Direction | None:
        """Return where a figure went by the column's own bound; None where it has none."""
        if self.flat_within is not None:
            bound = self.flat_within
        elif self.flat_within_percent is not None:
            bound = self.flat_within_percent / 100 * abs(first)
        else:
            return None
        if abs(last - first) <= bound + 1e-12:
            return "flat"
        return "up" if last > first else "down"


class Metric(NamedTuple):
    """A column as answers may call it."""

    name: str
    """The column."""
    names: tuple[str, ...]
    """Everything that it is called, its own name first."""
    unit: str
    """Unit of its figures."""
    aliases: tuple[str, ...] = ()
    """Those of its names that the benchmark adds, as it writes them."""
    flat: str = ""
    """Up to which change it is flat, in words; empty where nothing says it."""
    has_decimals: bool = False
    """Whether its figures are known to have decimals."""


class AnswerForm(NamedTuple):
    """The form of answers to one scenario."""

    fields: tuple[AnswerField, ...] = ()
    """Its fields in order; none where an answer is free text."""
    metrics: tuple[Metric, ...] = ()
    """What figures may belong to, as the prompt tells."""
    sought: tuple[Metric, ...] = ()
    """What the rubric's figures belong to beside them; read, and told to nobody."""
    is_stated: bool = True
    """Whether the prompt states it and reading holds answers to it. A form of `sections` names its
    lines in the instruction alone, and only its verdict is read."""
    language: str = ENGLISH
    """Language whose figures and units are read beside the English ones."""

    def choice(self, name: str | None = None) -> ChoiceField | None:
        """Return the field of that name that is chosen from a list; the only one without a name."""
        found = [f for f in self.fields if isinstance(f, ChoiceField) and name in (None, f.name)]
        return found[0] if len(found) == 1 else None

    def named(self, name: str) -> AnswerField | None:
        """Return the field of that name."""
        return next((field for field in self.fields if field.name == name), None)

    def unit_of(self, metric: str) -> str:
        """Return the unit that a metric's figures are declared in; empty where they are in none."""
        known = (one.unit for one in (*self.metrics, *self.sought) if one.name == metric)
        return next(known, "")


FREE_TEXT = AnswerForm()
"""An answer without a form."""


def metrics_of(
    names: Iterable[str], columns: Mapping[str, Column], decimals: Collection[str] = ()
) -> tuple[Metric, ...]:
    """Return columns as answers may call them.

    Args:
        names: The columns of a table.
        columns: What the benchmark says of columns.
        decimals: Those whose figures are known to have decimals.
    """
    found = []
    for name in names:
        column = columns.get(name, Column())
        own = (name, name.replace("_", " "))
        aliases = tuple(alias for alias in column.aliases if alias not in own)
        in_tables = filter(None, map(column_name, aliases))
        called = dict.fromkeys((*own, *aliases, *in_tables))
        found.append(
            Metric(name, tuple(called), column.unit, aliases, column.flat_words, name in decimals)
        )
    return tuple(found)


def column_name(alias: str) -> str | None:
    """Return an alias as a table would name its column; None where none can be called so."""
    name = re.sub(r"[ -]+", "_", alias.strip().lower())
    return name if re.fullmatch(COLUMN, name) else None


def declared_column(name: str, columns: Mapping[str, Column]) -> str:
    """Return the declared column that a table's column is: by its name, or by one's alias alone."""
    if name in columns:
        return name
    found = [key for key, one in columns.items() if name in map(column_name, one.aliases)]
    return found[0] if len(found) == 1 else name


def form_words(form: AnswerForm) -> str:
    """Return what a prompt says of the form; nothing of a free text."""
    if not form.fields:
        return ""
    lines = ["Answer in these lines, each begun by its name and a colon:"]
    lines += [f"{field.name}: {_told(field, form)}" for field in form.fields]
    return "\n".join(lines)


def _told(field: AnswerField, form: AnswerForm) -> str:
    if isinstance(field, ChoiceField):
        return f"one of {', '.join(field.choices)}"
    if isinstance(field, SetField):
        listed = f" of {', '.join(field.choices)}" if field.choices else " values"
        return f"at most {field.at_most}{listed}, parted by commas"
    if isinstance(field, TextField):
        return "in your own words"
    bounds = {metric.flat for metric in form.metrics}
    shared = f" ({bounds.pop()})" if len(bounds) == 1 and bounds != {""} else ""
    way = f", and up, down or flat{shared}" if field.directions else ""
    told = (
        f"at most {field.at_most} metrics, parted by semicolons, each once with its latest value "
        f"and unit{way}"
    )
    is_apart = field.directions and not shared
    known = [one for m in form.metrics if (one := _metric_words(m, flat=is_apart))]
    return f"{told}; {'; '.join(known)}" if known else told


def _metric_words(metric: Metric, *, flat: bool) -> str:
    """Return what whoever answers could not know of a metric; nothing where that is nothing."""
    parts = [f"also called {', '.join(metric.aliases)}"] if metric.aliases else []
    parts += [f"in {metric.unit}"] if metric.unit else []
    parts += [metric.flat] if flat and metric.flat else []
    return f"{metric.name} ({', '.join(parts)})" if parts else ""
