"""`modelsmith audit`: whether a repository's records are what they say, and who they come from."""

import json
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from modelsmith.audit.audit import Asked
from modelsmith.audit.findings import RULES
from modelsmith.disk.github_actions_job import summarise
from modelsmith.errors import BrokenRecordError
from modelsmith.wiring import audit as wiring

REVISION = click.option(
    "--revision", default="HEAD", show_default=True, help="The branch, tag or commit to look at."
)


@click.group(invoke_without_command=True)
@REVISION
@click.option(
    "--against",
    metavar="REV",
    help="What must still be there: a branch (where the revision left it), or a commit or tag that "
    "was seen before.  [default: the default branch]",
)
@click.option("--require-signatures", is_flag=True, help="Each entry's commit must be signed.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--explain", type=click.Choice(sorted(RULES)), help="Say what a rule means.")
@click.pass_context
def audit(  # noqa: PLR0913 - one parameter an option
    ctx: click.Context,
    revision: str,
    against: str | None,
    *,
    require_signatures: bool,
    form: str,
    explain: str | None,
) -> None:
    """Check every record of a repository, offline, from a clone that may be bare.

    Looks at the revision and every run branch (modelsmith/RUN/walk and promote): replays each
    run, holds every commit against its parents and the entry that it records, and each promotion
    against its run. Exit code 0: clean. 4: something is not what it says.
    """
    from modelsmith.audit.page import audit_json, audit_page, explained

    if ctx.invoked_subcommand:
        _refuse_options_before(ctx)
        return
    if explain:
        click.echo(explained(explain))
        return
    repository: Path = ctx.obj
    found = wiring.audit(repository, Asked(revision, against, require_signatures))
    text = audit_page(found)
    click.echo(json.dumps(audit_json(found), indent=2) if form == "json" else text)
    summarise("Audit", text)
    if not found.is_clean:
        ctx.exit(BrokenRecordError.exit_code)


def _refuse_options_before(ctx: click.Context) -> None:
    """Refuse options of the audit in front of a subcommand, which would not see them."""
    here = ParameterSource.COMMANDLINE
    given = [name for name in ctx.params if ctx.get_parameter_source(name) is here]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise click.UsageError(f"{options} stands before {ctx.invoked_subcommand}; put it behind")


@audit.command()
@click.argument("what")
@REVISION
@click.option("--format", "form", type=click.Choice(["text", "json", "mermaid"]), default="text")
@click.pass_obj
def lineage(repository: Path, what: str, *, revision: str, form: str) -> None:
    """Say where WHAT comes from, back to scenarios and people, and what it went into.

    WHAT is an adapter's digest or any other (7 digits or more), SPECIALIST/VERSION, a run, a
    scenario's id, runs/RUN/PATH of an evidence file, a council member, or a person's address.
    Exit code 4: a run cannot be read, so what it says is missing.
    """
    from modelsmith.audit.lineage.page import FORMATS

    found = wiring.lineage(repository, what, revision)
    click.echo(FORMATS[form](found))
    if found.left_out:
        sys.exit(BrokenRecordError.exit_code)


@audit.command()
@click.argument("what", required=False, default="")
@REVISION
@click.option("--explain", is_flag=True, help="Walk back to each scenario and each person too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def promotion(repository: Path, what: str, *, revision: str, explain: bool, form: str) -> None:
    """Verify what was promoted, offline: approvals, signatures, evidence, channels, replay.

    WHAT is SPECIALIST/VERSION, or a channel for what is live in it; every release that was sealed
    where none. The policy that judges is the one that was in force when it was merged. Exit code
    0: all holds. 4: something is not what was approved and signed.
    """
    from modelsmith.audit.lineage.page import FORMATS
    from modelsmith.audit.release_page import release_json, release_page

    found = wiring.release_audits(repository, what, revision)
    names = [f"{one.release.specialist}/{one.release.version}" for one in found]
    traced = [wiring.lineage(repository, name, revision) for name in names if explain]
    if form == "json":
        told = [release_json(one) for one in found]
        for one, back in zip(told, traced, strict=False):
            one["lineage"] = back.model_dump(mode="json")
        click.echo(json.dumps(told, indent=2))
    else:
        pages = [release_page(one) for one in found]
        if explain:
            walks = [FORMATS["text"](back) for back in traced]
            pages = [f"{page}\n{walk}" for page, walk in zip(pages, walks, strict=True)]
        text = "\n\n".join(pages) or "nothing was promoted here yet"
        click.echo(text)
        summarise("Releases", text)
    if not all(one.holds for one in found):
        sys.exit(BrokenRecordError.exit_code)
