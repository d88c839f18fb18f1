"""`modelsmith scenario review | from-issue`: what CI says of proposed scenarios."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsmith import wiring
from modelsmith.cli.summary import summarise
from modelsmith.documents.diagnostic import is_error, one_line
from modelsmith.documents.diagnostic_formats import as_github
from modelsmith.errors import InputError
from modelsmith.record import short

if TYPE_CHECKING:
    from modelsmith.workbench.review import Reviewed


@click.command()
@click.option("--pull", "number", type=click.IntRange(min=1), metavar="N", help="Its number.")
@click.option("--head", metavar="SHA", help="The commit to look at; alone, every open one there.")
@click.pass_context
def review(ctx: click.Context, *, number: int | None, head: str | None) -> None:
    """Publish what is to be said of a pull request's scenarios: check, status and comment.

    The pull request's files are read as data, none of its code runs. Where the token may not
    publish, the problems are printed as GitHub annotations instead. Exit code 0: published,
    whatever it says. 3: there are errors, and they could not be published.
    """
    reviews = wiring.scenario_reviews(ctx.obj, number, head)
    if not reviews:
        click.echo(f"no open pull request stands at {head}")
    for one in reviews:
        _tell(one)
    if any(one.denied and any(map(is_error, one.bench.diagnostics)) for one in reviews):
        ctx.exit(InputError.exit_code)


@click.command("from-issue")
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.pass_obj
def from_issue(repository: Path, number: int) -> None:
    """Make a branch and a pull request of a filled-in scenario form, in its author's name.

    What is wrong with it is told in a comment on the issue instead. A program's issue is left
    alone. Exit code 0: the issue was answered, whatever the answer.
    """
    answer = wiring.scenario_from_issue(repository, number)
    lines, links = [one_line(why) for why in answer.why], []
    if answer.pull is not None:
        lines.insert(0, f"issue {number}: pull request {answer.pull.number}")
        links.append(answer.pull.url)
    elif answer.kind != "left-alone":
        lines.insert(0, f"issue {number}: told what is wrong")
    text = "\n".join(lines)
    click.echo(text)
    summarise(f"Issue {number}", text, *links)


def _tell(one: "Reviewed") -> None:
    said = "published" if not one.denied else "not all published"
    click.echo(
        f"pull request {one.pull.number} at {short(one.bench.commit)}: "
        f"{one.shown.check.title}; {said}"
    )
    for error in one.denied:
        click.echo(f"{error.what}\n  {error.remedy}", err=True)
    if one.denied:
        click.echo(as_github(one.bench.diagnostics, len(one.bench.files)))
    wiring.add_to_summary(one.shown.comment)
