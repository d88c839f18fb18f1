"""Files as every branch has them: the work tree's, and those of local and remote branches."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from modelsmith.errors import BrokenRecordError
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of


class FileVersion(NamedTuple):
    """One content of one file, and a place that has it."""

    path: str
    content: bytes
    where: str


def file_versions(root: Path, *folders: str, pattern: str) -> Iterator[FileVersion]:
    """Yield each content of each file below `folders` whose path matches `pattern`, once.

    The work tree comes first, then branches by name. A folder without git has a work tree only.

    Args:
        root: The repository's top folder.
        folders: Where to look, relative to it.
        pattern: What a path must match as a whole.
    """
    git, matched, seen = Git(root), re.compile(pattern), set[tuple[str, bytes]]()
    files = (file for folder in folders for file in (root / folder).rglob("*"))
    for path in sorted(file.relative_to(root).as_posix() for file in files):
        if matched.fullmatch(path) and (root / path).is_file():
            content = (root / path).read_bytes()
            seen.add((path, content))
            yield FileVersion(path, content, "the work tree")
    names: dict[tuple[str, str], str] = {}
    for commit, reference in _branches(git).items():
        listed = git.text("ls-tree", "-r", "-z", commit, "--", *folders)
        for line in filter(None, listed.split("\0")):
            details, _, path = line.partition("\t")
            if matched.fullmatch(path):
                names.setdefault((path, details.split()[2]), reference)
    contents = contents_of(git, [blob for _, blob in names]) if names else []
    for ((path, _), reference), held in zip(names.items(), contents, strict=True):
        if held is None:
            raise BrokenRecordError(
                f"{reference}: the content of {path} is missing in this clone",
                remedy="Fetch it: git fetch --refetch, or clone without a filter.",
            )
        if (path, held) not in seen:
            seen.add((path, held))
            yield FileVersion(path, held, reference)


def _branches(git: Git) -> dict[str, str]:
    """Return the first branch of each commit that branches lead to."""
    form = "--format=%(refname) %(objectname)"
    listed = git.tried("for-each-ref", form, "refs/heads", "refs/remotes").text
    found: dict[str, str] = {}
    for line in listed.splitlines():
        reference, commit = line.split()
        found.setdefault(commit, reference)
    return found
