"""`modelsmith scenario`: write an exam question, check the exam, see what a model will see.

Also what CI says of proposed scenarios, and whether the model that is there passes them already.
"""

import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from modelsmith.cli.options import (
    DOMAIN,
    JSON,
    NUMBER,
    PULL,
    QUIET,
    RECORD,
    chosen_domain,
    located_paths,
)
from modelsmith.cli.scenario_draft import confirm, draft
from modelsmith.disk.github_actions_job import add_to_summary, summarise
from modelsmith.documents.diagnostic import Severity, is_error, one_line
from modelsmith.documents.diagnostic_formats import FORMATS, as_github
from modelsmith.errors import InputError, UsageError
from modelsmith.exam.files.benchmark_folder import ExamFolder, domains_in
from modelsmith.exam.files.chosen import is_chosen
from modelsmith.exam.scenario import OutcomeType, Split
from modelsmith.record import short
from modelsmith.wiring.exam_checks import checked_exam, fix_exam
from modelsmith.wiring.exams import scenario_author
from modelsmith.wiring.forge import handle_scenario_issue, review_scenarios
from modelsmith.wiring.hosted import hold_in
from modelsmith.wiring.precheck import precheck as prechecked
from modelsmith.wiring.runs import Runs

if TYPE_CHECKING:
    from modelsmith.workbench.review import ReviewedPullRequest


@click.group()
def scenario() -> None:
    """Write, check and show exam questions."""


scenario.add_command(draft)
scenario.add_command(confirm)


