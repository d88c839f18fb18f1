"""`modelsmith judge`: whether a grader may judge at all."""

import json
from typing import TYPE_CHECKING

import click

from modelsmith import wiring
from modelsmith.cli.selection import chosen_domain

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def judge() -> None:
    """Examine graders on answers that people labelled."""


@judge.command()
@click.option("--domain", help="The benchmark.  [default: the only one there is]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.pass_context
def exam(ctx: click.Context, domain: str | None, *, as_json: bool) -> None:
    """Examine the check-based grader on benchmarks/DOMAIN/exam.

    Prints how well it agrees with people and each criterion on which it does not. Exit code 0:
    it passed, and its certificate is part of the JSON. 1: it did not, or there is too little to
    tell.
    """
    from modelsmith.surfaces.exam_page import exam_page

    repository: Path = ctx.obj
    name = chosen_domain(wiring.domains(repository), domain)
    examination, certificate = wiring.grader_exam(repository, name)
    if as_json:
        granted = None if certificate is None else certificate.model_dump(mode="json")
        record = {"examination": examination.model_dump(mode="json"), "certificate": granted}
        click.echo(json.dumps(record, indent=2))
    else:
        click.echo(exam_page(name, examination))
    if certificate is None:
        ctx.exit(1)
