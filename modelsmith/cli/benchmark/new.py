"""`modelsmith benchmark new`: a benchmark of one's own, ready for scenarios."""

import json
import shlex
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import click

from modelsmith.cli.benchmark.choices import (
    QUESTIONS,
    BenchmarkQuestion,
    Choices,
    benchmark_from,
    faults_in,
    mechanic_of,
    takes_verdicts,
)
from modelsmith.cli.options import JSON
from modelsmith.disk.repository_files import write_new_folder
from modelsmith.errors import UsageError
from modelsmith.exam.authoring.benchmark_template import benchmark_text
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.family import FAMILIES
from modelsmith.exam.files.benchmark_folder import EXAM
from modelsmith.exam.scenario import Split, example_id
from modelsmith.layout import BENCHMARK, BENCHMARKS
from modelsmith.setup.new_repository_text import DOMAIN
from modelsmith.wiring.setup import generated_folders


@click.command()
@click.argument("name")
@click.option("--title", multiple=True, help="What the exam is about, in a line.")
@click.option("--owner", multiple=True, help="The role that reviews it.  [default: domain-owner]")
@click.option("--instruction", multiple=True, help="How an answer is written: 'Answer as ...'.")
@click.option("--lens", multiple=True, help="Whose eyes answers are written for: 'a, b'.")
@click.option("--mechanic", multiple=True, help="The domain's own field.  [default: nameMechanic]")
@click.option("--part", multiple=True, metavar="NAME=A,B", help="What that field says; repeatable.")
@click.option(
    "--field",
    multiple=True,
    metavar="NAME=KIND",
    help="A field of the answer, in order; none: free text. 'VERDICT=choice' takes the verdicts of "
    "the category, 'SEVERITY=choice: low, high' its own; also 'EVIDENCE=figures: 3', 'TEAMS=set: "
    "a, b', 'CAUSE=text: Says that' (how criteria that speak of it begin).",
)
@click.option("--clear", multiple=True, help="The verdict that says there is no problem.")
@click.option("--category", multiple=True, metavar="ID=TITLE", help="A capability; repeatable.")
@click.option(
    "--verdicts",
    multiple=True,
    metavar="ID=A,B",
    help="What answers of a category choose from. One without is answered in free text.",
)
@click.option("--language", multiple=True, help="ISO 639 code of its language.  [default: en]")
@JSON
@click.pass_obj
def new(repository: Path, /, name: str, *, as_json: bool, **given: Sequence[str]) -> None:
    """Write benchmarks/NAME/benchmark.yaml, its schema and its issue form; overwrite nothing.

    On a terminal, what no option says is asked for, if any of it cannot be left out.
    """
    if not DOMAIN.fullmatch(name):
        remedy = "Lower-case letters, digits and hyphens, a letter first: it names a folder."
        raise UsageError(f"{name!r} cannot be a benchmark's name", remedy=remedy)
    folder = f"{BENCHMARKS}/{name}"
    if (repository / folder).exists():
        raise UsageError(f"{folder} is already there", remedy="Choose another name, or edit it.")
    canary = str(uuid.uuid4())
    choices: Choices = {key: words for key, words in given.items() if words}
    if _lacking(choices) and sys.stdin.isatty() and not as_json:
        choices = _asked(name, choices, canary)
    lacking = _lacking(choices)
    if lacking:
        wanted = "".join(f"\n  --{q.option}: {q.asked.lower()} ({q.form})" for q in lacking)
        remedy = "Give these options, or call it on a terminal, where it asks for them."
        raise UsageError(f"nothing says what the benchmark is:{wanted}", remedy=remedy)
    twice = [q.option for q in QUESTIONS if not q.is_list and len(choices.get(q.option, ())) > 1]
    if twice:
        raise UsageError(f"--{twice[0]} is given twice", remedy="Give it once.")
    benchmark = benchmark_from(name, choices, canary)
    write_new_folder(
        repository, folder, {BENCHMARK: benchmark_text(benchmark)}, (*Split, FAMILIES, EXAM), "name"
    )
    written = [f"{folder}/{BENCHMARK}"]
    changed = [path for one in generated_folders(repository) for path in one.write()]
    written += [path for path in changed if (repository / path).exists()]
    steps = _next_steps(benchmark)
    if as_json:
        click.echo(json.dumps({"domain": name, "written": written, "next": steps}))
        return
    click.echo("\n".join(f"{path}: written" for path in written))
    free = [key for key, one in benchmark.categories.items() if one.free_text]
    if free:
        click.echo(f"answered in free text, since no --verdicts say otherwise: {', '.join(free)}")
    click.echo("no scenarios yet; next:\n" + "\n".join(f"  {step}" for step in steps))


def _lacking(choices: Choices) -> list[BenchmarkQuestion]:
    """Return what nobody said and nothing else can stand for."""
    return [one for one in QUESTIONS if one.default is None and one.option not in choices]


def _asked(domain: str, choices: Choices, canary: str) -> Choices:
    """Return the choices with those that no option made, asked for until each can be used."""
    found = dict(choices)
    for question in QUESTIONS:
        while question.option not in found:
            said = _answer_to(question, domain, found)
            found[question.option] = said
            fault = faults_in(domain, found, canary).get(question.option)
            if fault is None and (said or question.default is not None):
                break
            click.echo(f"  {fault or 'somebody must say this'}", err=True)
            del found[question.option]
    return {key: words for key, words in found.items() if words}


def _answer_to(question: BenchmarkQuestion, domain: str, found: Choices) -> tuple[str, ...]:
    """Return what somebody types; of a list the lines up to an empty one."""
    if question.option in {"clear", "verdicts"} and not takes_verdicts(found):
        return ()
    default = mechanic_of(domain) if question.option == "mechanic" else question.default
    text = f"{question.asked} ({question.form})"
    if not question.is_list:
        return tuple(
            filter(None, [click.prompt(text, default=default, show_default=bool(default))])
        )
    lines = []
    click.echo(f"{text}, an empty line ends:")
    while line := click.prompt(">", default="", show_default=False, prompt_suffix=" ").strip():
        lines.append(line)
    return tuple(lines)


def _next_steps(benchmark: Benchmark) -> list[str]:
    name, first = benchmark.domain, next(iter(benchmark.categories))
    chosen = f"--domain {name} --split train --category {first}"
    chosen += f" --lens {shlex.quote(benchmark.lenses[0])} --outcome tp"
    return [
        f"modelsmith scenario new {example_id(name)} {chosen}",
        f"modelsmith scenario draft --benchmark {name} --ticket FILE --data FILE.csv",
        "modelsmith scenario check",
        f"git add . && git commit -m 'Begin the benchmark {name}'",
    ]