@scenario.command()
@click.argument("paths", nargs=-1)
@click.option("--run", "run", required=True, metavar="RUN", help="The run whose model is asked.")
@click.option("--base", "is_base", is_flag=True, help="Ask its untouched base model instead.")
@click.option(
    "--pull",
    type=click.IntRange(min=1),
    metavar="N",
    help="Ask what this pull request changes; its files are read as data.",
)
@RECORD
@QUIET
@click.pass_obj
def precheck(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    paths: tuple[str, ...],
    *,
    run: str,
    is_base: bool,
    pull: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Ask the present specialist, the newest adapter of RUN, scenarios that are proposed.

    PATHS are files or folders under benchmarks/. A scenario that it passes already teaches it
    nothing. Sealed ones are not asked: a look at them belongs to a promotion. Nothing is recorded.
    Exit code 0 whatever the answers. 5: the model cannot be opened here.
    """
    from modelsmith.workbench.precheck_page import as_markdown, as_text

    if (pull is None) is not bool(paths):
        raise UsageError(
            "nothing says which scenarios" if pull is None else "--pull chooses, and so do PATHS",
            remedy="Name files or folders under benchmarks/, or a pull request with --pull.",
        )
    chosen, problems = located_paths(repository, paths)
    if problems:
        raise InputError("these cannot be asked:", remedy="Name others.", problems=problems)
    hold_in()
    factory = Runs(repository, quiet=quiet)
    found = prechecked(
        factory, run, is_base=is_base, pull=pull, chosen=lambda path: is_chosen(path, chosen)
    )
    click.echo(found.canonical().decode() if as_json else as_text(found))
    add_to_summary(as_markdown(found))


@scenario.command()
@PULL
@click.option("--head", metavar="SHA", help="The commit to look at; alone, every open one there.")
@click.pass_obj
def review(repository: Path, *, number: int | None, head: str | None) -> None:
    """Publish what is to be said of a pull request's scenarios: check, status and comment.

    The pull request's files are read as data, none of its code runs. Where the token may not
    publish, the problems are printed as GitHub annotations instead. Exit code 0: published,
    whatever it says. 3: there are errors, and they could not be published.
    """
    reviews = review_scenarios(repository, number, head)
    if not reviews:
        click.echo(f"no open pull request stands at {head}")
    for one in reviews:
        _tell(one)
    if any(one.denied and any(map(is_error, one.workbench.diagnostics)) for one in reviews):
        sys.exit(InputError.exit_code)


@scenario.command("from-issue")
@NUMBER
@click.pass_obj
def from_issue(repository: Path, number: int) -> None:
    """Make a branch and a pull request of a filled-in scenario form, in its author's name.

    What is wrong with it is told in a comment on the issue instead. A program's issue is left
    alone. Exit code 0: the issue was answered, whatever the answer.
    """
    answer = handle_scenario_issue(repository, number)
    lines, links = [one_line(why) for why in answer.why], []
    if answer.pull is not None:
        lines.insert(0, f"issue {number}: pull request {answer.pull.number}")
        links.append(answer.pull.url)
    elif answer.kind != "left-alone":
        lines.insert(0, f"issue {number}: told what is wrong")
    text = "\n".join(lines)
    click.echo(text)
    summarise(f"Issue {number}", text, *links)


@scenario.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--format",
    "shape",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="How to show problems.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--fix", "is_fixing", is_flag=True, help="First make the edits that problems carry.")
@click.option(
    "--changed-since",
    "since",
    metavar="REV",
    help="Check only what differs from where HEAD left REV, the uncommitted included.",
)
@click.pass_obj
def check(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    paths: tuple[str, ...],
    shape: str,
    *,
    as_json: bool,
    strict: bool,
    is_fixing: bool,
    since: str | None,
) -> None:
    """Report every problem of the exam as file:line:column, with how to fix it.

    PATHS are files or folders under benchmarks/; without any, everything is checked. A scenario is
    checked with its variants, its family file and its labelled answers, and rules across files
    always see the whole benchmark. Exit code 3: there are errors.

    --fix makes the edits that problems carry and checks again; it does not know what you meant, so
    read its changes. A file with a merge conflict, or one saved meanwhile, is left to you.
    """
    if since is not None and paths:
        raise UsageError(
            "--changed-since chooses the files, and so do PATHS",
            remedy="Give one of the two.",
        )
    shape = "json" if as_json else shape
    if not domains_in(repository):
        raise InputError(
            f"{repository} has no benchmark",
            remedy="`modelsmith benchmark new NAME` writes one.",
        )
    chosen, outside = located_paths(repository, paths)
    found = checked_exam(repository, chosen if paths else ["."], since)
    if is_fixing:
        fixed, saved_since, found = fix_exam(repository, found, chosen if paths else ["."], since)
        for path in saved_since:
            click.echo(
                f"{path}: left as it is: somebody saved it while it was checked; run the command "
                "again",
                err=True,
            )
        for problem in fixed:
            place = f"{problem.path}:{problem.line}:{problem.column}"
            click.echo(
                f"{place}: fixed: {one_line(f'{problem.what}; {problem.remedy}')}",
                err=shape != "text",
            )
    shown = [*outside, *found.problems]
    click.echo(FORMATS[shape](shown, found.files))
    for line in found.beyond(strict=strict):
        click.echo(line, err=True)
    failing = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    if any(problem.severity in failing for problem in shown):
        sys.exit(InputError.exit_code)


@scenario.command()
@click.argument("scenario_id", metavar="ID")
@DOMAIN
@click.option("--split", type=click.Choice([s.value for s in Split]), required=True)
@click.option("--category", required=True, help="One of the benchmark's categories.")
@click.option("--lens", required=True, help="One of the benchmark's operator lenses.")
@click.option("--outcome", type=click.Choice([o.value for o in OutcomeType]), required=True)
@click.pass_obj
def new(  # noqa: PLR0913 - one a field that the author chooses
    repository: Path,
    scenario_id: str,
    *,
    domain: str | None,
    split: str,
    category: str,
    lens: str,
    outcome: str,
) -> None:
    """Write a new scenario file to fill in; it never overwrites one."""
    name = chosen_domain(domains_in(repository), domain)
    path, problems = scenario_author(repository, name).write(
        scenario_id, Split(split), category=category, lens=lens, outcome=OutcomeType(outcome)
    )
    click.echo(f"{path}: written; fill it in, then run `modelsmith scenario check {path}`")
    for problem in problems:
        click.echo(str(problem))


@scenario.command()
@click.argument("name", metavar="ID|PATH")
@JSON
@click.pass_obj
def show(repository: Path, name: str, *, as_json: bool) -> None:
    """Show a scenario as the model sees it, and the rubric that it never sees.

    Of a draft, which no model sees, its fields as they stand, and what is asked of them.
    """
    from modelsmith.exam.authoring.scenario_page import (
        draft_json,
        draft_page,
        scenario_json,
        scenario_page,
    )

    folder, path = _found(repository, name)
    if (draft := folder.draft(path)) is not None:
        click.echo((draft_json if as_json else draft_page)(draft))
        return
    benchmark, found = folder.benchmark(), folder.scenario(path)
    click.echo((scenario_json if as_json else scenario_page)(benchmark, found))


def _found(repository: Path, name: str) -> tuple[ExamFolder, str]:
    folders = [ExamFolder(repository, domain) for domain in domains_in(repository)]
    if name.endswith(".yaml"):
        chosen, problems = located_paths(repository, [name])
        if problems:
            raise InputError(
                f"{name} cannot be shown:", remedy="Name a scenario file.", problems=problems
            )
        for folder in folders:
            if chosen[0] in folder.scenario_paths():
                return folder, chosen[0]
    known: list[str] = []
    for folder in folders:
        path = folder.path_of(name)
        if path is not None:
            return folder, path
        known += [Path(path).stem for path in folder.scenario_paths()]
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean {near[0]}?" if near else "`modelsmith scenario new` writes one."
    raise UsageError(f"no scenario is called {name}", remedy=remedy)


def _tell(one: "ReviewedPullRequest") -> None:
    from modelsmith.workbench.page import headline, workbench_page

    said = "published" if not one.denied else "not all published"
    click.echo(
        f"pull request {one.pull.number} at {short(one.workbench.commit)}: "
        f"{headline(one.workbench)}; {said}"
    )
    for error in one.denied:
        click.echo(f"{error.what}\n  {error.remedy}", err=True)
    if one.denied:
        click.echo(as_github(one.workbench.diagnostics, len(one.workbench.files)))
    add_to_summary(workbench_page(one.workbench))
