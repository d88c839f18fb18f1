"""`modelsmith promotion`: what a promotion is, who must approve it, and what people say of it."""

import json
import sys
from pathlib import Path

import click

from modelsmith.cli.options import NUMBER, PULL
from modelsmith.disk.github_actions_job import add_to_summary, summarise
from modelsmith.errors import BrokenRecordError, UsageError
from modelsmith.forge.pull_request_page import plain
from modelsmith.policy import Role
from modelsmith.record import short
from modelsmith.wiring.promotion import (
    approve_promotion,
    export_promotion,
    merge_promotions,
    override_promotion,
    publish_promotion_statuses,
    reject_promotion,
)
from modelsmith.wiring.signing import make_signing_key

RECORDS = click.option("--json", "as_json", is_flag=True, help="Print records instead of text.")
MISSING = 1
"""Exit code where something is still missing, or does not hold."""


@click.group()
def promotion() -> None:
    """Say whether a promotion may go live, who must still approve it, and approve it."""


@promotion.command()
@click.argument("number", type=click.IntRange(min=1), metavar="[N]", required=False)
@click.option(
    "--as", "role", type=click.Choice([role.value for role in Role]), help="Approve as that alone."
)
@click.option(
    "--key",
    metavar="FILE",
    help="SSH key to sign with.  [default: git's user.signingKey; on GitHub the token vouches]",
)
@click.pass_obj
def approve(repository: Path, *, number: int | None, role: str | None, key: str | None) -> None:
    """Approve the promotion of pull request N, or the only open one.

    It is judged first and shown: the request's digest, the scores, what it would go back to. Then
    the request and the commit are signed. Who approves is git's user, on GitHub the token's owner,
    for every required role that they hold by the policy at the merge base. Exit code 1: it does not
    hold, and nothing was said.
    """
    asked = Role(role) if role else None
    found = approve_promotion(repository, number, asked, key, click.echo)
    pull, head = found.submission.pull, found.submission.approvals.head_sha
    if found.broken:
        for one in found.judgement.findings:
            if one.rule in found.broken:
                click.echo(plain(f"DOES NOT HOLD: {one.rule}: {one.what}; {one.remedy}"))
        click.echo("not approved: nothing was signed")
        sys.exit(MISSING)
    did = "was approved already" if found.is_said else "approved"
    told = ", ".join(one.value for one in found.roles)
    click.echo(f"pull request {pull.number}: {did} at {short(head)} as {told}")
    click.echo(f"what is still missing: modelsmith promotion status --pull {pull.number}")


@promotion.command()
@NUMBER
@click.option("--reason", required=True, help="What must change, in Markdown.")
@click.pass_obj
def reject(repository: Path, *, number: int, reason: str) -> None:
    """Ask for changes to the promotion of pull request N.

    Where you hold a role that must approve, that is a veto until you approve.
    """
    if not reason.strip():
        raise UsageError("a veto says why", remedy="Give --reason TEXT.")
    pull, roles = reject_promotion(repository, number, reason)
    told = ", ".join(role.value for role in roles)
    words = f"vetoed as {told}" if told else "asked for changes; you hold no role that could veto"
    click.echo(f"pull request {pull.number}: {words}, at {short(pull.head_sha)}")


@promotion.command()
@click.argument("run", metavar="RUN")
@click.option("--reason", required=True, help="Why, in one line; shown for ever.")
@click.option(
    "--key", metavar="FILE", help="SSH key to sign with.  [default: git's user.signingKey]"
)
@click.pass_obj
def override(repository: Path, *, run: str, reason: str, key: str | None) -> None:
    """Overrule the gate for a run that it refused, in writing, and ask for approvals.

    For holders of the role operator, where promotions/policy.yaml lets the channel have overrides,
    and only while the run replays. It is signed over the run's request with an SSH key, on GitHub
    too, and every page shows it for ever. Everybody who must approve still must.
    """
    found = override_promotion(repository, run, reason, key)
    pull = found.pull
    click.echo(plain(f"run {run}: {found.says.words}"))
    click.echo(plain(f"pull request {pull.number}, a draft: {pull.title}; {pull.url}"))


