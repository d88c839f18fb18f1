"""`modelsmith run plan | wake`: what CI asks before a phase, and what keeps runs going."""

import json
from pathlib import Path

import click

from modelsmith.cli.summary import summarise

NO_STORE = (
    "note: no store outlives the job, so the next phase will not find what this one trained\n"
    "  Name one in runners/clusters.yaml, or in MODELSMITH_STORE on the cluster's machines."
)


@click.command()
@click.argument("name", metavar="RUN")
@click.pass_obj
def plan(repository: Path, name: str) -> None:
    """Say on which runner a phase of the run goes, and when its job ends at the latest.

    In a workflow `labels` and `minutes` become outputs of the step.
    """
    from modelsmith.wiring import Operator, set_outputs

    found = Operator(repository).planned(name)
    set_outputs({"labels": found.labels, "minutes": found.minutes})
    text = json.dumps(found.model_dump(mode="json"))
    click.echo(text)
    if not found.has_store:
        click.echo(NO_STORE, err=True)
    summarise(f"Where run {name} goes", text if found.has_store else f"{text}\n{NO_STORE}")


@click.command()
@click.option("--workflow", required=True, help="File name of the workflow, iterate.yml say.")
@click.option(
    "--changed-since",
    "since",
    metavar="REV",
    help="Begin the runs whose run.yaml was changed since; without it, runs that began go on.",
)
@click.pass_obj
def wake(repository: Path, workflow: str, since: str | None) -> None:
    """Ask CI for the next phase of each run that nobody asks it for.

    Runs that are over or wait for somebody are left alone.
    """
    from modelsmith.wiring import Operator

    said = []
    for line in Operator(repository).woken(workflow, since):
        click.echo(line)
        said.append(line)
    summarise("Runs that were looked at", "\n".join(said) or "none")
