"""`modelsmith pull`: pull requests, on plain git and on GitHub alike."""

import json
from pathlib import Path
from typing import Literal

import click

from modelsmith.cli.options import NUMBER, RECORD
from modelsmith.errors import UsageError
from modelsmith.forge.pull_request_page import PullPage, plain, pull_list, pull_lists, pull_page
from modelsmith.forge.records import PullRequest, PullState
from modelsmith.record import short
from modelsmith.wiring import forge as wiring

STATES = ("open", "closed", "merged", "all")


@click.group()
def pull() -> None:
    """Open pull requests, show, review and merge them.

    They live on GitHub in its workflows, and where MODELSMITH_FORGE or git's modelsmith.forge is
    `github`; else in plain git: refs/modelsmith/pulls/N on origin, or here if there is no origin.
    """


@pull.command("list")
@click.option("--state", type=click.Choice(STATES), default="open", show_default=True)
@RECORD
@click.pass_obj
def list_(repository: Path, *, state: str, as_json: bool) -> None:
    """List pull requests by number."""
    chosen = None if state == "all" else PullState(state)
    forge = wiring.forge(repository)
    pulls = forge.pull_requests(state=chosen)
    told = json.dumps(pull_lists(pulls), indent=2) if as_json else pull_list(pulls, forge.name)
    click.echo(told)


@pull.command()
@NUMBER
@RECORD
@click.pass_obj
def show(repository: Path, number: int, *, as_json: bool) -> None:
    """Show a pull request, its reviews and its checks."""
    forge = wiring.forge(repository)
    found = forge.pull_request(number)
    page = PullPage(
        pull=found,
        files=tuple(forge.changed_files(number)),
        reviews=tuple(forge.reviews(number)),
        checks=forge.checks(found.head_sha),
        statuses=forge.statuses(found.head_sha),
        comments=tuple(forge.comments(number)),
    )
    click.echo(page.model_dump_json(indent=2) if as_json else pull_page(page))


@pull.command("open")
@click.argument("branch")
@click.option("--base", help="Branch that it goes into.  [default: the default branch]")
@click.option("--title", help="One line.  [default: as it is, or as the newest commit says]")
@click.option("--body", help="Markdown.  [default: as it is, or as the newest commit says]")
@click.option("--draft/--ready", "is_draft", default=None, help="Whether it may be merged.")
@click.option("--label", "labels", multiple=True, help="A label to add; may be repeated.")
@RECORD
@click.pass_obj
def open_(  # noqa: PLR0913 - what a pull request says
    repository: Path,
    branch: str,
    *,
    base: str | None,
    title: str | None,
    body: str | None,
    is_draft: bool | None,
    labels: tuple[str, ...],
    as_json: bool,
) -> None:
    """Open a pull request for BRANCH, or change what its open one says.

    BRANCH is one that was pushed; where there is no origin, one of this clone.
    """
    forge = wiring.forge(repository)
    found = forge.pull_requests(head=branch)
    known = next((pull for pull in found if base in (None, pull.base)), None)
    words = "" if known else wiring.commit_message(repository, forge.branch_sha(branch))
    subject, _, rest = words.partition("\n")
    told = forge.offer(
        branch,
        base=base or (known.base if known else forge.settings().default_branch),
        title=title or (known.title if known else subject or branch),
        body=body if body is not None else (known.body if known else rest.strip()),
        is_draft=is_draft if is_draft is not None else bool(known and known.is_draft),
        labels=labels,
    )
    did = "opened" if known is None else "unchanged" if known == told else "changed"
    _say(told, did, as_json=as_json)


@pull.command()
@NUMBER
@click.option("--approve", "approved", is_flag=True, help="It may be merged.")
@click.option("--request-changes", "refused", is_flag=True, help="It must change; say how.")
@click.option("--comment", "commented", is_flag=True, help="A remark that decides nothing.")
@click.option("--body", default="", help="Markdown; needed unless you approve.")
@click.option("--sha", help="The commit you looked at.  [default: its newest]")
@RECORD
@click.pass_obj
def review(  # noqa: PLR0913 - what a review says
    repository: Path,
    number: int,
    *,
    approved: bool,
    refused: bool,
    commented: bool,
    body: str,
    sha: str | None,
    as_json: bool,
) -> None:
    """Approve a pull request, ask for changes, or remark.

    Who reviews is git's user, on GitHub the token's owner; nobody decides on their own.
    """
    if approved + refused + commented != 1:
        raise UsageError(
            "a review says one thing",
            remedy="Give one of --approve, --request-changes and --comment.",
        )
    if not (approved or body.strip()):
        raise UsageError("that review says nothing", remedy="Say what and why with --body.")
    verdict: Literal["approved", "changes-requested", "commented"] = (
        "approved" if approved else "changes-requested" if refused else "commented"
    )
    forge = wiring.forge(repository)
    seen = sha or forge.pull_request(number).head_sha
    forge.review(number, verdict=verdict, body=body, sha=seen)
    _say(forge.pull_request(number), f"{verdict} at {short(seen)}", as_json=as_json)


@pull.command()
@NUMBER
@click.option("--sha", help="The commit you looked at.  [default: its newest]")
@click.option("--message", help="Of the merge commit.  [default: number and title]")
@RECORD
@click.pass_obj
def merge(
    repository: Path, number: int, *, sha: str | None, message: str | None, as_json: bool
) -> None:
    """Merge a pull request where its base's rules are met."""
    forge = wiring.forge(repository)
    found = forge.pull_request(number)
    words = message or f"Merge pull request {number}: {found.title}"
    merged = forge.merge(number, sha=sha or found.head_sha, message=words)
    did = "was merged already" if found.merge_sha else "merged"
    _say(forge.pull_request(number), f"{did} as {short(merged)}", as_json=as_json)


@pull.command()
@NUMBER
@RECORD
@click.pass_obj
def close(repository: Path, number: int, *, as_json: bool) -> None:
    """Close a pull request without merging it."""
    forge = wiring.forge(repository)
    before = forge.pull_request(number).state.value
    forge.close(number)
    did = "closed" if before == "open" else f"was {before} already"
    _say(forge.pull_request(number), did, as_json=as_json)


def _say(pull: PullRequest, did: str, *, as_json: bool) -> None:
    said = f"pull request {pull.number}: {did}; {pull.head} -> {pull.base}, {pull.title}"
    click.echo(pull.model_dump_json(indent=2) if as_json else plain(said))
