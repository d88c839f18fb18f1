"""An operator's word over the gate's, as records: whose key made it is said, not verified."""

from typing import Any

from modelsmith.decisions.gate import gate
from modelsmith.promotion.approval.override import Overriding, override_statement
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.signing.ssh_statement import Signed
from modelsmith.run.state_machine import Event
from modelsmith.signoff.submission import Submission
from tests.support.approvals import SIGNATURE, SUBJECT
from tests.support.sittings import a_contender, a_sitting, an_attempt, failing_on
from tests.support.submissions import AT, a_record, a_submission, proposed

OTTO = "otto@example.org"


def says(**changes: Any) -> Overriding:
    """Return what an operator says."""
    fields = {"operator": OTTO, "reason": "a pilot of ten", "at": AT, "failing": ("lead",)}
    return Overriding(**(fields | changes))


def signed(
    *,
    subject: dict[str, str] = SUBJECT,
    signatory: str = OTTO,
    signature: str = SIGNATURE,
    is_altered: bool = False,
    **changes: Any,
) -> Signed:
    """Return an override as it was verified."""
    statement = override_statement(subject, says(**changes)).decode()
    return Signed(
        statement=statement, signature=signature, signatory=signatory, is_altered=is_altered
    )


def a_refused_one(**changes: Any) -> Submission:
    """Return what is known of a promotion that the gate refused and an operator overrode."""
    attempt = an_attempt(candidate=a_contender("candidate", a_sitting(failing_on(*range(16)))))
    verdict = gate(attempt)
    failing = tuple(found.rule for found in verdict.failed())
    record = PromotionRecord(**dict(a_record()) | {"gate": verdict, "decision": "refused"})
    fields = {
        "record": record,
        "event": Event.REFUSED,
        "decision": verdict.decision,
        "proposed": proposed(**{"override.json": "5" * 64, "override.sig": "6" * 64}),
        "override": signed(failing=failing),
        "allows_override": True,
        "operators": (OTTO,),
    }
    return a_submission(**(fields | changes))
