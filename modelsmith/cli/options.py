"""Options that several commands have, and what they name: a benchmark, paths of the repository."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from modelsmith.documents.diagnostic import START, Diagnostic, error, located
from modelsmith.errors import UsageError

FIRST_FOLDER = "benchmarks"

DOMAIN = click.option("--domain", help="The benchmark.  [default: the only one there is]")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
NUMBER = click.argument("number", type=click.IntRange(min=1), metavar="N")
PULL = click.option("--pull", "number", type=click.IntRange(min=1), metavar="N", help="Its number.")
QUIET = click.option("--quiet", is_flag=True, help="Show no progress.")
RECORD = click.option("--json", "as_json", is_flag=True, help="Print a record instead of text.")


def located_paths(repository: Path, paths: Sequence[str]) -> tuple[list[str], list[Diagnostic]]:
    """Return `paths` relative to the repository, and those that leave it as problems.

    Raises:
        UsageError: a path does not exist, or is not part of a benchmark.
    """
    chosen, problems = [], []
    here = Path.cwd().resolve()
    for path in paths:
        full = os.path.normpath(here / path)
        inside = os.path.relpath(full, repository).replace(os.sep, "/")
        if inside.startswith("../") or inside == "..":
            what, expected = "the path leaves the repository", f"a path below {repository}"
            remedy = "name a file of this repository, or choose another with --repo"
            problems.append(
                located(error("outside-repository", what, expected, remedy), path, START)
            )
            continue
        if not os.path.lexists(full):
            raise UsageError(f"{path} does not exist", remedy="Check the path and the folder.")
        if inside != "." and inside.split("/")[0] != FIRST_FOLDER:
            raise UsageError(
                f"{path} is not part of a benchmark",
                remedy=f"Name files or folders under {FIRST_FOLDER}/, or none to check them all.",
            )
        chosen.append(inside)
    return chosen, problems


def chosen_domain(domains: Sequence[str], domain: str | None, option: str = "--domain") -> str:
    """Return the benchmark that a command means: the one named, or the only one there is.

    Raises:
        UsageError: there is no such benchmark, or several and none is named.
    """
    if domain is None and len(domains) == 1:
        return domains[0]
    if domain is None or domain not in domains:
        listed = ", ".join(domains) or "none"
        raise UsageError(
            f"{option} is {domain or 'not given'}, the benchmarks here are: {listed}",
            remedy=f"Name one of them with {option}.",
        )
    return domain
