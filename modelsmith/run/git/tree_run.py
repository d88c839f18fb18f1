"""One run as a commit holds it: read from git's objects, nothing checked out."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from modelsmith.errors import BrokenRecordError
from modelsmith.layout import LEDGER, in_run, ledger_path
from modelsmith.run.ledger import Entry
from modelsmith.run.ledger_lines import RESTORE, entries_in


class GitTreeRunFolder:
    """The run in one folder of a commit."""

    def __init__(
        self, name: str, files: Mapping[str, str], content: Callable[[str], bytes]
    ) -> None:
        """Know the run.

        Args:
            name: The run's name.
            files: Name of each file's content by path, relative to the run.
            content: Returns what has a name.
        """
        self._name = name
        self._files = files
        self._content = content

    @property
    def name(self) -> str:
        """The run's name, which is the folder's."""
        return self._name

    def entries(self) -> Sequence[Entry]:
        """Return the ledger, oldest first; a torn last line is dropped.

        Raises:
            BrokenRecordError: a line is not what was written; file, line and field are named.
        """
        content = self.read(LEDGER) if LEDGER in self._files else b""
        return entries_in(content, ledger_path(self._name))

    def read(self, path: str) -> bytes:
        """Return one file.

        Raises:
            BrokenRecordError: it is not there.
        """
        if path not in self._files:
            raise BrokenRecordError(
                f"{in_run(self._name, path)} is not there, the run's ledger or a command names it",
                remedy=RESTORE,
            )
        return self._content(self._files[path])

    def files(self) -> Iterator[str]:
        """Yield the path of every file of the run, sorted, relative to its folder."""
        yield from sorted(self._files)
