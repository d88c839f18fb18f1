"""Who approved a promotion, as `approvals.json` keeps it: judged again by who has no forge.

An auditor has the file, the policy of its merge base and the signatures.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import AwareDatetime

from modelsmith.forge.records import CommitSha
from modelsmith.policy import POLICY, ChannelName, Holders, Policy, Role
from modelsmith.promotion.approval.reviews import FOUR_EYES, people_of
from modelsmith.promotion.approval.statement import approval_in
from modelsmith.promotion.bundle import REQUEST, Request
from modelsmith.promotion.signing.ssh_statement import digests_of, same_subject
from modelsmith.record import Positive, Record, Sha256, short


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


def approval_faults(
    file: ApprovalsFile, policy: Policy, request: Request, signatories: Mapping[str, str]
) -> Iterator[str]:
    """Yield what is wrong with who approved; nothing where everybody had to and could.

    Teams are GitHub's to know: who approved by one is believed where the policy names a team for
    the role, and the statement that seals the file vouches for it.

    Args:
        file: What is judged.
        policy: The policy at the file's merge base.
        request: What was promoted.
        signatories: Whose key made each approval's signature, by who approved, by that policy;
            nobody where it does not verify.
    """
    if file.bundle_sha256 != request.digest():
        yield (
            f"another bundle was approved: {short(file.bundle_sha256)}, this is "
            f"{short(request.digest())}"
        )
    if file.channel != request.channel:
        yield f"it was approved for {file.channel}, the request asks for {request.channel}"
    required = policy.required(request.channel, request.tags)
    if set(file.required) != set(required):
        yield f"{POLICY} asks for {_words(required)}, it was judged by {_words(file.required)}"
    covered: set[Role] = set()
    sound: list[str] = []
    for one in file.approvals:
        faults = list(_approval_faults(one, file, policy, request, signatories.get(one.who, "")))
        if not faults:
            covered |= set(one.roles)
            sound.append(one.who)
        yield from faults
    for role in required:
        if role not in covered:
            yield f"nobody who holds {role.value} approved it"
    people = people_of(file.writers, sound)
    if len(people) < FOUR_EYES:
        yield f"four eyes: only {', '.join(people) or 'nobody'} wrote it and approved it"


def _approval_faults(
    one: Approved, file: ApprovalsFile, policy: Policy, request: Request, signatory: str
) -> Iterator[str]:
    who = one.who.lower()
    if who in {bot.lower() for bot in policy.bots} or who.endswith("[bot]"):
        yield f"{one.who} is a program, which never counts"
    if who in file.writers:
        yield f"{one.who} approved what they wrote"
    if one.commit_sha != file.head_sha:
        yield (
            f"{one.who} approved {short(one.commit_sha)}, the head is {short(file.head_sha)}: stale"
        )
    for role in one.roles:
        if not _holds(who, policy.roles.get(role), is_local=file.forge == "local"):
            yield f"{one.who} does not hold {role.value}"
    if one.statement:
        yield from _statement_faults(one, file, request, signatory)
    elif file.forge == "local":
        yield f"{one.who}'s approval is not signed"


def _holds(who: str, holders: Holders | None, *, is_local: bool) -> bool:
    if holders is None:
        return False
    if is_local:
        return who in {signer.email.lower() for signer in holders.signers}
    return bool(holders.teams) or who in {login.lower() for login in holders.logins}


def _statement_faults(
    one: Approved, file: ApprovalsFile, request: Request, signatory: str
) -> Iterator[str]:
    if not signatory or (file.forge == "local" and signatory.lower() != one.who.lower()):
        yield f"{one.who}'s approval is not signed by a key that {POLICY} lists for them"
    try:
        found = approval_in(one.statement)
    except ValueError:
        yield f"{one.who}'s approval is no statement"
        return
    says = found.says
    if not same_subject(found.subject, {f"{request.release.place}/{REQUEST}": request.digest()}):
        yield f"{one.who} approved another bundle: {digests_of(found.subject)}"
    if (says.commit, says.pull) != (file.head_sha, file.pull):
        yield (
            f"{one.who} signed {short(says.commit)} in pull request {says.pull}, expected "
            f"{short(file.head_sha)} in {file.pull}"
        )
    if says.approver.lower() != one.who.lower():
        yield f"{one.who}'s approval speaks for {says.approver}"
    if file.forge == "local" and says.reviewed_at != one.at:
        yield f"{one.who} signed at {says.reviewed_at.isoformat()}, kept is {one.at.isoformat()}"
    for role in set(one.roles) - set(says.roles):
        yield f"{one.who} did not approve as {role.value}"


def _words(roles: tuple[Role, ...]) -> str:
    return ", ".join(role.value for role in roles)
