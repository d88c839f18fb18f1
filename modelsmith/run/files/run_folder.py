"""One run on disk: its lock, its ledger and its evidence."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from typing_extensions import override

from modelsmith.boundary.isolation.egress_log import FileJournal
from modelsmith.disk.atomic_write import TEMPORARY, append_whole, write_whole
from modelsmith.disk.process_lock import HOLDER, LOCK, hold
from modelsmith.errors import BrokenRecordError, RunBusyError, UsageError
from modelsmith.layout import LEDGER
from modelsmith.record import sha256
from modelsmith.run.ledger import (
    GENESIS,
    RESTORE,
    Entry,
    chain_in,
    digests_in,
    entries_in,
    line_of,
    lines_in,
)
from modelsmith.run.ports import RunFolder


class DiskRunFolder(RunFolder):
    """The run in one folder."""

    def __init__(self, path: Path) -> None:
        """Take `path` as the run's folder; it is made by the first write."""
        self._path = path

    @property
    @override
    def name(self) -> str:
        return self._path.name

    @override
    def lock(self) -> AbstractContextManager[None]:
        """Let the lock go with the process, also at a kill."""
        return hold(
            self._path,
            f"run {self.name} is being stepped by",
            "Wait until it ends; `modelsmith run status` shows how far it is.",
        )

    @override
    def entries(self) -> Sequence[Entry]:
        return entries_in(self._content(), str(self._path / LEDGER))

    @override
    def chain(self) -> Sequence[Entry]:
        return chain_in(self._content(), str(self._path / LEDGER))

    @override
    def last_digest(self) -> str:
        return [GENESIS, *digests_in(self._content(), str(self._path / LEDGER))][-1]

    @override
    def append(self, entry: Entry) -> None:
        content = self._content()
        past = digests_in(content, str(self._path / LEDGER))
        last = past[-1] if past else GENESIS
        if (entry.index, entry.previous) != (len(past), last):
            raise RunBusyError(
                f"run {self.name}: entry {entry.index} follows {entry.previous[:12]}..., but the "
                f"ledger ends with entry {len(past) - 1}, {last[:12]}...: another process wrote",
                remedy="Run the command again; it goes on from what is there now.",
            )
        size = sum(len(line) + 1 for line in lines_in(content))
        is_cut = len(content) < size  # the last line lacks its end
        line = line_of(entry)
        append_whole(self._path / LEDGER, min(size, len(content)), b"\n" + line if is_cut else line)

    @override
    def write(self, path: str, content: bytes) -> str:
        if path == LEDGER:
            raise UsageError(f"{path} is the ledger", remedy="Append entries; do not write it.")
        write_whole(self._inside(path), content)
        return sha256(content)

    @override
    def read(self, path: str) -> bytes:
        try:
            return self._inside(path).read_bytes()
        except UsageError as error:
            raise BrokenRecordError(error.what, remedy=RESTORE) from None
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise BrokenRecordError(
                f"{self._path / path} is not there, the run's ledger or a command names it",
                remedy=RESTORE,
            ) from None

    @override
    def journal(self, path: str) -> FileJournal:
        return FileJournal(self._inside(path))

    @override
    def files(self) -> Iterator[str]:
        for path in sorted(path for path in self._path.rglob("*") if path.is_file()):
            if path.name not in {LOCK, HOLDER} and not path.name.startswith(TEMPORARY):
                yield path.relative_to(self._path).as_posix()

    def _inside(self, path: str) -> Path:
        target = (self._path / path).resolve()
        if target == self._path.resolve() or not target.is_relative_to(self._path.resolve()):
            raise UsageError(
                f"{path!r} leaves the run's folder {self._path}",
                remedy="Name a file inside the run, relative to its folder.",
            )
        return target

    def _content(self) -> bytes:
        try:
            return (self._path / LEDGER).read_bytes()
        except FileNotFoundError:
            return b""
        except IsADirectoryError:
            raise BrokenRecordError(f"{self._path / LEDGER} is a folder", remedy=RESTORE) from None
