"""`modelsmith doctor`: the repository's settings against its policy."""

import json
import sys
from pathlib import Path

import click

from modelsmith.cli.options import RECORD
from modelsmith.disk.github_actions_job import add_to_summary
from modelsmith.setup.ruleset_templates import Kind, wanted_ruleset
from modelsmith.wiring import setup as wiring


@click.command()
@RECORD
@click.option(
    "--ruleset",
    type=click.Choice(["branch", "reviews", "walks"]),
    is_flag=False,
    flag_value="branch",
    help="Print a GitHub ruleset and stop: what nobody passes on the policy's branch, which is "
    "meant where nothing follows; what is asked of reviews there, which the factory's App passes "
    "on pull requests; or what keeps the branches that runs walk on.",
)
@click.option(
    "--app-id",
    type=click.IntRange(min=1),
    help="Number of the factory's App on GitHub; MODELSMITH_APP_ID where it is not given.",
)
@click.pass_obj
def doctor(repository: Path, *, as_json: bool, ruleset: Kind | None, app_id: int | None) -> None:
    """Compare the repository's settings and files with promotions/policy.yaml.

    Every gap comes with the command or the page that closes it. Exit code 0: no gap. 1: there are
    gaps, or something that the token may not read. 3: the policy cannot be used, or
    no App is named that a ruleset lets past.
    """
    from modelsmith.setup.page import as_markdown, as_text

    if ruleset:
        from modelsmith.setup.files.repository_state import policy_of

        app = wiring.app_id(app_id)
        asked = wanted_ruleset(ruleset, policy_of(repository).branch, app)
        click.echo(json.dumps(asked, indent=2))
        return
    found = wiring.checkup(repository, app_id)
    click.echo(found.canonical().decode() if as_json else as_text(found))
    add_to_summary(as_markdown(found))
    if not found.is_sound():
        sys.exit(1)
