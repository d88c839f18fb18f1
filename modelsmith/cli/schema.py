"""`modelsmith schema`: JSON Schemas and issue forms, generated from records and benchmarks."""

from pathlib import Path

import click

from modelsmith.errors import InputError
from modelsmith.wiring.setup import generated_folders

UP_TO_DATE = "schemas/ and the issue forms are up to date"


@click.group()
def schema() -> None:
    """JSON Schemas of the files that people write, and the issue forms of scenarios."""


@schema.command()
@click.pass_obj
def write(repository: Path) -> None:
    """Write schemas/ and the issue forms anew; a second time changes nothing."""
    changed = [path for one in generated_folders(repository) for path in one.write()]
    for path in changed:
        click.echo(f"{path}: {'written' if (repository / path).exists() else 'removed'}")
    if not changed:
        click.echo(UP_TO_DATE)


@schema.command()
@click.pass_obj
def check(repository: Path) -> None:
    """Fail with exit code 3 where they differ from the records and the benchmarks."""
    stale = [path for one in generated_folders(repository) for path in one.stale()]
    if stale:
        raise InputError(
            f"not what the records and benchmarks give: {', '.join(stale)}",
            remedy="Run `modelsmith schema write` and commit the result.",
        )
    click.echo(UP_TO_DATE)
