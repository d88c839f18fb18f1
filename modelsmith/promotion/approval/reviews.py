"""Approvals of a promotion: whose review counts for which role, and why another one does not.

People review on a forge; the policy says which roles must approve and who holds them. A review
counts unless a row of DISCOUNTS says why not. What asks for changes is a veto where its author
holds a role that is required, however old it is, and nobody has to sign it.

On plain git whoever may push can write anybody's name under a review. So an approval counts there
by its signature alone: without it, it neither approves nor ends a veto, and its time is the signed
one. GitHub vouches for who reviewed; a statement that somebody carries along must agree.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from modelsmith.forge.records import CommitSha, Review
from modelsmith.policy import POLICY, Role
from modelsmith.promotion.approval.statement import Approval, approval_in
from modelsmith.promotion.signing.ssh_statement import Listed, Signed, same_subject
from modelsmith.record import Record, Sha256, sha256

SHOWN = 12
"""Digits of a commit that people compare by eye."""


class Finding(Record):
    """What one rule says of a promotion."""

    rule: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z]+)*$")]
    """Stable name of the rule; a role's own name where it is about that role's approval."""
    state: Literal["holds", "waits", "fails"]
    """It holds; it waits for somebody's approval; or something must change first."""
    what: str
    """What was found, and what was expected where that differs."""
    remedy: str = ""
    """What to do about it; none where it holds."""
    people: tuple[str, ...] = ()
    """Whose approval would close it."""


class Approvals(Record):
    """Everything that decides whose review counts."""

    head_sha: CommitSha
    """The commit that is to be approved."""
    last_commit_at: AwareDatetime
    """When it was committed, as it says."""
    required: tuple[Role, ...]
    """Roles that must each approve."""
    holders: Mapping[Role, tuple[str, ...]]
    """Who holds each role, by their names on the forge."""
    bots: tuple[str, ...]
    """Whom the policy calls programs, beside those that the forge knows as such."""
    writers: Mapping[str, str]
    """What each author of the promotion did, by name on the forge in small letters."""
    reviews: tuple[Review, ...]
    """All reviews."""
    pull: int = 0
    """Number of the pull request."""
    subject: Mapping[str, Sha256] = {}
    """The request that is to be approved: its path and digest."""
    is_signed: bool = False
    """Whether an approval counts by its signature alone, as on plain git."""
    keys: tuple[Listed, ...] = ()
    """Keys that the policy lists, with whose they are."""
    carried: Mapping[Sha256, Signed] = {}
    """The statement that a review carries, by the digest of the review's text."""

    def holds(self, login: str, role: Role) -> bool:
        """Return whether somebody holds a role."""
        return login.lower() in {holder.lower() for holder in self.holders.get(role, ())}

    def lacks_key(self, login: str) -> bool:
        """Return whether an approval of theirs could not be proven."""
        return self.is_signed and login.lower() not in {one.who.lower() for one in self.keys}

    def signed(self, review: Review) -> Signed | None:
        """Return the statement that a review carries."""
        return self.carried.get(sha256(review.body.encode()))

    def said(self, review: Review) -> Approval | None:
        """Return what the statement says; none where there is none that can be read."""
        signed = self.signed(review)
        try:
            return approval_in(signed.statement) if signed else None
        except ValueError:
            return None

    def moment(self, review: Review) -> datetime:
        """Return when somebody reviewed: as they signed it, and no later than the forge has it.

        What is replayed keeps its time, and a clock that is ahead outlives no later veto.
        """
        signed, said = self.signed(review), self.said(review)
        vouched = signed is not None and signed.signatory.lower() == review.author.login.lower()
        signed_at = said.says.reviewed_at if said and vouched else review.submitted_at
        return min(signed_at, review.submitted_at)


class Discount(NamedTuple):
    """One reason for which a review does not count."""

    name: str
    """Its name."""
    applies: Callable[[Approvals, Review], bool]
    """Whether it applies."""
    words: str
    """How it is said of `{who}`."""


