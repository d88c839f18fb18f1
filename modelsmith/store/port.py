"""Weights by digest, and the answers that are cached beside them."""

from pathlib import Path
from typing import Protocol


class Store(Protocol):
    """Content-addressed files: weights and other large artifacts, never in git."""

    def put(self, folder: Path) -> str:
        """Store every file of `folder` and its manifest; return the manifest's sha256.

        Raises:
            InputError: there is no such folder, or it holds no file.
            StoreError: the remote store cannot be reached; everything is stored here.
            OSError: the disk is full; nothing is stored under the digest then.
        """

    def get(self, sha256: str) -> Path:
        """Return a folder that holds the stored files, each verified against its digest.

        Raises:
            BrokenRecordError: nothing is stored under the digest, or a file was altered.
            StoreError: the remote store cannot be reached, and something is missing here.
        """


class Cache(Protocol):
    """Finished work by key; a kill loses nothing that was put."""

    def get(self, key: str) -> bytes | None:
        """Return what was put under `key`, or None."""

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`, durably, before returning.

        Raises:
            OSError: the disk is full; what was there before is untouched.
        """
