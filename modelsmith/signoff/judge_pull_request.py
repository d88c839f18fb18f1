"""Judge a promotion's pull request: what it is, who must approve it, and who has.

1. Where it left the base branch: everything is read from git as data, nothing is checked out. A
   head that is a seal was put there by the factory: what people approved is the commit before.
2. What it changes, what it proposes, and what its run recorded.
3. What is live where it asks to go, and an operator's word over the gate's.
4. An audit of its head, against where it left the base.
5. Where judges decided a part of it: what people found who rechecked them blind.
6. The policy that it stands on, never the one that it brings.
7. Who wrote any of it, and whose review counts, by whose key.
"""

from collections.abc import Sequence
from typing import NamedTuple

from modelsmith.audit.audit import Asked, audit
from modelsmith.documents.validation import record_in
from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import PullRequest, PullState, Review
from modelsmith.git.commits import Commit, ancestors
from modelsmith.judges.recheck import RecheckSheet
from modelsmith.layout import RUNS
from modelsmith.loop.phases.recheck import recheck_result
from modelsmith.policy import POLICY, Policy, Role, policy_in
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.approval.reviews import Approvals, RuleResult
from modelsmith.promotion.approval.signatures import operators_of, verified
from modelsmith.promotion.approval.statement import carried_by
from modelsmith.promotion.bundle import CONTRACT, OVERRIDE, RECORD, REQUEST, Request
from modelsmith.promotion.channel import validated
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Signed, listed
from modelsmith.promotion.verification.seal import judge_seal
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import Sha256, sha256, short
from modelsmith.run.history import History, file_at
from modelsmith.run.state_machine import Event
from modelsmith.signoff.authors import writers_of
from modelsmith.signoff.ports import SignoffPorts
from modelsmith.signoff.proposed_files import (
    approved_head,
    broken_by,
    committed_at,
    contents_of,
    entries_of_run,
    live_in,
    override_of,
    overrider,
    proposed_as,
)
from modelsmith.signoff.rules import findings_of
from modelsmith.signoff.submission import (
    BRANCH,
    PLACE,
    Judgement,
    Submission,
    approvals_of,
    subject_of,
)


class JudgedPromotion(NamedTuple):
    """What was said of a promotion, and who approved it."""

    judgement: Judgement
    """What every rule says."""
    approvals: ApprovalsFile | None
    """Who approved; none where it does not hold."""


def submitted(forge: Forge, number: int | None) -> Sequence[PullRequest]:
    """Return the pull request of that number, or every open one of a run's promotion.

    A fork may call its branch what it likes, so one of a fork is looked at only when it is named.

    Raises:
        InputError: there is none of that number, or it is over.
    """
    if number is None:
        pulls = forge.pull_requests()
        return [one for one in pulls if BRANCH.fullmatch(one.head) and not one.is_from_fork]
    pull = forge.pull_request(number)
    if pull.state is not PullState.OPEN:
        raise InputError(
            f"pull request {number} is {pull.state.value}", remedy="Name one that is open."
        )
    return [pull]


def judged(ports: SignoffPorts, pull: PullRequest) -> JudgedPromotion:
    """Return what every rule says of a promotion's pull request, and who approved it.

    Raises:
        InputError: it shares no history with its base, or the clone lacks a part of it.
        ForgeError: the forge does not answer, or a commit cannot be fetched.
        BrokenRecordError: an object of the clone was altered.
    """
    known, notes = submission_of(ports, pull)
    judgement = judgement_of(known, notes)
    return JudgedPromotion(judgement, approvals_of(known) if judgement.holds else None)


def judgement_of(known: Submission, notes: Sequence[str] = ()) -> Judgement:
    """Return what every rule says of a submission."""
    word = known.overriding()
    unread = f"OVERRIDDEN: {OVERRIDE} cannot be read" if known.override else ""
    return Judgement(
        forge=known.forge,
        pull=known.pull,
        merge_base=known.merge_base,
        record=known.record,
        request=known.request,
        contract=known.contract,
        overridden=word.says.words if word else unread,
        findings=findings_of(known),
        notes=tuple(notes),
    )


