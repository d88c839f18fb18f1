"""When a scenario with points or levels passes: what `benchmark.yaml` says of it."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from modelsmith.record import Record

MOST_LEVELS = 10
"""Levels of one criterion."""


class PassRule(Record):
    """When an answer passes that is graded by points or by levels."""

    share: Annotated[
        Annotated[float, Field(gt=0, le=1)] | None, Field(exclude_if=lambda share: share is None)
    ] = None
    """Least share of the points: those of met pass criteria less those of triggered fail criteria,
    over all points that can be gained. Without it every required pass criterion and no fail
    criterion, as where nothing has points."""
    level: Annotated[
        Annotated[int, Field(ge=2, le=MOST_LEVELS)] | None,
        Field(exclude_if=lambda level: level is None),
    ] = None
    """Least level that meets a criterion with levels, counted from 1."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.share is None and self.level is None:
            raise ValueError("it says nothing; fix: write `share: 0.6` or `level: 4`, or both")
        return self
