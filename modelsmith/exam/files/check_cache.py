"""What was found in files that have not changed since."""

import hashlib
import platform
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
        self._found = False
        try:
            self._kept = _Kept.model_validate_json(file.read_bytes()).reports
        except (OSError, ValidationError):
            self._kept = {}

    @staticmethod
    def key(benchmark: bytes, path: str, *parts: bytes) -> str:
        """Return the key of the report on one file.

        Args:
            benchmark: The bytes of benchmark.yaml.
            path: The file.
            parts: Its bytes, and those of every other file that the report rests on.
        """
        digests = "\n".join(sha256(part) for part in (benchmark, path.encode(), *parts))
        return sha256(f"{checker_version()}\n{digests}".encode())

    def get(self, key: str) -> FileReport | None:
        """Return the report that was put under `key`."""
        report = self._kept.get(key)
        if report is not None:
            self._seen[key] = report
        return report

    def put(self, key: str, report: FileReport) -> None:
        """Keep `report` under `key` until `write`."""
        self._seen[key] = report
        self._found = True

    def write(self) -> None:
        """Bring what was asked for or put since opening to the disk; drop the rest."""
        if not self._found and len(self._seen) == len(self._kept):
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
