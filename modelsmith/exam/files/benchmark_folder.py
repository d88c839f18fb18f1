"""`benchmarks/<domain>/` read as an exam with its labelled answers; new scenarios written there."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from modelsmith.disk.repository_files import read_file, write_new
from modelsmith.documents.diagnostic import Diagnostic, error, is_error, nearest, quoted, warning
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation import document_with, refused
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.authoring.form_lint import unreadable_remarks
from modelsmith.exam.authoring.rubric_lint import loc_of
from modelsmith.exam.authoring.scenario_file import (
    CANARY,
    FileReport,
    across,
    report_on,
    schema_line,
    split_of,
    unread,
)
from modelsmith.exam.authoring.scenario_template import scaffold
from modelsmith.exam.authoring.to_confirm import Marked, is_draft, marked
from modelsmith.exam.benchmark import Benchmark, Exam, Placed
from modelsmith.exam.labelled_answers import ExamSheet, sheet_remarks
from modelsmith.exam.scenario import SCENARIO_ID, OutcomeType, Scenario, Split, example_id
from modelsmith.layout import BENCHMARK, BENCHMARKS

EXAM = "exam"
"""Folder of the labelled answers, beside the splits."""

SAT = "sat"
"""Folder in it of what judges said of them, which `judge exam` writes."""


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

    def exam(self, *, is_complete: bool = True) -> Exam:
        """Return the exam, each split sorted by id; drafts that nobody confirmed are left out.

        Args:
            is_complete: Whether each split must hold a scenario.

        Raises:
            InputError: a file's fault, or the folder's; every error of every file is in it.
        """
        benchmark = self.benchmark()
        found: dict[Split, list[Scenario]] = {split: [] for split in Split}
        reports = []
        for path in self.scenario_paths():
            report, scenario = self._report(benchmark, path)
            reports.append(report)
            if scenario is not None:
                found[split_of(path)].append(scenario)
        problems = across(self.benchmark_path, reports)
        drafts = {report.path for report in reports if report.is_draft}
        problems += [problem for report in reports for problem in report.diagnostics]
        allowed = () if is_complete else ("empty-split", "empty-benchmark")
        problems = [p for p in problems if p.path not in drafts and p.rule not in allowed]
        errors = [problem for problem in problems if is_error(problem)]
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
            errors = [p for p in report.diagnostics if is_error(p) or report.is_draft]
            raise refused(path, errors)
        return scenario

    def draft(self, path: str) -> Marked | None:
        """Return the draft in one file; None where the file holds none."""
        document, _ = parsed(path, read_file(self._repository, path)[0])
        return marked(document) if document is not None and is_draft(document) else None

    def usable(self, benchmark: Benchmark) -> Iterator[Placed]:
        """Yield the scenarios in the files without errors; the other files are left out."""
        for path in self.scenario_paths():
            _, scenario = self._report(benchmark, path)
            if scenario is not None:
                yield Placed(path=path, split=split_of(path), scenario=scenario)

    def drafts(self) -> list[str]:
        """Return the files that were drafted and that nobody has confirmed."""
        return [path for path in self.scenario_paths() if self.draft(path) is not None]

    def scenario_paths(self) -> Iterator[str]:
        """Yield the path of every scenario file, by split."""
        for split in Split:
            paths = paths_in(self._repository, f"{self._folder}/{split}")
            yield from (path for path in paths if path.endswith(".yaml"))

    def path_of(self, scenario_id: str) -> str | None:
        """Return the file of the scenario with this id, if there is one."""
        wanted = f"{scenario_id}.yaml"
        return next((p for p in self.scenario_paths() if PurePosixPath(p).name == wanted), None)

    def benchmark_file(self) -> tuple[Benchmark | None, bytes, list[Diagnostic]]:
        """Return the benchmark, the bytes of its file and its problems."""
        content, problems = read_file(self._repository, self.benchmark_path)
        if problems:
            return None, content, problems
        document, benchmark, problems = document_with(self.benchmark_path, content, Benchmark)
        if document is None or benchmark is None:
            return None, content, problems
        if benchmark.domain != self.domain:
            what, expected = (
                f"domain {quoted(benchmark.domain)}",
                f"the folder's name, {self.domain}",
            )
            remark = error("invalid-value", what, expected, "rename one of the two", ("domain",))
            return None, content, [*problems, document.diagnostic(remark)]
        field = benchmark.answer_format.category_choice
        clear = None if field is None else field.clear
        for name, category in benchmark.categories.items():
            if not (clear is None or category.free_text or clear in category.verdicts):
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
            return unread(path, problems), None
        return report_on(benchmark, path, content, rubric=False)


def paths_in(repository: Path, folder: str) -> list[str]:
    """Return what lies in a folder of a repository, sorted; nothing where it cannot be listed."""
    try:
        names = sorted(os.listdir(repository / folder))  # noqa: PTH208 - names
    except OSError:
        return []
    return [f"{folder}/{name}" for name in names]


def domains_in(repository: Path) -> list[str]:
    """Return the names of the benchmark folders, sorted."""
    found = [repository / path for path in paths_in(repository, BENCHMARKS)]
    return [folder.name for folder in found if folder.is_dir() and folder.name[0] != "."]


def input_place(repository: Path, exam: ExamFolder, scenario: str) -> str:
    """Return `file:line:column` of a scenario's input; its id where no file of it is read."""
    path = exam.path_of(scenario)
    document = None if path is None else parsed(path, read_file(repository, path)[0])[0]
    if path is None or document is None:
        return scenario
    place = document.place(("domainInput",))
    return f"{path}:{place.line}:{place.column}"


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
        place = document.place((*loc_of(key), "text"))
        places[scenario, key] = f"{path}:{place.line}:{place.column}"
    return places


