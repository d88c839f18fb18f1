"""Approve: say yes to one request, as whom one holds a role, in a review that the key signs.

1. What would be approved is judged first: a promotion that does not hold is nobody's to approve.
2. Who acts, and as whom they may.
3. The statement is signed, and verified as others will verify it, before anything is said.
"""

from typing import NamedTuple

from modelsmith.errors import BlockedError, ForgeRefusedError, SignatureError, UsageError
from modelsmith.forge.records import PullRequest
from modelsmith.policy import POLICY, Role
from modelsmith.promotion.approval.reviews import Approvals, counting
from modelsmith.promotion.approval.signatures import verified
from modelsmith.promotion.approval.statement import Approving, approval_statement, review_body
from modelsmith.signoff.judge_pull_request import judgement_of, submission_of
from modelsmith.signoff.ports import SignoffPorts
from modelsmith.signoff.rules import RULES
from modelsmith.signoff.submission import Judgement, Submission


class Intent(NamedTuple):
    """What somebody is about to approve."""

    submission: Submission
    """What is known of it."""
    judgement: Judgement
    """What every rule says of it."""
    who: str
    """Who approves."""
    roles: tuple[Role, ...]
    """As whom."""
    is_said: bool
    """Whether their approval stands and counts already."""

    @property
    def broken(self) -> tuple[str, ...]:
        """Rules that do not hold whoever approves; with one of them, nobody should."""
        rules = {rule.name for rule in RULES}
        return tuple(
            one.rule
            for one in self.judgement.findings
            if one.state == "fails" and one.rule in rules
        )


def intended(ports: SignoffPorts, pull: PullRequest, role: Role | None) -> Intent:
    """Return what who acts is about to approve; nothing is signed or said.

    Args:
        ports: What it touches.
        pull: A promotion's pull request.
        role: As whom; every required role that they hold where none.

    Raises:
        BlockedError: who acts cannot approve it, with why.
        UsageError: the role is not required.
    """
    submission, notes = submission_of(ports, pull)
    judgement = judgement_of(submission, notes)
    known, who = submission.approvals, ports.forge.me().login
    held = tuple(one for one in known.required if known.holds(who, one))
    if role is not None and role not in known.required:
        asked = ", ".join(one.value for one in known.required) or "nobody"
        raise UsageError(
            f"pull request {pull.number} needs no approval as {role.value}",
            remedy=f"It needs: {asked}.",
        )
    _require_able(known, who, held, role)
    roles = held if role is None else (role,)
    before = tuple(
        one for one, said in counting(known).items() if who in {by.author.login for by in said}
    )
    said = tuple(one for one in known.required if one in {*roles, *before})
    return Intent(submission, judgement, who, said, set(roles) <= set(before))


def _require_able(known: Approvals, who: str, held: tuple[Role, ...], role: Role | None) -> None:
    lacking = f"does not hold {role.value}" if role else "holds no role that must approve"
    bars = (
        (who.lower() in {bot.lower() for bot in known.bots}, "is a program, which never counts"),
        (
            who.lower() in known.writers,
            f"{known.writers.get(who.lower(), '')}, and nobody approves what they wrote",
        ),
        (role not in held if role else not held, lacking),
        (known.lacks_key(who), f"has no key in {POLICY} at the merge base"),
    )
    found = next((words for applies, words in bars if applies), None)
    if found:
        holders = "; ".join(
            f"{one.value}: {', '.join(known.holders.get(one, ())) or 'nobody'}"
            for one in known.required
        )
        raise BlockedError(f"not approved: {who} {found}", remedy=f"Who holds what: {holders}.")


def approve(ports: SignoffPorts, intent: Intent, words: str, key: str | None) -> None:
    """Approve as somebody intends to; who has done so already says nothing twice.

    On plain git it is signed always, on GitHub where a key is given.

    Args:
        ports: What it touches.
        intent: What is approved.
        words: The same as people read it.
        key: Path of an SSH key; git's where none.

    Raises:
        SignatureError: there is no key, or it is not the one that the policy lists.
        ForgeRefusedError: the head moved, or it is sealed already; nothing was said.
    """
    if intent.is_said:
        return
    submission, forge = intent.submission, ports.forge
    known, pull = submission.approvals, submission.pull
    if submission.seal is not None:
        raise ForgeRefusedError(
            f"pull request {pull.number} is sealed already; nobody's approval is missing",
            remedy="modelsmith promotion merge goes on with it.",
        )
    body = words
    if known.is_signed or key is not None:
        says = Approving(
            approver=intent.who,
            decision="approved",
            roles=intent.roles,
            reviewed_at=ports.clock.now(),
            commit=known.head_sha,
            pull=pull.number,
        )
        statement = approval_statement(submission.subject, says)
        signature = ports.signatures.ssh.sign(statement, key)
        require_listed(ports, known, statement, signature, intent.who)
        body = review_body(words, statement, signature)
    forge.review(pull.number, verdict="approved", body=body, sha=known.head_sha)


def require_listed(
    ports: SignoffPorts, known: Approvals, statement: bytes, signature: str, who: str
) -> None:
    """Refuse a signature that nobody else would accept.

    Raises:
        SignatureError: the key is not one that the policy lists; on plain git, for who acts.
    """
    found = verified(ports.signatures.ssh, statement.decode(), signature, known.keys).signatory
    if not found or (known.is_signed and found.lower() != who.lower()):
        whose = f"lists that key for {found}" if found else "lists that key for nobody"
        raise SignatureError(
            f"not approved: {POLICY} at the merge base {whose}, expected for {who}",
            remedy="Sign with the key that it lists for you: --key FILE, or git's user.signingKey. "
            "A new key is added to the policy by a pull request of its own.",
        )


def reject(ports: SignoffPorts, pull: PullRequest, reason: str) -> tuple[Role, ...]:
    """Ask for changes, which a holder of a required role vetoes with; return as whom they did.

    Raises:
        ForgeRefusedError: it is no longer open, its head moved, or it is one's own.
    """
    submission, _ = submission_of(ports, pull)
    known, who = submission.approvals, ports.forge.me().login
    ports.forge.review(pull.number, verdict="changes-requested", body=reason, sha=pull.head_sha)
    return tuple(role for role in known.required if known.holds(who, role))
