"""`modelsmith run`: start a run, step it, see where it is, replay it; and what CI asks of runs."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsmith.cli.options import QUIET, RECORD, chosen_domain
from modelsmith.disk.github_actions_job import set_outputs, summarise
from modelsmith.errors import BlockedError, BoundaryError
from modelsmith.exam.files.benchmark_folder import domains_in
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event
from modelsmith.wiring.ci import CiOperations
from modelsmith.wiring.hosted import hold_in
from modelsmith.wiring.runs import Runs

if TYPE_CHECKING:
    from modelsmith.loop.phases.intake_forecast import Forecast

NAME = click.argument("name", metavar="RUN")
WORKFLOW = click.option(
    "--workflow", required=True, help="File name of the workflow, iterate.yml say."
)
PUSH = click.option(
    "--push",
    is_flag=True,
    help="Share the run: fetch, walk on the branch modelsmith/RUN/walk, push each entry to origin.",
)

NO_STORE = (
    "note: no store outlives the job, so the next phase will not find what this one trained\n"
    "  Name one in runners/clusters.yaml, or in MODELSMITH_STORE on the cluster's machines."
)


@click.group()
def run() -> None:
    """Walk the loop: eval, train, expand, assess, and at last promote."""


@run.command()
@NAME
@click.pass_obj
def plan(repository: Path, name: str) -> None:
    """Say on which runner a phase of the run goes, and when its job ends at the latest.

    In a workflow `labels` and `minutes` become outputs of the step.
    """
    found = CiOperations(repository).planned(name)
    set_outputs({"labels": found.labels, "minutes": found.minutes})
    text = json.dumps(found.model_dump(mode="json"))
    click.echo(text)
    if not found.has_store:
        click.echo(NO_STORE, err=True)
    summarise(f"Where run {name} goes", text if found.has_store else f"{text}\n{NO_STORE}")


@run.command()
@WORKFLOW
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
    said = []
    for line in CiOperations(repository).wake(workflow, since):
        click.echo(line)
        said.append(line)
    summarise("Runs that were looked at", "\n".join(said) or "none")


@run.command()
@NAME
@click.option("--benchmark", help="The benchmark.  [default: the only one there is]")
@click.pass_obj
def new(repository: Path, name: str, *, benchmark: str | None) -> None:
    """Write runs/RUN/run.yaml with every setting explained; it never overwrites one."""
    domain = chosen_domain(domains_in(repository), benchmark, "--benchmark")
    path = Runs(repository, quiet=True).scaffold(name, domain)
    click.echo(f"{path}: written; review it, then run `modelsmith run start {name}`")


@run.command()
@NAME
@RECORD
@QUIET
@PUSH
@click.pass_obj
def start(repository: Path, name: str, *, as_json: bool, quiet: bool, push: bool) -> None:
    """Check runs/RUN/run.yaml against this machine and write the intake."""
    runs = Runs(repository, quiet=quiet)
    if push:
        runs.shared(name).begin()
    else:
        runs.start(name)
    _show(runs, name, as_json=as_json, forecast=runs.forecast(name))


@run.command()
@NAME
@RECORD
@QUIET
@PUSH
@click.pass_obj
def step(repository: Path, name: str, *, as_json: bool, quiet: bool, push: bool) -> None:
    """Do the one phase that the run calls for, and stop.

    With --push any machine may do the next one: a run that has not been started is started, what a
    killed step left is pushed first, and a runner that was overtaken says so and ends with 5.
    """
    hold_in()
    runs = Runs(repository, quiet=quiet)
    entry = runs.shared(name).step() if push else runs.stepper(name).step()
    _show(runs, name, as_json=as_json, forecast=runs.forecast(name))
    _exit_for(entry)


@run.command()
@NAME
@RECORD
@QUIET
@PUSH
@click.pass_obj
def go(repository: Path, name: str, *, as_json: bool, quiet: bool, push: bool) -> None:
    """Start the run if need be, then step until it is over or waits for somebody.

    Exit code 0: staged. 1: the gate, assess or the budget says no. 4: something was to leave that
    the boundary keeps in; the record says what. 5: blocked.
    """
    hold_in()
    runs = Runs(repository, quiet=quiet)
    forecast: Forecast | None = None

    def tell() -> None:
        nonlocal forecast
        forecast = runs.forecast(name)
        if forecast and not as_json:
            click.echo("".join(f"lacking: {said}\n" for said in forecast.lines), nl=False)

    if push:
        entry = runs.shared(name).go(tell)
    else:
        runs.start(name)
        tell()
        entry = runs.stepper(name).go()
    _show(runs, name, as_json=as_json, forecast=forecast if as_json else None)
    _exit_for(entry)


@run.command()
@NAME
@RECORD
@click.pass_obj
def offer(repository: Path, name: str, *, as_json: bool) -> None:
    """Open the pull requests that the run calls for, or bring them up to date.

    Proposals for people to review; a staged promotion, as a draft; the record of a run that ended
    without one. What people merged or closed stays as it is.
    """
    found = CiOperations(repository).open_pull_requests(name)
    lines, links = [], []
    for one in found:
        pull = one.pull_request
        place = f"#{pull.number} {pull.url}" if pull else "no pull request:"
        lines.append(f"{one.offer.label}: {one.offer.title}: {place} {one.words}")
        links += [pull.url] if pull else []
    text = "\n".join(lines) or f"run {name} offers nothing yet"
    records = [one.model_dump(mode="json") for one in found]
    click.echo(json.dumps(records, indent=2) if as_json else text)
    summarise(f"What run {name} offers", text, *links)


@run.command()
@NAME
@WORKFLOW
@click.option(
    "--after",
    type=click.IntRange(min=0),
    required=True,
    help="Entries that the ledger had before this phase; without a new one nothing is asked.",
)
@RECORD
@click.pass_obj
def dispatch(repository: Path, name: str, *, workflow: str, after: int, as_json: bool) -> None:
    """Ask CI for the next phase, unless the run is over, waits, or did not get on.

    Exit code 0 in each case; what was done is printed.
    """
    found = CiOperations(repository).dispatch(name, workflow, after)
    click.echo(found.canonical().decode() if as_json else found.words)
    summarise(f"The next phase of run {name}", found.words)


@run.command()
@NAME
@RECORD
@click.pass_obj
def status(repository: Path, name: str, *, as_json: bool) -> None:
    """Say the phase, the latest scores, what fails most, and why it stopped."""
    _show(Runs(repository, quiet=True), name, as_json=as_json)


@run.command()
@NAME
@RECORD
@click.pass_obj
def replay(repository: Path, name: str, *, as_json: bool) -> None:
    """Recompute every figure and decision from the evidence, offline.

    Exit code 0: the run is what it says. 4: something differs, and where.
    """
    found = Runs(repository, quiet=True).replayed(name)
    if as_json:
        click.echo(found.canonical().decode())
    else:
        for difference in found.differences:
            click.echo(str(difference))
        verdict = f"{len(found.differences)} differences" if found.differences else "all equal"
        click.echo(
            f"replayed {found.entries} entries, {found.files} evidence files, "
            f"{found.decisions} decisions: {verdict}"
        )
    if found.differences:
        sys.exit(4)


def _show(runs: Runs, name: str, *, as_json: bool, forecast: "Forecast | None" = None) -> None:
    from modelsmith.loop.status import shown

    found = runs.status(name, forecast)
    text = shown(found)
    click.echo(found.canonical().decode() if as_json else text)
    summarise(f"Run {name}", text)


def _exit_for(entry: Entry) -> None:
    if entry.event in (Event.REFUSED, Event.HALTED):
        sys.exit(1)
    if entry.event is Event.BLOCKED:
        kept_in = entry.facts.get("reason") == "boundary"
        sys.exit(BoundaryError.exit_code if kept_in else BlockedError.exit_code)
