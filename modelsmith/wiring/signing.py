"""Who signs, how signatures are verified, and what is therefore live."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import BlockedError, UsageError
from modelsmith.git.cli.command import Git
from modelsmith.models.source import ModelSource, Parts
from modelsmith.policy import POLICY, ChannelName, Claim, Policy, accepted, policy_in
from modelsmith.promotion.signing.keys.signer_selection import PolicySigner, signer_for
from modelsmith.promotion.signing.port import Signatures, StatementSigner
from modelsmith.run.git.default_branch import BranchOfRecord

if TYPE_CHECKING:
    from modelsmith.promotion.verification.live_release import VerifiedReleases, WeightsOnDisk


def make_signing_key(repository: Path, out: Path) -> str:
    """Make a private key, and return its public half as a policy names it.

    Raises:
        UsageError: there is a file, or the file would lie in the repository.
    """
    from modelsmith.promotion.signing.keys.managed_key import make_key

    if out.resolve().is_relative_to(repository.resolve()):
        raise UsageError(
            f"{out} lies in the repository, where a private key does not belong",
            remedy="Name a file elsewhere with --out, or leave it out.",
        )
    return make_key(out)


def signer(policy: Policy, claim: Claim, channel: ChannelName) -> StatementSigner:
    """Return who signs a claim about a channel here, of those whom a policy accepts.

    Raises:
        SignatureError: none of them is to be had here, with what was looked for.
    """
    return signer_for(os.environ, accepted(policy.signers, claim, channel))


def signatures(repository: Path) -> Signatures:
    """Return what tells whose signature something in a clone is."""
    from modelsmith.promotion.signing.keys.ssh import SshKeys
    from modelsmith.promotion.signing.keys.verifier import OfflineVerifier

    return Signatures(OfflineVerifier, SshKeys(repository))


def releases(repository: Path, *, has_weights: bool = True) -> "VerifiedReleases":
    """Return what reads verified releases of the default branch.

    Args:
        repository: A clone with all of its history.
        has_weights: Whether what is served is looked for on this machine, and held against it.
    """
    from modelsmith.promotion.verification.live_release import VerifiedReleases
    from modelsmith.run.git.history import GitHistory

    return VerifiedReleases(
        BranchOfRecord(Git(repository)).commit,
        lambda: GitHistory(repository),
        signatures(repository),
        _weights(repository) if has_weights else None,
    )


def _weights(repository: Path) -> "WeightsOnDisk":
    from modelsmith.models.transformers.local_models import LocalModels, parts_at
    from modelsmith.promotion.verification.live_release import WeightsOnDisk
    from modelsmith.wiring.store import content_store

    def parts(model: ModelSource, adapter: Path) -> Parts:
        return parts_at(LocalModels(repository).located(model).folder, adapter)

    return WeightsOnDisk(content_store(repository, quiet=True), parts)


def revert_signer(repository: Path, channel: ChannelName) -> StatementSigner:
    """Return who signs a revert, by the policy of the default branch at that moment."""

    def chosen() -> StatementSigner:
        content = BranchOfRecord(Git(repository)).file(POLICY)
        if content is None:
            raise BlockedError(
                f"the branch of record has no {POLICY}", remedy="Write who signs, and merge it."
            )
        return signer(policy_in(content), "revert", channel)

    return PolicySigner(chosen)
