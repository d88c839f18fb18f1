"""`modelsmith watch`: whether what is live is still what was promoted; takes it back where not."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from modelsmith.disk.github_actions_job import summarise
from modelsmith.errors import ModelsmithError
from modelsmith.live.watch.watch import Part
from modelsmith.policy import CHANNEL_NAMES, ChannelName
from modelsmith.wiring import watch as wiring

if TYPE_CHECKING:
    from modelsmith.live.watch.page import Watched

TAKEN_BACK = 1


@click.command()
@click.option(
    "--channel", type=click.Choice(CHANNEL_NAMES), required=True, help="The channel to watch."
)
@click.option("--endpoint", metavar="URL", help="Ask the server there.  [default: load it here]")
@click.option(
    "--every",
    "every_s",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Go on as a daemon, with this pause between two rounds.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many.  [default: 1; without end with --every]",
)
@click.option(
    "--only",
    type=click.Choice(get_args(Part)),
    help="Half a round: `ask` keeps what came back and does nothing else, on a machine that has "
    "the model; `act` asks nothing, on one that may take back.",
)
@click.option("--json", "as_json", is_flag=True, help="Print records, one a line.")
@click.pass_obj
def watch(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    channel: ChannelName,
    endpoint: str | None,
    every_s: float | None,
    rounds: int | None,
    *,
    only: Part | None,
    as_json: bool,
) -> None:
    """Ask what is live its canary; take it back where its rollback contract says so.

    Checks decide, and what they leave open the judge that the contract names, where it names one.
    Each answer and opinion is kept on the branch modelsmith/watch/CHANNEL; evidence adds up over
    rounds. At the contract's first threshold an issue is opened; at its second a pull request
    brings the contract's target back, is merged at once, and an issue says why. Exit code 0: as
    promoted, or people were told. 1: taken back, or nothing is live. 5: could not observe, which is
    never held against what is live.
    """
    found = wiring.watch(
        repository,
        channel,
        endpoint=endpoint,
        every_s=every_s,
        rounds=rounds or (None if every_s else 1),
        only=only,
    )
    sys.exit(print_rounds(channel, found, as_json=as_json))


def print_rounds(
    channel: ChannelName, found: Iterable["Watched | ModelsmithError"], *, as_json: bool
) -> int:
    """Print what each round found, and return the exit code of them all.

    A release that was taken back counts to the end; else the last round counts.
    """
    from modelsmith.live.watch.page import fault_line, watch_page

    code, was_reverted = 0, False
    for one in found:
        if isinstance(one, ModelsmithError):
            code = one.exit_code
            click.echo(fault_line(channel, one), err=True)
            continue
        code = TAKEN_BACK if one.outcome in {"reverted", "down"} else 0
        was_reverted |= one.outcome == "reverted"
        page = watch_page(one)
        click.echo(json.dumps(one.model_dump(mode="json", by_alias=True)) if as_json else page)
        if one.outcome != "quiet":
            summarise("Watch", page)
    return TAKEN_BACK if was_reverted else code
