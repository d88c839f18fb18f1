"""What leaves while a phase is under way: one line each, on disk before it goes."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from modelsmith.boundary.call import EgressEvent, egress_events_of
from modelsmith.boundary.ports import Journal
from modelsmith.disk.atomic_write import append_whole
from modelsmith.errors import BrokenRecordError

WRITING = threading.Lock()
"""Held by whoever writes a line or reads: a phase opens its journal more than once."""


@dataclass(frozen=True)
class FileJournal(Journal):
    """The journal in one file, appended to from any thread.

    A line that a killed writer left torn is dropped, and the next one takes its place: what it
    announced had not left.
    """

    path: Path
    """The file; it is made by the first line."""

    @override
    def write(self, event: EgressEvent) -> None:
        with WRITING:
            append_whole(self.path, self._size(), event.canonical() + b"\n")

    @override
    def egress_events(self) -> Sequence[EgressEvent]:
        with WRITING:
            content = self._whole()
        try:
            return egress_events_of(content)
        except ValueError as error:
            raise BrokenRecordError(
                f"{self.path} is not what was written: {str(error).splitlines()[0]}",
                remedy="Put back what git or the runner's disk holds of it; nobody edits it.",
            ) from None

    def _size(self) -> int:
        """Return where the last whole line ends; the file is read only where the last is torn."""
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - 1))
                return size if file.read() == b"\n" else len(self._whole())
        except FileNotFoundError:
            return 0

    def _whole(self) -> bytes:
        """Return the file up to the end of its last line."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return b""
        return content[: content.rfind(b"\n") + 1]
