"""The only module that knows every concrete class; heavy ones are imported when asked for."""

from pathlib import Path

from modelsmith.adapters.check_cache import CheckCache
from modelsmith.adapters.exam_folder import ExamFolder, domains_in
from modelsmith.adapters.scenario_author import ScenarioAuthor
from modelsmith.adapters.schema_folder import SchemaFolder

__all__ = ["ExamFolder", "domains", "exam_folder", "scenario_author", "schema_folder"]


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
