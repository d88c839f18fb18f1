"""`modelsmith schema`: the JSON Schemas under schemas/, generated from the records."""

from pathlib import Path

import click

from modelsmith import wiring
from modelsmith.errors import InputError


@click.group()
def schema() -> None:
    """JSON Schemas of the files that people write, for editors."""


@schema.command()
@click.pass_obj
def write(repository: Path) -> None:
    """Write schemas/ anew from the records and the benchmarks; a second time changes nothing."""
    changed = wiring.schema_folder(repository).written()
    for name in changed:
        click.echo(f"schemas/{name}: written")
    if not changed:
        click.echo("schemas/ is up to date")


@schema.command()
@click.pass_obj
def check(repository: Path) -> None:
    """Fail with exit code 3 where schemas/ differs from the records and the benchmarks."""
    stale = wiring.schema_folder(repository).stale()
    if stale:
        raise InputError(
            f"schemas/ differs in {', '.join(sorted(stale))}",
            remedy="Run `modelsmith schema write` and commit the result.",
        )
    click.echo("schemas/ is up to date")
