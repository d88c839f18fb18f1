"""What people say of a promotion: `modelsmith promotion approve`, `reject` and `override`."""

from typing import TYPE_CHECKING

import click

from modelsmith import wiring
from modelsmith.errors import UsageError
from modelsmith.forge.pull_request_page import plain
from modelsmith.policy import Role
from modelsmith.record import short

if TYPE_CHECKING:
    from pathlib import Path

NUMBER = click.IntRange(min=1)
GATE_SAYS_NO = 1


@click.command()
@click.argument("number", type=NUMBER, metavar="[N]", required=False)
@click.option(
    "--as", "role", type=click.Choice([role.value for role in Role]), help="Approve as that alone."
)
@click.option(
    "--key",
    metavar="FILE",
    help="SSH key to sign with.  [default: git's user.signingKey; on GitHub the token vouches]",
)
@click.pass_context
def approve(ctx: click.Context, *, number: int | None, role: str | None, key: str | None) -> None:
    """Approve the promotion of pull request N, or the only open one.

    It is judged first and shown: the request's digest, the scores, what it would go back to. Then
    the request and the commit are signed. Who approves is git's user, on GitHub the token's owner,
    for every required role that they hold by the policy at the merge base. Exit code 1: it does not
    hold, and nothing was said.
    """
    repository: Path = ctx.obj
    asked = Role(role) if role else None
    found = wiring.promotion_approved(repository, number, asked, key, click.echo)
    pull, head = found.submission.pull, found.submission.approvals.head_sha
    if found.broken:
        for one in found.judgement.findings:
            if one.rule in found.broken:
                click.echo(plain(f"DOES NOT HOLD: {one.rule}: {one.what}; {one.remedy}"))
        click.echo("not approved: nothing was signed")
        ctx.exit(GATE_SAYS_NO)
    did = "was approved already" if found.is_said else "approved"
    told = ", ".join(one.value for one in found.roles)
    click.echo(f"pull request {pull.number}: {did} at {short(head)} as {told}")
    click.echo(f"what is still missing: modelsmith promotion status --pull {pull.number}")


@click.command()
@click.argument("number", type=NUMBER, metavar="N")
@click.option("--reason", required=True, help="What must change, in Markdown.")
@click.pass_obj
def reject(repository: "Path", *, number: int, reason: str) -> None:
    """Ask for changes to the promotion of pull request N.

    Where you hold a role that must approve, that is a veto until you approve.
    """
    if not reason.strip():
        raise UsageError("a veto says why", remedy="Give --reason TEXT.")
    pull, roles = wiring.promotion_rejected(repository, number, reason)
    told = ", ".join(role.value for role in roles)
    words = f"vetoed as {told}" if told else "asked for changes; you hold no role that could veto"
    click.echo(f"pull request {pull.number}: {words}, at {short(pull.head_sha)}")


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--reason", required=True, help="Why, in one line; shown for ever.")
@click.option(
    "--key", metavar="FILE", help="SSH key to sign with.  [default: git's user.signingKey]"
)
@click.pass_obj
def override(repository: "Path", *, run: str, reason: str, key: str | None) -> None:
    """Overrule the gate for a run that it refused, in writing, and ask for approvals.

    For holders of the role operator, where promotions/policy.yaml lets the channel have overrides,
    and only while the run replays. It is signed over the run's request with an SSH key, on GitHub
    too, and every page shows it for ever. Everybody who must approve still must.
    """
    found = wiring.promotion_overridden(repository, run, reason, key)
    pull = found.pull
    click.echo(plain(f"run {run}: {found.says.words}"))
    click.echo(plain(f"pull request {pull.number}, a draft: {pull.title}; {pull.url}"))
