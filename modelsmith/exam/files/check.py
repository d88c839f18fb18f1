"""Everything that is wrong with `benchmarks/<domain>/`: scenarios, families, labelled answers."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from modelsmith.documents.diagnostic import Diagnostic
from modelsmith.exam.authoring.gate_needs import Looks, gate_notes
from modelsmith.exam.authoring.scenario_file import FileReport, across, split_of
from modelsmith.exam.authoring.undecided import undecided_notes
from modelsmith.exam.benchmark import Benchmark, SealedVersion
from modelsmith.exam.evidence_needed import allowed_attempts
from modelsmith.exam.family import FAMILIES
from modelsmith.exam.files.benchmark_folder import EXAM, ExamFolder, paths_in
from modelsmith.exam.files.copies import copies_among
from modelsmith.exam.files.file_reports import CheckCache, FileReports
from modelsmith.exam.files.strays import is_partial, strays
from modelsmith.exam.scenario import family_of
from modelsmith.layout import BENCHMARKS
from modelsmith.record import Sha256, sha256


@dataclass(frozen=True)
class BenchmarkCheck:
    """What a check found in one benchmark."""

    domain: str
    """Name of the folder."""
    files: tuple[str, ...]
    """Every file that was looked at."""
    diagnostics: tuple[Diagnostic, ...]
    """All problems, by file and place."""
    is_benchmark_read: bool = True
    """Whether benchmark.yaml can be used; no other file can be checked without it."""
    needs: tuple[Diagnostic, ...] = ()
    """What a promotion would lack; known where the whole exam is asked about, and no problem."""
    digests: Mapping[str, Sha256] = field(default_factory=dict)
    """Digest of each file as it was when it was looked at."""


class ExamCheck:
    """One check of one benchmark's folder."""

    def __init__(
        self,
        repository: Path,
        domain: str,
        cache: CheckCache | None = None,
        attempts_at: Callable[[str], int | None] = lambda _version: None,
    ) -> None:
        """Look at `benchmarks/<domain>` of a repository; nothing is read yet.

        Args:
            repository: Its top folder.
            domain: The benchmark's name.
            cache: What was found before.
            attempts_at: Returns how many attempts runs made at a sealed version; None where
                nobody knows.
        """
        self._repository = repository
        self._exam = ExamFolder(repository, domain)
        self._cache = cache
        self._attempts_at = attempts_at

    def check(self, is_chosen: Callable[[str], bool] = lambda _path: True) -> BenchmarkCheck:
        """Return every problem of every file, and of the files together.

        Args:
            is_chosen: Whether somebody asks about a file; what is counted over the files of a
                split is counted over these.
        """
        benchmark, about, problems = self._exam.benchmark_file()
        scenarios = list(self._exam.scenario_paths())
        partials = [path for path in self._paths(FAMILIES) if is_partial(path)]
        families = [path for path in self._paths(FAMILIES) if path.endswith(".yaml")]
        sheets = [path for path in self._paths(EXAM) if path.endswith(".yaml")]
        files = (self._exam.benchmark_path, *scenarios, *partials, *families, *sheets)
        needs: tuple[Diagnostic, ...] = ()
        digests = {self._exam.benchmark_path: sha256(about)}
        if benchmark is not None:
            reporter = FileReports(self._repository, benchmark, about, self._cache)
            reports = [reporter.scenario(path) for path in scenarios]
            problems = [*problems, *across(self._exam.benchmark_path, reports, is_growing=True)]
            problems += undecided_notes(one for one in reports if is_chosen(one.path))
            reports += [reporter.partial(path) for path in partials]
            reports += [reporter.family(path) for path in families]
            reports += [reporter.sheet(path) for path in sheets]
            digests |= reporter.digests
            if is_chosen(self._exam.benchmark_path):
                looks = self._looks(benchmark, reports)
                needs = tuple(gate_notes(self._exam.benchmark_path, reports, looks))
            problems += [problem for report in reports for problem in report.diagnostics]
        if self._cache is not None:
            self._cache.write()
        problems += strays(self._repository, self._exam.domain)
        ranked = _ranked(problems, files)
        is_read = benchmark is not None
        return BenchmarkCheck(self._exam.domain, files, ranked, is_read, needs, digests)

    def check_since(self, changed: Collection[str]) -> BenchmarkCheck:
        """Return the problems of the files that changed, and what they do to others.

        A changed scenario is looked at with its family file and its labelled answers. The rules
        across files know every other scenario by its file's name, which is its id. A change that
        everything rests on, of benchmark.yaml or a partial, has everything checked.

        Args:
            changed: Paths from the top of the repository; those gone and those elsewhere too.
        """
        benchmark, about, _ = self._exam.benchmark_file()
        here = {path for path in changed if path.startswith(f"{BENCHMARKS}/{self._exam.domain}/")}
        if benchmark is None or any(
            path == self._exam.benchmark_path or is_partial(path) for path in here
        ):
            return self.check()
        names = {PurePosixPath(path).stem for path in here if path.endswith(".yaml")}
        families = {family_of(name) for name in names}
        reporter = FileReports(self._repository, benchmark, about, None)
        reports, reported = [], []
        paths = [*self._exam.scenario_paths()]
        alike = copies_among(self._repository, [path for path in paths if path in here], paths)
        for path in paths:
            reporter.note(path)
            is_near = _family_named_by(path) in families or path in alike
            reports.append(reporter.scenario(path) if is_near else _by_name(path))
            reported += [reports[-1]] if path in here else []
        reported += self._beside(reporter, names)
        problems = [
            problem
            for problem in across(self._exam.benchmark_path, reports, is_growing=True)
            if problem.path == self._exam.benchmark_path
            or _family_named_by(problem.path) in families
            or (problem.rule == "copied-scenario" and problem.path in alike)
        ]
        problems += [
            stray
            for stray in strays(self._repository, self._exam.domain)
            if any(path == stray.path or path.startswith(f"{stray.path}/") for path in here)
        ]
        problems += [problem for report in reported for problem in report.diagnostics]
        problems += undecided_notes(reported)
        files = tuple(report.path for report in reported)
        ranked = _ranked(problems, files)
        return BenchmarkCheck(self._exam.domain, files, ranked, digests=reporter.digests)

    def _looks(self, benchmark: Benchmark, reports: Iterable[FileReport]) -> Looks | None:
        """Return the attempts at what is sealed; None where they are not counted."""
        sealed = {one.id: one.sealed_sha256 for one in reports if one.id and one.sealed_sha256}
        version = SealedVersion(domain=self._exam.domain, sealed=sealed)
        taken = self._attempts_at(version.digest()) if sealed else None
        families = {family_of(name) for name in sealed}
        return None if taken is None else Looks(taken, allowed_attempts(benchmark, len(families)))

    def _beside(self, reporter: FileReports, names: Collection[str]) -> Iterator[FileReport]:
        """Yield what is found in the families and sheets that are named after these scenarios."""
        wanted = {f"{name}.yaml" for name in names}
        families = [p for p in self._paths(FAMILIES) if PurePosixPath(p).name in wanted]
        if families:
            for path in filter(is_partial, self._paths(FAMILIES)):
                reporter.partial(path)
        yield from map(reporter.family, families)
        sheets = (p for p in self._paths(EXAM) if PurePosixPath(p).name in wanted)
        yield from map(reporter.sheet, sheets)

    def _paths(self, folder: str) -> list[str]:
        return paths_in(self._repository, f"{BENCHMARKS}/{self._exam.domain}/{folder}")


def _ranked(problems: Sequence[Diagnostic], files: Sequence[str]) -> tuple[Diagnostic, ...]:
    """Return the problems by file, in the order of `files`, and place."""
    order = {path: number for number, path in enumerate(files)}
    return tuple(sorted(problems, key=lambda p: (order.get(p.path, len(order)), p.line, p.column)))


def _by_name(path: str) -> FileReport:
    """Return what a scenario file that was not read is taken for: its name is its id."""
    return FileReport(path=path, split=split_of(path), id=PurePosixPath(path).stem)


def _family_named_by(path: str) -> str:
    return family_of(PurePosixPath(path).stem)
