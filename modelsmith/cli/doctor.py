"""`modelsmith doctor`: the repository's settings against its policy."""

import json
import sys
from pathlib import Path

import click

from modelsmith import wiring


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a record instead of text.")
@click.option(
    "--ruleset",
    type=click.Choice(["branch", "walks"]),
    is_flag=False,
    flag_value="branch",
    help="Print the GitHub ruleset that is asked for of the policy's branch, which is meant where "
    "nothing follows, or of the branches that runs walk on, and stop.",
)
@click.pass_obj
def doctor(repository: Path, *, as_json: bool, ruleset: str | None) -> None:
    """Compare the repository's settings and files with promotions/policy.yaml.

    Every gap comes with the command or the page that closes it. Exit code 0: no gap. 1: there are
    gaps, or something that the token may not read. 3: the policy cannot be used.
    """
    from modelsmith.surfaces.checkup_page import as_markdown, as_text

    if ruleset:
        from modelsmith.domain.protection import ruleset_of, ruleset_of_walks

        is_branch = ruleset == "branch"
        asked = ruleset_of(wiring.policy(repository).branch) if is_branch else ruleset_of_walks()
        click.echo(json.dumps(asked, indent=2))
        return
    found = wiring.checkup(repository)
    click.echo(found.canonical().decode() if as_json else as_text(found))
    wiring.add_to_summary(as_markdown(found))
    if not found.is_sound():
        sys.exit(1)
