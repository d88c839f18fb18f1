"""Collect: free the store of what nothing needs any more."""

from collections.abc import Sequence

from modelsmith.runtime import Clock
from modelsmith.store.port import StoredObjects, StoreReferences
from modelsmith.store.retention import Collection, Place, collection_of


def plan_collection(
    shelf: StoredObjects,
    needs: StoreReferences,
    clock: Clock,
    places: Sequence[Place],
    grace_days: float,
) -> Collection:
    """Return what a collection keeps and removes; nothing is removed yet.

    Raises:
        BrokenRecordError: a ledger or a manifest was altered, so that it is not known what is
            needed.
        StoreError: the remote store cannot be reached.
    """
    stored = [one for place in places for one in shelf.objects(place)]
    return collection_of(stored, needs.reasons(), now=clock.now(), grace_days=grace_days)


def collect(shelf: StoredObjects, collection: Collection) -> None:
    """Remove what a collection removes: manifests first, so that a kill leaves none in part."""
    for stored in sorted(collection.removes(), key=lambda one: not one.holds):
        shelf.remove(stored)
