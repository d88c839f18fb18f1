"""Finished work by key, one small file each, on this machine and in the remote store."""

from pathlib import Path

from typing_extensions import override

from modelsmith.disk.atomic_write import write_whole
from modelsmith.record import sha256
from modelsmith.store.files.remote import RemoteFiles
from modelsmith.store.port import Cache

HEAD_LENGTH = 65
"""The sha256 of the content in hex, and a newline, stand before it."""


class FileCache(Cache):
    """What was computed before, in files that carry their own digest.

    A file that is cut short or altered is as good as absent: the work is done again.
    """

    def __init__(self, root: Path) -> None:
        """Take `root` as the cache's folder; it is made when the first answer comes."""
        self._root = root

    @override
    def get(self, key: str) -> bytes | None:
        try:
            stored = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        return unheaded(stored)

    @override
    def put(self, key: str, content: bytes) -> None:
        write_whole(self._path(key), headed(content))

    def _path(self, key: str) -> Path:
        return self._root / place_of(key)


class SharedCache(Cache):
    """The cache of one machine with the remote store behind it.

    A runner that was taken away leaves its finished answers to the next one, which may stand
    elsewhere. Keys name everything that can change an answer, so machines that differ share none.
    """

    def __init__(self, local: Cache, remote: RemoteFiles) -> None:
        """Take both; the local one is asked first."""
        self._local = local
        self._remote = remote

    @override
    def get(self, key: str) -> bytes | None:
        """Look here, then elsewhere."""
        content = self._local.get(key)
        if content is None and (stored := self._remote.get(f"cache/{place_of(key)}")):
            content = unheaded(stored)
            if content is not None:
                self._local.put(key, content)
        return content

    @override
    def put(self, key: str, content: bytes) -> None:
        """Keep it here and in the remote store.

        Raises:
            StoreError: the remote store cannot be reached; it is kept here.
        """
        self._local.put(key, content)
        self._remote.put(f"cache/{place_of(key)}", headed(content))


def place_of(key: str) -> str:
    """Return where a key's content lies, relative to the cache."""
    name = sha256(key.encode())
    return f"{name[:2]}/{name}"


def headed(content: bytes) -> bytes:
    """Return content behind its own digest, as it is stored."""
    return sha256(content).encode() + b"\n" + content


def unheaded(stored: bytes) -> bytes | None:
    """Return stored content, or None where it was cut short or altered."""
    content = stored[HEAD_LENGTH:]
    return content if headed(content) == stored else None
