"""`benchmarks/<domain>/families/`: one template a file, named after its parent."""

from pathlib import Path

from modelsmith.disk.repository_files import read
from modelsmith.documents.diagnostic import is_error
from modelsmith.documents.validation import refused
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.families.variants import JinjaFamilies
from modelsmith.exam.family_file import FAMILIES, FamilyFile, family_in


def families_in(repository: Path, benchmark: Benchmark) -> JinjaFamilies:
    """Return the families of a benchmark; none where the folder is missing.

    Raises:
        InputError: a file's fault, with every problem located.
    """
    folder = repository / "benchmarks" / benchmark.domain / FAMILIES
    paths = [file.relative_to(repository).as_posix() for file in sorted(folder.glob("*.yaml"))]
    return JinjaFamilies(repository, benchmark, [_loaded(repository, path) for path in paths])


def _loaded(repository: Path, path: str) -> FamilyFile:
    content, problems = read(repository, path)
    file, more = (None, problems) if problems else family_in(path, content)
    if file is None:
        raise refused(path, [problem for problem in more if is_error(problem)])
    return file
