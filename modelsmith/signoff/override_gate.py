"""Override: an operator takes what the gate refused to the people who approve, in writing.

1. The run ended with the gate's no, and its record replays: what is overruled is the gate alone.
2. The policy of the default branch lets the channel have overrides, and who acts is an operator.
3. The statement is signed over the run's request, and verified as others will verify it.
4. Its promotion goes onto the run's promotion branch, with the override, and into a draft pull
   request. An override that says the same already is kept as it is.
"""

from collections.abc import Callable
from typing import NamedTuple

from modelsmith.errors import BlockedError, BrokenRecordError, SignatureError, UsageError
from modelsmith.forge.port import Forge
from modelsmith.forge.records import PullRequest
from modelsmith.git.commits import RUN, with_trailers
from modelsmith.git.refs import promotion_branch, run_branch
from modelsmith.layout import ledger_path
from modelsmith.loop.evidence.files import OF_A_BUNDLE
from modelsmith.loop.replay import replay
from modelsmith.policy import POLICY, Policy, policy_in
from modelsmith.promotion.approval.override import (
    Overriding,
    Wanted,
    override_faults,
    override_in,
    override_statement,
)
from modelsmith.promotion.approval.signatures import (
    override_in_folder,
    verified,
    wanted_override,
)
from modelsmith.promotion.bundle import OVERRIDE, OVERRIDE_SIGNATURE, RECORD, REQUEST, Request
from modelsmith.promotion.record import PromotionRecord
from modelsmith.promotion.signing.port import SshSigner
from modelsmith.promotion.signing.ssh_statement import Signed, listed
from modelsmith.run import evidence
from modelsmith.run.config import RunConfig
from modelsmith.run.ledger import Entry
from modelsmith.run.ports import RunRecord
from modelsmith.run.state_machine import Event
from modelsmith.runtime import Clock
from modelsmith.signoff.approval_page import override_page


class OverridePorts(NamedTuple):
    """Where an operator overrides."""

    forge: Forge
    """Where the pull request is opened."""
    ssh: SshSigner
    """Signs."""
    clock: Clock
    """The time."""
    settings: Callable[[], RunConfig]
    """Reads the run's run.yaml."""
    file: Callable[[str, str], bytes | None]
    """Returns what a commit of the forge holds at a path; none where nothing is."""


class Overruled(NamedTuple):
    """What became of it."""

    pull: PullRequest
    """The pull request that asks for approvals."""
    says: Overriding
    """What the operator says."""


def override_gate(
    ports: OverridePorts, run: RunRecord, operator: str, reason: str, key: str | None
) -> Overruled:
    """Override the gate for a run that it refused, and open its pull request.

    Args:
        ports: Where it is done.
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
    _require_intact(ports, run)
    files = _evidence(run, entry)
    record = PromotionRecord.model_validate_json(files[RECORD])
    request = Request.model_validate_json(files[REQUEST])
    forge = ports.forge
    default = forge.settings().default_branch
    base, tip = _base(ports, run, entry, default), forge.branch_sha(default)
    policy = policy_in(ports.file(tip or base, POLICY) or b"")
    place = request.release.place
    if tip is not None and ports.file(tip, f"{place}/{REQUEST}") is not None:
        raise UsageError(
            f"{request.release.words} is on {default} already: there is nothing left to override",
            remedy="A promotion that is merged stays as it is; start a new run.",
        )
    wanted = wanted_override(record, request, policy)
    _require_allowed(wanted, operator)
    branch = promotion_branch(run.name)
    signed = _known(ports, forge.branch_sha(branch), place, wanted, policy)
    says = override_in(signed.statement).says if signed else None
    if signed is None or says is None or (says.operator, says.reason) != (operator, reason):
        at = ports.clock.now().replace(microsecond=0)
        says = Overriding(operator=operator, reason=reason, at=at, failing=tuple(wanted.failing))
        signed = _sign(ports.ssh, wanted, policy, says, key)
    files |= {OVERRIDE: signed.statement.encode(), OVERRIDE_SIGNATURE: signed.signature.encode()}
    forge.commit_files(
        branch,
        {f"{place}/{name}": content for name, content in files.items()},
        base=base,
        message=with_trailers(
            f"Override the gate for {request.release.words}\n\n{says.words}",
            (RUN, run.name),
        ),
        at=says.at,
    )
    pull = forge.offer(
        branch,
        base=default,
        title=f"Promote {request.release.words} to {request.channel} over the gate's no",
        body=override_page(says, record, request),
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


def _require_intact(ports: OverridePorts, run: RunRecord) -> None:
    found = replay(run, ports.settings).differences
    if found:
        raise BrokenRecordError(
            f"run {run.name} is not what its record says, and nobody overrides that: {found[0]}",
            remedy=f"modelsmith run replay {run.name} says all of it; restore the files from git.",
        )


def _evidence(run: RunRecord, entry: Entry) -> dict[str, bytes]:
    recorded = evidence.evidence_of(entry, evidence.verified(run.read, run.entries()))
    absent = [file.name for file in OF_A_BUNDLE if file not in recorded]
    if absent:
        raise UsageError(
            f"the promotion attempt of run {run.name} has no {', '.join(absent)}",
            remedy="It was made by an older version: start a new run from the same run.yaml.",
        )
    return {file.name: recorded[file] for file in OF_A_BUNDLE}


def _base(ports: OverridePorts, run: RunRecord, entry: Entry, default: str) -> str:
    """Return the commit on the forge that holds the whole record of the run."""
    for branch in (run_branch(run.name), default):
        sha = ports.forge.branch_sha(branch)
        ledger = ports.file(sha, ledger_path(run.name)) if sha else None
        if sha and ledger and entry.digest().encode() in ledger.splitlines()[-1]:
            return sha
    raise BlockedError(
        f"neither {run_branch(run.name)} nor {default} on the forge holds the end of run "
        f"{run.name}",
        remedy=f"git push origin HEAD:{run_branch(run.name)}, then override again.",
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
    ports: OverridePorts, commit: str | None, place: str, wanted: Wanted, policy: Policy
) -> Signed | None:
    """Return the override that a commit of the promotion's branch holds, where it counts."""
    if commit is None:
        return None
    names = (OVERRIDE, OVERRIDE_SIGNATURE)
    files = {name: ports.file(commit, f"{place}/{name}") for name in names}
    found = override_in_folder(ports.ssh, files, policy)
    return None if any(override_faults(found, wanted)) else found


def _sign(
    ssh: SshSigner, wanted: Wanted, policy: Policy, says: Overriding, key: str | None
) -> Signed:
    statement = override_statement(wanted.subject, says)
    found = verified(ssh, statement.decode(), ssh.sign(statement, key), listed(policy))
    faults = list(override_faults(found, wanted))
    if faults:
        raise SignatureError(
            f"not overridden: {'; '.join(faults)}",
            remedy="Sign with the key that the policy lists for you: --key FILE, or git's "
            "user.signingKey.",
        )
    return found
