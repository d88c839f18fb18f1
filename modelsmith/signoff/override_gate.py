"""Override: an operator takes what the gate refused to the people who approve, in writing.

1. The run ended with the gate's no, and its record replays: what is overruled is the gate alone.
2. The policy of the branch of record lets the channel have overrides, and who acts is an operator.
3. The statement is signed over the run's request, and verified as others will verify it.
4. Its promotion goes onto the run's promotion branch, with the override, and into a draft pull
   request. An override that says the same already is kept as it is.
"""

from collections.abc import Callable
from typing import NamedTuple

from modelsmith.errors import BlockedError, BrokenRecordError, SignatureError, UsageError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import PullRequest
from modelsmith.git.refs import promotion_branch, walk_branch
from modelsmith.git.trailers import RUN, with_trailers
from modelsmith.layout import ledger_path
from modelsmith.loop.evidence.files import OF_A_BUNDLE
from modelsmith.loop.replay import Replayed
from modelsmith.policy import POLICY, Policy
from modelsmith.promotion.approval.override import (
    Overriding,
    Wanted,
    override_faults,
    override_in,
    override_statement,
)
from modelsmith.promotion.approval.signatures import vouched, wanted_override
from modelsmith.promotion.bundle import OVERRIDE, OVERRIDE_SIGNATURE, RECORD, REQUEST, Request
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Signed, listed
from modelsmith.run.evidence import evidence_of, verified
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunRecord
from modelsmith.run.state_machine import Event
from modelsmith.runtime import Clock


class Desk(NamedTuple):
    """Where an operator overrides."""

    forge: Forge
    """Where the pull request is opened."""
    hands: SshSigner
    """Signs."""
    clock: Clock
    """The time."""
    replayed: Callable[[], Replayed]
    """Replays the run."""
    file: Callable[[str, str], bytes | None]
    """Returns what a commit of the forge holds at a path; none where nothing is."""
    policy: Callable[[bytes], Policy]
    """Reads a policy."""
    page: Callable[[Overriding, PromotionRecord, Request], str]
    """Returns the body of the pull request, in Markdown."""


class Overruled(NamedTuple):
    """What became of it."""

    pull: PullRequest
    """The pull request that asks for approvals."""
    says: Overriding
    """What the operator says."""


def override_gate(
    desk: Desk, run: RunRecord, operator: str, reason: str, key: str | None
) -> Overruled:
    """Override the gate for a run that it refused, and open its pull request.

    Args:
        desk: Where it is done.
        run: The run's record.
        operator: Who overrides, by address.
        reason: Why.
        key: Path of an SSH key; git's where none.

    Raises:
        UsageError: the run did not end with the gate's no, or no reason is given.
        BrokenRecordError: its record does not replay.
        BlockedError: the policy does not allow it, who acts is no operator, or the forge does not
            hold the run's record.
        SignatureError: there is no key, or it is not the one that the policy lists.
    """
    if not reason.strip():
        raise UsageError("an override says why", remedy="Give --reason TEXT.")
    entry = _refused(run)
    _require_intact(desk, run.name)
    files = _evidence(run, entry)
    record = PromotionRecord.model_validate_json(files[RECORD])
    request = Request.model_validate_json(files[REQUEST])
    default = desk.forge.settings().default_branch
    base, tip = _base(desk, run, entry, default), desk.forge.branch_sha(default)
    policy = desk.policy(desk.file(tip or base, POLICY) or b"")
    place = request.release.place
    if tip is not None and desk.file(tip, f"{place}/{REQUEST}") is not None:
        raise UsageError(
            f"{request.release.words} is on {default} already: there is nothing left to override",
            remedy="A promotion that is merged stays as it is; start a new run.",
        )
    wanted = wanted_override(record, request, policy)
    _require_allowed(wanted, operator)
    branch = promotion_branch(run.name)
    signed = _known(desk, desk.forge.branch_sha(branch), place, wanted, policy)
    if signed is None or _says(signed) != (operator, reason):
        signed = _signed(desk, wanted, policy, operator, reason, key)
    files |= {OVERRIDE: signed.statement.encode(), OVERRIDE_SIGNATURE: signed.signature.encode()}
    says = override_in(signed.statement).says
    desk.forge.commit_files(
        branch,
        {f"{place}/{name}": content for name, content in files.items()},
        base=base,
        message=with_trailers(
            f"Override the gate for {request.release.words}\n\n{says.words}",
            (RUN, run.name),
        ),
        at=says.at,
    )
    pull = desk.forge.offer(
        branch,
        base=default,
        title=f"Promote {request.release.words} to {request.channel} over the gate's no",
        body=desk.page(says, record, request),
        is_draft=True,
        labels=("promotion", "override"),
    )
    return Overruled(pull, says)