def submission_of(ports: SignoffPorts, pull: PullRequest) -> tuple[Submission, list[str]]:
    """Return everything that is known of a promotion's pull request, and what could not be.

    Raises:
        InputError: it shares no history with its base, or the clone lacks a part of it.
        ForgeError: the forge does not answer, or a commit cannot be fetched.
        BrokenRecordError: an object of the clone was altered.
    """
    forge, history, ssh = ports.forge, ports.history, ports.signatures.ssh
    tip = forge.branch_sha(pull.base)
    if tip is not None:
        ports.fetch(tip, f"refs/heads/{pull.base}")
    ports.fetch(pull.head_sha, f"refs/pull/{pull.number}/head")
    base = history.merge_base(tip, pull.head_sha) if tip else None
    if tip is None or base is None:
        raise InputError(
            f"pull request {pull.number} and its base {pull.base} share no commit",
            remedy="Open it from the branch that the run pushed: modelsmith run offer RUN.",
        )
    commits = history.walk([pull.head_sha, tip])
    head = approved_head(history, commits, pull.head_sha)
    seal = pull.head_sha if head != pull.head_sha else None
    tree = commits[head].tree
    changed = tuple(ports.changed(base, head))
    proposed = contents_of(history, tree, [path for path in changed if PLACE.fullmatch(path)])
    found = BRANCH.fullmatch(pull.head)
    run = found[1] if found else ""
    entries = entries_of_run(history, tree, run)
    entry = entries[-1] if entries else None
    record = proposed_as(proposed, RECORD, PromotionRecord)
    request = proposed_as(proposed, REQUEST, Request)
    policy, content, faults = policy_below(history, commits[base], commits[tip], pull.base)
    override = override_of(ssh, proposed, policy)
    bots = policy.bots if policy else ()
    own = ancestors(commits, head) - ancestors(commits, tip)
    writers, unknown = writers_of(forge, history, commits, own, pull, run, bots)
    writers |= overrider(override)
    channel = request.channel if request else record.channel if record else None
    tags = request.tags if request else ()
    required = policy.required(channel, tags) if policy and channel else ()
    holders, notes = holders_of(forge, policy, required)
    notes += untagged(policy, tags)
    broken = broken_by(audit(history, ports.signatures, Asked(head, base)), run, proposed)
    live, moves = live_in(history, commits[tip], channel)
    reviews = tuple(forge.reviews(pull.number))
    digests = {path: sha256(content) for path, content in proposed.items()}
    seal_faults: list[str] = []
    if seal is not None:
        seal_faults, _ = judge_seal(Verification(history, seal, ports.signatures, base=tip))
    submission = Submission(
        forge=forge.name,
        pull=pull,
        default_branch=forge.settings().default_branch,
        merge_base=base,
        policy_sha256=sha256(content) if content is not None else None,
        seal=seal,
        seal_faults=tuple(seal_faults),
        changed=changed,
        proposed=digests,
        event=entry.event if entry else None,
        evidence=entry.evidence if entry else {},
        decision=str(entry.facts.get("decision", "")) if entry else "",
        ledger_sha256=entries[-2].digest() if len(entries) > 1 else None,
        record=record,
        request=request,
        contract=proposed_as(proposed, CONTRACT, Contract),
        live=live,
        validated=validated(moves),
        override=override,
        allows_override=bool(policy and channel and policy.channel(channel).overrides),
        operators=operators_of(policy),
        broken=broken,
        recheck=_recheck(history, tree, run, record)
        if record and entry and entry.event in (Event.STAGED, Event.REFUSED) and not broken
        else None,
        policy_faults=faults,
        providers=policy.channels.production.providers if policy else (),
        unknown_writers=unknown,
        approvals=Approvals(
            head_sha=head,
            last_commit_at=committed_at(commits[head]),
            required=required,
            holders=holders,
            bots=bots,
            writers=writers,
            reviews=reviews,
            pull=pull.number,
            subject=subject_of(digests),
            is_signed=forge.name == "local",
            keys=listed(policy),
            carried=carried_in(ssh, reviews, policy),
        ),
    )
    return submission, notes


def _recheck(history: History, tree: str, run: str, record: PromotionRecord) -> RuleResult | None:
    """Return what the recheck at a commit says; its sheet is read as data."""

    def sheet(path: str) -> RecheckSheet | None:
        content = file_at(history, tree, path)
        return None if content is None else record_in(path, content, RecheckSheet)

    return recheck_result(history.run(run, history.folders(tree, RUNS)[run]), record, sheet)


def policy_below(
    history: History, base: Commit, tip: Commit, branch: str
) -> tuple[Policy | None, bytes | None, tuple[str, ...]]:
    """Return the policy where a pull request left its base, its file, and why it cannot judge."""
    name = history.object_at(base.tree, POLICY)
    if name is None:
        return None, None, (f"there is no {POLICY} at {short(base.sha)}, on which it stands",)
    faults = []
    if history.object_at(tip.tree, POLICY) != name:
        faults.append(
            f"{POLICY} of {branch} has changed since {short(base.sha)}, on which it stands"
        )
    content = history.content(name)
    try:
        return policy_in(content), content, tuple(faults)
    except InputError as error:
        return None, content, (*faults, error.what)


def holders_of(
    forge: Forge, policy: Policy | None, required: Sequence[Role]
) -> tuple[dict[Role, tuple[str, ...]], list[str]]:
    """Return who holds each required role on this forge, and which teams could not be read."""
    found: dict[Role, tuple[str, ...]] = {}
    notes: list[str] = []
    for role in required:
        holders = policy.roles.get(role) if policy else None
        if holders is None:
            continue
        if forge.name == "local":
            found[role] = tuple(signer.email for signer in holders.signers)
            continue
        people = list(holders.logins)
        for team in holders.teams:
            try:
                people += forge.members(team)
            except (InputError, ForgeDeniedError) as error:
                notes.append(f"nobody of {team} counts as {role.value}: {error.what}")
        found[role] = tuple(dict.fromkeys(people))
    return found, notes


def carried_in(
    ssh: SshSigner, reviews: Sequence[Review], policy: Policy | None
) -> dict[Sha256, Signed]:
    """Return the statement that each review carries, verified, by the digest of its text."""
    keys = listed(policy)
    found = ((one.body, carried_by(one.body)) for one in reviews if one.verdict == "approved")
    return {
        sha256(body.encode()): verified(ssh, one.statement, one.signature, keys)
        for body, one in found
        if one
    }


def untagged(policy: Policy | None, tags: Sequence[str]) -> list[str]:
    """Return in words which tags of a request the policy does not name."""
    unknown = [tag for tag in tags if policy is None or tag not in policy.tags]
    return [f"tag {tag} asks for nobody: {POLICY} does not name it" for tag in unknown]
