"""Bytes of a file of the repository: inside it, no link, not too large, UTF-8, readable."""

import errno
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from modelsmith.disk.atomic_write import sync, unfinished_folder, write_whole
from modelsmith.documents.diagnostic import START, Diagnostic, Remark, error, located
from modelsmith.documents.validation import record_in, refused
from modelsmith.errors import InputError, UsageError
from modelsmith.record import R

MAX_BYTES = 1 << 20
"""Largest file that is read. The longest table a scenario may hold (400 rows of 40 cells) is a
fifth of it."""


def read_file(repository: Path, path: str) -> tuple[bytes, list[Diagnostic]]:
    """Return the bytes of a file of the repository, or the problem that kept it from being read.

    The size is looked at before anything is read; links are not followed.
    """
    full, problems = _inside(repository, path)
    if problems:
        return b"", problems
    try:
        found = os.stat(full)  # noqa: PTH116 - a thousand of these are made in one check
        if not stat.S_ISREG(found.st_mode):
            return b"", [_unreadable(path, "not a regular file")]
        if found.st_size > MAX_BYTES:
            what, expected = f"the file has {found.st_size:,} bytes", f"at most {MAX_BYTES:,}"
            remedy = "split it, or keep raw exports out of the repository"
            return b"", [located(error("size", what, expected, remedy), path, START)]
        with open(full, "rb") as file:  # noqa: PTH123 - as above
            return file.read(MAX_BYTES), []
    except OSError as failure:
        return b"", [_unreadable(path, failure.strerror or str(failure))]


def write_new(repository: Path, path: str, text: str, other: str) -> None:
    """Write a file that the repository does not have yet; one that is there stays as it is.

    Args:
        repository: The repository's top folder.
        path: The file, relative to it.
        text: What it is to hold.
        other: What else the user may choose: a name, an id.

    Raises:
        UsageError: the file is already there.
        InputError: a folder above it is a link.
        OSError: the disk is full or not writable; nothing is left of the file.
    """
    full, problems = _inside(repository, str(PurePosixPath(path).parent))
    if problems:
        remedy = "Replace the link by a folder of the repository."
        raise InputError(f"{path} cannot be written:", remedy=remedy, problems=problems)
    file = Path(full) / PurePosixPath(path).name
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise UsageError(
            f"{path} is already there", remedy=f"Choose another {other}, or edit that file."
        ) from None
    except OSError:
        file.unlink(missing_ok=True)
        raise


def write_new_folder(
    repository: Path, path: str, files: Mapping[str, str], folders: Iterable[str], other: str
) -> None:
    """Write a folder that the repository does not have yet, whole or not at all.

    Args:
        repository: The repository's top folder.
        path: The folder, relative to it.
        files: What is in it, by name.
        folders: Empty folders in it.
        other: What else the user may choose: a name.

    Raises:
        UsageError: something of that name is already there.
        InputError: a folder above it is a link.
        OSError: the disk is full or not writable; nothing is left of it.
    """
    full, problems = _inside(repository, str(PurePosixPath(path).parent))
    if problems:
        remedy = "Replace the link by a folder of the repository."
        raise InputError(f"{path} cannot be written:", remedy=remedy, problems=problems)
    final = Path(full) / PurePosixPath(path).name
    taken = UsageError(f"{path} is already there", remedy=f"Choose another {other}, or edit it.")
    if os.path.lexists(final):
        raise taken
    unfinished = unfinished_folder(final)
    try:
        for name in folders:
            (unfinished / name).mkdir()
        for name, text in files.items():
            write_whole(unfinished / name, text.encode())
        unfinished.chmod(0o755)
        unfinished.rename(final)
    except OSError as failure:
        if failure.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise taken from None
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    sync(final.parent)


def _inside(repository: Path, path: str) -> tuple[str, list[Diagnostic]]:
    """Return where `path` lies on this machine, and the problem that it is not in the repository.

    No folder on the way may be a link either: what a reviewer sees is what is read and written.
    """
    top = os.path.realpath(repository)
    full = os.path.normpath(os.path.join(top, path))  # noqa: PTH118 - pathlib cannot normalise ".."
    if full.startswith(top + os.sep) and os.path.realpath(full) == full:
        return full, []
    what = "the path is a link or leaves the repository"
    expected = "a file below its top folder"
    remark = error("outside-repository", what, expected, "put the file there")
    return full, [located(remark, path, START)]


def _unreadable(path: str, reason: str) -> Diagnostic:
    what, expected = f"the file cannot be read: {reason}", "a regular file that this user may read"
    remedy = "check that it exists, and its permissions"
    return located(error("unreadable", what, expected, remedy), path, START)


def load(
    repository: Path,
    path: str,
    kind: type[R],
    remarks_on: Callable[[R], Iterable[Remark]] = lambda _record: (),
) -> R:
    """Return the record that a YAML file of the repository holds.

    Args:
        repository: The repository's top folder.
        path: The file, relative to it.
        kind: What the file must be.
        remarks_on: What breaks a rule across its fields.

    Raises:
        InputError: the file's fault, with every problem located.
    """
    content, problems = read_file(repository, path)
    if problems:
        raise refused(path, problems)
    return record_in(path, content, kind, remarks_on)
