"""The `modelsmith` command: parses words, prints text, turns errors into exit codes."""

# Subcommands are loaded when they are called, so that `modelsmith --help` waits for nothing.

import importlib
from collections.abc import Sequence
from pathlib import Path

import click

from modelsmith import __version__
from modelsmith.cli.exit_codes import run_command
from modelsmith.layout import STATE

SUBCOMMANDS = {
    "doctor": "Compare the repository's settings with its policy.",
    "init": "Write a new factory repository.",
    "audit": "Check a whole repository; trace what came from whom.",
    "benchmark": "Begin an exam, import or export one, say what it proves.",
    "boundary": "Say what left this hardware, and what may not.",
    "judge": "Examine graders on labelled answers.",
    "promotion": "Say who must approve a promotion, and approve it.",
    "pull": "Open pull requests, show, review and merge them.",
    "run": "Start a run, step it, replay it.",
    "scenario": "Write, check and show exam questions.",
    "schema": "JSON Schemas of the files you write.",
    "serve": "Serve what is live in a channel, and follow it.",
    "site": "Pages that show the repository to people.",
    "store": "Push, fetch, verify and free weights.",
    "watch": "Ask what is live its canary; take it back if it is due.",
}
"""Each command, in the module of its name, to its line in the list; loaded when it is called."""


class LazyGroup(click.Group):
    """A group that imports a command only to call it, so that `--help` waits for nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted([*super().list_commands(ctx), *SUBCOMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing it now."""
        if cmd_name not in SUBCOMMANDS:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"modelsmith.cli.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, importing none."""
        rows = [(name, SUBCOMMANDS[name]) for name in self.list_commands(ctx)]
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
    return run_command(cli, args, log_folder=_top_level(Path.cwd()) / STATE / "log")


def _top_level(folder: Path) -> Path:
    """Return the nearest folder at or above `folder` that holds `.git`, or `folder` itself."""
    return next((up for up in (folder, *folder.parents) if (up / ".git").exists()), folder)
