"""The `modelsmith` command: parses words, prints text, turns errors into exit codes."""

# Subcommands are loaded when they are called, so that `modelsmith --help` waits for nothing.

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from modelsmith import __version__
from modelsmith.cli.exit_codes import exit_code_of
from modelsmith.layout import STATE


class Subcommand(NamedTuple):
    """A command that is loaded when it is called."""

    module: str
    """Where it is."""
    name: str
    """What it is called there."""
    help: str
    """One line for the list of commands."""


SUBCOMMANDS = {
    "doctor": Subcommand(
        "modelsmith.cli.doctor", "doctor", "Compare the repository's settings with its policy."
    ),
    "init": Subcommand("modelsmith.cli.init", "init", "Write a new factory repository."),
    "audit": Subcommand(
        "modelsmith.cli.audit", "audit", "Check a whole repository; trace what came from whom."
    ),
    "boundary": Subcommand(
        "modelsmith.cli.boundary", "boundary", "Say what left this hardware, and what may not."
    ),
    "judge": Subcommand("modelsmith.cli.judge", "judge", "Examine graders on labelled answers."),
    "promotion": Subcommand(
        "modelsmith.cli.promotion", "promotion", "Say who must approve a promotion, and approve it."
    ),
    "pull": Subcommand(
        "modelsmith.cli.pull", "pull", "Open pull requests, show, review and merge them."
    ),
    "run": Subcommand("modelsmith.cli.run", "run", "Start a run, step it, replay it."),
    "scenario": Subcommand(
        "modelsmith.cli.scenario", "scenario", "Write, check and show exam questions."
    ),
    "schema": Subcommand("modelsmith.cli.schema", "schema", "JSON Schemas of the files you write."),
    "serve": Subcommand(
        "modelsmith.cli.serve", "serve", "Serve what is live in a channel, and follow it."
    ),
    "site": Subcommand("modelsmith.cli.site", "site", "Pages that show the repository to people."),
    "store": Subcommand("modelsmith.cli.store", "store", "Push, fetch, verify and free weights."),
    "watch": Subcommand(
        "modelsmith.cli.watch", "watch", "Ask what is live its canary; take it back if it is due."
    ),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only to call it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted([*super().list_commands(ctx), *SUBCOMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing it now."""
        known = SUBCOMMANDS.get(cmd_name)
        if known is None:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(importlib.import_module(known.module), known.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, importing none."""
        rows = [(name, SUBCOMMANDS[name].help) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="modelsmith", message="%(prog)s %(version)s")
@click.option(
    "--repo",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The repository's top folder.  [default: the git top level, or this folder]",
)
@click.pass_context
def cli(ctx: click.Context, repo: Path | None) -> None:
    """Specialist language models from a git repository: reviewed exams in, a specialist out.

    Exit codes: 0 done, 1 the gate says no, 2 usage, 3 bad input, 4 broken integrity, 5 blocked,
    70 defect.
    """
    ctx.obj = (repo or _top_level(Path.cwd())).resolve()


def main(args: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    return exit_code_of(cli, args, log_folder=_top_level(Path.cwd()) / STATE / "log")


def _top_level(folder: Path) -> Path:
    """Return the nearest folder at or above `folder` that holds `.git`, or `folder` itself."""
    return next((up for up in (folder, *folder.parents) if (up / ".git").exists()), folder)
