"""Benchmarks, and what is made of them."""

from pathlib import Path

from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.files.benchmark_folder import ExamFolder, ScenarioAuthor, domains_in, sheets_of
from modelsmith.exam.files.check import BenchmarkCheck, ExamCheck
from modelsmith.exam.files.draft_files import DraftFiles
from modelsmith.exam.files.file_reports import CheckCache
from modelsmith.exam.labelled_answers import ExamSheet
from modelsmith.judges.certification.examination import (
    Certificate,
    Examination,
    certificate_of,
    examination_of,
)
from modelsmith.layout import BENCHMARKS, STATE


def exam_check(repository: Path, domain: str) -> ExamCheck:
    """Return the check of one benchmark, with what was found in unchanged files."""
    from modelsmith.run.git.sealed_attempts import GitSealedAttempts

    def attempts_at(sealed_version: str) -> int | None:
        try:
            return GitSealedAttempts(repository).made(sealed_version)
        except BrokenRecordError:
            return None  # a run's ledger: its own commands say so

    file = repository / STATE / "cache" / "check" / f"{domain}.json"
    return ExamCheck(repository, domain, CheckCache(file), attempts_at)


def changed_checks(repository: Path, since: str) -> list[BenchmarkCheck]:
    """Return the check of each benchmark that differs from where HEAD left the commit `since`.

    Raises:
        UsageError: git does not know that commit.
    """
    from modelsmith.git.cli.revisions import GitReading

    changed = GitReading(repository).changed_since(since, BENCHMARKS)
    touched = {path.split("/")[1] for path in changed if path.count("/") > 1}
    return [
        exam_check(repository, domain).check_since(changed)
        for domain in domains_in(repository)
        if domain in touched
    ]


def scenario_author(repository: Path, domain: str) -> ScenarioAuthor:
    """Return what writes new scenario files of one benchmark.

    Raises:
        InputError: benchmark.yaml's fault.
    """
    return ScenarioAuthor(repository, ExamFolder(repository, domain).benchmark())


def draft_files(repository: Path, domain: str) -> DraftFiles:
    """Return what writes and confirms drafts of one benchmark.

    Raises:
        InputError: benchmark.yaml's fault.
    """
    return DraftFiles(repository, ExamFolder(repository, domain).benchmark())


def grader_exam(repository: Path, domain: str) -> tuple[Examination, Certificate | None]:
    """Return how the check-based grader does on a benchmark's labelled answers.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    from modelsmith.exam.benchmark import by_id

    exam = ExamFolder(repository, domain).exam()
    sheets, known = sheets_of(repository, domain, exam), by_id(exam.train)
    floor = exam.benchmark.floors.exam
    examination = examination_of(sheets, known, exam.benchmark)
    return examination, certificate_of(examination, domain, sheets, known, floor)


def labelled_answers(repository: Path, exam: Exam) -> tuple[ExamSheet, ...]:
    """Return the answers that people labelled.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    return sheets_of(repository, exam.benchmark.domain, exam)
