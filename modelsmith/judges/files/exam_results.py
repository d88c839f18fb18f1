"""`benchmarks/<domain>/exam/sat/`: what judges said of the exam, a file a judge and exam."""

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from modelsmith.disk.atomic_write import write_whole
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.files.benchmark_folder import EXAM, SAT
from modelsmith.judges.certification.result import JudgeExamResult
from modelsmith.layout import BENCHMARKS

KEY_CHARACTERS = 12
"""Hex digits of the key in a file's name."""


class ExamResultFiles:
    """The exams that judges of one benchmark sat."""

    def __init__(self, repository: Path, domain: str) -> None:
        """Look at the folder of a repository; nothing is read yet."""
        self._repository = repository
        self._folder = f"{BENCHMARKS}/{domain}/{EXAM}/{SAT}"

    def path(self, judge: str, key: str) -> str:
        """Return where a result lies, relative to the repository."""
        return f"{self._folder}/{judge}-{key[:KEY_CHARACTERS]}.json"

    def journal(self, judge: str, key: str) -> str:
        """Return where what left for it is written down, beside the result."""
        return f"{self._folder}/{judge}-{key[:KEY_CHARACTERS]}.outbound.jsonl"

    def find(self, judge: str, key: str) -> JudgeExamResult | None:
        """Return the result that is kept under a key; None where there is none.

        Raises:
            BrokenRecordError: the file is not what it must be.
        """
        path = self.path(judge, key)
        if not (self._repository / path).is_file():
            return None
        return self._read(path)

    def all(self) -> Iterator[JudgeExamResult]:
        """Yield every result, sorted by file name.

        Raises:
            BrokenRecordError: a file is not what it must be.
        """
        folder = self._repository / self._folder
        for file in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            yield self._read(f"{self._folder}/{file.name}")

    def write(self, result: JudgeExamResult) -> str:
        """Write a result down, durably, and return where it lies."""
        path = self.path(result.judge, result.key)
        record = result.model_dump(mode="json", by_alias=True)
        text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
        write_whole(self._repository / path, f"{text}\n".encode())
        return path

    def _read(self, path: str) -> JudgeExamResult:
        remedy = "Put back the file that git records, or delete it and let the judge sit again."
        try:
            result = JudgeExamResult.model_validate_json((self._repository / path).read_bytes())
        except (ValidationError, OSError) as error:
            first = str(error).splitlines()[0]
            raise BrokenRecordError(f"{path} is no judge's exam: {first}", remedy=remedy) from None
        if path != self.path(result.judge, result.key):
            raise BrokenRecordError(
                f"{path} holds the exam that belongs in {self.path(result.judge, result.key)}",
                remedy=remedy,
            )
        return result
