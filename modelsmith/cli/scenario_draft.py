"""`modelsmith scenario draft` and `confirm`: from a pasted ticket to a checked scenario."""

import json
from pathlib import Path
from typing import Any

import click

from modelsmith.cli.options import JSON, chosen_domain, located_paths
from modelsmith.documents.diagnostic import one_line
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.files.benchmark_folder import domains_in
from modelsmith.exam.scenario import OutcomeType, Split


@click.command()
@click.option(
    "--ticket", required=True, metavar="FILE", help="The pasted words; `-` reads them from stdin."
)
@click.option("--data", metavar="FILE.csv", help="The table that belongs to them.")
@click.option("--benchmark", help="The benchmark.  [default: the only one there is]")
@click.option(
    "--split",
    type=click.Choice([split.value for split in Split]),
    default=Split.TRAIN.value,
    show_default=True,
)
@click.option("--id", "scenario_id", metavar="ID", help="Its name.  [default: of its first words]")
@click.option("--outcome", type=click.Choice([o.value for o in OutcomeType]))
@click.option("--lens", help="One of the benchmark's operator lenses.")
@click.option("--category", help="One of the benchmark's categories.")
@click.option(
    "--model", metavar="NAME", help="Let this model of runners/models.yaml word the sentences."
)
@click.option(
    "--boundary",
    default="sealed",
    show_default=True,
    help="What may leave for it (runners/boundaries.yaml); a model that is inside needs none.",
)
@JSON
@click.pass_obj
def draft(  # noqa: PLR0913 - one a field that the author may give
    repository: Path,
    *,
    ticket: str,
    data: str | None,
    benchmark: str | None,
    split: str,
    scenario_id: str | None,
    outcome: str | None,
    lens: str | None,
    category: str | None,
    model: str | None,
    boundary: str,
    as_json: bool,
) -> None:
    """Turn a pasted ticket and a table into a draft of a scenario, by rules or with a model.

    Each sentence of the draft is the ticket's and each figure the table's. What neither says, and
    what can be read in two ways, is asked back: in the file's field `toConfirm`, and here. A draft
    counts for nothing until `modelsmith scenario confirm FILE`. It never overwrites a file.

    With --model, each sentence that the model words names the words of the ticket that it rests on;
    one whose words do not stand there is struck out, and told. The boundary must let the ticket go.
    Exit code 4: it does not, and nothing was sent. 5: the model did not answer.
    """
    from modelsmith.exam.files.draft_files import pasted
    from modelsmith.wiring.exams import draft_files

    name = chosen_domain(domains_in(repository), benchmark, "--benchmark")
    files = draft_files(repository, name)
    given = {"id": scenario_id, "outcomeType": outcome, "operatorLens": lens, "category": category}
    said = {key: value for key, value in given.items() if value is not None}
    source, into = pasted(ticket, data), Split(split)
    path, drafted = files.draft(source, into, said)
    if model is not None:
        from modelsmith.wiring.hosted import hold_in
        from modelsmith.wiring.ticket_draft import draft_with

        hold_in()
        drafted = draft_with(repository, files.benchmark, source, drafted, into, model, boundary)
    files.write(path, drafted, into, source.source)
    if as_json:
        record: dict[str, Any] = {
            "path": path,
            "open": list(drafted.open_fields),
            "questions": {key: list(asked) for key, asked in drafted.questions.items()},
            "fields": dict(drafted.fields),
        }
        click.echo(json.dumps(record, indent=2, ensure_ascii=False))
        return
    count = len(drafted.fields) - len(drafted.open_fields)
    click.echo(f"{path}: {count} of {len(drafted.fields)} fields drafted; to be confirmed")
    for field, asked in drafted.questions.items():
        for question in asked:
            click.echo(f"  {field}: {question}")
    click.echo(f"next: read it, answer in the file, then `modelsmith scenario confirm {path}`")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--answer",
    "answers",
    multiple=True,
    metavar="FIELD=VALUE",
    help="What a field that waits is to say, as YAML; once a field.",
)
@click.pass_obj
def confirm(repository: Path, paths: tuple[str, ...], answers: tuple[str, ...]) -> None:
    """Confirm drafted scenarios that you have read: from then on they count.

    A field that stands empty must be answered first. Exit code 3: something is open or wrong, and
    the file stays a draft.
    """
    from modelsmith.wiring.exams import draft_files

    chosen, problems = located_paths(repository, paths)
    if problems:
        raise InputError("these cannot be confirmed:", remedy="Name others.", problems=problems)
    said = dict(one.partition("=")[::2] for one in answers)
    if "" in said or not all("=" in one for one in answers):
        raise UsageError("--answer is no FIELD=VALUE", remedy="Write --answer outcomeType=tp.")
    if said and len(chosen) > 1:
        raise UsageError("--answer is for one file", remedy="Confirm the files one by one.")
    for path in chosen:
        domain = path.split("/")[1] if path.count("/") > 1 else None
        files = draft_files(repository, chosen_domain(domains_in(repository), domain))
        found = files.confirm(path, said)
        click.echo(f"{path}: {'confirmed' if found.was_draft else 'no draft, nothing to confirm'}")
        for name, questions in found.left.items():
            for question in questions:
                click.echo(f"  confirmed as it stands, {name}: {one_line(question)}")
        for problem in found.problems:
            click.echo(f"  {problem}")
