"""`benchmarks/<domain>/families/`: one template a file, named after its parent."""

from pathlib import Path

from modelsmith.adapters.jinja_families import JinjaFamilies
from modelsmith.adapters.record_files import loaded
from modelsmith.domain.benchmark import Benchmark
from modelsmith.domain.family import Family
from modelsmith.errors import InputError


def families_in(repository: Path, benchmark: Benchmark) -> JinjaFamilies:
    """Return the families of a benchmark; none where the folder is missing.

    Raises:
        InputError: a file's fault, located, or a file named otherwise than its parent.
    """
    folder = repository / "benchmarks" / benchmark.domain / "families"
    families = {}
    for file in sorted(folder.glob("*.yaml")):
        path = file.relative_to(repository).as_posix()
        family = loaded(repository, path, Family)
        if family.parent != file.stem:
            raise InputError(
                f"{path}: parent is {family.parent}, the file is named {file.stem}",
                remedy="Name the file after the scenario whose variants it makes.",
            )
        families[family.parent] = family
    return JinjaFamilies(benchmark, folder, families)
