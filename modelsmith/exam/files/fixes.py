"""The edits of problems written into their files: whole or not at all, nothing else touched."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from modelsmith.disk.atomic_write import write_whole
from modelsmith.disk.repository_files import read_file
from modelsmith.documents.diagnostic import Diagnostic
from modelsmith.documents.edits import BYTE_ORDER_MARK, mended
from modelsmith.record import Sha256, sha256

PERSONS_ALONE = frozenset({"merge-marker"})
"""Rules that only a person can restore: a file that breaks one is left as it is."""


class Edited(NamedTuple):
    """What became of the edits of problems."""

    done: list[Diagnostic]
    """The problems whose edits were made."""
    saved_since: list[str]
    """Files that somebody saved after they were checked; they are left as they are."""


def make_edits(
    repository: Path, problems: Iterable[Diagnostic], checked: Mapping[str, Sha256]
) -> Edited:
    """Make the edits of problems in their files.

    A file is written once, durably, with its byte order mark, line ends and permissions as they
    were. Where edits overlap the first is made; the file is to be checked again.

    Args:
        repository: Its top folder.
        problems: What a check found.
        checked: Digest of each file as it was when it was checked.

    Raises:
        OSError: a file cannot be written; it is as it was.
    """
    by_path = defaultdict(list)
    for problem in problems:
        by_path[problem.path].append(problem)
    edited = Edited([], [])
    for path, found in by_path.items():
        if any(problem.rule in PERSONS_ALONE for problem in found):
            continue
        wanted = [problem for problem in found if problem.edits]
        content, unreadable = read_file(repository, path)
        if not wanted or unreadable:
            continue
        if checked.get(path) != sha256(content):
            edited.saved_since.append(path)
            continue
        text = content.decode("utf-8")
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        after = mended(text.removeprefix(mark), wanted)
        file = repository / path
        mode = file.stat().st_mode & 0o7777
        write_whole(file, f"{mark}{after.text}".encode(), mode)
        edited.done.extend(after.done)
    return edited
