"""`modelsmith benchmark validity`: what passing an exam proves, asked of no model."""

from pathlib import Path

import click

from modelsmith.cli.options import DOMAIN, JSON, chosen_domain
from modelsmith.exam.files.benchmark_folder import domains_in


@click.command()
@DOMAIN
@JSON
@click.option(
    "--held-out",
    "has_names",
    is_flag=True,
    help="Name scenarios and criteria of steer and sealed: for their owners alone.",
)
@click.option("--no-learners", "is_quick", is_flag=True, help="Leave out the plain learners.")
@click.pass_obj
def validity(
    repository: Path, *, domain: str | None, as_json: bool, has_names: bool, is_quick: bool
) -> None:
    """Say what shortcuts and plain learners pass of an exam, and so what passing proves.

    They are fitted on train, ask no language model, and answer steer and sealed as they are and
    with something deleted, swapped or reordered; it is no look at sealed. Of what is held out,
    counts alone are printed. Exit code 0 whatever it finds: it tells. 3: the exam is broken.
    """
    from modelsmith.statistics.shortcuts.validity_page import validity_page
    from modelsmith.wiring.validity import exam_validity

    name = chosen_domain(domains_in(repository), domain)
    found = exam_validity(repository, name, has_learners=not is_quick, has_names=has_names)
    click.echo(found.canonical().decode() if as_json else validity_page(found))
