"""Approvals as people sign them, as records: whose key made each is said, not verified."""

from datetime import datetime
from typing import Any

from modelsmith.forge.records import Person, Review
from modelsmith.policy import Role
from modelsmith.promotion.approval.statement import Approving, approval_statement, review_body
from modelsmith.promotion.signing.ssh_statement import Signed
from modelsmith.record import sha256
from tests.support.submissions import AT, HEAD, PLACE, a_request

SUBJECT = {f"{PLACE}/request.json": a_request().digest()}
SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"


def a_statement(who: str, *roles: Role, subject: dict[str, str] = SUBJECT, **says: Any) -> str:
    """Return what somebody signs who approves."""
    fields = {
        "approver": who,
        "decision": "approved",
        "roles": roles or (Role.LEGAL,),
        "reviewed_at": AT,
        "commit": HEAD,
        "pull": 7,
    }
    return approval_statement(subject, Approving(**(fields | says))).decode()


def a_review(  # noqa: PLR0913 - what a review carries
    who: str,
    statement: str,
    *,
    sha: str = HEAD,
    at: datetime = AT,
    signatory: str | None = None,
    is_altered: bool = False,
) -> tuple[Review, dict[str, Signed]]:
    """Return an approving review that carries a statement, and the statement as verified."""
    body = review_body("I approve.", statement.encode(), SIGNATURE)
    by = who if signatory is None else signatory
    signed = Signed(statement=statement, signature=SIGNATURE, signatory=by, is_altered=is_altered)
    person = Person(login=who, is_bot=False)
    review = Review(author=person, verdict="approved", commit_sha=sha, submitted_at=at, body=body)
    return review, {sha256(body.encode()): signed}
