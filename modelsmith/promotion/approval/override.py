"""An override: an operator takes a specialist live over the gate's no, in writing.

It is signed over one request, only where the policy lets a channel have it, and told for ever. It
overrules the gate alone: evidence must be whole, and everybody who must approve still does.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, Field

from modelsmith.policy import POLICY, Role
from modelsmith.promotion.bundle import OVERRIDE, OVERRIDE_SIGNATURE
from modelsmith.promotion.signing.attestation import Claimed, attested, claimed
from modelsmith.promotion.signing.ssh_statement import Signed, same_subject
from modelsmith.record import CamelRecord, Sha256, short

MOST_TOLD = 3
"""Rules that do not hold that are told in a line; the record has all of them."""


class Overriding(CamelRecord):
    """What an override says."""

    operator: str
    """Whose it is: their address, by the policy's signers of the role operator."""
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]
    """Why."""
    at: AwareDatetime
    """When, UTC."""
    failing: tuple[str, ...]
    """The rules of the gate that do not hold."""

    @property
    def words(self) -> str:
        """It in one line, as every surface shows it."""
        more = [f"{len(self.failing) - MOST_TOLD} more"] if len(self.failing) > MOST_TOLD else []
        rules = ", ".join([*self.failing[:MOST_TOLD], *more]) or "none"
        when = f"{self.at:%Y-%m-%d %H:%M} UTC"
        reason = " ".join(self.reason.split())
        return f"OVERRIDDEN by {self.operator}, {when}: {reason} (not holding: {rules})"


class Wanted(NamedTuple):
    """What an override must be, as the run and the policy at the merge base have it."""

    subject: Mapping[str, Sha256]
    """The request's path and digest."""
    failing: Sequence[str]
    """Rules of the gate that do not hold."""
    operators: Collection[str]
    """Who holds the role operator, by address."""
    channel: str
    """Where it is to go live."""
    is_allowed: bool
    """Whether the policy lets that channel have overrides."""


def override_statement(subject: Mapping[str, Sha256], says: Overriding) -> bytes:
    """Return what is signed."""
    return attested("override", subject, says.model_dump(mode="json", by_alias=True))


def override_in(statement: str) -> Claimed[Overriding]:
    """Return what `override.json` says.

    Raises:
        ValueError: it is no override.
    """
    return claimed(statement, "override", Overriding)


def overridden_words(statement: bytes | None) -> str:
    """Return in one line what an `override.json` says; nothing where there is none."""
    if statement is None:
        return ""
    try:
        return override_in(statement.decode()).says.words
    except ValueError:
        return f"OVERRIDDEN by nobody knows whom: {OVERRIDE} cannot be read"


def override_faults(signed: Signed, wanted: Wanted) -> Iterator[str]:
    """Yield why an override does not count; where nothing is yielded, it does."""
    if not wanted.is_allowed:
        yield f"{POLICY} lets nobody override the gate in {wanted.channel}"
    yield from signature_faults(OVERRIDE, OVERRIDE_SIGNATURE, signed)
    try:
        found = override_in(signed.statement)
    except ValueError:
        yield f"{OVERRIDE} is no override"
        return
    said, who = found.says, signed.signatory
    if not same_subject(found.subject, wanted.subject):
        yield f"it is over another bundle: {_told(found.subject)}, this is {_told(wanted.subject)}"
    if who and who.lower() not in {one.lower() for one in wanted.operators}:
        yield f"{who} does not hold {Role.OPERATOR.value}"
    if who and who.lower() != said.operator.lower():
        yield f"it speaks for {said.operator}, and {who} signed it"
    if sorted(said.failing) != sorted(wanted.failing):
        yield f"it overrules {_rules(said.failing)}, not holding: {_rules(wanted.failing)}"


def signature_faults(name: str, signature: str, signed: Signed) -> Iterator[str]:
    """Yield why nobody whom the policy lists vouches for a file."""
    if not signed.signature:
        yield f"{name} is not signed: there is no {signature}"
    elif signed.is_altered:
        yield f"{name} was edited after it was signed"
    elif not signed.signatory:
        yield f"{signature} is by a key that {POLICY} at the merge base lists for nobody"


def _rules(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _told(subject: Mapping[str, str]) -> str:
    return ", ".join(f"{path} {short(digest)}" for path, digest in subject.items()) or "none"
