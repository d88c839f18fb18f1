"""`schemas/`: the generated JSON Schemas on disk."""

from collections.abc import Mapping
from pathlib import Path

from modelsmith.adapters.durable import write_whole


class SchemaFolder:
    """The folder of JSON Schemas of one repository."""

    def __init__(self, folder: Path, wanted: Mapping[str, str]) -> None:
        """Compare `folder` with the texts that it should hold, by file name."""
        self._folder = folder
        self._wanted = wanted

    def stale(self) -> list[str]:
        """Return the files that are missing, different, or no longer generated, sorted."""
        there = {file.name for file in self._folder.glob("*.schema.json")}
        return sorted(
            name for name in there | set(self._wanted) if self._text(name) != self._wanted.get(name)
        )

    def written(self) -> list[str]:
        """Bring the folder up to date, and return the files that changed."""
        stale = self.stale()
        for name in stale:
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
