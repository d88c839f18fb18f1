"""The store of weights, and what is collected from it."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.layout import STATE
from modelsmith.runtime import Progress
from modelsmith.store.retention import Collection, Place, collection_of

if TYPE_CHECKING:
    from modelsmith.store.files.content_store import ContentStore


def content_store(
    repository: Path, cluster: str | None = None, *, quiet: bool = False
) -> "ContentStore":
    """Return the store of a repository, with the remote one that is configured behind it.

    Raises:
        InputError: the URL or clusters.yaml is wrong, or the URL's package is not installed.
        UsageError: no cluster is named and the clusters have several stores.
    """
    from modelsmith.run.files.store_selection import store_url
    from modelsmith.store.files.content_store import ContentStore
    from modelsmith.store.files.remote import RemoteFiles

    url = store_url(repository, cluster)
    remote = RemoteFiles(url) if url else None
    return ContentStore(repository / STATE / "store", remote, progress(quiet=quiet).track)


def collection(
    repository: Path, store: "ContentStore", place: Place, grace_days: float
) -> Collection:
    """Return what a collection of the store would remove, and why the rest stays.

    Before the remote store is collected, every branch is fetched, since others push to them.

    Raises:
        ForgeError: the branches cannot be fetched.
        BrokenRecordError: a ledger or a manifest was altered, so that it is not known what is
            needed.
        StoreError: the remote store cannot be reached.
    """
    from modelsmith.disk.clock import SystemClock
    from modelsmith.run.git.branch_sync import GitUpstream
    from modelsmith.run.git.stored_references import NeededDigests

    upstream = GitUpstream(repository)
    if place == "remote" and upstream.has_origin():
        upstream.fetch()
    stored = store.objects(place)
    needed = NeededDigests(repository).reasons()
    return collection_of(stored, needed, now=SystemClock().now(), grace_days=grace_days)


def progress(*, quiet: bool) -> Progress:
    """Return what shows how far something is."""
    from modelsmith.disk.console import ConsoleProgress, NoProgress

    return NoProgress() if quiet else ConsoleProgress()
