"""`runners/boundaries.yaml`: what may leave the customer's hardware, and for whom."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from modelsmith.record import CamelRecord, Record

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
"""A scenario's fields. Weights are no field, so no boundary can name them."""


Purpose = Literal["council", "baseline", "judge"]
"""Why a hosted model is asked: to propose scenarios, as the bar to beat, or to decide criteria."""

SplitName = Literal["train", "steer", "sealed"]

REACH: Mapping[Purpose, tuple[SplitName, ...]] = {
    "council": ("train",),
    "baseline": ("steer", "sealed"),
    "judge": ("train", "steer", "sealed"),
}
"""Splits that a purpose may name. What writes training scenarios never sees what they are measured
by; what is measured, or measures, must (.github/decisions/0016)."""

ASKED: tuple[Sendable, ...] = (
    "operatorLens",
    "category",
    "mechanic",
    "description",
    "domainInput",
)
"""What a model is asked with (exam/prompt.py); a baseline gets no more than that."""


class Grant(CamelRecord):
    """What one provider may be sent, for one purpose."""

    provider: Provider
    """Who may have it."""
    purpose: Purpose = "council"
    """What for."""
    splits: Annotated[tuple[SplitName, ...], Field(min_length=1)]
    """Of which scenarios; train alone for the council, never train for a baseline."""
    fields: Annotated[tuple[Sendable, ...], Field(min_length=1)]
    """Which of their fields."""
    answers: bool = False
    """Whether answers under judgement go along, the specialist's among them; judges need it."""

    @field_validator("splits")
    @classmethod
    def _within_reach(
        cls, splits: tuple[SplitName, ...], info: ValidationInfo
    ) -> tuple[SplitName, ...]:
        purpose: Purpose = info.data.get("purpose", "council")
        out = [split for split in splits if split not in REACH[purpose]]
        if out:
            allowed = ", ".join(REACH[purpose])
            raise ValueError(
                f"{purpose}: nobody is sent {', '.join(out)} scenarios for it; fix: name {allowed}"
            )
        return splits

    @field_validator("fields")
    @classmethod
    def _asked_with(
        cls, fields: tuple[Sendable, ...], info: ValidationInfo
    ) -> tuple[Sendable, ...]:
        unasked = [field for field in fields if field not in ASKED]
        if info.data.get("purpose") == "baseline" and unasked:
            raise ValueError(
                f"a baseline is not asked with {', '.join(unasked)}; "
                f"fix: name some of {', '.join(ASKED)}"
            )
        return fields

    @model_validator(mode="after")
    def _answers_are_judged(self) -> Self:
        if self.purpose == "judge" and not self.answers:
            raise ValueError("a judge decides on answers; fix: add `answers: true`")
        if self.purpose != "judge" and self.answers:
            raise ValueError(f"no answer goes out for {self.purpose}; fix: delete `answers`")
        return self

    def __str__(self) -> str:
        """Return what may go to whom, in words."""
        what, of = ", ".join(self.fields), " and ".join(self.splits)
        more = " and the answers to them" if self.answers else ""
        return f"{what} of {of}{more} to {self.provider} as {self.purpose}"


class Boundary(CamelRecord):
    """What may leave under one name."""

    name: BoundaryName
    """What `run.yaml` calls it."""
    grants: tuple[Grant, ...] = ()
    """What may leave; nothing where it is empty."""

    @field_validator("grants")
    @classmethod
    def _one_each(cls, grants: tuple[Grant, ...]) -> tuple[Grant, ...]:
        require_own(f"{grant.provider} as {grant.purpose}" for grant in grants)
        return grants

    def grant(self, provider: str, purpose: Purpose) -> Grant | None:
        """Return what a provider may be sent for a purpose; None where nothing may."""
        return next(
            (g for g in self.grants if g.provider == provider and g.purpose == purpose), None
        )

    def __str__(self) -> str:
        """Return what may leave, in words."""
        return f"{self.name}: {'; '.join(map(str, self.grants)) or 'nothing leaves'}"


class Boundaries(Record):
    """Every boundary of the repository."""

    boundaries: Annotated[tuple[Boundary, ...], Field(min_length=1)] = (Boundary(name=SEALED),)
    """Each with a name of its own; one is `sealed`, and lets nothing leave."""

    @model_validator(mode="after")
    def _sealed_is_there(self) -> Self:
        require_own(boundary.name for boundary in self.boundaries)
        sealed = self.named(SEALED)
        if sealed is None or sealed.grants:
            what = "grants something" if sealed else "is missing"
            raise ValueError(f"the boundary `{SEALED}` {what}; nothing leaves by it")
        return self

    def named(self, name: str) -> Boundary | None:
        """Return the boundary called `name`, or None."""
        return next((boundary for boundary in self.boundaries if boundary.name == name), None)


def require_own(names: Iterable[str], fix: str = "") -> None:
    """Check that no name occurs twice.

    Raises:
        ValueError: some do; `fix` says what to do about it.
    """
    listed = list(names)
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise ValueError(f"named twice: {', '.join(twice)}{fix}")
