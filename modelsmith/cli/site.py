"""`modelsmith site`: the exams, the runs and the promotions as pages for people without git."""

import json
import sys
from pathlib import Path

import click

from modelsmith.cli.options import RECORD
from modelsmith.errors import BrokenRecordError
from modelsmith.record import short
from modelsmith.wiring.site import build_site


@click.group()
def site() -> None:
    """Pages that show the repository to people without git."""


@site.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--revision", default="HEAD", show_default=True, help="The branch, tag or commit to show."
)
@RECORD
@click.pass_obj
def build(repository: Path, folder: Path, *, revision: str, as_json: bool) -> None:
    """Write a static site into DIR, from what is committed: exams, runs and promotions.

    It works from the disk and from any web server, and loads nothing from elsewhere. Runs are also
    read from the branches that they walk on. Scenarios of steer and sealed are never shown. A
    second build of the same commits changes nothing. Exit code 4: a record cannot be read; the
    page says so and shows no figure of it.
    """
    built = build_site(repository, folder, revision)
    if as_json:
        click.echo(json.dumps(built._asdict(), indent=2))
    else:
        for words in built.left_out:
            click.echo(f"LEFT OUT: {words}")
        click.echo(
            f"{folder}: {len(built.pages)} files of {short(built.commit)}, {len(built.changed)} "
            f"changed, {len(built.removed)} removed; open {folder / 'index.html'}"
        )
    if built.left_out:
        sys.exit(BrokenRecordError.exit_code)
