"""`runners/boundaries.yaml`: what may leave the customer's hardware, and for whom."""

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from modelsmith.domain.record import Record

BOUNDARIES = "runners/boundaries.yaml"
"""Where it lies."""

SEALED = "sealed"
"""The boundary that nothing crosses."""

BoundaryName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]

Provider = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
"""Who runs a hosted model: anthropic, google, openai."""

Sendable = Literal[
    "id",
    "outcomeType",
    "operatorLens",
    "category",
    "mechanic",
    "description",
    "testObjective",
    "passCriteria",
    "failCriteria",
    "domainInput",
]
"""A scenario's fields. Weights and a specialist's answers are no field, so no boundary names them.
"""


class Grant(Record):
    """What one provider may be sent."""

    model_config = ConfigDict(alias_generator=to_camel)

    provider: Provider
    """Who may have it."""
    splits: Annotated[tuple[Literal["train", "steer"], ...], Field(min_length=1)]
    """Of which scenarios; a sealed one never leaves."""
    fields: Annotated[tuple[Sendable, ...], Field(min_length=1)]
    """Which of their fields."""

    def __str__(self) -> str:
        """Return what may go to whom, in words."""
        what, of = ", ".join(self.fields), " and ".join(self.splits)
        return f"{what} of {of} to {self.provider}"


class Boundary(Record):
    """What may leave under one name."""

    model_config = ConfigDict(alias_generator=to_camel)

    name: BoundaryName
    """What `run.yaml` calls it."""
    grants: tuple[Grant, ...] = ()
    """What may leave; nothing where it is empty."""

    @field_validator("grants")
    @classmethod
    def _one_each(cls, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        _require_own(grant.provider for grant in grants)
        return grants

    def __str__(self) -> str:
        """Return what may leave, in words."""
        return f"{self.name}: {'; '.join(map(str, self.grants)) or 'nothing leaves'}"


class Boundaries(Record):
    """Every boundary of the repository."""

    boundaries: Annotated[tuple[Boundary, ...], Field(min_length=1)] = (Boundary(name=SEALED),)
    """Each with a name of its own; one is `sealed`, and lets nothing leave."""

    @model_validator(mode="after")
    def _sealed_is_there(self) -> Self:
        _require_own(boundary.name for boundary in self.boundaries)
        sealed = self.named(SEALED)
        if sealed is None or sealed.grants:
            what = "grants something" if sealed else "is missing"
            raise ValueError(f"the boundary `{SEALED}` {what}; nothing leaves by it")
        return self

    def named(self, name: str) -> Boundary | None:
        """Return the boundary called `name`, or None."""
        return next((boundary for boundary in self.boundaries if boundary.name == name), None)


def _require_own(names: Iterable[str]) -> None:
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}")
