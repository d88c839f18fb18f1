"""What is found in each file of a benchmark, remembered while nothing it rests on has changed."""

import hashlib
import platform
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pydantic
import yaml
from pydantic import ValidationError

from modelsmith.disk.atomic_write import write_whole
from modelsmith.disk.repository_files import read_file
from modelsmith.documents.decoding import decoded
from modelsmith.documents.diagnostic import Diagnostic, Remark, error, is_error, nearest
from modelsmith.exam.authoring.form_lint import unreadable_remarks
from modelsmith.exam.authoring.scenario_file import (
    FileReport,
    report_on,
    schema_problems,
    split_of,
    unread,
)
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.family import family_in
from modelsmith.exam.files.benchmark_folder import sheet_in
from modelsmith.exam.labelled_answers import sheet_remarks
from modelsmith.exam.scenario import Scenario
from modelsmith.record import Record, Sha256, sha256

if TYPE_CHECKING:
    from modelsmith.exam.families.lint import FamilyCheck

FAMILY_LINE = "# yaml-language-server: $schema=../../../schemas/family.schema.json"
"""First line of a family file."""

SHEET_LINE = "# yaml-language-server: $schema=../../../schemas/exam.schema.json"
"""First line of a sheet of labelled answers."""


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
            self._take_report = _Kept.model_validate_json(file.read_bytes()).reports
        except (OSError, ValidationError):
            self._take_report = {}

    def report(self, parts: Sequence[bytes], make: Callable[[], FileReport]) -> FileReport:
        """Return the report on a file, which is kept until `write`.

        Args:
            parts: Its path, its bytes, and those of every other file that the report rests on.
            make: Makes the report where none was kept.
        """
        digests = "\n".join(map(sha256, parts))
        key = sha256(f"{checker_version()}\n{digests}".encode())
        self._seen[key] = self._take_report.get(key) or make()
        return self._seen[key]

    def write(self) -> None:
        """Bring what was asked for since opening to the disk; drop the rest."""
        if self._seen.keys() == self._take_report.keys():
            return
        content = _Kept(reports=self._seen).model_dump_json(by_alias=True).encode()
        try:
            write_whole(self._file, content)
        except OSError:
            return  # the next check is slow again; what was found stays right


