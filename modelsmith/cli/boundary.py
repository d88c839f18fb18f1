"""`modelsmith boundary`: what left this hardware, and what keeps the rest in."""

import json
from pathlib import Path

import click

from modelsmith.cli.options import JSON
from modelsmith.disk.github_actions_job import summarise
from modelsmith.errors import UsageError
from modelsmith.wiring.hosted import probed_wall
from modelsmith.wiring.runs import exposures


@click.group()
def boundary() -> None:
    """Say what left this hardware, and what holds the rest in."""


@boundary.command()
@JSON
def probe(*, as_json: bool) -> None:
    """Try what this kernel permits, and say what would hold eval and training in here.

    Nothing is changed, and nothing leaves. Exit code 0 in each case: a run says in its record what
    held it in.
    """
    from modelsmith.boundary.page import held_words

    held = probed_wall()
    click.echo(held.canonical().decode() if as_json else held_words(held))


@boundary.command()
@click.argument("name", metavar="RUN", required=False)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every run here, and what of each sealed version providers have seen over all of them.",
)
@JSON
@click.pass_obj
def report(repository: Path, name: str | None, *, everything: bool, as_json: bool) -> None:
    """List everything that ever left for a run, from its ledger and the phase under way.

    To whom, what for, which scenarios and fields, how much of the sealed split, tokens, money, and
    what was refused. Exit code 0: told. 4: a record was altered.
    """
    from modelsmith.boundary.egress_report import sealed_exposure
    from modelsmith.boundary.page import boundary_page, sealed_page

    if (name is None) is not everything:
        raise UsageError(
            "a report is of one run or of all" if name else "no run is named",
            remedy="Name one: modelsmith boundary report RUN; or say --all.",
        )
    found = exposures(repository, name)
    pages, sealed = [boundary_page(one) for one in found], sealed_exposure(found)
    if everything:
        pages.append(sealed_page(sealed))
    if as_json:
        runs = [one.model_dump(mode="json") for one in found]
        record = {"runs": runs, "sealed": [one.model_dump(mode="json") for one in sealed]}
        click.echo(json.dumps(record if everything else runs[0], indent=2))
    else:
        click.echo("\n\n".join(pages))
    summarise(f"What left: {name or 'all runs'}", "\n\n".join(pages))
