"""The sheet of answers to label, and the labelled answers that it adds to `exam/`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from modelsmith.disk.atomic_write import write_whole
from modelsmith.disk.repository_files import read_file, write_new
from modelsmith.documents.diagnostic import Diagnostic, is_error
from modelsmith.documents.strict_yaml import Document
from modelsmith.documents.validation import document_with, refused
from modelsmith.documents.written_yaml import yaml_text
from modelsmith.errors import InputError
from modelsmith.exam.benchmark import Exam, by_id
from modelsmith.exam.files.benchmark_folder import EXAM, sheets_of
from modelsmith.exam.files.file_reports import SHEET_LINE
from modelsmith.exam.labelled_answers import ExamAnswer, ExamSheet
from modelsmith.judges.certification.label_sample import (
    LabelledSample,
    LabelSheet,
    label_remarks,
    labelled_in,
)
from modelsmith.layout import BENCHMARKS, TO_LABEL


class LabelFiles:
    """Answers of one benchmark that people label."""

    def __init__(self, repository: Path, exam: Exam) -> None:
        """Look at the folder of a benchmark; nothing is read yet."""
        self._repository, self._exam = repository, exam
        self._folder = f"{BENCHMARKS}/{exam.benchmark.domain}"
        self.path = f"{self._folder}/{TO_LABEL}"

    def write(self, text: str) -> None:
        """Write the sheet.

        Raises:
            UsageError: there is one already.
        """
        write_new(self._repository, self.path, text, "time: label and delete the one that is there")

    @property
    def is_there(self) -> bool:
        """Whether a sheet is there already."""
        return (self._repository / self.path).is_file()

    def read(self) -> tuple[LabelledSample, list[Diagnostic], list[str]]:
        """Add what was labelled to `exam/`; return it, what counts for nothing, and the files.

        Raises:
            InputError: the sheet's fault, or that of a file in `exam/`, located.
        """
        content, problems = read_file(self._repository, self.path)
        document, sheet = None, None
        if not problems:
            document, sheet, problems = document_with(self.path, content, LabelSheet)
        scenarios = by_id(self._exam.train)
        known = sheets_of(self._repository, self._exam.benchmark.domain, self._exam)
        if document is not None and sheet is not None:
            remarks = label_remarks(sheet, self._exam.benchmark, scenarios, known)
            problems = [*map(document.diagnostic, remarks)]
        if sheet is None or any(map(is_error, problems)):
            raise refused(self.path, [p for p in problems if is_error(p)] or problems)
        found = labelled_in(sheet, self._exam.benchmark, scenarios, known)
        files = self._grown(found.sheets)
        for path, text in files.items():
            write_whole(self._repository / path, text.encode())
        return found, problems, list(files)

    def _grown(self, sheets: Mapping[str, Sequence[ExamAnswer]]) -> dict[str, str]:
        """Return the text of each file in `exam/` with the new answers behind the old ones."""
        grown = {}
        for name, answers in sorted(sheets.items()):
            path = f"{self._folder}/{EXAM}/{name}.yaml"
            items = [one.model_dump(mode="json", by_alias=True) for one in answers]
            if not (self._repository / path).is_file():
                text = yaml_text({"scenario": name, "answers": items})
                grown[path] = f"{SHEET_LINE}\n{text}"
                continue
            document, old, problems = document_with(
                path, read_file(self._repository, path)[0], ExamSheet
            )
            if document is None or old is None:
                raise refused(path, problems)
            grown[path] = _appended(document, yaml_text({"answers": items}))
            _, new, _ = document_with(path, grown[path].encode(), ExamSheet)
            if new is None or new.answers != (*old.answers, *answers):
                raise InputError(
                    f"{path} is not written as a list that can be gone on with",
                    remedy="Write `answers:` last, an item a line, or add the answers by hand.",
                )
        return grown


def _appended(document: Document, items: str) -> str:
    """Return a sheet with further items of its list, as far in as those that it has."""
    column = document.place(("answers", 0)).column - len("- ") - 1
    indented = [f"{' ' * column}{line}" for line in items.splitlines()[1:]]
    return "\n".join([document.text.rstrip("\n"), *indented]) + "\n"
