"""In-toto statements: what is claimed of which files, in the field's own form.

| claim      | predicate type                                   |
|------------|--------------------------------------------------|
| evaluation | in-toto's vetted test-result, ours under one key |
| lineage    | SLSA provenance v1                               |
| approval   | ours: nothing vetted fits a person's review      |
| override   | ours                                             |
| promotion  | ours                                             |
| revert     | ours                                             |

The bytes are canonical (RFC 8785): the file in git is the signed payload, byte for byte.
"""

import json
from collections.abc import Mapping
from typing import Generic, Literal, NamedTuple, TypeVar

from pydantic import ConfigDict, Field

from modelsmith.record import JsonObject, Record, Sha256, canonical

STATEMENT = "https://in-toto.io/Statement/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
OURS = "https://github.com/modelsmith-factory/modelsmith/attestation"
"""Where our predicate types are named; a name, nothing is fetched."""

Predicate = Literal["evaluation", "lineage", "approval", "override", "promotion", "revert"]

C = TypeVar("C", bound=Record)

PREDICATE_TYPES: Mapping[Predicate, str] = {
    "evaluation": "https://in-toto.io/attestation/test-result/v0.1",
    "lineage": "https://slsa.dev/provenance/v1",
    "approval": f"{OURS}/approval/v1",
    "override": f"{OURS}/override/v1",
    "promotion": f"{OURS}/promotion/v1",
    "revert": f"{OURS}/revert/v1",
}


class Digests(Record):
    """How a subject is known."""

    sha256: Sha256
    """Digest of its content."""


class StatementSubject(Record):
    """A file that a statement speaks of."""

    name: str
    """Its path."""
    digests: Digests = Field(alias="digest")
    """Its digest."""


class Attestation(Record):
    """One statement."""

    model_config = ConfigDict(alias_generator=None)

    type_: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    """In-toto's statement, version 1."""
    subject: tuple[StatementSubject, ...]
    """Files, by name, each once."""
    predicate_type: str = Field(alias="predicateType")
    """What kind of claim it is."""
    predicate: JsonObject
    """The claim."""

    def subjects(self) -> dict[str, str]:
        """Return the digest of each subject, by name.

        Raises:
            ValueError: a name stands there twice.
        """
        found = {one.name: one.digests.sha256 for one in self.subject}
        if len(found) != len(self.subject):
            raise ValueError("a subject stands there twice")
        return found


class Claimed(NamedTuple, Generic[C]):
    """A statement of ours that was read."""

    subject: Mapping[str, Sha256]
    """What it is about: the request's path and digest."""
    says: C
    """What it claims."""


def attested(kind: Predicate, subjects: Mapping[str, Sha256], predicate: JsonObject) -> bytes:
    """Return the statement's canonical bytes: what is signed, and what lies in git."""
    named = [{"name": name, "digest": {"sha256": subjects[name]}} for name in sorted(subjects)]
    return canonical(
        {
            "_type": STATEMENT,
            "subject": named,
            "predicateType": PREDICATE_TYPES[kind],
            "predicate": dict(predicate),
        }
    )


def attestation_in(payload: bytes, kind: Predicate) -> Attestation:
    """Return the statement that signed bytes hold.

    Raises:
        ValueError: they are no statement of that kind, or not its canonical bytes.
    """
    found = Attestation.model_validate_json(payload)
    wanted = PREDICATE_TYPES[kind]
    if found.predicate_type != wanted:
        raise ValueError(f"predicateType is {found.predicate_type}, expected {wanted}")
    if canonical(json.loads(payload)) != payload:
        raise ValueError("it is not canonical JSON (RFC 8785)")
    found.subjects()
    return found


def claimed(statement: str, kind: Predicate, claims: type[C]) -> Claimed[C]:
    """Return what a statement says, and of which files.

    Raises:
        ValueError: it is no statement of that kind.
    """
    found = attestation_in(statement.encode(), kind)
    says = claims.model_validate_json(canonical(dict(found.predicate)))
    return Claimed(found.subjects(), says)
