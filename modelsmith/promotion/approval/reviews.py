"""Approvals of a promotion: whose review counts for which role, and why another one does not.

People review on a forge; the policy says which roles must approve and who holds them. A review
counts unless a discount says why not. What asks for changes is a veto where its author
holds a role that is required, however old it is, and nobody has to sign it.

On plain git whoever may push can write anybody's name under a review. So an approval counts there
by its signature alone: without it, it neither approves nor ends a veto, and its time is the signed
one. GitHub vouches for who reviewed; a statement that somebody carries along must agree.

What the approvals of a promotion come to: vetoes, each required role, four eyes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from modelsmith.forge.records import CommitSha, Review, latest_of
from modelsmith.policy import POLICY, Role
from modelsmith.promotion.approval.statement import Approving, approval_in
from modelsmith.promotion.signing.attestation import Claimed
from modelsmith.promotion.signing.ssh_statement import Listed, Signed, digests_of, same_subject
from modelsmith.record import Record, Sha256, sha256, short


class RuleResult(Record):
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

    def claim_in(self, review: Review) -> Claimed[Approving] | None:
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
        signed, claim = self.signed(review), self.claim_in(review)
        is_own = signed is not None and signed.signatory.lower() == review.author.login.lower()
        signed_at = claim.says.reviewed_at if claim and is_own else review.submitted_at
        return min(signed_at, review.submitted_at)


class Discount(NamedTuple):
    """One reason for which a review does not count."""

    name: str
    """Its name."""
    words: str
    """How it is said."""


def discounts(known: Approvals, review: Review) -> Iterator[Discount]:
    """Yield why a review does not count; the first is told."""
    who, claim = review.author.login, known.claim_in(review)
    if is_by_program(known, review):
        yield Discount("bot", f"{who} is a program, which never counts")
    if who.lower() in known.writers:
        did = known.writers[who.lower()]
        yield Discount("self-approval", f"{who} {did}, and nobody approves what they wrote")
    if review.verdict == "dismissed":
        yield Discount("dismissed", f"{who}'s review was dismissed")
    if review.verdict == "changes-requested":
        yield Discount("changes-requested", f"{who} asks for changes")
    if review.commit_sha != known.head_sha:
        yield Discount(
            "stale",
            f"{who} approved {short(review.commit_sha)}, the head is {short(known.head_sha)}",
        )
    yield from _lacking_proof(known, review)
    if claim is not None and not (
        (claim.says.commit, claim.says.pull) == (known.head_sha, known.pull)
        and same_subject(claim.subject, known.subject)
    ):
        yield Discount(
            "replayed",
            f"{who}'s approval was signed for another bundle: {digests_of(claim.subject)} at "
            f"{short(claim.says.commit)}, pull request {claim.says.pull}, this is "
            f"{digests_of(known.subject)}",
        )
    if known.moment(review) < known.last_commit_at:
        yield Discount("early", f"{who} approved before the last commit was made")


def _lacking_proof(known: Approvals, review: Review) -> Iterator[Discount]:
    """Yield why nothing proves that somebody said it; what they said before stands then."""
    who, signed, claim = review.author.login, known.signed(review), known.claim_in(review)
    if signed is None:
        if known.is_signed:
            yield Discount("unsigned", f"{who}'s approval is not signed")
        return
    if signed.is_altered:
        yield Discount("edited", f"{who}'s approval was edited after it was signed")
    is_another = known.is_signed and signed.signatory.lower() != who.lower()
    if not signed.signatory or is_another:
        yield Discount(
            "unknown-key",
            f"{who}'s approval is by a key that {POLICY} at the merge base does not list for them",
        )
    if claim is None:
        yield Discount("unreadable", f"{who}'s approval carries what is no statement")
    elif claim.says.approver.lower() != who.lower():
        yield Discount("another-name", f"{who}'s approval speaks for somebody else")


def is_by_program(known: Approvals, review: Review) -> bool:
    """Return whether a program reviewed."""
    return review.author.is_bot or review.author.login.lower() in {b.lower() for b in known.bots}


def is_elsewhere(known: Approvals, review: Review) -> bool:
    """Return whether a review carries what was signed for another commit or pull request."""
    claim = known.claim_in(review)
    at = (review.commit_sha, known.pull)
    return claim is not None and (claim.says.commit, claim.says.pull) != at


def discount_of(known: Approvals, review: Review) -> str | None:
    """Return why a review does not count, or None where it does."""
    return next((one.words for one in discounts(known, review)), None)


def deciding_reviews(known: Approvals) -> tuple[Review, ...]:
    """Return the newest deciding word of each person; where nothing proves it, it ends no other."""
    newest: dict[str, Review] = {}
    for review in sorted(known.reviews, key=known.moment):
        who = review.author.login.lower()
        before = newest.get(who)
        is_proven = review.verdict != "approved" or not _unproven(known, review)
        if review.verdict != "commented" and (
            is_proven or before is None or _unproven(known, before)
        ):
            newest[who] = review
    return tuple(newest.values())


def _unproven(known: Approvals, review: Review) -> bool:
    if review.verdict != "approved" or not known.is_signed:
        return False
    return is_elsewhere(known, review) or any(_lacking_proof(known, review))


def counting(known: Approvals) -> dict[Role, tuple[Review, ...]]:
    """Return every review by which a required role has approved; no role that has not."""
    counted = [review for review in deciding_reviews(known) if discount_of(known, review) is None]
    found = {
        role: tuple(review for review in counted if _covers(known, review, role))
        for role in known.required
    }
    return {role: reviews for role, reviews in found.items() if reviews}


def _covers(known: Approvals, review: Review, role: Role) -> bool:
    """Return whether a review is by a holder of a role, and for it."""
    claim = known.claim_in(review)
    return known.holds(review.author.login, role) and (claim is None or role in claim.says.roles)


def approval_findings(known: Approvals) -> Iterator[RuleResult]:
    """Yield whether nobody vetoes it, and whether each required role has approved.

    Where no role is required, nobody can say yes: that refuses.
    """
    if not known.required:
        yield RuleResult(
            rule="roles",
            state="fails",
            what="no role is required, so nobody can approve it",
            remedy="Name in promotions/policy.yaml the roles that the channel needs.",
        )
        return
    yield _veto(known)
    counted = counting(known)
    for role in known.required:
        yield _role(known, role, counted.get(role, ())[:1])
    if len(counted) == len(known.required):
        yield _four_eyes(known, chain.from_iterable(counted.values()))


def people_of(writers: Iterable[str], approvers: Iterable[str]) -> tuple[str, ...]:
    """Return the people who had a hand in it: who wrote it and who approved it, each once."""
    return tuple(sorted({name.lower() for name in chain(writers, approvers)}))


FOUR_EYES = 2
"""People who must have had a hand in it, at least: one who wrote it, one who approved it; or two
who approved what only programs wrote."""


def _four_eyes(known: Approvals, approved: Iterable[Review]) -> RuleResult:
    found = people_of(known.writers, (one.author.login for one in approved))
    if len(found) >= FOUR_EYES:
        return RuleResult(
            rule="four-eyes", state="holds", what="two people or more wrote it and approved it"
        )
    return RuleResult(
        rule="four-eyes",
        state="waits",
        what=f"only {', '.join(found)} has seen it, two people must",
        remedy="Ask somebody else who holds one of the roles to approve it too.",
    )


def _veto(known: Approvals) -> RuleResult:
    found = [
        f"{review.author.login}, who holds {role.value}, asks for changes"
        for review in deciding_reviews(known)
        for role in known.required
        if review.verdict == "changes-requested"
        and known.holds(review.author.login, role)
        and not is_by_program(known, review)
    ]
    if not found:
        return RuleResult(
            rule="veto", state="holds", what="nobody who holds a required role asks for changes"
        )
    return RuleResult(
        rule="veto",
        state="fails",
        what="; ".join(found),
        remedy="Settle it with them; their next approval, or a dismissal, ends it.",
    )


def _role(known: Approvals, role: Role, by: Sequence[Review]) -> RuleResult:
    for review in by:
        return RuleResult(
            rule=role.value,
            state="holds",
            what=f"{review.author.login} approved {short(known.head_sha)}, "
            f"{known.moment(review):%Y-%m-%d %H:%M} UTC",
        )
    discounted = [(review, discount_of(known, review)) for review in _told(known)]
    others = [
        why or _no_cover(known, review, role)
        for review, why in discounted
        if known.holds(review.author.login, role) or why is None
    ]
    bots = {bot.lower() for bot in known.bots}
    able = [
        holder
        for holder in known.holders.get(role, ())
        if holder.lower() not in {*known.writers, *bots} and not known.lacks_key(holder)
    ]
    words = "; ".join([f"nobody who holds {role.value} has approved", *others])
    if not able:
        words += "; nobody who holds it may, " + _unable(known, role)
        keyless = [who for who in known.holders.get(role, ()) if known.lacks_key(who)]
        remedy = f"Name somebody else for {role.value} in promotions/policy.yaml."
        if keyless:
            whose = ", ".join(keyless)
            remedy = f"Add the SSH public key of {whose} to {POLICY}, by a pull request of its own."
        return RuleResult(rule=role.value, state="fails", what=words, remedy=remedy)
    remedy = f"Ask one of: {', '.join(able)}."
    return RuleResult(rule=role.value, state="waits", what=words, remedy=remedy, people=tuple(able))


def _told(known: Approvals) -> list[Review]:
    """Return what is told of why a role waits: what stands, and approvals that nothing proves."""
    stands = list(deciding_reviews(known))
    newest = latest_of(known.reviews).values()
    return [*stands, *(one for one in newest if _unproven(known, one) and one not in stands)]


def _no_cover(known: Approvals, review: Review, role: Role) -> str:
    who, claim = review.author.login, known.claim_in(review)
    if known.holds(who, role) and claim is not None:
        return f"{who} approved as {', '.join(one.value for one in claim.says.roles)} alone"
    return f"{who} approved and does not hold {role.value}"


def _unable(known: Approvals, role: Role) -> str:
    holders = known.holders.get(role, ())
    if not holders:
        return "since nobody holds it here"
    return f"since {', '.join(f'{who} {_bar(known, who)}' for who in holders)}"


def _bar(known: Approvals, who: str) -> str:
    lacks = f"has no key in {POLICY}" if known.lacks_key(who) else "is a program"
    return known.writers.get(who.lower(), lacks)
