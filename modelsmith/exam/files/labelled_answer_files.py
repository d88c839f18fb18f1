"""`benchmarks/<domain>/exam/` read as labelled answers, with every problem located."""

import os
from pathlib import Path, PurePosixPath

from modelsmith.disk.repository_files import read_file
from modelsmith.documents.diagnostic import Diagnostic, error, is_error
from modelsmith.documents.strict_yaml import Document
from modelsmith.documents.validation import document_with
from modelsmith.errors import InputError
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.files.benchmark_folder import BENCHMARKS
from modelsmith.exam.labelled_answers import ExamSheet, sheet_remarks
from modelsmith.exam.scenario import Split

EXAM = "exam"
"""Folder of the labelled answers, beside the splits."""


def sheets_of(repository: Path, domain: str, exam: Exam) -> tuple[ExamSheet, ...]:
    """Return the labelled answers, sorted by scenario; none where there is no such folder.

    They lie in `benchmarks/<domain>/exam`, a file a scenario, named like it.

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
    for name in _names_in(repository / folder):
        path = f"{folder}/{name}"
        content, found = read_file(repository, path)
        document, sheet, found = (None, None, found) if found else sheet_in(path, content)
        if document is not None and sheet is not None:
            found += map(document.diagnostic, sheet_remarks(sheet, known))
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
