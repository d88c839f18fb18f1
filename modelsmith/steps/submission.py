"""Judge a promotion's pull request: what it is, who must approve it, and who has.

1. Where it left the base branch: everything is read from git as data, nothing is checked out.
2. What it changes, what it proposes, and what its run recorded.
3. An audit of its head, against where it left the base.
4. Where judges decided a part of it: what people found who rechecked them blind.
5. The policy that it stands on, never the one that it brings.
6. Who wrote any of it, and whose review counts.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import ValidationError

from modelsmith.domain.append_only import RUNS
from modelsmith.domain.approval import Approvals, Finding
from modelsmith.domain.audit import Audit
from modelsmith.domain.diagnostic import Severity
from modelsmith.domain.forge import PullRequest, PullState
from modelsmith.domain.history import Commit, ancestors
from modelsmith.domain.ledger import Entry
from modelsmith.domain.loop import Event
from modelsmith.domain.policy import POLICY, Policy, Role
from modelsmith.domain.promotion import PromotionRecord
from modelsmith.domain.recheck import RecheckSheet
from modelsmith.domain.record import sha256
from modelsmith.domain.submission import (
    BRANCH,
    PLACE,
    RECORD,
    Judgement,
    Submission,
    findings_of,
)
from modelsmith.errors import BrokenRecordError, ForgeDeniedError, InputError
from modelsmith.ports.forge import Forge
from modelsmith.ports.history import History
from modelsmith.steps.recheck import recheck_said
from modelsmith.steps.writers import writers_of

LATEST_S = 253_402_300_799
"""The last second that a date can hold: the end of the year 9999."""


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


def judged(sources: Sources, pull: PullRequest) -> Judgement:
    """Return what every rule says of a promotion's pull request.

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
    tree = commits[pull.head_sha].tree
    changed = tuple(sources.changed(base, pull.head_sha))
    proposed = _contents(history, tree, [path for path in changed if PLACE.fullmatch(path)])
    found = BRANCH.fullmatch(pull.head)
    run = found[1] if found else ""
    entry = _last_entry(history, tree, run)
    record = _record_in(proposed)
    policy, faults = _policy(sources, commits[base], commits[tip], pull.base)
    own = ancestors(commits, pull.head_sha) - ancestors(commits, tip)
    bots = policy.bots if policy else ()
    writers, unknown = writers_of(forge, history, commits, own, pull, run, bots)
    required = policy.required(record.channel) if policy and record else ()
    holders, notes = _holders(forge, policy, required)
    broken = _broken(sources.audit(pull.head_sha, base), run, proposed)
    submission = Submission(
        pull=pull,
        default_branch=forge.settings().default_branch,
        merge_base=base,
        changed=changed,
        proposed={path: sha256(content) for path, content in proposed.items()},
        event=entry.event if entry else None,
        evidence=entry.evidence if entry else {},
        decision=str(entry.facts.get("decision", "")) if entry else "",
        record=record,
        broken=broken,
        recheck=_recheck(sources, tree, run, record)
        if record and entry and entry.event is Event.STAGED and not broken
        else None,
        policy_faults=faults,
        providers=policy.channels.production.providers if policy else (),
        unknown_writers=unknown,
        approvals=Approvals(
            head_sha=pull.head_sha,
            last_commit_at=_committed_at(commits[pull.head_sha]),
            required=required,
            holders=holders,
            bots=bots,
            writers=writers,
            reviews=tuple(forge.reviews(pull.number)),
        ),
    )
    if policy and policy.tags:
        tags = ", ".join(sorted(policy.tags))
        notes.append(f"tags ({tags}) are not asked for: no record says yet what a specialist's are")
    return Judgement(
        forge=forge.name,
        pull=pull,
        merge_base=base,
        record=record,
        findings=findings_of(submission),
        notes=tuple(notes),
    )


def _contents(history: History, tree: str, paths: Sequence[str]) -> dict[str, bytes]:
    named = {path: history.object_at(tree, path) for path in paths}
    return {path: history.content(name) for path, name in named.items() if name}


def _recheck(sources: Sources, tree: str, run: str, record: PromotionRecord) -> Finding | None:
    """Return what the recheck at a commit says; its sheet is read as data."""
    history = sources.history

    def sheet(path: str) -> RecheckSheet | None:
        name = history.object_at(tree, path)
        return sources.sheet(path, history.content(name)) if name else None

    folder = history.run(run, history.folders(tree, RUNS)[run])
    return recheck_said(folder, record, sheet)


def _last_entry(history: History, tree: str, run: str) -> Entry | None:
    folder = history.folders(tree, RUNS).get(run)
    if folder is None:
        return None
    try:
        entries = history.run(run, folder).entries()
    except BrokenRecordError:
        return None  # the audit says what is wrong
    return entries[-1] if entries else None


def _record_in(proposed: Mapping[str, bytes]) -> PromotionRecord | None:
    for path, content in proposed.items():
        if path.endswith(f"/{RECORD}"):
            try:
                return PromotionRecord.model_validate_json(content)
            except ValidationError:
                return None
    return None


def _policy(
    sources: Sources, base: Commit, tip: Commit, branch: str
) -> tuple[Policy | None, tuple[str, ...]]:
    """Return the policy where the pull request left its base, and why it cannot judge."""
    history = sources.history
    name = history.object_at(base.tree, POLICY)
    if name is None:
        return None, (f"there is no {POLICY} at {base.sha[:12]}, on which it stands",)
    faults = []
    if history.object_at(tip.tree, POLICY) != name:
        faults.append(f"{POLICY} of {branch} has changed since {base.sha[:12]}, on which it stands")
    try:
        return sources.policy(history.content(name)), tuple(faults)
    except InputError as error:
        return None, (*faults, error.what)


def _holders(
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


def _broken(audit: Audit, run: str, proposed: Collection[str]) -> tuple[str, ...]:
    """Return the errors of an audit that concern this run or promotion, or no single file.

    An audit looks at every run's branch; what somebody pushed to another one is not held against
    this one.
    """
    mine = (f"{RUNS}/{run}/", *(f"{path.rpartition('/')[0]}/" for path in proposed))
    return tuple(
        f"{found.rule}: {found.path or 'history'}: {found.what}"
        for found in audit.findings
        if found.severity is Severity.ERROR and (found.path is None or found.path.startswith(mine))
    )


def _committed_at(commit: Commit) -> datetime:
    return datetime.fromtimestamp(min(max(commit.committed_at, 0), LATEST_S), UTC)
