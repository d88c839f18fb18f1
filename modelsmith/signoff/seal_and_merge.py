"""Seal and merge a promotion that holds, or say what it waits for.

1. Judge it, as it stands; a head that is a seal of ours was judged before it was sealed, and is
   verified by the policy of the base branch.
2. Put the seal on top of the head that was approved, in one commit of the branch.
3. Verify the seal as anybody will who has a clone, by the policy of the base branch.
4. Lift the draft, set the status, merge with a guard on the seal's commit.

Killed anywhere, the next call goes on: a seal that is there is not made twice, and a merge that
went through is found.
"""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from modelsmith.errors import BrokenRecordError, ForgeRefusedError, ModelsmithError
from modelsmith.forge.records import CommitStatus, Person, PullRequest
from modelsmith.git.commits import BUNDLE, FACTORY, RUN, SEAL, with_trailers
from modelsmith.policy import POLICY, Claim, policy_in
from modelsmith.promotion.approval.record import ApprovalsFile
from modelsmith.promotion.bundle import REQUEST, Request
from modelsmith.promotion.channel import Release
from modelsmith.promotion.verification.channels import channels_in, live_in
from modelsmith.promotion.verification.default_branch_history import DefaultBranchHistory
from modelsmith.promotion.verification.seal import judge_seal, says_sealed, seal_of
from modelsmith.promotion.verification.verify import Verification
from modelsmith.record import read_as, short
from modelsmith.signoff.judge_pull_request import judged
from modelsmith.signoff.page import CHECK
from modelsmith.signoff.ports import SignoffPorts


class Merged(NamedTuple):
    """What became of one promotion."""

    pull: PullRequest
    """Its pull request."""
    state: Literal["merged", "waits", "refused"]
    """It is live; it waits for people or for the forge; or it does not hold."""
    words: str
    """In one line."""
    fault: ModelsmithError | None = None
    """Why it could not be judged, signed or merged."""


def seal_and_merge_all(ports: SignoffPorts, pulls: Iterable[PullRequest]) -> list[Merged]:
    """Seal and merge each promotion that holds; a fault of one keeps no other one back."""
    found = []
    for pull in pulls:
        try:
            found.append(seal_and_merge(ports, pull))
        except ModelsmithError as error:
            found.append(Merged(pull, "refused", error.what, fault=error))
    return found


def seal_and_merge(ports: SignoffPorts, pull: PullRequest) -> Merged:
    """Seal and merge a promotion where everything holds.

    Raises:
        SignatureError: nobody here may sign by the policy, or a signature does not hold.
        BrokenRecordError: the seal is not of what was approved; nothing was merged.
        ForgeError: the forge does not answer; what was done stays, and the next call goes on.
    """
    forge = ports.forge
    tip = _fetch(ports, pull)
    if says_sealed(ports.history.walk([pull.head_sha])[pull.head_sha]):
        seal = pull.head_sha
    else:
        judgement, approvals = judged(ports, pull)
        if approvals is None:
            failing = any(one.state == "fails" for one in judgement.findings)
            return Merged(
                pull,
                "refused" if failing else "waits",
                "; ".join(one.what for one in judgement.findings if one.state != "holds"),
            )
        seal = _seal(ports, pull, tip, approvals)
        ports.fetch(seal, f"refs/pull/{pull.number}/head")
    release = _verified(ports, seal, tip)
    if pull.is_draft:
        forge.offer(pull.head, base=pull.base, title=pull.title, body=pull.body, is_draft=False)
    forge.set_status(
        seal,
        CommitStatus(
            context=CHECK,
            state="success",
            description=f"{release.words} is approved, signed and on its way",
        ),
    )
    message = with_trailers(f"Promote {release.words}", (BUNDLE, release.bundle_sha256))
    try:
        commit = forge.merge(pull.number, sha=seal, message=message)
    except ForgeRefusedError as error:
        return Merged(pull, "waits", f"sealed; {error.what}")
    ports.fetch(commit, f"refs/heads/{pull.base}")
    return Merged(pull, "merged", f"{release.words} is live, commit {short(commit)}")


def _fetch(ports: SignoffPorts, pull: PullRequest) -> str:
    """Return the tip of the base branch, once the clone has it and the pull request's head."""
    tip = ports.forge.branch_sha(pull.base)
    if tip is None:
        raise BrokenRecordError(
            f"branch {pull.base}, into which pull request {pull.number} goes, is gone",
            remedy="Bring it back.",
        )
    ports.fetch(tip, f"refs/heads/{pull.base}")
    ports.fetch(pull.head_sha, f"refs/pull/{pull.number}/head")
    return tip


def _seal(ports: SignoffPorts, pull: PullRequest, tip: str, approvals: ApprovalsFile) -> str:
    """Put the seal on top of the head that was approved, and return its commit."""
    line = DefaultBranchHistory(ports.history, pull.head_sha, base=tip)
    ends = f"/{REQUEST}"
    places = [path.removesuffix(ends) for path in line.brought() if path.endswith(ends)]
    files = line.folder(line.tip, places[0]) if len(places) == 1 else {}
    request = read_as(files.get(REQUEST), Request)
    if request is None or request.digest() != approvals.bundle_sha256:
        raise BrokenRecordError(
            f"{pull.head} does not hold the one request that was approved",
            remedy="Restore the branch that the run pushed.",
        )
    before = Verification(ports.history, tip, ports.signatures)
    channel = next((one for one in channels_in(before) if one.name == request.channel), None)
    content = before.file(POLICY)
    if content is None:
        raise BrokenRecordError(f"{pull.base} has no {POLICY}", remedy="Write it first.")
    policy = policy_in(content)

    def sign(claim: Claim, statement: bytes) -> bytes:
        return ports.signer(policy, claim, request.channel).sign(statement)

    now = ports.clock.now()
    seal = seal_of(
        request,
        files,
        approvals,
        sign,
        live=live_in(channel) if channel else None,
        moves=channel.moves if channel else (),
        at=now,
    )
    return ports.forge.commit_files(
        pull.head,
        seal,
        base=pull.head_sha,
        message=with_trailers(
            f"Seal {request.release.words} for {request.channel}",
            (SEAL, request.digest()),
            (RUN, request.run),
        ),
        author=Person(login=FACTORY.email, is_bot=True),
        at=now,
    )


def _verified(ports: SignoffPorts, seal: str, tip: str) -> Release:
    """Return the release that a seal makes live, once all of it holds by the base's policy."""
    faults, release = judge_seal(Verification(ports.history, seal, ports.signatures, base=tip))
    if faults or release is None:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        first = faults[0] if faults else "it names no release"
        raise BrokenRecordError(
            f"seal {short(seal)} does not hold: {first}{more}",
            remedy="Nothing was merged. Reset the branch to the commit that was approved: the next "
            "call seals it anew.",
        )
    return release
