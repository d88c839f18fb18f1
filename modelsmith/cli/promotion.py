"""`modelsmith promotion`: what a promotion is, who must approve it, and what people say of it."""

import json
from typing import TYPE_CHECKING

import click

from modelsmith import wiring
from modelsmith.cli.promotion_export import export
from modelsmith.cli.promotion_key import key
from modelsmith.cli.promotion_merge import merge
from modelsmith.cli.promotion_words import approve, override, reject
from modelsmith.errors import BrokenRecordError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from modelsmith.signoff.publish_status import Answer

GATE_SAYS_NO = 1


@click.group()
def promotion() -> None:
    """Say whether a promotion may go live, who must still approve it, and approve it."""


for command in (approve, reject, override, merge, key, export):
    promotion.add_command(command)


@promotion.command()
@click.option("--pull", "number", type=click.IntRange(min=1), metavar="N", help="Its number.")
@click.option("--json", "as_json", is_flag=True, help="Print records instead of text.")
@click.option("--post", is_flag=True, help="Publish it too: a status and one comment.")
@click.pass_context
def status(ctx: click.Context, *, number: int | None, as_json: bool, post: bool) -> None:
    """Judge a promotion's pull request, or every one that is open.

    Judged by the promotions/policy.yaml that it stands on, never by its own, from a whole clone;
    nothing of it is checked out or run. Exit code 0: all holds. 1: something is missing, or no
    promotion is open. 4: what was recorded is not what it says. With --post, 0 once it is
    published, whatever it says.
    """
    repository: Path = ctx.obj
    answers = wiring.promotion_answers(repository, number, post=post)
    _print(answers, as_json=as_json)
    for one in answers:
        if one.page is not None:
            wiring.add_to_summary(one.page.comment)
        for error in one.denied:
            click.echo(f"{error.what}\n  {error.remedy}", err=True)
    faults = [error for one in answers for error in (one.fault, *one.denied) if error]
    if faults:
        raise faults[0]
    if not post:
        ctx.exit(_code(answers))


def _print(answers: "Sequence[Answer]", *, as_json: bool) -> None:
    judgements = [one.judgement for one in answers if one.judgement is not None]
    if as_json:
        told = [{"holds": j.holds, **j.model_dump(mode="json")} for j in judgements]
        click.echo(json.dumps(told, indent=2))
        return
    if not answers:
        click.echo("no promotion is open")
    for one in answers:
        if one.page is not None:
            click.echo(one.page.comment)


def _code(answers: "Sequence[Answer]") -> int:
    judgements = [one.judgement for one in answers if one.judgement is not None]
    if any(one.is_broken for one in judgements):
        return BrokenRecordError.exit_code
    return 0 if judgements and all(one.holds for one in judgements) else GATE_SAYS_NO
