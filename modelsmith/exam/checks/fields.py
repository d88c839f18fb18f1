"""Checks of what an answer says in its fields: whoever judges right passes, however worded."""

from typing import Annotated, Literal

from pydantic import Field

from modelsmith.exam.checks.answer_form import AnswerForm, Choice, Direction, FieldName
from modelsmith.exam.checks.answer_reading import AnswerReading, as_member
from modelsmith.exam.checks.quantities import UNITS
from modelsmith.exam.checks.result import CheckResult, met, not_met
from modelsmith.record import Amount, Record


class Chosen(Record):
    """Met when the answer's one choice is this."""

    choice: Choice
    """The value that a right answer chooses."""
    field: FieldName | None = None
    """The field that it stands in; needed where several are chosen from a list."""

    def finding(self, form: AnswerForm, reading: AnswerReading) -> CheckResult:
        """Return whether the field holds the value."""
        field = form.choice(self.field)
        if field is None:
            return not_met("the answer form has no such choice")
        given = reading.choices.get(field.name)
        return (met if given == self.choice else not_met)(given or f"no {field.name}")


class FigureSought(Record):
    """A figure, its tolerance, unit and direction, and the metric it belongs to."""

    metric: Annotated[str, Field(min_length=1, max_length=80)]
    """The column; an answer may call it by any alias of the benchmark's."""
    value: float
    """The figure that a right answer gives."""
    tolerance: Amount = 0.0
    """Absolute distance that still counts, in `unit`."""
    unit: Literal[UNITS] = ""  # type: ignore[valid-type] # the table is the type
    """Unit of `value`; empty is the column's, and where it has none, any written after it."""
    direction: Direction | None = None
    """Where it must be said to have gone; none asks for the figure alone."""


class FigureRead(Record):
    """Met when the answer reads the metric's figure, and where it went."""

    figure: FigureSought
    """What is looked for."""

    def finding(self, form: AnswerForm, reading: AnswerReading) -> CheckResult:
        """Return whether the reading of that metric is within tolerance, in its direction."""
        wanted = self.figure
        read = next((one for one in reading.figures if one.metric == wanted.metric), None)
        if read is None:
            return not_met(f"{wanted.metric}: not read")
        unit = wanted.unit or form.unit_of(wanted.metric)
        if not read.figure.equals(wanted.value, wanted.tolerance, unit):
            return not_met(f"{wanted.metric}: {read.figure.text}")
        if wanted.direction not in {None, read.direction}:
            return not_met(read.words if read.direction else f"{read.words}, no direction")
        return met(read.words)


class SetHeld(Record):
    """Met when a set holds these values."""

    set_: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=80)], ...],
        Field(alias="set", min_length=1, max_length=60, strict=False),
    ]
    """The values that a right answer gives."""
    field: FieldName
    """The field that they stand in."""
    exactly: bool = False
    """Whether no other value may stand there."""

    def finding(self, _form: AnswerForm, reading: AnswerReading) -> CheckResult:
        """Return whether the field holds the values; the first that is missing is named."""
        held = reading.sets.get(self.field, ())
        given = {as_member(one) for one in held}
        missing = [one for one in self.set_ if as_member(one) not in given]
        if missing:
            return not_met(f"missing: {missing[0]}")
        wanted = {as_member(one) for one in self.set_}
        more = [one for one in held if as_member(one) not in wanted]
        if self.exactly and more:
            return not_met(f"one too many: {more[0]}")
        return met(", ".join(held))
