"""Approvals of a promotion: whose review counts for which role, and why another one does not.

People review on a forge; the policy says which roles must approve and who holds them. A review
counts unless a row of DISCOUNTS says why not. What asks for changes is a veto where its author
holds a role that is required, however old it is.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from modelsmith.domain.forge import CommitSha, Review, latest_of
from modelsmith.domain.policy import Role
from modelsmith.domain.record import Record

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

    def holds(self, login: str, role: Role) -> bool:
        """Return whether somebody holds a role."""
        return login.lower() in {holder.lower() for holder in self.holders.get(role, ())}


class Discount(NamedTuple):
    """One reason for which a review does not count."""

    name: str
    """Its name."""
    applies: Callable[[Approvals, Review], bool]
    """Whether it applies."""
    words: str
    """How it is said of `{who}`."""


def _by_program(known: Approvals, review: Review) -> bool:
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
    return review.submitted_at < known.last_commit_at


DISCOUNTS = (
    Discount("bot", _by_program, "{who} is a program, which never counts"),
    Discount("self-approval", _by_writer, "{who} {did}, and nobody approves what they wrote"),
    Discount("dismissed", _dismissed, "{who}'s review was dismissed"),
    Discount("changes-requested", _asks_for_changes, "{who} asks for changes"),
    Discount("stale", _of_another_commit, "{who} approved {seen}, the head is {head}"),
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
            )
    return None


def approval_findings(known: Approvals) -> Iterator[Finding]:
    """Yield whether nobody vetoes it, and whether each required role has approved.

    Where no role is required, nobody can say yes: that refuses.
    """
    if not known.required:
        what = "no role is required, so nobody can approve it"
        remedy = "Name in promotions/policy.yaml the roles that the channel needs."
        yield Finding(rule="roles", state="fails", what=what, remedy=remedy)
        return
    yield _veto(known)
    for role in known.required:
        yield _role(known, role)


def _veto(known: Approvals) -> Finding:
    found = [
        f"{review.author.login}, who holds {role.value}, asks for changes"
        for review in latest_of(known.reviews).values()
        for role in known.required
        if review.verdict == "changes-requested"
        and known.holds(review.author.login, role)
        and not _by_program(known, review)
    ]
    if not found:
        what = "nobody who holds a required role asks for changes"
        return Finding(rule="veto", state="holds", what=what)
    remedy = "Settle it with them; their next approval, or a dismissal, ends it."
    return Finding(rule="veto", state="fails", what="; ".join(found), remedy=remedy)


def _role(known: Approvals, role: Role) -> Finding:
    latest = latest_of(known.reviews).values()
    said = [(review, discount_of(known, review)) for review in latest]
    for review, why in said:
        if why is None and known.holds(review.author.login, role):
            when = f"{review.submitted_at:%Y-%m-%d %H:%M} UTC"
            what = f"{review.author.login} approved {known.head_sha[:SHOWN]}, {when}"
            return Finding(rule=role.value, state="holds", what=what)
    others = [
        why or f"{review.author.login} approved and does not hold {role.value}"
        for review, why in said
        if known.holds(review.author.login, role) or why is None
    ]
    bots = {bot.lower() for bot in known.bots}
    able = [
        holder
        for holder in known.holders.get(role, ())
        if holder.lower() not in known.writers and holder.lower() not in bots
    ]
    words = "; ".join([f"nobody who holds {role.value} has approved", *others])
    if not able:
        words += "; nobody who holds it may, " + _unable(known, role)
        remedy = f"Name somebody else for {role.value} in promotions/policy.yaml."
        return Finding(rule=role.value, state="fails", what=words, remedy=remedy)
    remedy = f"Ask one of: {', '.join(able)}."
    return Finding(rule=role.value, state="waits", what=words, remedy=remedy, people=tuple(able))


def _unable(known: Approvals, role: Role) -> str:
    holders = known.holders.get(role, ())
    if not holders:
        return "since nobody holds it here"
    did = [f"{who} {known.writers.get(who.lower(), 'is a program')}" for who in holders]
    return f"since {', '.join(did)}"