def sheets_of(repository: Path, domain: str, exam: Exam) -> tuple[ExamSheet, ...]:
    """Return the labelled answers, sorted by scenario; none where there is no such folder.

    They lie in `benchmarks/<domain>/exam`, a file a scenario, named like it. Those of a draft that
    nobody confirmed count for nothing.

    Args:
        repository: Its top folder.
        domain: Name of the benchmark's folder.
        exam: The benchmark's scenarios, which the labels are of.

    Raises:
        InputError: a file's fault; every problem of every file is in it.
    """
    folder = f"{BENCHMARKS}/{domain}/{EXAM}"
    known = {s.id: (split, s) for split in Split for s in exam.split(split)}
    sheets: list[ExamSheet] = []
    problems: list[Diagnostic] = []
    drafts = {PurePosixPath(path).name for path in ExamFolder(repository, domain).drafts()}
    for name in _names_in(repository / folder):
        if name in drafts:
            continue
        path = f"{folder}/{name}"
        content, found = read_file(repository, path)
        document, sheet, found = (None, None, found) if found else sheet_in(path, content)
        if document is not None and sheet is not None:
            remarks = [*sheet_remarks(sheet, known)]
            if sheet.scenario in known:
                _, scenario = known[sheet.scenario]
                remarks += unreadable_remarks(exam.benchmark, sheet, scenario)
            found += map(document.diagnostic, remarks)
            sheets.append(sheet)
        problems += [problem for problem in found if is_error(problem)]
    if problems:
        remedy = "Correct the files and run the command again."
        raise InputError(f"{folder} is not an exam for graders:", remedy=remedy, problems=problems)
    return tuple(sorted(sheets, key=lambda sheet: sheet.scenario))


def _names_in(folder: Path) -> list[str]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names
    except FileNotFoundError:
        return []
    return [name for name in names if name.endswith(".yaml")]


def sheet_in(
    path: str, content: bytes
) -> tuple[Document | None, ExamSheet | None, list[Diagnostic]]:
    """Return a file, the sheet in it and its problems; no sheet if it cannot be used.

    Args:
        path: The file, relative to the repository; it has the name of the scenario.
        content: Its bytes.
    """
    document, sheet, problems = document_with(path, content, ExamSheet)
    name = PurePosixPath(path)
    if document is not None and sheet is not None and sheet.scenario != name.stem:
        what, expected = f"answers to {sheet.scenario} in {name.name}", f"{sheet.scenario}.yaml"
        remark = error("id-file-name", what, expected, "rename the file or the id", ("scenario",))
        return document, None, [*problems, document.diagnostic(remark)]
    return document, sheet, problems


@dataclass(frozen=True)
class ScenarioAuthor:
    """Writes scaffolds into one benchmark's folder."""

    repository: Path
    """Its top folder."""
    benchmark: Benchmark
    """Its vocabularies."""

    def write(
        self, scenario_id: str, split: Split, *, category: str, lens: str, outcome: OutcomeType
    ) -> tuple[str, list[Diagnostic]]:
        """Write a new file; return its path and what is wrong with it, which is seldom anything.

        Raises:
            UsageError: a word is not of the benchmark's vocabulary, or the file is there.
        """
        require_words(self.benchmark, scenario_id=scenario_id, category=category, lens=lens)
        comments = [schema_line(self.benchmark.domain)]
        if split is Split.SEALED:
            comments.append(CANARY.format(guid=self.benchmark.canary))
        path = f"benchmarks/{self.benchmark.domain}/{split}/{scenario_id}.yaml"
        text = scaffold(
            self.benchmark,
            tuple(comments),
            scenario_id=scenario_id,
            outcome=outcome,
            lens=lens,
            category=category,
        )
        write_new(self.repository, path, text, "id")
        report, _ = report_on(self.benchmark, path, text.encode(), rubric=False)
        return path, [problem for problem in report.diagnostics if is_error(problem)]


def require_words(
    benchmark: Benchmark, *, scenario_id: str | None, category: str | None, lens: str | None
) -> None:
    """Check the words that a command was given for a scenario; those it was not given are None.

    Raises:
        UsageError: the id has not the form of one, or a word is not of the benchmark's vocabulary.
    """
    if scenario_id is not None and not re.fullmatch(SCENARIO_ID, scenario_id):
        raise UsageError(
            f"{scenario_id!r} is no scenario id",
            remedy="Write capitals, digits and at least one underscore: "
            f"{example_id(benchmark.domain)}.",
        )
    for option, word, words in (
        ("--category", category, tuple(benchmark.categories)),
        ("--lens", lens, benchmark.lenses),
    ):
        if word is not None and word not in words:
            near = nearest(word, words)
            raise UsageError(
                f"{option} is {word!r}, expected one of {', '.join(words)}",
                remedy=f"Write {near}." if near else "Choose one, or add it to benchmark.yaml.",
            )
