"""Files that may be copies of a scenario's under another id, found without reading all of them."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from modelsmith.disk.repository_files import MAX_BYTES, read_file
from modelsmith.exam.authoring.scenario_file import CANARY

CANARY_SIZE = len(CANARY.format(guid="-" * 36)) + len("\n")
"""Bytes that a sealed file has more than another."""

NOT_A_FILE = -1_000_000
"""A size that no scenario's is near."""

SLACK = 8
"""Bytes by which a copy may differ otherwise: a line's end at the end, spaces."""


def copies_among(repository: Path, changed: Sequence[str], paths: Sequence[str]) -> frozenset[str]:
    """Return the files that are as long as a changed one, but for the id, with its longest line.

    Args:
        repository: Its top folder.
        changed: Scenario files that changed.
        paths: All scenario files.
    """
    wanted = []
    for path in changed:
        content, problems = read_file(repository, path)
        lines = [line for line in content.splitlines() if line[:1] != b"#"]
        if lines and not problems:
            wanted.append((path, _size(repository, path), max(lines, key=len)))
    found: set[str] = set()
    for other in paths if wanted else ():
        size = _size(repository, other)
        needles = [line for path, mine, line in wanted if path != other and _alike(size, mine)]
        if needles and _holds_one(repository, other, needles):
            found.add(other)
    return frozenset(found)


def _alike(one: int, other: int) -> bool:
    apart = abs(one - other)
    return min(apart, abs(apart - CANARY_SIZE)) <= SLACK


def _holds_one(repository: Path, path: str, needles: Sequence[bytes]) -> bool:
    """Return whether a file holds one of these; it is a regular one, of the size of a scenario."""
    try:
        with open(f"{repository}/{path}", "rb") as file:  # noqa: PTH123 - as below
            content = file.read(MAX_BYTES)
    except OSError:
        return False
    return any(needle in content for needle in needles)


def _size(repository: Path, path: str) -> int:
    """Return how long a file is without its id; far off where it is no regular file."""
    try:
        found = os.stat(f"{repository}/{path}")  # noqa: PTH116 - ten thousand of these in a check
    except OSError:
        return NOT_A_FILE
    return (
        found.st_size - len(PurePosixPath(path).stem) if stat.S_ISREG(found.st_mode) else NOT_A_FILE
    )
