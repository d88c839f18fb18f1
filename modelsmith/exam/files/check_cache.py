"""What was found in files that have not changed since."""

import hashlib
import platform
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import pydantic
import yaml
from pydantic import ValidationError

from modelsmith.disk.atomic_write import write_whole
from modelsmith.exam.authoring.scenario_file import FileReport
from modelsmith.record import Record, Sha256, sha256


class _Kept(Record):
    reports: dict[Sha256, FileReport]
    """What was found, by key."""


class CheckCache:
    """Reports on the files of one benchmark, in one file that may be deleted at any time.

    The key of a report is the digest of the file's path and content, of every file that the
    report rests on (benchmark.yaml; a family's scenario and partials), and of the checker itself:
    its source and the libraries that it reads with. A cache that cannot be read is rebuilt, and
    one that cannot be written costs time, nothing else.
    """

    def __init__(self, file: Path) -> None:
        """Open the cache that `file` holds, or an empty one."""
        self._file = file
        self._seen: dict[str, FileReport] = {}
        try:
            self._kept = _Kept.model_validate_json(file.read_bytes()).reports
        except (OSError, ValidationError):
            self._kept = {}

    def report(self, parts: Sequence[bytes], make: Callable[[], FileReport]) -> FileReport:
        """Return the report on a file, which is kept until `write`.

        Args:
            parts: Its path, its bytes, and those of every other file that the report rests on.
            make: Makes the report where none was kept.
        """
        digests = "\n".join(map(sha256, parts))
        key = sha256(f"{checker_version()}\n{digests}".encode())
        self._seen[key] = self._kept.get(key) or make()
        return self._seen[key]

    def write(self) -> None:
        """Bring what was asked for since opening to the disk; drop the rest."""
        if self._seen.keys() == self._kept.keys():
            return
        content = _Kept(reports=self._seen).model_dump_json(by_alias=True).encode()
        try:
            write_whole(self._file, content)
        except OSError:
            return  # the next check is slow again; what was found stays right


@lru_cache(maxsize=1)
def checker_version() -> str:
    """Return the digest of everything that decides what is found in a file."""
    package = Path(__file__).parent.parent.parent
    digest = hashlib.sha256(f"{platform.python_version()} {pydantic.VERSION}".encode())
    digest.update(f"{yaml.__version__} {version('jinja2')}".encode())
    for module in sorted(package.rglob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()
