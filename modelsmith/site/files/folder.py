"""A folder of pages; what lies there and is no page of an earlier site is never touched."""

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from modelsmith.disk.atomic_write import TEMPORARY, write_whole
from modelsmith.errors import UsageError

MARK = ".modelsmith-site"
"""The file that tells a folder of pages, and which pages are ours; it is not published."""

SHOWN = 3
"""Other files that a refusal names."""


class Written(NamedTuple):
    """What a build changed in a folder."""

    changed: tuple[str, ...]
    """Pages that are new or differ."""
    removed: tuple[str, ...]
    """Pages of the earlier site that are gone."""


class SiteFolder:
    """One folder of pages."""

    def __init__(self, folder: Path) -> None:
        """Know the folder, which need not be there yet.

        Raises:
            UsageError: it holds something else, or is a file.
        """
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is a file", remedy="Name a folder.")
        self._folder = folder
        self._ours = self._marked()
        kept = {*self._ours, MARK}
        other = [path for path in self._there() if path not in kept]
        if other:
            more = " and more" if other[SHOWN:] else ""
            raise UsageError(
                f"{folder} holds what is no page of a site: {', '.join(other[:SHOWN])}{more}",
                remedy="Name an empty folder, a new one, or one that a site was built in.",
            )

    def write(self, pages: Mapping[str, str]) -> Written:
        """Make the folder hold these pages and no other, each whole or not at all.

        The mark is written first with the old pages and the new ones, so that a build that was
        killed is taken up by the next one.

        Raises:
            UsageError: a link leads out of the folder.
            OSError: the disk is full or not writable.
        """
        self._mark({*self._ours, *pages})
        changed = [path for path in sorted(pages) if self._differs(path, pages[path].encode())]
        for path in changed:
            write_whole(self._folder / path, pages[path].encode())
        removed = sorted(self._ours - set(pages))
        for path in removed:
            self._remove(path)
        self._mark(set(pages))
        self._ours = frozenset(pages)
        return Written(tuple(changed), tuple(removed))

    def _there(self) -> list[str]:
        """Return every file and link below the folder; what a kill left half written is passed."""
        if not self._folder.exists():
            return []
        found = (path for path in self._folder.rglob("*") if path.is_symlink() or path.is_file())
        return sorted(
            path.relative_to(self._folder).as_posix()
            for path in found
            if path.is_symlink() or not path.name.startswith(TEMPORARY)
        )

    def _marked(self) -> frozenset[str]:
        """Return the pages of the earlier site; none where the mark is no mark."""
        mark = self._folder / MARK
        try:
            named = json.loads(mark.read_bytes()) if not mark.is_symlink() else []
        except (FileNotFoundError, ValueError):
            return frozenset()
        listed = named if isinstance(named, list) else []
        return frozenset(one for one in listed if isinstance(one, str) and self._is_inside(one))

    def _is_inside(self, path: str) -> bool:
        """Return whether a path is one of plain files below the folder."""
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or path.startswith("/"):
            return False
        steps = (self._folder.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1))
        return not any(step.is_symlink() for step in steps)

    def _mark(self, pages: set[str]) -> None:
        content = json.dumps(sorted(pages), indent=0).encode() + b"\n"
        if self._differs(MARK, content):
            write_whole(self._folder / MARK, content)

    def _differs(self, path: str, content: bytes) -> bool:
        if not self._is_inside(path):
            raise UsageError(
                f"{path} would be written through a link", remedy="Replace the link by a folder."
            )
        try:
            return (self._folder / path).read_bytes() != content
        except FileNotFoundError:
            return True

    def _remove(self, path: str) -> None:
        """Remove a page, and the folders that are empty without it."""
        file = self._folder / path
        file.unlink(missing_ok=True)
        for folder in file.parents:
            if folder == self._folder or any(folder.iterdir()):
                return
            folder.rmdir()
