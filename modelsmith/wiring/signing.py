"""Who signs, how signatures are verified, and what is therefore live."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelsmith.domain.model_parts import Parts
    from modelsmith.domain.model_source import ModelSource
    from modelsmith.domain.policy import ChannelName, Claim, Policy
    from modelsmith.domain.run import RunConfig
    from modelsmith.ports.releases import Releases
    from modelsmith.ports.signing import StatementSigner
    from modelsmith.steps.live import Weights
    from modelsmith.steps.verify import Ways


def new_signing_key(repository: Path, out: Path) -> str:
    """Make a private key, and return its public half as a policy names it.

    Raises:
        UsageError: there is a file, or the file would lie in the repository.
    """
    from modelsmith.adapters.managed_key import new_key
    from modelsmith.errors import UsageError

    if out.resolve().is_relative_to(repository.resolve()):
        raise UsageError(
            f"{out} lies in the repository, where a private key does not belong",
            remedy="Name a file elsewhere with --out, or leave it out.",
        )
    return new_key(out)


def signer(policy: "Policy", claim: "Claim", channel: "ChannelName") -> "StatementSigner":
    """Return who signs a claim about a channel here, of those whom a policy accepts.

    Raises:
        SignatureError: none of them is to be had here, with what was looked for.
    """
    from modelsmith.adapters.signer_choice import signer_for
    from modelsmith.domain.policy import accepted

    return signer_for(os.environ, accepted(policy.signers, claim, channel))


def ways(repository: Path) -> "Ways":
    """Return how signatures of a clone are verified, and people's decisions judged again."""
    from modelsmith.adapters.ssh_hands import SshHands
    from modelsmith.adapters.statement_verifier import OfflineVerifier
    from modelsmith.domain.revert_faults import revert_faults
    from modelsmith.steps.verify import Ways
    from modelsmith.steps.vouch import approvals_again, override_again
    from modelsmith.wiring.policy import policy_in

    hands = SshHands(repository)
    return Ways(
        verifier=OfflineVerifier,
        policy=policy_in,
        approvals=lambda judging: approvals_again(hands, judging),
        override=lambda judging: override_again(hands, judging),
        revert=lambda one: revert_faults(one.move, one.files, one.payload, one.read),
    )


def releases(repository: Path, *, has_weights: bool = True) -> "Releases":
    """Return what reads verified releases of the branch of record.

    Args:
        repository: A clone with all of its history.
        has_weights: Whether what is served is looked for on this machine, and held against it.
    """
    from modelsmith.adapters.branch_of_record import BranchOfRecord
    from modelsmith.adapters.git_command import Git
    from modelsmith.adapters.git_history import GitHistory
    from modelsmith.adapters.record_files import record_in
    from modelsmith.domain.run import RunConfig
    from modelsmith.steps.live import VerifiedReleases

    def configured(path: str, content: bytes) -> "RunConfig":
        return record_in(path, content, RunConfig)

    return VerifiedReleases(
        BranchOfRecord(Git(repository)).commit,
        lambda: GitHistory(repository),
        ways(repository),
        configured,
        _weights(repository) if has_weights else None,
    )


def _weights(repository: Path) -> "Weights":
    from modelsmith.adapters.embedded_model import LocalModels
    from modelsmith.adapters.served_parts import parts_at
    from modelsmith.steps.live import Weights
    from modelsmith.wiring.store import content_store

    def parts(model: "ModelSource", adapter: Path) -> "Parts":
        return parts_at(LocalModels(repository).located(model).folder, adapter)

    return Weights(content_store(repository, quiet=True), parts)


def revert_signer(repository: Path, channel: "ChannelName") -> "StatementSigner":
    """Return who signs a revert, by the policy of the branch of record at that moment."""
    from modelsmith.adapters.branch_of_record import BranchOfRecord
    from modelsmith.adapters.git_command import Git
    from modelsmith.adapters.signer_choice import PolicySigner
    from modelsmith.domain.policy import POLICY
    from modelsmith.errors import BlockedError
    from modelsmith.wiring.policy import policy_in

    def chosen() -> "StatementSigner":
        content = BranchOfRecord(Git(repository)).file(POLICY)
        if content is None:
            raise BlockedError(
                f"the branch of record has no {POLICY}", remedy="Write who signs, and merge it."
            )
        return signer(policy_in(content), "revert", channel)

    return PolicySigner(chosen)
