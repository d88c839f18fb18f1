"""`benchmark import` and `export`: bring a rubric along, and take an exam elsewhere."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from modelsmith.cli.options import chosen_domain
from modelsmith.disk.atomic_write import write_whole
from modelsmith.errors import UsageError
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in

if TYPE_CHECKING:
    from modelsmith.exam.imports.import_map import FormatName

OWN = "jsonl"
"""Our own format, which needs no map."""

FORMATS = ("healthbench", "biggen", "openai-evals", "promptfoo", "csv", OWN)
"""What is read."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="Its format.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    help="What the file does not say. Without one, a map to fill in is printed.",
)
@click.option("--into", metavar="benchmarks/NAME", help="The folder; new, or with a benchmark.")
@click.pass_obj
def import_(
    repository: Path, file: Path, *, form: str, map_file: Path | None, into: str | None
) -> None:
    """Make scenarios of FILE, all or none; nothing that is there is overwritten.

    Outcome type, lens, category, mechanic, split and what else a format does not know come from
    an import map, a file that you fill in and that is kept beside the scenarios. What of FILE is
    not kept is named. Exit code 2: --into needs a map, and it was printed. 3: FILE or the map is
    wrong.
    """
    from modelsmith.exam.files.imported_benchmark import (
        BenchmarkImporter,
        map_for,
        source_bytes,
    )

    content = source_bytes(file)
    named: FormatName | None = None if form == OWN else cast("FormatName", form)
    if named is not None and map_file is None:
        click.echo(map_for(named, str(file), content), nl=False)
        what = "nothing was imported: the map above is to be filled in"
        remedy = "Write it to a file, fill in every TODO, and name it with --map."
        if into is None:
            click.echo(f"{what}\n  {remedy}", err=True)
            return
        raise UsageError(what, remedy=remedy)
    if into is None:
        raise UsageError("--into is missing", remedy="Name a folder: --into benchmarks/NAME.")
    importer = BenchmarkImporter(repository, into.rstrip("/"), str(uuid.uuid4()))
    if named is None and map_file is not None:
        raise UsageError("our own JSON Lines need no --map", remedy="Leave it out.")
    if named is None or map_file is None:
        done = importer.whole(str(file), content)
    else:
        done = importer.with_map(named, str(file), content, str(map_file), source_bytes(map_file))
    for warning in done.warnings:
        click.echo(str(warning))
    for name, values in done.told.items():
        click.echo(f"{name}: " + ", ".join(f"{one} {count}" for one, count in values.items()))
    for what, count in done.unread.items():
        click.echo(f"not kept: {what} ({count})")
    for what, count in done.changed.items():
        click.echo(f"less exact: {what} ({count})")
    click.echo(
        f"{done.folder}: {done.scenarios} scenarios imported; review them and the map, then run "
        f"`modelsmith schema write` and `modelsmith scenario check {done.folder}`"
    )


@click.command()
@click.argument("name", required=False)
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "promptfoo"]), required=True, help="As what."
)
@click.option("--output", type=click.Path(path_type=Path), help="A new file.  [default: stdout]")
@click.pass_obj
def export(repository: Path, name: str | None, *, form: str, output: Path | None) -> None:
    """Write the benchmark NAME for another place: whole as `jsonl`, or for promptfoo.

    What promptfoo cannot say is named, with how often it was there. Sealed scenarios go along:
    whoever has the file has seen the exam.
    """
    from modelsmith.exam.files.imported_benchmark import beside_scenarios
    from modelsmith.exam.imports.exchange import exchange_lines
    from modelsmith.exam.imports.to_promptfoo import as_promptfoo

    folder = ExamFolder(repository, chosen_domain(domains_in(repository), name))
    exam, drafts = folder.exam(), folder.drafts()
    beside = beside_scenarios(repository, exam)
    lost: dict[str, int] = {}
    if form == "jsonl":
        content = exchange_lines(exam, beside)
    else:
        text, lost = as_promptfoo(exam, [*beside])
        content = text.encode()
    if output is None:
        click.echo(content, nl=False)
    elif output.exists():
        raise UsageError(f"{output} is already there", remedy="Name a new file.")
    else:
        write_whole(output, content)
        click.echo(f"{output}: written")
    for what, count in lost.items():
        click.echo(f"lost: {what} ({count})", err=True)
    if drafts:
        are = "draft is" if len(drafts) == 1 else "drafts are"
        click.echo(f"left out: {len(drafts)} {are} not confirmed ({', '.join(drafts)})", err=True)
    if exam.sealed:
        words = f"{len(exam.sealed)} sealed scenarios are in it: keep it from models and trainers"
        click.echo(f"note: {words}", err=True)
