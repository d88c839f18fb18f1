"""A promotion as a pull request submits it: what it must be before approvals mean anything.

What is known of it, and what is said of it; the rules are in signoff/rules.
"""

import re
from collections.abc import Mapping
from typing import Literal

from modelsmith.forge.records import CommitSha, PullRequest, Review
from modelsmith.layout import CHANNELS, PROMOTIONS
from modelsmith.promotion.approval.override import Overriding, Wanted, override_in
from modelsmith.promotion.approval.record import ApprovalsFile, Approved
from modelsmith.promotion.approval.reviews import Approvals, RuleResult, counting
from modelsmith.promotion.bundle import REQUEST, Request
from modelsmith.promotion.channel import Release
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.signing.attestation import Claimed
from modelsmith.promotion.signing.ssh_statement import Signed
from modelsmith.record import Record, Sha256
from modelsmith.run.state_machine import Event

BRANCH = re.compile(r"modelsmith/([a-z0-9][a-z0-9-]{0,39})/promote")
"""Branch on which a run's promotion waits (git/refs, promotion_branch)."""

PLACE = re.compile(rf"{PROMOTIONS}/([^/]+)/([^/]+)/([^/]+)")
"""A file of a promotion: specialist, version, name."""


class Submission(Record):
    """Everything that is known of a promotion's pull request."""

    forge: Literal["local", "github"]
    """Where it is reviewed."""
    pull: PullRequest
    """The pull request."""
    default_branch: str
    """The default branch."""
    merge_base: CommitSha
    """The commit of the base branch that it stands on."""
    policy_sha256: Sha256 | None
    """Digest of the policy of that commit; none where there is none."""
    seal: CommitSha | None = None
    """The commit that sealed it; what is judged is the commit before. None before that."""
    seal_faults: tuple[str, ...] = ()
    """Why the seal does not hold."""
    changed: tuple[str, ...]
    """Files that differ between the two, links and modes included."""
    proposed: Mapping[str, Sha256]
    """Digest of each file under the promotion's folder, by path from the top."""
    event: Event | None
    """What the run's last entry records; none where it has none that can be read."""
    evidence: Mapping[str, Sha256]
    """Digest of each evidence file of that entry, by path in the run."""
    decision: str
    """What the gate said, as that entry tells; empty where it tells nothing."""
    ledger_sha256: Sha256 | None
    """Digest of the entry before that one; none where there is none."""
    record: PromotionRecord | None
    """The record that is proposed; none where there is none that can be read."""
    request: Request | None
    """What people approve; none where there is none that can be read."""
    contract: Contract | None
    """What would take it back; none where there is none that can be read."""
    live: Release | None = None
    """What is live in the channel that it asks for; none where nothing is."""
    validated: tuple[Release, ...] = ()
    """What was live there and was not taken back since."""
    override: Signed | None = None
    """An operator's word over the gate's; none where there is none."""
    allows_override: bool = False
    """Whether the policy lets that channel have overrides."""
    operators: tuple[str, ...] = ()
    """Who holds the role operator and may sign, by address."""
    broken: tuple[str, ...]
    """What an audit says of the run and of the promotion."""
    policy_faults: tuple[str, ...]
    """Why the policy at the merge base cannot judge it."""
    unknown_writers: tuple[str, ...]
    """Addresses of authors whom the forge does not know."""
    providers: tuple[str, ...] = ()
    """Whose frontier models production asks for, by the policy that it stands on."""
    recheck: RuleResult | None = None
    """What a blind recheck says; none where no judge decided anything."""
    approvals: Approvals
    """Who must approve, and who has."""

    @property
    def run(self) -> str:
        """The run that it promotes; empty where the branch names none."""
        found = BRANCH.fullmatch(self.pull.head)
        return found[1] if found else ""

    @property
    def places(self) -> tuple[str, ...]:
        """`SPECIALIST/VERSION` of each promotion that it touches, sorted."""
        found = (PLACE.fullmatch(path) for path in self.changed)
        return tuple(sorted({f"{m[1]}/{m[2]}" for m in found if m and m[1] != CHANNELS}))

    @property
    def subject(self) -> Mapping[str, Sha256]:
        """The request as a statement names it: its path and digest; empty where there is none."""
        return subject_of(self.proposed)

    @property
    def failing(self) -> tuple[str, ...]:
        """The rules of the gate that do not hold."""
        return tuple(found.rule for found in self.record.gate.failed()) if self.record else ()

    def overriding(self) -> Claimed[Overriding] | None:
        """Return what the override says; none where there is none that can be read."""
        try:
            return override_in(self.override.statement) if self.override else None
        except ValueError:
            return None

    def wanted_override(self) -> Wanted:
        """Return what an override of it must be."""
        return Wanted(
            subject=self.subject,
            failing=self.failing,
            operators=self.operators,
            channel=self.request.channel if self.request else "",
            is_allowed=self.allows_override,
        )


