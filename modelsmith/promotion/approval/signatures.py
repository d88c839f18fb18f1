"""Whose keys vouch for what people decided: on a pull request, and again from what was merged."""

from collections.abc import Iterator, Mapping, Sequence

from modelsmith.errors import SignatureError
from modelsmith.policy import Policy, Role
from modelsmith.promotion.approval.override import Wanted, override_faults
from modelsmith.promotion.approval.record import ApprovalsFile, approval_faults
from modelsmith.promotion.bundle import OVERRIDE, OVERRIDE_SIGNATURE, RECORD, REQUEST, Request
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Listed, Signed, listed, owner_of


def verified(ssh: SshSigner, statement: str, signature: str, keys: Sequence[Listed]) -> Signed:
    """Return a signed statement with whose key made it, if one of `keys` did."""
    owner, who, is_altered = owner_of(signature, keys), "", False
    if owner is not None:
        try:
            who = ssh.signatory(statement.encode(), signature, {owner.who: owner.key})
        except SignatureError:
            is_altered = True
    return Signed(statement=statement, signature=signature, signatory=who, is_altered=is_altered)


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


def approvals_again(
    ssh: SshSigner, request: Request, file: ApprovalsFile | None, policy: Policy
) -> Iterator[str]:
    """Yield what is wrong with the approvals of what was merged, by the policy then in force."""
    if file is None:
        yield "nobody is known to have approved it"
        return
    keys = listed(policy)
    signatories = {
        one.who: verified(ssh, one.statement, one.signature, keys).signatory
        for one in file.approvals
        if one.statement
    }
    yield from approval_faults(file, policy, request, signatories)


def override_again(
    ssh: SshSigner, request: Request, files: Mapping[str, bytes], policy: Policy
) -> str | None:
    """Return why no operator overruled the gate for what was merged; None where one did."""
    signed = override_in_folder(ssh, files, policy)
    if not signed.statement:
        return "nobody overruled it in writing"
    try:
        record = PromotionRecord.model_validate_json(files.get(RECORD, b""))
    except ValueError:
        return f"{RECORD} cannot be read"
    return "; ".join(override_faults(signed, wanted_override(record, request, policy))) or None


def override_in_folder(
    ssh: SshSigner, files: Mapping[str, bytes | None], policy: Policy | None
) -> Signed:
    """Return an operator's word over the gate's as a promotion's folder holds it, verified."""
    statement, signature = (
        (files.get(name) or b"").decode(errors="replace") for name in (OVERRIDE, OVERRIDE_SIGNATURE)
    )
    return verified(ssh, statement, signature, listed(policy))