class FileReports:
    """Reports on the files of one benchmark: what is there, scenarios, then what belongs to them.

    A family rests on its scenario and on every partial, a sheet of labels on its scenario: they
    are looked at again when one of those changes.
    """

    def __init__(
        self, repository: Path, benchmark: Benchmark, about: bytes, cache: CheckCache | None
    ) -> None:
        """Begin with no file.

        Args:
            repository: Its top folder.
            benchmark: Its vocabularies.
            about: The bytes of benchmark.yaml.
            cache: What was found before, if that counts.
        """
        self._repository = repository
        self._benchmark = benchmark
        self._about = about
        self._cache = cache
        self._paths: dict[str, str] = {}
        self._contents: dict[str, bytes] = {}
        self.digests: dict[str, Sha256] = {}
        """Digest of each file as it was read."""
        self._partials = b""
        self._is_partial_broken = False

    def note(self, path: str) -> None:
        """Know that a scenario file is there; it is read when something rests on it."""
        self._paths.setdefault(PurePosixPath(path).stem, path)

    def _read(self, path: str) -> tuple[bytes, list[Diagnostic]]:
        content, problems = read_file(self._repository, path)
        self.digests.setdefault(path, sha256(content))
        return content, problems

    def scenario(self, path: str) -> FileReport:
        """Return what is found in a scenario file."""
        content, problems = self._read(path)
        self.note(path)
        self._contents[path] = content
        if problems:
            return unread(path, problems)
        return self._take_report(
            path, (content,), lambda: report_on(self._benchmark, path, content, rubric=True)[0]
        )

    def partial(self, path: str) -> FileReport:
        """Return what is found in a file that templates import."""
        content, problems = self._read(path)
        self._partials += sha256(f"{path}\n{problems}\n".encode() + content).encode()
        report = _beside(path, problems)
        if not problems:
            report = self._take_report(path, (content,), lambda: self._partial(path, content))
        self._is_partial_broken |= any(map(is_error, report.diagnostics))
        return report

    def family(self, path: str) -> FileReport:
        """Return what is found in a family file, once the scenarios and partials were seen."""
        return self._resting(
            path, self._partials, lambda path, content: _beside(path, self._family(path, content))
        )

    def sheet(self, path: str) -> FileReport:
        """Return what is found in a file of labelled answers, once the scenarios were seen."""
        return self._resting(path, b"", self._sheet)

    def _resting(
        self, path: str, more: bytes, make: Callable[[str, bytes], FileReport]
    ) -> FileReport:
        """Return the report on a file that is about the scenario it is named after."""
        content, problems = self._read(path)
        if problems:
            return _beside(path, problems)
        about, under = self._under(PurePosixPath(path).stem)
        parts = (content, about.encode(), under, more)
        return self._take_report(path, parts, lambda: make(path, content))

    def _take_report(
        self, path: str, parts: tuple[bytes, ...], make: Callable[[], FileReport]
    ) -> FileReport:
        """Return the report that was kept for these parts, or make it now and keep it."""
        if self._cache is None:
            return make()
        return self._cache.report((self._about, path.encode(), *parts), make)

    def _partial(self, path: str, content: bytes) -> FileReport:
        text, problems = decoded(path, content)
        if text is not None:
            problems = [*problems, *self._families.partial_problems(path, text)]
        return _beside(path, problems)

    def _family(self, path: str, content: bytes) -> list[Diagnostic]:
        file, problems = family_in(path, content)
        problems += _editor_line(path, content, FAMILY_LINE)
        if file is None:
            return problems
        if file.family.parent not in self._paths:
            return [*problems, file.diagnostic(self._unknown(file.family.parent))]
        parent = self._parsed(file.family.parent)
        if parent is None or self._is_partial_broken:
            return problems  # what keeps it from being drawn is told where it stands
        return [*problems, *self._families.problems(file, parent)]

    def _sheet(self, path: str, content: bytes) -> FileReport:
        document, sheet, problems = sheet_in(path, content)
        problems += _editor_line(path, content, SHEET_LINE)
        if document is None or sheet is None:
            return _beside(path, problems)
        if sheet.scenario not in self._paths:
            remark = self._unknown(sheet.scenario, ("scenario",))
            return _beside(path, [*problems, document.diagnostic(remark)])
        scenario = self._parsed(sheet.scenario)
        if scenario is None:
            return _beside(path, problems)
        split = split_of(self._paths[sheet.scenario])
        remarks = [*sheet_remarks(sheet, {sheet.scenario: (split, scenario)})]
        remarks += unreadable_remarks(self._benchmark, sheet, scenario)
        told = _beside(path, [*problems, *map(document.diagnostic, remarks)])
        criteria, rules = scenario.criteria(), self._benchmark.judging
        labelled = [
            criteria[key].check for one in sheet.answers for key in one.labels if key in criteria
        ]
        return FileReport(
            **dict(told)
            | {
                "labels_of_checks": sum(check is not None for check in labelled),
                "labels_of_judges": sum(map(rules.takes, labelled)),
            }
        )

    def _unknown(self, name: str, loc: tuple[str] = ("parent",)) -> Remark:
        near = nearest(name, self._paths)
        remedy = f"did you mean {near}? rename this file too" if near else "correct the id"
        what = f"no scenario is called {name}"
        return error("unknown-scenario", what, "the id of a scenario", remedy, loc)

    def _parsed(self, name: str) -> Scenario | None:
        """Return the scenario in the file of this name; None if it has errors of its own."""
        path, content = self._under(name)
        return report_on(self._benchmark, path, content, rubric=False)[1]

    def _under(self, name: str) -> tuple[str, bytes]:
        """Return the scenario file of this name and its bytes; nothing where there is none."""
        path = self._paths.get(name, "")
        if path and path not in self._contents:
            self._contents[path] = self._read(path)[0]
        return path, self._contents.get(path, b"")

    @cached_property
    def _families(self) -> "FamilyCheck":
        from modelsmith.exam.families.lint import FamilyCheck

        return FamilyCheck(self._repository, self._benchmark)


def _editor_line(path: str, content: bytes, wanted: str) -> Iterator[Diagnostic]:
    return schema_problems(path, content.decode("utf-8", "replace"), wanted)


def _beside(path: str, problems: list[Diagnostic]) -> FileReport:
    ranked = sorted(problems, key=lambda p: (p.line, p.column, p.rule))
    return FileReport(path=path, diagnostics=tuple(ranked))


class _Kept(Record):
    reports: dict[Sha256, FileReport]
    """What was found, by key."""


@lru_cache(maxsize=1)
def checker_version() -> str:
    """Return the digest of everything that decides what is found in a file."""
    package = Path(__file__).parent.parent.parent
    digest = hashlib.sha256(f"{platform.python_version()} {pydantic.VERSION}".encode())
    digest.update(f"{yaml.__version__} {version('jinja2')}".encode())
    for module in sorted(package.rglob("*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()
