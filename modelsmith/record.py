"""What every record is: frozen, strict, closed, with one canonical encoding."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A sha256 digest in lower-case hex."""

Count = Annotated[int, Field(ge=0)]
"""A number of things."""

Positive = Annotated[int, Field(ge=1)]
"""A number of things of which there is one at least, or that are counted from 1."""

Amount = Annotated[float, Field(ge=0)]
"""A quantity that is never below zero."""

NonEmpty = Annotated[str, Field(min_length=1)]
"""A text that says something."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
"""A name that can stand in a path and a branch."""

Rate = Annotated[float, Field(ge=0, le=1)]
"""A share in [0, 1]."""

Seconds = Annotated[float, Field(ge=0)]
"""A duration in seconds."""

JsonObject = Mapping[str, Any]
"""A JSON object that is read."""

JsonDict = dict[str, Any]
"""A JSON object that is made."""


class Record(BaseModel):
    """Base of every record: immutable, no coercion, no unknown field, no NaN."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_by_alias=True,
        validate_by_name=True,
    )

    def canonical(self) -> bytes:
        """Return the one JSON encoding of this record (RFC 8785)."""
        return canonical(self.model_dump(mode="json", by_alias=True))

    def digest(self) -> str:
        """Return the sha256 of the canonical encoding, in hex."""
        return sha256(self.canonical())


class CamelRecord(Record):
    """A record whose fields are spelled in camelCase in files: people write them."""

    model_config = ConfigDict(alias_generator=to_camel)


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the one JSON encoding of `value` (RFC 8785: sorted keys, no spaces, UTF-8)."""
    return rfc8785.dumps(value)


def sha256(content: bytes) -> str:
    """Return the sha256 of `content` in hex."""
    return hashlib.sha256(content).hexdigest()


def short(name: str) -> str:
    """Return the part of a digest, or of a commit's name, that people compare by eye."""
    return name[:12]


def digest_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the sha256 of the canonical encoding of a JSON value, in hex."""
    return sha256(canonical(value))


R = TypeVar("R", bound=Record)


def lines_of(records: Iterable[Record]) -> bytes:
    """Return records as JSON Lines: one canonical encoding a line."""
    return b"".join(record.canonical() + b"\n" for record in records)


def records_in(content: bytes, kind: type[R]) -> tuple[R, ...]:
    """Return the records of JSON Lines.

    Raises:
        ValueError: a line is not a `kind`.
    """
    return tuple(kind.model_validate_json(line) for line in content.splitlines() if line)


PLACES = 9
"""Decimals that a recorded statistic keeps. Decisions read the rounded figure, so a reader who
recomputes one on another processor, whose last bits differ, comes to the same decision."""


def kept(figure: float) -> float:
    """Return `figure` as records keep it; a negative zero becomes zero."""
    return round(figure, PLACES) + 0.0


def read_as(content: bytes | None, kind: type[R]) -> R | None:
    """Return a record from its bytes; none where they hold none, or not its only encoding."""
    try:
        found = kind.model_validate_json(content) if content else None
    except ValidationError:
        return None
    return found if found is None or found.canonical() == content else None
