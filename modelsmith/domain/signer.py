"""Who signs for the factory, as `promotions/policy.yaml` of the base branch names them.

A verifier tries the signers that the policy names for a statement's type and channel, and never
what a bundle asks for: a key cannot stand in where the policy wants an identity.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from modelsmith.domain.channel import CHANNEL_NAMES, ChannelName
from modelsmith.domain.record import NonEmpty, Record, Slug

Claim = Literal["evaluation", "lineage", "promotion", "revert"]
"""What is claimed: each has a predicate type of its own (domain/attestation.py)."""

CLAIMS: tuple[Claim, ...] = ("evaluation", "lineage", "promotion", "revert")

PUBLIC_GOOD = "public-good"
"""The public Sigstore. It publishes repository, workflow and commit for ever."""


class _Signer(Record):
    model_config = ConfigDict(alias_generator=to_camel)

    name: Slug
    """By which messages call it."""
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)] = CLAIMS
    """What it may sign."""
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1)] = CHANNEL_NAMES
    """For which channels."""


class KeySigner(_Signer):
    """Whoever holds a private key."""

    kind: Literal["key"]
    """Its kind."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]+=*$")]
    """ECDSA P-256 public key: base64 of its DER (SubjectPublicKeyInfo), as
    `modelsmith promotion key` prints it."""


class KeylessSigner(_Signer):
    """A workflow, by what the identity provider says of it."""

    kind: Literal["keyless"]
    """Its kind."""
    issuer: Annotated[str, Field(pattern=r"^https?://")]
    """Who vouches for the identity."""
    identity: NonEmpty
    """The workflow file and the ref that it came from, exactly."""
    repository: Annotated[str, Field(pattern=r"^https?://")]
    """The repository that ran it; a reusable workflow may be called from any."""
    trust: NonEmpty
    """`public-good`, or the path of a trusted root in the repository."""

    @property
    def ref(self) -> str | None:
        """What must have been checked out: the ref that the workflow's file came from.

        A branch may call a workflow of another branch. None where another repository keeps the
        workflow, since that one has refs of its own.
        """
        _, at, ref = self.identity.rpartition("@")
        return ref if at and self.identity.startswith(f"{self.repository}/") else None


Signatory = Annotated[KeySigner | KeylessSigner, Field(discriminator="kind")]
"""One who signs."""


def accepted(
    signers: tuple[KeySigner | KeylessSigner, ...], claim: Claim, channel: ChannelName
) -> tuple[KeySigner | KeylessSigner, ...]:
    """Return those that the policy accepts for a claim about a channel."""
    return tuple(one for one in signers if claim in one.claims and channel in one.channels)
