"""`modelsmith scenario precheck`: does the model that is there already pass it?"""

from pathlib import Path

import click

from modelsmith import wiring
from modelsmith.cli.selection import is_chosen, located_paths
from modelsmith.errors import InputError, UsageError


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--run", "run", required=True, metavar="RUN", help="The run whose model is asked.")
@click.option("--base", "is_base", is_flag=True, help="Ask its untouched base model instead.")
@click.option(
    "--pull",
    type=click.IntRange(min=1),
    metavar="N",
    help="Ask what this pull request changes; its files are read as data.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a record instead of text.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.pass_obj
def precheck(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    paths: tuple[str, ...],
    *,
    run: str,
    is_base: bool,
    pull: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Ask the present specialist, the newest adapter of RUN, scenarios that are proposed.

    PATHS are files or folders under benchmarks/. A scenario that it passes already teaches it
    nothing. Sealed ones are not asked: a look at them belongs to a promotion. Nothing is recorded.
    Exit code 0 whatever the answers. 5: the model cannot be opened here.
    """
    from modelsmith.workbench.precheck_page import as_markdown, as_text

    if (pull is None) is not bool(paths):
        raise UsageError(
            "nothing says which scenarios" if pull is None else "--pull chooses, and so do PATHS",
            remedy="Name files or folders under benchmarks/, or a pull request with --pull.",
        )
    chosen, problems = located_paths(repository, paths)
    if problems:
        raise InputError("these cannot be asked:", remedy="Name others.", problems=problems)
    wiring.hold_in()
    factory = wiring.Factory(repository, quiet=quiet)
    found = wiring.prechecked(
        factory, run, is_base=is_base, pull=pull, chosen=lambda path: is_chosen(path, chosen)
    )
    click.echo(found.canonical().decode() if as_json else as_text(found))
    wiring.add_to_summary(as_markdown(found))
