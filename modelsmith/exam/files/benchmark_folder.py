"""`benchmarks/<domain>/` read as an exam: as it lies on disk, or as it lay in git at some commit.

Where the criteria of scenarios stand in their files.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from modelsmith.disk.repository_files import read_file
from modelsmith.documents.diagnostic import Diagnostic, error, is_error, quoted, warning
from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.validation import refused, validated
from modelsmith.errors import InputError
from modelsmith.exam.authoring.lint import Entrant, empty_splits, roster_problems
from modelsmith.exam.authoring.scenario_file import FileReport, report_on, scenario_as_read
from modelsmith.exam.benchmark import Benchmark, Exam
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.exam.snapshot import Placed

BENCHMARKS = "benchmarks"
BENCHMARK = "benchmark.yaml"


class ExamFolder:
    """One domain's folder under `benchmarks/`."""

    def __init__(self, repository: Path, domain: str) -> None:
        """Look at `benchmarks/<domain>` of a repository; nothing is read yet."""
        self._repository = repository
        self._folder = f"{BENCHMARKS}/{domain}"
        self.domain = domain
        self.benchmark_path = f"{self._folder}/{BENCHMARK}"

    def benchmark(self) -> Benchmark:
        """Return the benchmark.

        Raises:
            InputError: benchmark.yaml's fault, with every problem located.
        """
        benchmark, _, problems = self.benchmark_file()
        if benchmark is None:
            raise refused(self.benchmark_path, problems)
        return benchmark

    def exam(self) -> Exam:
        """Return the exam, each split sorted by id.

        Raises:
            InputError: a file's fault, or the folder's; every error of every file is in it.
        """
        benchmark, _, problems = self.benchmark_file()
        if benchmark is None:
            raise refused(self.benchmark_path, problems)
        found: dict[Split, list[Scenario]] = {split: [] for split in Split}
        reports = []
        for path in self.scenario_paths():
            report, scenario = self._report(benchmark, path)
            reports.append(report)
            if scenario is not None and report.split is not None:
                found[report.split].append(scenario)
        everything = [*problems, *across(self.benchmark_path, reports), *_all(reports)]
        errors = [problem for problem in everything if is_error(problem)]
        if errors:
            remedy = "Run `modelsmith scenario check`, and correct the files."
            raise InputError(f"{self._folder} is not an exam:", remedy=remedy, problems=errors)
        train, steer, sealed = (
            tuple(sorted(found[split], key=lambda scenario: scenario.id)) for split in Split
        )
        return Exam(benchmark=benchmark, train=train, steer=steer, sealed=sealed)

    def scenario(self, path: str) -> Scenario:
        """Return the scenario in one file.

        Raises:
            InputError: its fault or benchmark.yaml's, with every problem located.
        """
        report, scenario = self._report(self.benchmark(), path)
        if scenario is None:
            raise refused(path, [p for p in report.diagnostics if is_error(p)])
        return scenario

    def usable(self, benchmark: Benchmark) -> Iterator[Placed]:
        """Yield the scenarios in the files without errors; the other files are left out."""
        for path in self.scenario_paths():
            report, scenario = self._report(benchmark, path)
            if scenario is not None and report.split is not None:
                yield Placed(path=path, split=report.split, scenario=scenario)

    def scenario_paths(self) -> Iterator[str]:
        """Yield the path of every scenario file, by split."""
        return (path for path, is_scenario in self._names() if is_scenario)

    def path_of(self, scenario_id: str) -> str | None:
        """Return the file of the scenario with this id, if there is one."""
        wanted = f"{scenario_id}.yaml"
        return next((p for p in self.scenario_paths() if PurePosixPath(p).name == wanted), None)

    def benchmark_file(self) -> tuple[Benchmark | None, bytes, list[Diagnostic]]:
        """Return the benchmark, the bytes of its file and its problems."""
        content, problems = read_file(self._repository, self.benchmark_path)
        if problems:
            return None, content, problems
        document, problems = parsed(self.benchmark_path, content)
        if document is None:
            return None, content, problems
        benchmark, more = validated(document, Benchmark)
        problems += more
        if benchmark is None:
            return None, content, problems
        if benchmark.domain != self.domain:
            what, expected = (
                f"domain {quoted(benchmark.domain)}",
                f"the folder's name, {self.domain}",
            )
            remark = error("invalid-value", what, expected, "rename one of the two", ("domain",))
            return None, content, [*problems, document.diagnostic(remark)]
        clear = benchmark.answer_format.clear_verdict
        for name, category in benchmark.categories.items():
            if clear not in category.verdicts:
                what, expected = (
                    f"category {name} cannot say {clear}",
                    f"{clear} among its verdicts",
                )
                loc = ("categories", name, "verdicts")
                remark = warning("clear-verdict", what, expected, f"add `{clear}`", loc)
                problems.append(document.diagnostic(remark))
        return benchmark, content, problems

    def _report(self, benchmark: Benchmark, path: str) -> tuple[FileReport, Scenario | None]:
        content, problems = read_file(self._repository, path)
        if problems:
            return _unread(path, problems), None
        return report_on(benchmark, path, content, rubric=False)

    def _names(self) -> Iterator[tuple[str, bool]]:
        """Yield what lies in the splits' folders: path, and whether it is a scenario file's."""
        for split in Split:
            try:
                names = sorted(os.listdir(self._repository / self._folder / split))  # noqa: PTH208
            except OSError:
                continue
            for name in names:
                yield f"{self._folder}/{split}/{name}", name.endswith(".yaml")


