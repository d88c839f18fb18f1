"""Whose keys vouch for what people decided: on a pull request, and again from what was merged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.errors import SignatureError
from modelsmith.policy import Policy, Role
from modelsmith.promotion.approval.override import Wanted, override_faults
from modelsmith.promotion.approval.record import ApprovalsFile, approval_faults
from modelsmith.promotion.bundle import OVERRIDE, OVERRIDE_SIGNATURE, RECORD, REQUEST, Request
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Listed, Signed, listed, owner_of


def vouched(hands: SshSigner, signed: Signed, keys: Sequence[Listed]) -> Signed:
    """Return a signed statement with whose key made it, if one of `keys` did."""
    owner = owner_of(signed.signature, keys)
    if owner is None:
        return Signed(statement=signed.statement, signature=signed.signature)
    message, key = signed.statement.encode(), {owner.who: owner.key}
    try:
        who = hands.signatory(message, signed.signature, key)
    except SignatureError:
        return Signed(statement=signed.statement, signature=signed.signature, is_altered=True)
    return Signed(statement=signed.statement, signature=signed.signature, signatory=who)


def operators_of(policy: Policy | None) -> tuple[str, ...]:
    """Return who holds the role operator and may sign, by address, on either forge."""
    holders = policy.roles.get(Role.OPERATOR) if policy else None
    return tuple(one.email for one in holders.signers if one.key) if holders else ()


def wanted_override(record: PromotionRecord, request: Request, policy: Policy) -> Wanted:
    """Return what an operator's word must be that goes over the gate's for a promotion."""
    return Wanted(
        subject={f"{request.release.place}/{REQUEST}": request.digest()},
        failing=tuple(found.rule for found in record.gate.failed()),
        operators=operators_of(policy),
        channel=request.channel,
        is_allowed=policy.channel(request.channel).overrides,
    )


class DecisionEvidence(NamedTuple):
    """What approvals and overrides are judged by."""

    request: Request
    """What was approved."""
    file: ApprovalsFile | None
    """The approvals; none where they cannot be read."""
    files: Mapping[str, bytes]
    """The promotion's folder."""
    policy: Policy
    """The policy that was in force."""


def approvals_again(hands: SshSigner, judging: DecisionEvidence) -> Iterator[str]:
    """Yield what is wrong with the approvals of what was merged."""
    if judging.file is None:
        yield "nobody is known to have approved it"
        return
    keys, signatories = listed(judging.policy), {}
    for one in judging.file.approvals:
        if one.statement:
            signed = Signed(statement=one.statement, signature=one.signature)
            signatories[one.who] = vouched(hands, signed, keys).signatory
    yield from approval_faults(judging.file, judging.policy, judging.request, signatories)


def override_again(hands: SshSigner, judging: DecisionEvidence) -> str | None:
    """Return why no operator overruled the gate for what was merged; None where one did."""
    policy, request = judging.policy, judging.request
    statement, signature = (
        judging.files.get(name, b"").decode(errors="replace")
        for name in (OVERRIDE, OVERRIDE_SIGNATURE)
    )
    if not statement:
        return "nobody overruled it in writing"
    try:
        record = PromotionRecord.model_validate_json(judging.files.get(RECORD, b""))
    except ValueError:
        return f"{RECORD} cannot be read"
    wanted = wanted_override(record, request, policy)
    signed = vouched(hands, Signed(statement=statement, signature=signature), listed(policy))
    return "; ".join(override_faults(signed, wanted)) or None