@promotion.command()
@PULL
@click.option("--head", metavar="SHA", help="Only where the pull request stands at this commit.")
@click.option("--all", "everything", is_flag=True, help="Every open promotion.")
@click.option(
    "--again", is_flag=True, help="It is asked again anyway: what is missing ends with 0 too."
)
@RECORDS
@click.pass_obj
def merge(  # noqa: PLR0913 - one parameter an option
    repository: Path,
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
    if (number is None) is not everything:
        raise click.UsageError("name one with --pull, or every open promotion with --all")
    found = merge_promotions(repository, number, head or None)
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
        sys.exit(MISSING)


@promotion.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("~/.config/modelsmith/signing-key.pem"),
    show_default=True,
    help="Where the private key goes.",
)
@click.pass_obj
def key(repository: Path, *, out: Path) -> None:
    """Make an ECDSA P-256 key, and print what to write into promotions/policy.yaml.

    The private key never goes into the repository, nor over one that is there. A key proves that
    somebody holds it, no more: keep one that signs for production where only CI gets at it.
    """
    made = make_signing_key(repository, out.expanduser())
    click.echo(f"wrote the private key to {out}, readable by you alone\n")
    click.echo("Add to promotions/policy.yaml, in a pull request that its owners approve:\n")
    click.echo(f"signers:\n  - {{name: factory, kind: key, channels: [sandbox], key: {made}}}\n")
    click.echo(f"Then sign with it: export MODELSMITH_SIGNING_KEY_FILE={out}")


@promotion.command()
@click.argument("place")
@click.option(
    "--format",
    "form",
    type=click.Choice(["cyclonedx", "model-signing"]),
    required=True,
    help="CycloneDX 1.6 ML-BOM, or the statement that model-signing signs.",
)
@click.option("--revision", default="HEAD", show_default=True, help="The branch that holds it.")
@click.pass_obj
def export(repository: Path, place: str, *, form: str, revision: str) -> None:
    """Print the promotion PLACE, SPECIALIST/VERSION, as JSON for another tool.

    Read from a clone, which may be bare, and held against the promotion's request. What is printed
    bears no signature of its own: the promotion does. Exit code 4: a file is not what was approved.
    """
    click.echo(export_promotion(repository, revision, place, form))


@promotion.command()
@PULL
@RECORDS
@click.option("--post", is_flag=True, help="Publish it too: a status and one comment.")
@click.pass_obj
def status(repository: Path, *, number: int | None, as_json: bool, post: bool) -> None:
    """Judge a promotion's pull request, or every one that is open.

    Judged by the promotions/policy.yaml that it stands on, never by its own, from a whole clone;
    nothing of it is checked out or run. Exit code 0: all holds. 1: something is missing, or no
    promotion is open. 4: what was recorded is not what it says. With --post, 0 once it is
    published, whatever it says.
    """
    answers = publish_promotion_statuses(repository, number, post=post)
    judgements = [one.judgement for one in answers if one.judgement is not None]
    pages = [one.comment for one in answers if one.comment]
    if as_json:
        told = [{"holds": j.holds, **j.model_dump(mode="json")} for j in judgements]
        click.echo(json.dumps(told, indent=2))
    else:
        for page in pages if answers else ["no promotion is open"]:
            click.echo(page)
    for one in answers:
        if one.comment:
            add_to_summary(one.comment)
        for error in one.denied:
            click.echo(f"{error.what}\n  {error.remedy}", err=True)
    faults = [error for one in answers for error in (one.fault, *one.denied) if error]
    if faults:
        raise faults[0]
    if not post and any(one.is_broken for one in judgements):
        sys.exit(BrokenRecordError.exit_code)
    if not post and not (judgements and all(one.holds for one in judgements)):
        sys.exit(MISSING)
