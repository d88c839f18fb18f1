"""The edits of problems written into their files: whole or not at all, nothing else touched."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from modelsmith.disk.atomic_write import write_whole
from modelsmith.disk.repository_files import read_file
from modelsmith.documents.diagnostic import Diagnostic
from modelsmith.documents.edits import BYTE_ORDER_MARK, mended

PERSONS_ALONE = frozenset({"merge-marker"})
"""Rules that only a person can restore: a file that breaks one is left as it is."""


def make_edits(repository: Path, problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Make the edits of problems in their files, and return the problems that they are of.

    A file is written once, durably, with its byte order mark, line ends and permissions as they
    were. Where edits overlap the first is made; the file is to be checked again.

    Raises:
        OSError: a file cannot be written; it is as it was.
    """
    by_path = defaultdict(list)
    for problem in problems:
        by_path[problem.path].append(problem)
    done: list[Diagnostic] = []
    for path, found in by_path.items():
        if any(problem.rule in PERSONS_ALONE for problem in found):
            continue
        wanted = [problem for problem in found if problem.edits]
        content, unreadable = read_file(repository, path)
        if not wanted or unreadable:
            continue
        text = content.decode("utf-8")
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        after = mended(text.removeprefix(mark), wanted)
        file = repository / path
        mode = file.stat().st_mode & 0o7777
        write_whole(file, f"{mark}{after.text}".encode(), mode)
        done += after.done
    return done
