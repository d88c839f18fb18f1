"""A folder of generated files on disk: `schemas/`, and the issue forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modelsmith.disk.atomic_write import write_whole


@dataclass(frozen=True)
class GeneratedFolder:
    """One folder of a repository that holds what is generated, compared with what it should."""

    repository: Path
    """Its top folder."""
    name: str
    """The folder, relative to it."""
    pattern: str
    """Names of the files there that are generated; others are left alone."""
    wanted: Mapping[str, str]
    """What they should say, by name."""

    def stale(self) -> list[str]:
        """Return the files that are missing, different, or no longer generated, by path."""
        there = {file.name for file in (self.repository / self.name).glob(self.pattern)}
        paths = {f"{self.name}/{name}": self.wanted.get(name) for name in there | set(self.wanted)}
        return sorted(path for path, wanted in paths.items() if self._text(path) != wanted)

    def write(self) -> list[str]:
        """Bring the folder up to date, and return the files that changed."""
        stale = self.stale()
        for path in stale:
            wanted = self.wanted.get(path.removeprefix(f"{self.name}/"))
            if wanted is not None:
                write_whole(self.repository / path, wanted.encode())
            else:
                (self.repository / path).unlink()
        return stale

    def _text(self, path: str) -> str | None:
        try:
            return (self.repository / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
