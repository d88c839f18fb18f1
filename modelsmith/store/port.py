"""Weights by digest, and the answers that are cached beside them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from modelsmith.store.retention import Place, StoredObject


class Store(Protocol):
    """Content-addressed files: weights and other large artifacts, never in git."""

    def put(self, folder: Path) -> str:
        """Store every file of `folder` and its manifest; return the manifest's sha256."""
        ...

    def get(self, sha256: str) -> Path:
        """Return a folder that holds the stored files, each verified against its digest.

        Raises:
            BrokenRecordError: nothing is stored under the digest, or a file was altered.
        """
        ...


class StoredObjects(Protocol):
    """The store's objects one by one, for a collection."""

    def objects(self, place: Place) -> Sequence[StoredObject]:
        """Return everything that is stored in a place, sorted by digest.

        Raises:
            BrokenRecordError: what may be a manifest was altered.
        """
        ...

    def remove(self, stored: StoredObject) -> None:
        """Delete an object."""
        ...


class StoreReferences(Protocol):
    """What the repository needs of the store, over all its branches."""

    def reasons(self) -> Mapping[str, str]:
        """Return who needs each digest, in words.

        Raises:
            BrokenRecordError: a ledger was altered, so that nobody knows what its run needs.
        """
        ...


class Cache(Protocol):
    """Finished work by key; a kill loses nothing that was put."""

    def get(self, key: str) -> bytes | None:
        """Return what was put under `key`, or None."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`, durably, before returning."""
        ...