def _refused(run: RunRecord) -> Entry:
    entries = run.entries()
    if not entries or entries[-1].event is not Event.REFUSED:
        last = entries[-1].event.value if entries else "nothing"
        raise UsageError(
            f"run {run.name} ended with {last}, expected refused: there is no no to override",
            remedy=f"Where it is: modelsmith run status {run.name}",
        )
    return entries[-1]


def _require_intact(desk: Desk, run: str) -> None:
    found = desk.replayed().differences
    if found:
        raise BrokenRecordError(
            f"run {run} is not what its record says, and nobody overrides that: {found[0]}",
            remedy=f"modelsmith run replay {run} says all of it; restore the files from git.",
        )


def _evidence(run: RunRecord, entry: Entry) -> dict[str, bytes]:
    recorded = evidence_of(entry, verified(run.read, run.entries()))
    absent = [file.name for file in OF_A_BUNDLE if file not in recorded]
    if absent:
        raise UsageError(
            f"the promotion attempt of run {run.name} has no {', '.join(absent)}",
            remedy="It was made by an older version: start a new run from the same run.yaml.",
        )
    return {file.name: recorded[file] for file in OF_A_BUNDLE}


def _base(desk: Desk, run: RunRecord, entry: Entry, default: str) -> str:
    """Return the commit on the forge that holds the whole record of the run."""
    for branch in (walk_branch(run.name), default):
        sha = desk.forge.branch_sha(branch)
        ledger = desk.file(sha, ledger_path(run.name)) if sha else None
        if sha and ledger and entry.digest().encode() in ledger.splitlines()[-1]:
            return sha
    raise BlockedError(
        f"neither {walk_branch(run.name)} nor {default} on the forge holds the end of run "
        f"{run.name}",
        remedy=f"git push origin HEAD:{walk_branch(run.name)}, then override again.",
    )


def _require_allowed(wanted: Wanted, operator: str) -> None:
    if not wanted.is_allowed:
        raise BlockedError(
            f"{POLICY} lets nobody override the gate in {wanted.channel}",
            remedy=f"Who must decides that by review: channels.{wanted.channel}.overrides.",
        )
    if operator.lower() not in {one.lower() for one in wanted.operators}:
        raise BlockedError(
            f"{operator} is no operator with a key in {POLICY}, and nobody else overrides the gate",
            remedy=f"Ask one of: {', '.join(wanted.operators) or 'nobody holds the role'}.",
        )


def _known(
    desk: Desk, commit: str | None, place: str, wanted: Wanted, policy: Policy
) -> Signed | None:
    """Return the override that a commit of the promotion's branch holds, where it counts."""
    texts = [
        desk.file(commit, f"{place}/{name}") if commit else None
        for name in (OVERRIDE, OVERRIDE_SIGNATURE)
    ]
    statement, signature = ((text or b"").decode(errors="replace") for text in texts)
    if not statement or not signature:
        return None
    keys = listed(policy)
    found = vouched(desk.hands, Signed(statement=statement, signature=signature), keys)
    return None if any(override_faults(found, wanted)) else found


def _says(signed: Signed) -> tuple[str, str]:
    says = override_in(signed.statement).says
    return says.operator, says.reason


def _signed(  # noqa: PLR0913, PLR0917 - what an override says
    desk: Desk, wanted: Wanted, policy: Policy, operator: str, reason: str, key: str | None
) -> Signed:
    at = desk.clock.now().replace(microsecond=0)
    says = Overriding(operator=operator, reason=reason, at=at, failing=tuple(wanted.failing))
    statement = override_statement(wanted.subject, says)
    signature = desk.hands.sign(statement, key)
    signed = Signed(statement=statement.decode(), signature=signature)
    found = vouched(desk.hands, signed, listed(policy))
    faults = list(override_faults(found, wanted))
    if faults:
        raise SignatureError(
            f"not overridden: {'; '.join(faults)}",
            remedy="Sign with the key that the policy lists for you: --key FILE, or git's "
            "user.signingKey.",
        )
    return found
