"""What somebody signs who approves: a statement about one request, at one commit.

The review carries it behind its text, so that whoever has the review can verify it:

    ```modelsmith-approval
    {"_type": ...}
    ```
    ```modelsmith-signature
    -----BEGIN SSH SIGNATURE-----
    ```
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from modelsmith.forge.records import CommitSha
from modelsmith.policy import Role
from modelsmith.promotion.signing.attestation import Claimed, attested, claimed
from modelsmith.promotion.signing.ssh_statement import Signed
from modelsmith.record import CamelRecord, Positive, Sha256

FENCE = "```modelsmith-approval"
CARRIED = re.compile(
    rf"{FENCE}\r?\n([^\r\n]+)\r?\n```\r?\n```modelsmith-signature\r?\n(.+?)\r?\n```", re.DOTALL
)


class Approving(CamelRecord):
    """What the statement claims."""

    approver: str
    """Who approves: login on GitHub, address on the local forge."""
    decision: Literal["approved"]
    """What they decided; who says no needs no signature to be heard."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    """As whom."""
    reviewed_at: AwareDatetime
    """When, UTC."""
    commit: CommitSha
    """The head of the pull request that they looked at."""
    pull: Positive
    """Number of the pull request."""


def approval_statement(subject: Mapping[str, Sha256], says: Approving) -> bytes:
    """Return what is signed."""
    return attested("approval", subject, says.model_dump(mode="json", by_alias=True))


def approval_in(statement: str) -> Claimed[Approving]:
    """Return what a statement says.

    Raises:
        ValueError: it is no approval.
    """
    return claimed(statement, "approval", Approving)


def review_body(words: str, statement: bytes, signature: str) -> str:
    """Return the text of a review that carries a statement and its signature."""
    return (
        f"{words}\n\n{FENCE}\n{statement.decode()}\n```\n"
        f"```modelsmith-signature\n{signature.strip()}\n```\n"
    )


def carried_by(body: str) -> Signed | None:
    """Return the statement that a review carries, not verified; none where it carries none.

    What begins as one and is none is an empty statement, which nobody can have signed.
    """
    if FENCE not in body:
        return None
    found = CARRIED.search(body)
    if found is None or body.count(FENCE) != 1:
        return Signed(statement="", signature="")
    return Signed(statement=found[1], signature=found[2].replace("\r\n", "\n") + "\n")
