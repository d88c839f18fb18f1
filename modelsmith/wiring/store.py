"""The store of weights, and what is collected from it."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.domain.layout import STATE

if TYPE_CHECKING:
    from modelsmith.adapters.store import ContentStore
    from modelsmith.adapters.store_shelf import StoreShelf
    from modelsmith.domain.retention import Collection, Place
    from modelsmith.ports.runtime import Progress


def content_store(
    repository: Path, cluster: str | None = None, *, quiet: bool = False
) -> "ContentStore":
    """Return the store of a repository, with the remote one that is configured behind it.

    Raises:
        InputError: the URL or clusters.yaml is wrong, or the URL's package is not installed.
        UsageError: no cluster is named and the clusters have several stores.
    """
    from modelsmith.adapters.remote_files import RemoteFiles
    from modelsmith.adapters.store import ContentStore
    from modelsmith.adapters.store_choice import store_url

    url = store_url(repository, cluster)
    remote = RemoteFiles(url) if url else None
    return ContentStore(repository / STATE / "store", remote, progress(quiet=quiet).tracked)


def collection(
    repository: Path, shelf: "StoreShelf", place: "Place", grace_days: float
) -> "Collection":
    """Return what a collection of the store would remove, and why the rest stays.

    Before the remote store is collected, every branch is fetched, since others push to them.

    Raises:
        ForgeError: the branches cannot be fetched.
        ModelsmithError: as `steps.collect.planned` does.
    """
    from modelsmith.adapters.clock import SystemClock
    from modelsmith.adapters.git_upstream import GitUpstream
    from modelsmith.adapters.needed_digests import NeededDigests
    from modelsmith.steps.collect import planned

    upstream = GitUpstream(repository)
    if place == "remote" and upstream.has_origin():
        upstream.fetch()
    return planned(shelf, NeededDigests(repository), SystemClock(), [place], grace_days)


def progress(*, quiet: bool) -> "Progress":
    """Return what shows how far something is."""
    from modelsmith.adapters.console import ConsoleProgress, NoProgress

    return NoProgress() if quiet else ConsoleProgress()
