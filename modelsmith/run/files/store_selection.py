"""Which remote store stands behind the local one."""

import os
from pathlib import Path

from modelsmith.disk.repository_files import load
from modelsmith.errors import UsageError
from modelsmith.git.cli.command import Git
from modelsmith.layout import CLUSTERS
from modelsmith.run.clusters import Clusters

VARIABLE = "MODELSMITH_STORE"
"""Environment variable that names the URL, or `none`."""

SETTING = "modelsmith.store"
"""Git's setting that names it; git reads it from the clone, the user or the machine, and never
from a file that a pull request can change."""

NONE = "none"
"""What switches a store off that the other places name."""


def store_url(repository: Path, cluster: str | None = None) -> str | None:
    """Return the URL of the remote store, or None where there is none.

    The environment goes before git's setting, and that before `runners/clusters.yaml`: there the
    store of `cluster` counts, or where none is named, the only one that the file names.

    Raises:
        InputError: clusters.yaml's fault.
        UsageError: no cluster is named and the clusters have several stores.
    """
    chosen = os.environ.get(VARIABLE) or Git(repository).tried("config", "--get", SETTING).text
    if chosen:
        return None if chosen == NONE else chosen
    if not (repository / CLUSTERS).is_file():
        return None
    clusters = load(repository, CLUSTERS, Clusters)
    if cluster is not None:
        found = clusters.named(cluster)
        return found.store if found else None
    stores = sorted({one.store for one in clusters.clusters if one.store})
    if len(stores) > 1:
        raise UsageError(
            f"{CLUSTERS} names {len(stores)} stores: {', '.join(stores)}",
            remedy=f"Choose one: {VARIABLE}=<url>, or git config {SETTING} <url>.",
        )
    return stores[0] if stores else None