def subject_of(proposed: Mapping[str, Sha256]) -> Mapping[str, Sha256]:
    """Return the one request among files: its path and digest; empty where there is none."""
    matched = {path: PLACE.fullmatch(path) for path in proposed}
    requests = {
        path: proposed[path]
        for path, found in matched.items()
        if found and found[1] != CHANNELS and found[3] == REQUEST
    }
    return requests if len(requests) == 1 else {}


class Judgement(Record):
    """What is said of a promotion's pull request."""

    forge: str
    """`local` or `github`."""
    pull: PullRequest
    """The pull request."""
    merge_base: CommitSha
    """Commit whose policy judged it."""
    record: PromotionRecord | None
    """What it promotes; none where that cannot be read."""
    findings: tuple[RuleResult, ...]
    """What each rule says, all of them."""
    request: Request | None = None
    """What people approve; none where that cannot be read."""
    contract: Contract | None = None
    """What would take it back."""
    overridden: str = ""
    """Who overrode the gate and why, in one line, whether it counts or not; empty where nobody."""
    notes: tuple[str, ...] = ()
    """What was not judged, and why."""

    @property
    def holds(self) -> bool:
        """Whether all rules hold; where there is none, nothing does."""
        return bool(self.findings) and all(found.state == "holds" for found in self.findings)

    @property
    def is_broken(self) -> bool:
        """Whether what was recorded is not what it says."""
        return any((one.rule, one.state) == ("ledger", "fails") for one in self.findings)


def approvals_of(one: Submission) -> ApprovalsFile:
    """Return who approved a promotion, everything of which holds.

    Raises:
        ValueError: a required role has not approved, or it has no request or policy.
    """
    known = one.approvals
    by_role = counting(known)
    missing = [role.value for role in known.required if role not in by_role]
    if missing or not known.required:
        raise ValueError(f"nobody approved as {', '.join(missing) or 'any role'}")
    if one.request is None or one.policy_sha256 is None:
        raise ValueError("it has no request, or no policy to be judged by")
    reviews = {by.author.login: by for counted in by_role.values() for by in counted}

    def approved(who: str, review: Review) -> Approved:
        signed, claim = known.signed(review), known.claim_in(review)
        return Approved(
            who=who,
            roles=tuple(role for role, counted in by_role.items() if review in counted),
            commit_sha=review.commit_sha,
            at=claim.says.reviewed_at if claim and known.is_signed else review.submitted_at,
            statement=signed.statement if signed else "",
            signature=signed.signature if signed else "",
        )

    return ApprovalsFile(
        forge=one.forge,
        pull=one.pull.number,
        channel=one.request.channel,
        bundle_sha256=one.request.digest(),
        head_sha=known.head_sha,
        merge_base=one.merge_base,
        policy_sha256=one.policy_sha256,
        required=known.required,
        writers=tuple(sorted(known.writers)),
        approvals=tuple(approved(who, reviews[who]) for who in sorted(reviews)),
    )
