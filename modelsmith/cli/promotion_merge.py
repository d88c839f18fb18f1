"""`modelsmith promotion merge`: seal what holds, merge it, and so take it live."""

import json
from typing import TYPE_CHECKING

import click

from modelsmith import wiring
from modelsmith.cli.summary import summarise

if TYPE_CHECKING:
    from pathlib import Path

WAITS = 1
"""Exit code where something is still missing."""


@click.command()
@click.option("--pull", "number", type=click.IntRange(min=1), metavar="N", help="Its number.")
@click.option("--head", metavar="SHA", help="Only where the pull request stands at this commit.")
@click.option("--all", "everything", is_flag=True, help="Every open promotion.")
@click.option(
    "--again", is_flag=True, help="It is asked again anyway: what is missing ends with 0 too."
)
@click.option("--json", "as_json", is_flag=True, help="Print records instead of text.")
@click.pass_context
def merge(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    *,
    number: int | None,
    head: str | None,
    everything: bool,
    again: bool,
    as_json: bool,
) -> None:
    """Judge a promotion again; where all holds, sign it, merge it, and move the channel's pointer.

    Everything is read anew, from the forge and from git, by the policy of the base branch; nothing
    of the pull request is checked out or run. What is signed, and by whom, that policy says: a key
    in MODELSMITH_SIGNING_KEY or MODELSMITH_SIGNING_KEY_FILE, or the workflow that runs. Exit code
    0: merged, or nothing is open. 1: something is missing. 4: what was recorded or signed is not
    what it says.
    """
    repository: Path = ctx.obj
    if (number is None) is not everything:
        raise click.UsageError("name one with --pull, or every open promotion with --all")
    found = wiring.promotions_merged(repository, number, head or None)
    if as_json:
        told = [{"pull": one.pull.number, "state": one.state, "words": one.words} for one in found]
        click.echo(json.dumps(told, indent=2))
    else:
        lines = [f"pull request {one.pull.number} {one.state}: {one.words}" for one in found]
        text = "\n".join(lines) or "no promotion is open"
        click.echo(text)
        summarise("Promotions", text)
    fault = next((one.fault for one in found if one.fault), None)
    if fault:
        raise fault
    if not again and any(one.state != "merged" for one in found):
        ctx.exit(WAITS)
