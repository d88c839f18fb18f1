"""Finished work by key, one small file each."""

from pathlib import Path

from modelsmith.adapters.durable import write_whole
from modelsmith.domain.record import sha256

HEAD_LENGTH = 65
"""The sha256 of the content in hex, and a newline, stand before it."""


class FileCache:
    """What was computed before, in files that carry their own digest.

    A file that is cut short or altered is as good as absent: the work is done again.
    """

    def __init__(self, root: Path) -> None:
        """Take `root` as the cache's folder; it is made when the first answer comes."""
        self._root = root

    def get(self, key: str) -> bytes | None:
        """Return what was put under `key`, or None."""
        try:
            stored = self._path(key).read_bytes()
        except FileNotFoundError:
            return None
        content = stored[HEAD_LENGTH:]
        return content if _headed(content) == stored else None

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`, durably, before returning.

        Raises:
            OSError: the disk is full; what was there before is untouched.
        """
        write_whole(self._path(key), _headed(content))

    def _path(self, key: str) -> Path:
        name = sha256(key.encode())
        return self._root / name[:2] / name


def _headed(content: bytes) -> bytes:
    return sha256(content).encode() + b"\n" + content
