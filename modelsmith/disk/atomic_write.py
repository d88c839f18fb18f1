"""Files and folders that are there whole or not at all, also after a kill or a power cut."""

import os
import shutil
import tempfile
from pathlib import Path

TEMPORARY = ".writing-"
"""How the names of unfinished files and folders begin; readers pass over them."""


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write `content` to `path` so that a reader sees the old file or the new one, never a part.

    Args:
        path: The file; folders above it are made.
        content: What it is to hold.
        mode: Its permissions.

    Raises:
        OSError: the disk is full or not writable; what was there before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync(path.parent)


def append_whole(path: Path, size: int, content: bytes) -> None:
    """Cut a file to `size` bytes and write `content` behind them, durably.

    Raises:
        OSError: the disk is full or not writable; the file has `size` bytes then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    with path.open("ab") as file:
        file.truncate(size)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise
    if is_new:
        sync(path.parent)


def unfinished_folder(final: Path) -> Path:
    """Return a new empty folder beside `final`, to be filled and then handed to `publish`."""
    final.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=final.parent))


def publish(unfinished: Path, final: Path) -> None:
    """Move a filled folder to its place, durably; a folder that is already there is replaced."""
    for path in sorted(unfinished.rglob("*")):
        sync(path)
    unfinished.chmod(0o755)
    shutil.rmtree(final, ignore_errors=True)
    unfinished.replace(final)
    sync(final.parent)


def sync(path: Path) -> None:
    """Bring a file's content, or a folder's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