def domains_in(repository: Path) -> list[str]:
    """Return the names of the benchmark folders, sorted."""
    try:
        found = sorted((repository / BENCHMARKS).iterdir())
    except OSError:
        return []
    return [folder.name for folder in found if folder.is_dir() and folder.name[0] != "."]


def across(path: str, reports: Sequence[FileReport]) -> list[Diagnostic]:
    """Return what breaks the rules across scenario files.

    Args:
        path: The benchmark's file, where it is told what is missing.
        reports: What was found in each scenario file.
    """
    entrants = [
        Entrant(report.path, report.split, report.id, report.place)
        for report in reports
        if report.id is not None and report.split is not None
    ]
    filled = {report.split for report in reports if report.split is not None}
    return [*empty_splits(path, filled), *roster_problems(entrants)]


def _unread(path: str, problems: list[Diagnostic]) -> FileReport:
    split = Split(PurePosixPath(path).parent.name)
    return FileReport(path=path, split=split, id=None, diagnostics=tuple(problems))


def _all(reports: list[FileReport]) -> list[Diagnostic]:
    return [problem for report in reports for problem in report.diagnostics]


def places_of(
    repository: Path, exam: ExamFolder, criteria: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return `file:line:column` of each criterion, by scenario and id.

    A criterion of a paragraph is at the paragraph; what cannot be read is left out.

    Args:
        repository: The repository's top folder.
        exam: The benchmark's folder.
        criteria: Scenario and id of each criterion.
    """
    places = {}
    for scenario, key in criteria:
        path = exam.path_of(scenario)
        if path is None:
            continue
        document, _ = parsed(path, read_file(repository, path)[0])
        if document is None:
            continue
        field = "failCriteria" if key.startswith("F") else "passCriteria"
        place = document.place((field, int(key[1:]) - 1, "text"))
        places[scenario, key] = f"{path}:{place.line}:{place.column}"
    return places


def reviewed_exam(
    files: Mapping[str, bytes],
) -> tuple[Benchmark | None, dict[str, frozenset[str]]]:
    """Return the benchmark, none where it cannot be read, and scenario digests by split.

    Args:
        files: Content by path in the benchmark's folder.
    """
    content = files.get(BENCHMARK, b"")
    document, _ = parsed(BENCHMARK, content)
    benchmark = validated(document, Benchmark)[0] if document is not None else None
    splits: dict[str, set[str]] = {}
    for path, file in files.items():
        split, _, name = path.partition("/")
        if split in {"train", "steer", "sealed"} and name.endswith(".yaml"):
            scenario = scenario_as_read(path, content, file)
            if scenario is not None:
                splits.setdefault(split, set()).add(scenario.digest())
    return benchmark, {split: frozenset(found) for split, found in splits.items()}
