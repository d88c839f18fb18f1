"""The seal: what the factory adds to a promotion when everything holds, signed, in one commit."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import AwareDatetime

from modelsmith.git.commits import FACTORY, SEAL, Commit
from modelsmith.policy import Claim
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.bundle import (
    APPROVALS,
    ATTESTATION,
    CONTRACT,
    EVALUATION,
    LINEAGE,
    OVERRIDE,
    SIGNED,
    SIGNED_EVALUATION,
    SIGNED_LINEAGE,
    Request,
)
from modelsmith.promotion.channel import ChannelMove, Release, channel_files
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.signing.attestation import attested
from modelsmith.promotion.verification.channels import channel_faults, channels_in, live_in
from modelsmith.promotion.verification.rules import part_subjects, subjects_of
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import sha256

Sign = Callable[[Claim, bytes], bytes]
"""Signs a statement as a claim, and returns the Sigstore bundle."""


def says_sealed(commit: Commit) -> bool:
    """Return whether a commit says that it is the factory's seal, which proves nothing."""
    return commit.author.email == FACTORY.email and bool(commit.trailers(SEAL))


def promotion_statement(
    request: Request, files: Mapping[str, bytes], approvals: ApprovalsFile
) -> bytes:
    """Return the statement that promotes: over every file, every part and the pointer.

    Args:
        request: What was approved.
        files: The promotion's folder, approvals included.
        approvals: Who approved.
    """
    contract = Contract.model_validate_json(files[CONTRACT])
    predicate: dict[str, Any] = {
        "bundleSha256": request.digest(),
        "specialist": request.specialist,
        "version": request.version,
        "run": request.run,
        "channel": request.channel,
        "isOverride": OVERRIDE in files,
        "ledgerSha256": request.ledger_sha256,
        "policySha256": approvals.policy_sha256,
        "approvers": sorted({one.who for one in approvals.approvals}),
        "rollback": None if contract.target is None else contract.target.words,
    }
    return attested("promotion", subjects_of(request.release.place, files, request), predicate)


def seal_of(  # noqa: PLR0913 - everything that a seal is made from
    request: Request,
    files: Mapping[str, bytes],
    approvals: ApprovalsFile,
    sign: Sign,
    *,
    live: Release | None,
    moves: Sequence[ChannelMove],
    at: AwareDatetime,
) -> dict[str, bytes]:
    """Return what the seal adds, by path from the top of the repository.

    Args:
        request: What was approved.
        files: The promotion's folder as it was approved.
        approvals: Who approved.
        sign: Signs a statement.
        live: What is live in the channel so far.
        moves: All moves of the channel so far.
        at: When, UTC.
    """
    place = request.release.place
    whole = {**files, APPROVALS: approvals.canonical()}
    statement = promotion_statement(request, whole, approvals)
    parts = part_subjects(request.parts)
    seal = {
        APPROVALS: whole[APPROVALS],
        ATTESTATION: statement,
        SIGNED: sign("promotion", statement),
        SIGNED_EVALUATION: sign(
            "evaluation", attested("evaluation", parts, json.loads(files[EVALUATION]))
        ),
        SIGNED_LINEAGE: sign("lineage", attested("lineage", parts, json.loads(files[LINEAGE]))),
    }
    overruled = OVERRIDE in files
    who = ", ".join(sorted({one.who for one in approvals.approvals}))
    move = ChannelMove(
        kind="overridden" if overruled else "promoted",
        before=live,
        after=request.release,
        at=at,
        why=f"approved by {who}, pull request {approvals.pull}",
        attestation_sha256=sha256(statement),
    )
    return {
        **{f"{place}/{name}": content for name, content in seal.items()},
        **channel_files(request.channel, [*moves, move]),
    }


def judge_seal(verification: Verification) -> tuple[list[str], Release | None]:
    """Return why the seal at the tip of a branch does not hold, and the release it promotes."""
    brought = verification.brought()
    faults = [f"{place}: {fault.what}" for place in brought for fault in verification.faults(place)]
    channels = [one for one in channels_in(verification) if live_in(one) in brought.values()]
    faults += [what for one in channels for what in channel_faults(verification, one)]
    if len(brought) != 1 or len(channels) != 1:
        faults.append(f"it promotes {len(brought)} releases into {len(channels)} channels")
    return faults, next(iter(brought.values()), None)
