"""Judge a promotion's pull request: what it is, who must approve it, and who has.

1. Where it left the base branch: everything is read from git as data, nothing is checked out. A
   head that is a seal was put there by the factory: what people approved is the commit before.
2. What it changes, what it proposes, and what its run recorded.
3. What is live where it asks to go, and an operator's word over the gate's.
4. An audit of its head, against where it left the base.
5. Where judges decided a part of it: what people found who rechecked them blind.
6. The policy that it stands on, never the one that it brings.
7. Who wrote any of it, and whose review counts, by whose key.

Who may approve a promotion, by the policy that it stands on, and whose keys vouch for whom.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from modelsmith.audit.findings import Audit
from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import PullRequest, PullState, Review
from modelsmith.git.commits import Commit, ancestors
from modelsmith.judges.recheck import RecheckSheet
from modelsmith.layout import RUNS
from modelsmith.loop.phases.recheck import recheck_said
from modelsmith.policy import POLICY, Policy, Role
from modelsmith.promotion.approval.reviews import Approvals, RuleResult
from modelsmith.promotion.approval.signatures import operators_of, vouched
from modelsmith.promotion.approval.statement import carried_by
from modelsmith.promotion.bundle import CONTRACT, OVERRIDE, RECORD, REQUEST, Request
from modelsmith.promotion.channel import validated
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.rollback.contract import Contract
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Signed, listed
from modelsmith.record import Sha256, sha256, short
from modelsmith.run.history import History
from modelsmith.run.state_machine import Event
from modelsmith.signoff.authors import writers_of
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
from modelsmith.signoff.seal_and_merge import JudgedPromotion
from modelsmith.signoff.submission import (
    BRANCH,
    PLACE,
    Judgement,
    Submission,
    approvals_of,
    is_request,
)


class Sources(NamedTuple):
    """Where everything comes from."""

    forge: Forge
    """Where the pull request and its reviews live."""
    history: History
    """The clone."""
    fetch: Callable[[str, str], object]
    """Brings a commit into the clone; a reference leads to it."""
    changed: Callable[[str, str], Sequence[str]]
    """Returns the files that the second commit changed since it left the first."""
    audit: Callable[[str, str], Audit]
    """Audits a commit, against an earlier one."""
    sheet: Callable[[str, bytes], RecheckSheet]
    """Reads a blind recheck's sheet; its path is for messages."""
    policy: Callable[[bytes], Policy]
    """Reads a policy."""
    hands: SshSigner
    """Tells whose key signed what."""
    seal_faults: Callable[[str, str], Iterable[str]]
    """Says why a seal, the first, does not hold on top of the base branch's commit, the second."""


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


def judged(sources: Sources, pull: PullRequest) -> JudgedPromotion:
    """Return what every rule says of a promotion's pull request, and who approved it.

    Raises:
        InputError: it shares no history with its base, or the clone lacks a part of it.
        ForgeError: the forge does not answer, or a commit cannot be fetched.
        BrokenRecordError: an object of the clone was altered.
    """
    known, notes = submission_of(sources, pull)
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


def submission_of(sources: Sources, pull: PullRequest) -> tuple[Submission, list[str]]:
    """Return everything that is known of a promotion's pull request, and what could not be.

    Raises:
        InputError: it shares no history with its base, or the clone lacks a part of it.
        ForgeError: the forge does not answer, or a commit cannot be fetched.
        BrokenRecordError: an object of the clone was altered.
    """
    forge, history = sources.forge, sources.history
    tip = forge.branch_sha(pull.base)
    if tip is not None:
        sources.fetch(tip, f"refs/heads/{pull.base}")
    sources.fetch(pull.head_sha, f"refs/pull/{pull.number}/head")
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
    changed = tuple(sources.changed(base, head))
    proposed = contents_of(history, tree, [path for path in changed if PLACE.fullmatch(path)])
    found = BRANCH.fullmatch(pull.head)
    run = found[1] if found else ""
    entries = entries_of_run(history, tree, run)
    entry = entries[-1] if entries else None
    record, request = (
        proposed_as(proposed, RECORD, PromotionRecord),
        proposed_as(proposed, REQUEST, Request),
    )
    policy, content, faults = policy_below(
        history, sources.policy, commits[base], commits[tip], pull.base
    )
    override = override_of(sources.hands, proposed, policy)
    own = ancestors(commits, head) - ancestors(commits, tip)
    bots = policy.bots if policy else ()
    writers, unknown = writers_of(forge, history, commits, own, pull, run, bots)
    writers |= overrider(override)
    channel = request.channel if request else record.channel if record else None
    tags = request.tags if request else ()
    required = policy.required(channel, tags) if policy and channel else ()
    holders, notes = holders_of(forge, policy, required)
    notes += untagged(policy, tags)
    broken = broken_by(sources.audit(head, base), run, proposed)
    live, moves = live_in(history, commits[tip], channel)
    reviews = tuple(forge.reviews(pull.number))
    requests = {path: sha256(proposed[path]) for path in proposed if is_request(path)}
    submission = Submission(
        forge=forge.name,
        pull=pull,
        default_branch=forge.settings().default_branch,
        merge_base=base,
        policy_sha256=sha256(content) if content is not None else None,
        seal=seal,
        seal_faults=tuple(sources.seal_faults(seal, tip)) if seal else (),
        changed=changed,
        proposed={path: sha256(content) for path, content in proposed.items()},
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
        recheck=_recheck(sources, tree, run, record)
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
            subject=requests if len(requests) == 1 else {},
            is_signed=forge.name == "local",
            keys=listed(policy),
            carried=carried_in(sources.hands, reviews, policy),
        ),
    )
    return submission, notes


def _recheck(sources: Sources, tree: str, run: str, record: PromotionRecord) -> RuleResult | None:
    """Return what the recheck at a commit says; its sheet is read as data."""
    history = sources.history

    def sheet(path: str) -> RecheckSheet | None:
        name = history.object_at(tree, path)
        return sources.sheet(path, history.content(name)) if name else None

    folder = history.run(run, history.folders(tree, RUNS)[run])
    return recheck_said(folder, record, sheet)


def policy_below(
    history: History,
    read: Callable[[bytes], Policy],
    base: Commit,
    tip: Commit,
    branch: str,
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
        return read(content), content, tuple(faults)
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
    hands: SshSigner, reviews: Sequence[Review], policy: Policy | None
) -> dict[Sha256, Signed]:
    """Return the statement that each review carries, verified, by the digest of its text."""
    keys = listed(policy)
    found = ((one.body, carried_by(one.body)) for one in reviews if one.verdict == "approved")
    return {sha256(body.encode()): vouched(hands, one, keys) for body, one in found if one}


def untagged(policy: Policy | None, tags: Sequence[str]) -> list[str]:
    """Return in words which tags of a request the policy does not name."""
    unknown = [tag for tag in tags if policy is None or tag not in policy.tags]
    return [f"tag {tag} asks for nobody: {POLICY} does not name it" for tag in unknown]
