"""`benchmarks/<domain>/exam/` read as labelled answers, with every problem located."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from modelsmith.disk.repository_files import read_file
from modelsmith.documents.diagnostic import Diagnostic, error, is_error
from modelsmith.documents.strict_yaml import Document, parsed
from modelsmith.documents.validation import validated
from modelsmith.errors import InputError
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.files.benchmark_folder import BENCHMARKS
from modelsmith.exam.labelled_answers import ExamSheet, sheet_remarks
from modelsmith.exam.scenario import Split

EXAM = "exam"
"""Folder of the labelled answers, beside the splits."""


class ExamSheets:
    """The labelled answers of one benchmark: a file a scenario, named like it."""

    def __init__(self, repository: Path, domain: str) -> None:
        """Look at `benchmarks/<domain>/exam` of a repository; nothing is read yet."""
        self._repository = repository
        self._folder = f"{BENCHMARKS}/{domain}/{EXAM}"

    def sheets(self, exam: Exam) -> tuple[ExamSheet, ...]:
        """Return the labelled answers, sorted by scenario; none where there is no such folder.

        Args:
            exam: The benchmark's scenarios, which the labels are of.

        Raises:
            InputError: a file's fault; every problem of every file is in it.
        """
        known = {s.id: (split, s) for split in Split for s in exam.split(split)}
        sheets: list[ExamSheet] = []
        problems: list[Diagnostic] = []
        for path in self.paths():
            content, found = read_file(self._repository, path)
            document, sheet, found = (None, None, found) if found else sheet_in(path, content)
            if document is not None and sheet is not None:
                found += map(document.diagnostic, sheet_remarks(sheet, known))
            problems += [problem for problem in found if is_error(problem)]
            if sheet is not None:
                sheets.append(sheet)
        if problems:
            remedy = "Correct the files and run the command again."
            raise InputError(
                f"{self._folder} is not an exam for graders:", remedy=remedy, problems=problems
            )
        return tuple(sorted(sheets, key=lambda sheet: sheet.scenario))

    def paths(self) -> Iterator[str]:
        """Yield the files of the folder, sorted."""
        try:
            names = sorted(os.listdir(self._repository / self._folder))  # noqa: PTH208 - names
        except FileNotFoundError:
            return
        yield from (f"{self._folder}/{name}" for name in names if name.endswith(".yaml"))


def sheet_in(
    path: str, content: bytes
) -> tuple[Document | None, ExamSheet | None, list[Diagnostic]]:
    """Return a file, the sheet in it and its problems; no sheet if it cannot be used.

    Args:
        path: The file, relative to the repository; it has the name of the scenario.
        content: Its bytes.
    """
    document, problems = parsed(path, content)
    if document is None:
        return None, None, problems
    sheet, more = validated(document, ExamSheet)
    problems += more
    name = PurePosixPath(path)
    if sheet is not None and sheet.scenario != name.stem:
        what, expected = f"answers to {sheet.scenario} in {name.name}", f"{sheet.scenario}.yaml"
        remark = error("id-file-name", what, expected, "rename the file or the id", ("scenario",))
        return document, None, [*problems, document.diagnostic(remark)]
    return document, sheet, problems
