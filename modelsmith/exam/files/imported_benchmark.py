"""Files of other tools read into a benchmark's folder, whole or not at all; ours written out."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from modelsmith.disk.atomic_write import publish, unfinished_folder
from modelsmith.disk.repository_files import read_file, write_new
from modelsmith.documents.diagnostic import Diagnostic, is_error, one_line
from modelsmith.documents.validation import document_with, refused
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.authoring.scenario_file import report_on
from modelsmith.exam.benchmark import Benchmark, Exam
from modelsmith.exam.criteria_text import DEFAULT_LANGUAGE
from modelsmith.exam.family import FAMILIES
from modelsmith.exam.files.benchmark_folder import EXAM, ExamFolder, paths_in
from modelsmith.exam.imports.biggen import read_biggen
from modelsmith.exam.imports.csv_file import csv_columns, read_csv
from modelsmith.exam.imports.exchange import exchanged
from modelsmith.exam.imports.healthbench import read_healthbench
from modelsmith.exam.imports.import_map import (
    FormatName,
    ImportMap,
    map_to_fill_in,
    unfilled,
)
from modelsmith.exam.imports.imported import LARGEST_SOURCE, Importer, ImportSource
from modelsmith.exam.imports.openai_evals import read_openai_evals
from modelsmith.exam.imports.promptfoo import read_promptfoo
from modelsmith.exam.imports.scenario_files import (
    MapFile,
    benchmark_in,
    benchmark_text,
    file_texts,
    scenarios_of,
)
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.layout import BENCHMARK, BENCHMARKS, IMPORTS
from modelsmith.record import sha256

IMPORTERS: Mapping[FormatName, Importer] = {
    "healthbench": read_healthbench,
    "biggen": read_biggen,
    "openai-evals": read_openai_evals,
    "promptfoo": read_promptfoo,
}
"""What reads each format; columns of CSV are read by the map."""


@dataclass(frozen=True)
class BenchmarkImport:
    """What was written."""

    folder: str
    """The benchmark's folder, relative to the repository."""
    scenarios: int
    """How many scenarios."""
    files: tuple[str, ...]
    """Every file."""
    told: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What the map made of the examples."""
    unread: Mapping[str, int] = field(default_factory=dict)
    """What of the file is not kept, and how often it stood there."""
    changed: Mapping[str, int] = field(default_factory=dict)
    """What means less here than there."""
    warnings: tuple[Diagnostic, ...] = ()
    """What its author should look at."""


def source_bytes(path: Path) -> bytes:
    """Return the bytes of a file that is imported, which may lie anywhere.

    Raises:
        UsageError: it cannot be read.
        InputError: it is too large.
    """
    try:
        if path.stat().st_size > LARGEST_SOURCE:
            remedy = "Split the file, and import its parts."
            raise InputError(f"{path} has more than {LARGEST_SOURCE:,} bytes", remedy=remedy)
        return path.read_bytes()
    except OSError as failure:
        what = f"{path} cannot be read: {failure.strerror or failure}"
        raise UsageError(what, remedy="Check the path and its permissions.") from None


def read_source(
    form: FormatName,
    name: str,
    content: bytes,
    says: ImportMap | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> ImportSource:
    """Return what a file holds.

    Raises:
        InputError: it is not of the format, or a part of it cannot become a scenario.
    """
    source = (
        read_csv(name, content, says, language) if form == "csv" else IMPORTERS[form](name, content)
    )
    if errors := [problem for problem in source.problems if is_error(problem)]:
        raise refused(name, errors)
    return source


def map_for(form: FormatName, name: str, content: bytes) -> str:
    """Return an import map to fill in for a file.

    Raises:
        InputError: the file cannot be read.
    """
    source = read_source(form, name, content)
    columns = csv_columns(name, content) if form == "csv" else ()
    return map_to_fill_in(name, form, source.examples, columns)


def map_in(form: FormatName, name: str, content: bytes) -> MapFile:
    """Return the import map in a file.

    Raises:
        InputError: something in it is wrong, or left to be filled in.
    """
    document, says, problems = document_with(name, content, ImportMap)
    if document is not None:
        problems = [*unfilled(document)] or problems
    if document is None or says is None or any(map(is_error, problems)):
        raise refused(name, [problem for problem in problems if is_error(problem)])
    if says.format != form:
        what = f"{name} is a map for {says.format}, --format is {form}"
        raise UsageError(what, remedy="Name the map that goes with the file.")
    return MapFile(says, document)


class BenchmarkImporter:
    """Writes what is imported into one folder of a repository."""

    def __init__(self, repository: Path, folder: str, canary: str) -> None:
        """Look at `benchmarks/NAME` of a repository.

        Args:
            repository: Its top folder.
            folder: The benchmark's folder, relative to it.
            canary: GUID of a benchmark that the import begins.

        Raises:
            UsageError: it is no folder of a benchmark.
        """
        place = PurePosixPath(folder)
        if not re.fullmatch(rf"{BENCHMARKS}/[a-z][a-z0-9-]*", place.as_posix()):
            what = f"--into is {folder}, expected {BENCHMARKS}/NAME"
            remedy = "Name one benchmark's folder: lower-case letters, digits and hyphens."
            raise UsageError(what, remedy=remedy)
        self._repository, self._folder, self._canary = repository, folder, canary
        self._domain = place.parts[1]
        self._exists = (repository / folder / BENCHMARK).exists()

    def with_map(
        self, form: FormatName, name: str, content: bytes, map_name: str, map_content: bytes
    ) -> BenchmarkImport:
        """Write the scenarios that a map makes of a file, and the map beside them.

        Raises:
            InputError: the file's fault, or the map's; every problem is located.
            UsageError: something is there already.
            OSError: the disk is full or not writable; nothing is left of the import.
        """
        file = map_in(form, map_name, map_content)
        benchmark, texts = self._benchmark(file)
        source = read_source(form, name, content, file.says, benchmark.language)
        made = scenarios_of(source, file, benchmark)
        if made.problems:
            ranked = sorted(made.problems, key=lambda one: (one.path, one.line, one.column))
            raise refused(name, ranked)
        texts |= self._checked(benchmark, made.scenarios)
        unread = {what: n for what, n in source.unread.items() if what not in file.says.reads()}
        stem = re.sub(r"[^\w.-]+", "-", Path(name).stem).lstrip(".-") or form
        texts[f"{IMPORTS}/{stem}.yaml"] = (
            f"# Imported from {one_line(Path(name).name)}, sha256 {sha256(content)}: "
            f"{len(made.scenarios)} scenarios.\n"
            + (f"# Not kept: {counted(unread)}.\n" if unread else "")
            + (f"# Less exact: {counted(source.changed)}.\n" if source.changed else "")
            + map_content.decode().removeprefix("\ufeff")
        )
        written = self._write(texts)
        return BenchmarkImport(
            self._folder,
            len(made.scenarios),
            written,
            made.told,
            unread,
            source.changed,
            source.problems,
        )

    def whole(self, name: str, content: bytes) -> BenchmarkImport:
        """Write the benchmark that a file of our own JSON Lines holds.

        Raises:
            InputError: the file's fault, with every problem located.
            UsageError: there is a benchmark already.
            OSError: the disk is full or not writable; nothing is left of the import.
        """
        exam, problems = exchanged(name, content, self._domain)
        if exam is None:
            raise refused(name, [problem for problem in problems if is_error(problem)])
        if self._exists:
            raise self._there(BENCHMARK)
        fields = exam.benchmark.model_dump(mode="json", by_alias=True)
        texts = {BENCHMARK: benchmark_text(fields)}
        texts |= self._checked(exam.benchmark, exam.scenarios)
        written = self._write({**texts, **exam.files})
        return BenchmarkImport(self._folder, len(exam.scenarios), written, warnings=tuple(problems))

    def _benchmark(self, file: MapFile) -> tuple[Benchmark, dict[str, str]]:
        """Return the benchmark that is there or that the map describes, and its text if new."""
        if self._exists:
            if file.says.benchmark is not None:
                what = f"{self._folder}/{BENCHMARK} is there, and the map has a `benchmark` too"
                raise UsageError(what, remedy="Delete it from the map, or name another folder.")
            return ExamFolder(self._repository, self._domain).benchmark(), {}
        if file.says.benchmark is None:
            what = f"{self._folder}/{BENCHMARK} is not there, and the map has no `benchmark`"
            remedy = "Add it to the map, or make the benchmark first."
            raise UsageError(what, remedy=remedy)
        benchmark, fields, problems = benchmark_in(file, self._domain, self._canary)
        if benchmark is None:
            raise refused(file.document.path, problems)
        return benchmark, {BENCHMARK: benchmark_text(fields)}

    def _checked(
        self, benchmark: Benchmark, scenarios: tuple[tuple[Split, Scenario], ...]
    ) -> dict[str, str]:
        """Return the scenario files, each read back as the scenario that it holds."""
        texts = file_texts(benchmark, scenarios)
        by_path = {f"{split}/{scenario.id}.yaml": scenario for split, scenario in scenarios}
        for path, text in texts.items():
            report, scenario = report_on(
                benchmark, f"{self._folder}/{path}", text.encode(), rubric=False
            )
            if scenario != by_path[path]:
                raise refused(report.path, [p for p in report.diagnostics if is_error(p)])
        return texts

    def _there(self, path: str) -> UsageError:
        what = f"{self._folder}/{path} is already there"
        return UsageError(what, remedy="Name another folder, or delete that file first.")

    def _write(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        """Write all files or none: a new folder appears whole, files beside others as they come."""
        final = self._repository / self._folder
        for path in texts:
            if os.path.lexists(final / path):
                raise self._there(path)
        if not final.exists():
            self._write_folder(texts, final)
        else:
            written: list[str] = []
            try:
                for path, text in texts.items():
                    write_new(self._repository, f"{self._folder}/{path}", text, "name")
                    written.append(path)
            except BaseException:
                for path in written:
                    (final / path).unlink(missing_ok=True)
                raise
        return tuple(f"{self._folder}/{path}" for path in texts)

    @staticmethod
    def _write_folder(texts: Mapping[str, str], final: Path) -> None:
        unfinished = unfinished_folder(final)
        try:
            for path, text in texts.items():
                file = unfinished / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            publish(unfinished, final)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def counted(found: Mapping[str, int]) -> str:
    """Return names with how often they stood there."""
    return ", ".join(f"{one_line(what)} ({count})" for what, count in sorted(found.items()))


def beside_scenarios(repository: Path, exam: Exam) -> dict[str, str]:
    """Return the text of each file of families and labelled answers, by path in the folder.

    Raises:
        InputError: one cannot be read.
    """
    folder = f"{BENCHMARKS}/{exam.benchmark.domain}"
    found = {}
    for inner in (FAMILIES, EXAM):
        for path in paths_in(repository, f"{folder}/{inner}"):
            if not PurePosixPath(path).name.startswith("."):
                content, problems = read_file(repository, path)
                if problems:
                    raise refused(path, problems)
                found[path.removeprefix(f"{folder}/")] = content.decode()
    return found
