"""`modelsmith init`: a new factory repository."""

import shlex
from collections import Counter
from pathlib import Path

import click

from modelsmith.wiring.setup import begin_factory, local_source


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--domain", default="example", show_default=True, help="Name of the first benchmark.")
@click.option("--forge", type=click.Choice(["local", "github"]), default="local", show_default=True)
@click.option(
    "--owner",
    help="Who owns the files and holds the roles: a login or organisation/team on GitHub.  "
    "[default: git's user.email on the local forge]",
)
def init(folder: Path, *, domain: str, forge: str, owner: str | None) -> None:
    """Write a factory repository into DIR, with an example exam, and commit it.

    No file that is there is changed; a second time writes nothing. Whatever is missing is written
    again, but for the example exam where there is another.
    """
    from modelsmith.setup.new_repository_text import next_steps

    written, is_committed = begin_factory(folder.resolve(), domain, forge, owner)
    if not written and not is_committed:
        click.echo(f"{folder}: nothing to write, it is a factory")
        return
    for name, number in sorted(Counter(path.split("/")[0] for path in written).items()):
        click.echo(f"{folder / name}: {number} file{'s' if number > 1 else ''} written")
    if "modelsmith.txt" in written and (copy := local_source()):
        click.echo(
            f"{folder / 'modelsmith.txt'}: names a version, since this copy comes from a folder of "
            "this machine; write there where CI gets it, or install it here by\n"
            f"  make install MODELSMITH={shlex.quote(copy)}"
        )
    click.echo("committed; next:" if is_committed else "review and commit them; next:")
    click.echo(next_steps(str(folder), forge))
