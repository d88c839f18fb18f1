"""`modelsmith promotion export`: a promotion in the form of another tool."""

from pathlib import Path

import click

from modelsmith import wiring


@click.command()
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
    click.echo(wiring.exported_promotion(repository, revision, place, form))
