"""Half-done work of one run, which lies below `.modelsmith`."""

import shutil
from pathlib import Path


class FileWorkspace:
    """A folder with one folder for each training that is under way."""

    def __init__(self, root: Path) -> None:
        """Take the run's folder; it need not be there."""
        self._root = root

    def folder(self, name: str) -> Path:
        """Return the folder of one training; whoever works there makes it."""
        return self._root / name

    def clear(self) -> None:
        """Remove the folders of all trainings; what cannot be removed costs space, nothing else."""
        if self._root.is_dir():
            for path in self._root.iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
