"""The only module that knows every concrete class; heavy ones are imported when asked for."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.adapters.check_cache import CheckCache
from modelsmith.adapters.exam_folder import ExamFolder, domains_in
from modelsmith.adapters.scenario_author import ScenarioAuthor
from modelsmith.adapters.schema_folder import SchemaFolder
from modelsmith.domain.benchmark import Exam

if TYPE_CHECKING:
    from modelsmith.domain.exam import Labelled
    from modelsmith.domain.judge_exam import Certificate, Examination

__all__ = [
    "ExamFolder",
    "domains",
    "exam_folder",
    "grader_exam",
    "labelled_answers",
    "scenario_author",
    "schema_folder",
]


def domains(repository: Path) -> list[str]:
    """Return the names of the repository's benchmarks, sorted."""
    return domains_in(repository)


def exam_folder(repository: Path, domain: str) -> ExamFolder:
    """Return one benchmark's folder, with what was found in unchanged files."""
    file = repository / ".modelsmith" / "cache" / "check" / f"{domain}.json"
    return ExamFolder(repository, domain, CheckCache(file))


def scenario_author(repository: Path, domain: str) -> ScenarioAuthor:
    """Return what writes new scenario files of one benchmark.

    Raises:
        InputError: benchmark.yaml's fault.
    """
    from modelsmith.surfaces.scenario_scaffold import scaffold

    return ScenarioAuthor(repository, ExamFolder(repository, domain).benchmark(), scaffold)


def schema_folder(repository: Path) -> SchemaFolder:
    """Return `schemas/`, and what belongs there.

    Raises:
        InputError: a benchmark.yaml's fault.
    """
    from modelsmith.surfaces.schemas import schema_files

    benchmarks = [ExamFolder(repository, name).benchmark() for name in domains_in(repository)]
    return SchemaFolder(repository / "schemas", schema_files(benchmarks))


def grader_exam(repository: Path, domain: str) -> "tuple[Examination, Certificate | None]":
    """Return how the check-based grader does on a benchmark's labelled answers.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    from modelsmith.adapters.exam_sheets import ExamSheets
    from modelsmith.domain.exam import by_id
    from modelsmith.domain.judge_exam import certificate_of, examination_of

    exam = ExamFolder(repository, domain).exam()
    sheets, known = ExamSheets(repository, domain).sheets(exam), by_id(exam.train)
    examination = examination_of(sheets, known, exam.benchmark.floors.exam)
    floor = exam.benchmark.floors.exam
    return examination, certificate_of(examination, domain, sheets, known, floor)


def labelled_answers(repository: Path, exam: Exam) -> "tuple[Labelled, ...]":
    """Return the right answers that people labelled, to learn from.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    from modelsmith.adapters.exam_sheets import ExamSheets
    from modelsmith.domain.labelled import labelled_right

    return labelled_right(ExamSheets(repository, exam.benchmark.domain).sheets(exam))
