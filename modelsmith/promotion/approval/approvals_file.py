"""`approvals.json`: who approved a promotion, kept with it so that an auditor needs no forge."""

from typing import Literal

from pydantic import AwareDatetime

from modelsmith.forge.records import CommitSha
from modelsmith.policy import ChannelName, Role
from modelsmith.record import Positive, Record, Sha256


class Approved(Record):
    """One approval that counted."""

    who: str
    """Login on GitHub, address on the local forge."""
    roles: tuple[Role, ...]
    """The required roles that they hold, by the policy at the merge base."""
    commit_sha: CommitSha
    """The commit that they approved."""
    at: AwareDatetime
    """When, UTC."""
    statement: str = ""
    """Their signed statement (in-toto, canonical); none where the forge vouches for the review."""
    signature: str = ""
    """Its SSH signature, armoured."""


class ApprovalsFile(Record):
    """All that was decided on when it was sealed."""

    forge: Literal["local", "github"]
    """Where it was reviewed."""
    pull: Positive
    """Number of the pull request."""
    channel: ChannelName
    """Where it goes live."""
    bundle_sha256: Sha256
    """Digest of the request that was approved."""
    head_sha: CommitSha
    """The commit that was approved: the seal stands on it."""
    merge_base: CommitSha
    """The commit whose policy judged."""
    policy_sha256: Sha256
    """Digest of that policy."""
    required: tuple[Role, ...]
    """Roles that had to approve: of the channel and of every tag."""
    writers: tuple[str, ...]
    """Who wrote a part of it, in small letters: none of them may approve."""
    approvals: tuple[Approved, ...]
    """The approvals that counted, by name."""
