"""A folder of generated files on disk: `schemas/`, and the issue forms."""

from collections.abc import Mapping
from pathlib import Path

from modelsmith.disk.atomic_write import write_whole


class GeneratedFolder:
    """One folder of a repository that holds what is generated."""

    def __init__(
        self, repository: Path, name: str, pattern: str, wanted: Mapping[str, str]
    ) -> None:
        """Compare a folder with what it should hold.

        Args:
            repository: Its top folder.
            name: The folder, relative to it.
            pattern: Names of the files there that are generated; others are left alone.
            wanted: What they should say, by name.
        """
        self._folder = repository / name
        self._name = name
        self._pattern = pattern
        self._wanted = wanted

    def stale(self) -> list[str]:
        """Return the files that are missing, different, or no longer generated, by path."""
        there = {file.name for file in self._folder.glob(self._pattern)}
        return sorted(
            f"{self._name}/{name}"
            for name in there | set(self._wanted)
            if self._text(name) != self._wanted.get(name)
        )

    def write(self) -> list[str]:
        """Bring the folder up to date, and return the files that changed."""
        stale = self.stale()
        for path in stale:
            name = path.rpartition("/")[2]
            if name in self._wanted:
                write_whole(self._folder / name, self._wanted[name].encode())
            else:
                (self._folder / name).unlink()
        return stale

    def _text(self, name: str) -> str | None:
        try:
            return (self._folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
