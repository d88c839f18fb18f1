"""What a collection of the store removes, and why everything else stays.

Rule 1: what is needed stays, and what a needed folder holds.
Rule 2: what is young stays, and what a young folder holds: a run may be about to name it.
Rule 3: the rest goes. Nothing here removes anything; each ruling says why.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime

from modelsmith.record import Count, Record, Sha256, short

GRACE_DAYS = 14
"""Days that anything stays after it was stored last. GitHub ends a workflow run after 35 days and a
job after 5 (research: gha, section 4); a phase ends in one job, and what it stored is named by an
entry within it. Two weeks leave room for a branch that a person has not pushed yet."""

MOST_MANIFEST_BYTES = 1 << 20
"""Largest object that is looked at as a manifest: 5,000 files of 200 bytes each."""

Place = Literal["local", "remote"]


class StoredObject(Record):
    """One object of a store."""

    place: Place
    """Where it lies."""
    sha256: Sha256
    """Its name."""
    size_bytes: Count
    """Its length."""
    modified_at: AwareDatetime
    """When it was stored last."""
    holds: tuple[Sha256, ...]
    """Digests of the files that it names, if it is a manifest."""


class RetentionDecision(Record):
    """What a collection does with one object, and why."""

    stored: StoredObject
    """The object."""
    is_kept: bool
    """Whether it stays."""
    reason: str
    """Why."""


class Collection(Record):
    """Every object with its ruling."""

    rulings: tuple[RetentionDecision, ...]
    """By place and digest."""

    def removes(self) -> tuple[StoredObject, ...]:
        """Return what goes: manifests first, so that a kill leaves none in part."""
        removed = [ruling.stored for ruling in self.rulings if not ruling.is_kept]
        return tuple(sorted(removed, key=lambda one: not one.holds))


def collection_of(
    stored: Sequence[StoredObject],
    needed: Mapping[str, str],
    *,
    now: datetime,
    grace_days: float,
) -> Collection:
    """Return what stays and what goes.

    Args:
        stored: Everything in the places that are collected.
        needed: Why each needed digest is needed, by digest.
        now: The present moment.
        grace_days: Days that anything stays after it was stored last.
    """
    reasons = dict(needed)
    for one in stored:
        age = now - one.modified_at
        if one.sha256 not in reasons and age < timedelta(days=grace_days):
            days = f"{age.total_seconds() / 86_400:.1f}"
            reasons[one.sha256] = f"stored {days} days ago, {grace_days:g} are given"
    for one in stored:
        if one.sha256 in reasons:
            for digest in one.holds:
                reasons.setdefault(digest, f"part of {short(one.sha256)}: {reasons[one.sha256]}")
    return Collection(
        rulings=tuple(
            RetentionDecision(
                stored=one,
                is_kept=one.sha256 in reasons,
                reason=reasons.get(
                    one.sha256, "no channel, promotion or unfinished run of any branch needs it"
                ),
            )
            for one in sorted(stored, key=lambda one: (one.place, one.sha256))
        )
    )
