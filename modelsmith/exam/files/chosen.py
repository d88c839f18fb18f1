"""Which files of a benchmark somebody asks about who names some of them."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from modelsmith.exam.scenario import family_of
from modelsmith.layout import BENCHMARK, BENCHMARKS


def is_chosen(path: str, chosen: Iterable[str]) -> bool:
    """Return whether a file is among the chosen ones.

    A chosen folder chooses what is in it, and a benchmark.yaml its whole benchmark, since a
    change to it can break any file there.
    """
    around = {path, *map(str, PurePosixPath(path).parents)}
    return any(choice.removesuffix(f"/{BENCHMARK}") in around for choice in chosen)


def concerns(path: str, chosen: Iterable[str]) -> bool:
    """Return whether a file is chosen, or rests on a chosen one and may be broken by it.

    A scenario's variants, its family file and its labelled answers rest on it.
    """
    named = [*chosen]
    near = {_family(choice) for choice in named if choice.endswith(".yaml")}
    return is_chosen(path, named) or (path.endswith(".yaml") and _family(path) in near)


def touches(choice: str, domain: str) -> bool:
    """Return whether a chosen path asks about something of a benchmark."""
    folder = f"{BENCHMARKS}/{domain}"
    return choice in {".", BENCHMARKS, folder} or choice.startswith(f"{folder}/")


def _family(path: str) -> tuple[str, str]:
    """Return the benchmark's folder, and the family that a file in it is named after."""
    folder = "/".join(path.split("/")[:2])
    return folder, family_of(PurePosixPath(path).stem)
