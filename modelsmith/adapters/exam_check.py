"""Everything that is wrong with `benchmarks/<domain>/`: scenarios, families, labelled answers."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from modelsmith.adapters.check_cache import CheckCache
from modelsmith.adapters.exam_folder import BENCHMARKS, ExamFolder, across
from modelsmith.adapters.exam_sheets import EXAM
from modelsmith.adapters.family_file import FAMILIES
from modelsmith.adapters.file_reports import FileReports
from modelsmith.domain.diagnostic import START, Diagnostic, located, warning
from modelsmith.domain.scenario import Split

KINDS = {FAMILIES: "a family file", EXAM: "a sheet of labelled answers"}
"""What the folders beside the splits hold."""


@dataclass(frozen=True)
class Checked:
    """What a check found in one benchmark."""

    domain: str
    """Name of the folder."""
    files: tuple[str, ...]
    """Every file that was looked at."""
    diagnostics: tuple[Diagnostic, ...]
    """All problems, by file and place."""


class ExamCheck:
    """One check of one benchmark's folder."""

    def __init__(self, repository: Path, domain: str, cache: CheckCache | None = None) -> None:
        """Look at `benchmarks/<domain>` of a repository; nothing is read yet."""
        self._repository = repository
        self._exam = ExamFolder(repository, domain)
        self._cache = cache

    def checked(self) -> Checked:
        """Return every problem of every file, and of the files together."""
        benchmark, about, problems = self._exam.benchmark_file()
        scenarios = list(self._exam.scenario_paths())
        partials = [path for path in self._names(FAMILIES) if _is_partial(path)]
        families = [path for path in self._names(FAMILIES) if path.endswith(".yaml")]
        sheets = [path for path in self._names(EXAM) if path.endswith(".yaml")]
        files = (self._exam.benchmark_path, *scenarios, *partials, *families, *sheets)
        if benchmark is not None:
            look = FileReports(self._repository, benchmark, about, self._cache)
            reports = [look.scenario(path) for path in scenarios]
            problems = [*problems, *across(self._exam.benchmark_path, reports)]
            reports += [look.partial(path) for path in partials]
            reports += [look.family(path) for path in families]
            reports += [look.sheet(path) for path in sheets]
            problems += [problem for report in reports for problem in report.diagnostics]
        if self._cache is not None:
            self._cache.write()
        problems += self._strays()
        order = {path: number for number, path in enumerate(files)}
        ranked = sorted(problems, key=lambda p: (order.get(p.path, len(order)), p.line, p.column))
        return Checked(self._exam.domain, files, tuple(ranked))

    def _names(self, folder: str) -> Iterator[str]:
        """Yield what lies in one of the benchmark's folders, sorted."""
        here = f"{BENCHMARKS}/{self._exam.domain}/{folder}"
        try:
            names = sorted(os.listdir(self._repository / here))  # noqa: PTH208 - names
        except OSError:
            return
        yield from (f"{here}/{name}" for name in names)

    def _strays(self) -> Iterator[Diagnostic]:
        for folder in (*Split, FAMILIES, EXAM):
            for path in self._names(folder):
                name = PurePosixPath(path).name
                is_read = name.endswith(".yaml") or (folder == FAMILIES and _is_partial(path))
                if not is_read and not name.startswith("."):
                    what = f"not {KINDS.get(folder, 'a scenario file')}, so nobody reads it"
                    remedy = "rename it, or move it out of this folder"
                    remark = warning("stray-file", what, "files named <ID>.yaml", remedy)
                    yield located(remark, path, START)


def _is_partial(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.startswith("_") and name.endswith(".j2")
