"""One process at a time; the lock goes with the process, also at a kill."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from modelsmith.errors import RunBusyError

LOCK = ".lock"
"""Held while a process works in a folder; git ignores it."""
HOLDER = ".holder"
"""Process id of the holder, for the message that a second process gets."""


@contextmanager
def hold(folder: Path, what: str, remedy: str) -> Iterator[None]:
    """Hold `folder` for this process.

    Args:
        folder: Where the lock lies; it is made where it is not there.
        what: Words before the holder in the refusal.
        remedy: What a second process may do.

    Raises:
        RunBusyError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK, blocking=False)
    holder = folder / HOLDER
    try:
        lock.acquire()
    except Timeout:
        raise RunBusyError(f"{what} {_holder_in(holder)}", remedy=remedy) from None
    try:
        holder.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _holder_in(path: Path) -> str:
    try:
        return f"process {int(path.read_text(encoding='utf-8'))}"
    except (OSError, ValueError):
        return "another process"
