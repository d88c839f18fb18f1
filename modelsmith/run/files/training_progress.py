"""Half-done work of one run, which lies below `.modelsmith`.

How far a training is, in a file that `modelsmith run status` reads in another terminal.
"""

import os
import shutil
from pathlib import Path

from typing_extensions import override

from modelsmith.disk.atomic_write import write_whole
from modelsmith.run.ports import TrainingProgress, Workspace
from modelsmith.runtime import Clock

TELL_EVERY_S = 1.0
"""Seconds between two writes; a person who looks sees words at most that old, and a training with
steps of milliseconds is not slowed down by its own progress."""


class FileTrainingProgress(TrainingProgress):
    """Words in a file, with the process that wrote them."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Take the file; it is there while a training is under way, or was killed."""
        self._path = path
        self._clock = clock
        self._told_s: float | None = None

    @override
    def tell(self, words: str) -> None:
        """Show `words`, unless others were shown less than a second ago."""
        now_s = self._clock.elapsed_s()
        if self._told_s is not None and now_s - self._told_s < TELL_EVERY_S:
            return
        self._told_s = now_s
        write_whole(self._path, f"{os.getpid()}\n{words}".encode())

    @override
    def clear(self) -> None:
        self._told_s = None
        self._path.unlink(missing_ok=True)

    def words(self) -> str | None:
        """Return what is shown, and whether whoever wrote it is gone; None where nothing is."""
        try:
            writer, _, words = self._path.read_text(encoding="utf-8").partition("\n")
        except FileNotFoundError:
            return None
        return words if _is_alive(writer) else f"{words}, interrupted: the next step goes on there"


def _is_alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True  # somebody else's process, so there is one
    except (ValueError, OSError):
        return False
    return True


class FileWorkspace(Workspace):
    """A folder with one folder for each training that is under way."""

    def __init__(self, root: Path) -> None:
        """Take the run's folder; it need not be there."""
        self._root = root

    @override
    def folder(self, name: str) -> Path:
        return self._root / name

    @override
    def clear(self) -> None:
        """Leave what cannot be removed: it costs space, nothing else."""
        if self._root.is_dir():
            for path in self._root.iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