def is_by_program(known: Approvals, review: Review) -> bool:
    """Return whether a program reviewed."""
    return review.author.is_bot or review.author.login.lower() in {b.lower() for b in known.bots}


def _by_writer(known: Approvals, review: Review) -> bool:
    return review.author.login.lower() in known.writers


def _dismissed(_: Approvals, review: Review) -> bool:
    return review.verdict == "dismissed"


def _asks_for_changes(_: Approvals, review: Review) -> bool:
    return review.verdict == "changes-requested"


def _of_another_commit(known: Approvals, review: Review) -> bool:
    return review.commit_sha != known.head_sha


def _before_last_commit(known: Approvals, review: Review) -> bool:
    return known.moment(review) < known.last_commit_at


def _unsigned(known: Approvals, review: Review) -> bool:
    return known.is_signed and known.signed(review) is None


def _unreadable(known: Approvals, review: Review) -> bool:
    return known.signed(review) is not None and known.said(review) is None


def _edited(known: Approvals, review: Review) -> bool:
    signed = known.signed(review)
    return signed is not None and signed.is_altered


def _by_unknown_key(known: Approvals, review: Review) -> bool:
    signed, who = known.signed(review), review.author.login.lower()
    if signed is None:
        return False
    return not signed.signatory or (known.is_signed and signed.signatory.lower() != who)


def _in_another_name(known: Approvals, review: Review) -> bool:
    said = known.said(review)
    return said is not None and said.says.approver.lower() != review.author.login.lower()


def is_elsewhere(known: Approvals, review: Review) -> bool:
    """Return whether a review carries what was signed for another commit or pull request."""
    said = known.said(review)
    at = (review.commit_sha, known.pull)
    return said is not None and (said.says.commit, said.says.pull) != at


def _replayed(known: Approvals, review: Review) -> bool:
    said = known.said(review)
    if said is None:
        return False
    here = (said.says.commit, said.says.pull) == (known.head_sha, known.pull)
    return not (here and same_subject(said.subject, known.subject))


PROOFS = (
    Discount("unsigned", _unsigned, "{who}'s approval is not signed"),
    Discount("edited", _edited, "{who}'s approval was edited after it was signed"),
    Discount(
        "unknown-key",
        _by_unknown_key,
        f"{{who}}'s approval is by a key that {POLICY} at the merge base does not list for them",
    ),
    Discount("unreadable", _unreadable, "{who}'s approval carries what is no statement"),
    Discount("another-name", _in_another_name, "{who}'s approval speaks for somebody else"),
)
"""Why nothing proves that somebody said it; what they said before stands then."""

DISCOUNTS = (
    Discount("bot", is_by_program, "{who} is a program, which never counts"),
    Discount("self-approval", _by_writer, "{who} {did}, and nobody approves what they wrote"),
    Discount("dismissed", _dismissed, "{who}'s review was dismissed"),
    Discount("changes-requested", _asks_for_changes, "{who} asks for changes"),
    Discount("stale", _of_another_commit, "{who} approved {seen}, the head is {head}"),
    *PROOFS,
    Discount(
        "replayed",
        _replayed,
        "{who}'s approval was signed for another bundle: {signed}, this is {bundle}",
    ),
    Discount("early", _before_last_commit, "{who} approved before the last commit was made"),
)
"""Why a review does not count; the first that applies is told."""


def discount_of(known: Approvals, review: Review) -> str | None:
    """Return why a review does not count, or None where it does."""
    who = review.author.login
    for discount in DISCOUNTS:
        if discount.applies(known, review):
            return discount.words.format(
                who=who,
                did=known.writers.get(who.lower(), ""),
                seen=review.commit_sha[:SHOWN],
                head=known.head_sha[:SHOWN],
                signed=_bundle(known.said(review)),
                bundle=_digests(known.subject),
            )
    return None


def _bundle(said: Approval | None) -> str:
    if said is None:
        return ""
    return f"{_digests(said.subject)} at {said.says.commit[:SHOWN]}, pull request {said.says.pull}"


def _digests(subject: Mapping[str, str]) -> str:
    return ", ".join(digest[:SHOWN] for digest in subject.values()) or "none"
