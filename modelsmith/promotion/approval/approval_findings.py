"""What the approvals of a promotion come to: vetoes, each required role, four eyes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from modelsmith.forge.records import Review, latest_of
from modelsmith.policy import POLICY, Role
from modelsmith.promotion.approval.reviews import (
    PROOFS,
    SHOWN,
    Approvals,
    Finding,
    discount_of,
    is_by_program,
    is_elsewhere,
)


def standing(known: Approvals) -> tuple[Review, ...]:
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
    return is_elsewhere(known, review) or any(one.applies(known, review) for one in PROOFS)


def counting(known: Approvals) -> dict[Role, tuple[Review, ...]]:
    """Return every review by which a required role has approved; no role that has not."""
    counted = [review for review in standing(known) if discount_of(known, review) is None]
    found = {
        role: tuple(review for review in counted if _covers(known, review, role))
        for role in known.required
    }
    return {role: reviews for role, reviews in found.items() if reviews}


def _covers(known: Approvals, review: Review, role: Role) -> bool:
    """Return whether a review is by a holder of a role, and for it."""
    said = known.said(review)
    return known.holds(review.author.login, role) and (said is None or role in said.says.roles)


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
    said = counting(known)
    for role in known.required:
        yield _role(known, role, said.get(role, ())[:1])
    if len(said) == len(known.required):
        yield _four_eyes(known, chain.from_iterable(said.values()))


def people_of(writers: Iterable[str], approvers: Iterable[str]) -> tuple[str, ...]:
    """Return the people who had a hand in it: who wrote it and who approved it, each once."""
    return tuple(sorted({name.lower() for name in chain(writers, approvers)}))


FOUR_EYES = 2
"""People who must have had a hand in it, at least: one who wrote it, one who approved it; or two
who approved what only programs wrote."""


def _four_eyes(known: Approvals, approved: Iterable[Review]) -> Finding:
    found = people_of(known.writers, (one.author.login for one in approved))
    if len(found) >= FOUR_EYES:
        what = "two people or more wrote it and approved it"
        return Finding(rule="four-eyes", state="holds", what=what)
    what = f"only {', '.join(found)} has seen it, two people must"
    remedy = "Ask somebody else who holds one of the roles to approve it too."
    return Finding(rule="four-eyes", state="waits", what=what, remedy=remedy)


def _veto(known: Approvals) -> Finding:
    found = [
        f"{review.author.login}, who holds {role.value}, asks for changes"
        for review in standing(known)
        for role in known.required
        if review.verdict == "changes-requested"
        and known.holds(review.author.login, role)
        and not is_by_program(known, review)
    ]
    if not found:
        what = "nobody who holds a required role asks for changes"
        return Finding(rule="veto", state="holds", what=what)
    remedy = "Settle it with them; their next approval, or a dismissal, ends it."
    return Finding(rule="veto", state="fails", what="; ".join(found), remedy=remedy)


def _role(known: Approvals, role: Role, by: Sequence[Review]) -> Finding:
    for review in by:
        when = f"{known.moment(review):%Y-%m-%d %H:%M} UTC"
        what = f"{review.author.login} approved {known.head_sha[:SHOWN]}, {when}"
        return Finding(rule=role.value, state="holds", what=what)
    said = [(review, discount_of(known, review)) for review in _told(known)]
    others = [
        why or _no_cover(known, review, role)
        for review, why in said
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
        return Finding(rule=role.value, state="fails", what=words, remedy=remedy)
    remedy = f"Ask one of: {', '.join(able)}."
    return Finding(rule=role.value, state="waits", what=words, remedy=remedy, people=tuple(able))


def _told(known: Approvals) -> list[Review]:
    """Return what is told of why a role waits: what stands, and approvals that nothing proves."""
    stands = list(standing(known))
    newest = latest_of(known.reviews).values()
    return [*stands, *(one for one in newest if _unproven(known, one) and one not in stands)]


def _no_cover(known: Approvals, review: Review, role: Role) -> str:
    who, said = review.author.login, known.said(review)
    if known.holds(who, role) and said is not None:
        return f"{who} approved as {', '.join(one.value for one in said.says.roles)} alone"
    return f"{who} approved and does not hold {role.value}"


def _unable(known: Approvals, role: Role) -> str:
    holders = known.holders.get(role, ())
    if not holders:
        return "since nobody holds it here"
    return f"since {', '.join(f'{who} {_bar(known, who)}' for who in holders)}"


def _bar(known: Approvals, who: str) -> str:
    lacks = f"has no key in {POLICY}" if known.lacks_key(who) else "is a program"
    return known.writers.get(who.lower(), lacks)
