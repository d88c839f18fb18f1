"""`modelsmith judge`: whether a grader may judge at all."""

import json
import sys
from pathlib import Path

import click

from modelsmith.cli.options import DOMAIN, JSON, chosen_domain
from modelsmith.errors import UsageError
from modelsmith.exam.evidence_needed import LEAST_CRITERIA
from modelsmith.exam.files.benchmark_folder import domains_in, sheets_of
from modelsmith.judges.certification.label_sample import USUAL_CRITERIA
from modelsmith.wiring.exams import grader_exam
from modelsmith.wiring.judges import judges as judges_of
from modelsmith.wiring.runs import read_recheck, write_recheck


@click.group()
def judge() -> None:
    """Examine graders, say which may judge, and recheck what they decided."""


@judge.command()
@DOMAIN
@click.option("--judge", "name", metavar="NAME", help="A model of runners/models.yaml.")
@click.option(
    "--panel", "panel", multiple=True, metavar="NAME", help="A panel's member; once a member."
)
@click.option(
    "--boundary",
    default="sealed",
    show_default=True,
    help="What may leave for it (runners/boundaries.yaml); a judge that is inside needs none.",
)
@JSON
@click.pass_obj
def exam(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    domain: str | None,
    name: str | None,
    panel: tuple[str, ...],
    boundary: str,
    *,
    as_json: bool,
) -> None:
    """Examine a grader on benchmarks/DOMAIN/exam: the checks, a judge, or a panel.

    Without --judge and --panel it is the check-based grader. A judge is asked once, and what it
    said is kept in benchmarks/DOMAIN/exam/sat/, to be committed; the same judge, template and
    exam are not asked again for 30 days. A panel is examined from what its members said.

    Prints how well it agrees with people, each criterion on which it does not, and which criteria
    are to be reworded. Exit code 0: it passed, and its certificate is part of the JSON. 1: it did
    not, or there is too little to tell.
    """
    from modelsmith.judges.certification.examination_page import exam_page
    from modelsmith.judges.certification.judges_page import ambiguity_lines
    from modelsmith.wiring.hosted import hold_in

    if name and panel:
        raise UsageError(
            "--judge and --panel are given",
            remedy="Name a judge with --judge, or each member of a panel with --panel.",
        )
    chosen = chosen_domain(domains_in(repository), domain)
    record: dict[str, object] = {}
    lines: list[str] = []
    if name or panel:
        hold_in()
        judges = judges_of(repository, chosen)
        result = judges.panel(panel) if name is None else judges.sit(name, boundary)
        examination, certificate = result.examination, result.certificate
        found, places = judges.unclear(result.certified_judges)
        record = {
            "result": result.path,
            "cost_usd": round(result.cost_usd, 9),
            "rewrite": [
                one.model_dump(mode="json")
                | {"place": places.get((one.scenario, one.criterion), "")}
                for one in found
            ],
        }
        lines = ambiguity_lines(found, places)
        lines.append(f"what was said in it has cost {result.cost_usd:.6g} USD")
        lines += [f"kept in {result.path}; commit it"] if result.path else []
    else:
        examination, certificate = grader_exam(repository, chosen)
    if as_json:
        granted = None if certificate is None else certificate.model_dump(mode="json")
        shown = {"examination": examination.model_dump(mode="json"), "certificate": granted}
        click.echo(json.dumps(shown | record, indent=2))
    else:
        click.echo("\n".join([*lines, exam_page(chosen, examination)]))
    if certificate is None:
        sys.exit(1)


@judge.command(name="list")
@DOMAIN
@JSON
@click.pass_obj
def list_(repository: Path, domain: str | None, *, as_json: bool) -> None:
    """Say which models of runners/models.yaml may judge, until when, and who decides.

    Prints the lower bounds of sensitivity and specificity, how many independent votes the panel is
    worth, and whether it or its best judge alone decides. Exit code 0: somebody may judge. 1:
    nobody may.
    """
    from modelsmith.judges.certification.judges_page import judges_page

    chosen = chosen_domain(domains_in(repository), domain)
    judges = judges_of(repository, chosen)
    statuses, agreement, deciding = judges.certification_statuses()
    if as_json:
        record = {
            "judges": [status.model_dump(mode="json") for status in statuses],
            "accord": None if agreement is None else agreement.model_dump(mode="json"),
            "decides": list(deciding),
        }
        click.echo(json.dumps(record, indent=2))
    else:
        click.echo(judges_page(chosen, statuses, agreement, deciding, judges.boundaries()))
    if not deciding:
        sys.exit(1)


@judge.command()
@DOMAIN
@click.option(
    "--model", "models", multiple=True, metavar="NAME", help="A model of runners/models.yaml."
)
@click.option("--base", "is_base", is_flag=True, help="The untouched base model too.")
@click.option(
    "--boundary",
    default="sealed",
    show_default=True,
    help="What may leave (runners/boundaries.yaml); models that are inside need none.",
)
@click.option(
    "--criteria",
    type=click.IntRange(min=1, max=2000),
    default=USUAL_CRITERIA,
    show_default=True,
    help="Criteria to be labelled; an exam needs 60.",
)
@click.option("--read", "is_read", is_flag=True, help="Take over what people labelled.")
@JSON
@click.pass_obj
def sample(  # noqa: PLR0913 - one parameter an option
    repository: Path,
    domain: str | None,
    models: tuple[str, ...],
    boundary: str,
    criteria: int,
    *,
    is_base: bool,
    is_read: bool,
    as_json: bool,
) -> None:
    """Draw answers of several models for people to label, so that a judge can be examined.

    Train scenarios of which judges decide anything are answered as well as each model can, and
    wrongly on purpose. benchmarks/DOMAIN/to-label.yaml holds questions, answers and criteria, with
    a place for each label, and does not say which model answered. With --read: the answers whose
    labels are all there go to exam/, where judges are examined on them; the others count for
    nothing and are told. Exit code 3: a label or a file is wrong, located.
    """
    from modelsmith.wiring.hosted import hold_in
    from modelsmith.wiring.label_sample import BASE, read_sample
    from modelsmith.wiring.label_sample import sample as drawn

    chosen = chosen_domain(domains_in(repository), domain)
    names = list(dict.fromkeys((*models, *([BASE] if is_base else []))))
    if bool(names) is is_read:
        raise UsageError(
            "--read asks no model" if is_read else "nobody is named whose answers are drawn",
            remedy="Draw with --model NAME or --base; read what was labelled with --read.",
        )
    if is_read:
        exam, found, problems, files = read_sample(repository, chosen)
        count = sum(len(answers) for answers in found.sheets.values())
        record: dict[str, object] = {
            "taken": count,
            "files": files,
            "open": [str(problem) for problem in problems],
            "unreadable": list(found.unreadable),
        }
        lines = [f"{count} labelled answers were added: {', '.join(files) or 'none'}"]
        lines += [str(problem) for problem in problems]
        if found.unreadable:
            named = ", ".join(found.unreadable)
            lines.append(f"left out, since the form of answers cannot read them: {named}")
        is_labelled = any(one.answers for one in sheets_of(repository, chosen, exam))
        lines.append(
            "next: modelsmith judge exam --judge NAME"
            if is_labelled
            else f"next: write met or not_met behind each criterion under `labels`, then "
            f"`modelsmith judge sample --domain {chosen} --read`"
        )
    else:
        hold_in()
        done = drawn(repository, chosen, names, boundary, criteria)
        record = done._asdict()
        lines = [
            f"{done.path}: {done.answers} answers, {done.criteria} criteria for judges to decide",
            f"lost calls {done.lost}, unusable answers {done.unusable}, {done.cost_usd:.6g} USD",
        ]
        if done.criteria < LEAST_CRITERIA:
            lines.append(
                f"an exam needs {LEAST_CRITERIA} labelled criteria: name more models, or write "
                "more train scenarios"
            )
        lines.append(f"next: label it, then `modelsmith judge sample --domain {chosen} --read`")
    click.echo(json.dumps(record, indent=2) if as_json else "\n".join(lines))


@judge.command()
@click.argument("run")
@click.option("--read", "is_read", is_flag=True, help="Say what people found in the filled sheet.")
@JSON
@click.pass_obj
def audit(repository: Path, run: str, *, is_read: bool, as_json: bool) -> None:
    """Have people recheck, blind, what judges decided in RUN's promotion attempt.

    Writes promotions/SPECIALIST/VERSION/recheck.yaml with 20 answers on which the specialist and a
    baseline differ (12 where there are fewer), without saying whose they are. Commit it, filled
    in, to the promotion's branch before it is approved. With --read: exit code 0 when people agree
    with enough outcomes and the wrong ones do not favour the specialist, 1 when not.
    """
    from modelsmith.judges.recheck_sheet import recheck_page

    if not is_read:
        path, is_new = write_recheck(repository, run)
        said = "was written" if is_new else "is there and was left as it is"
        text = (
            f"{path} {said}; label every criterion in it, "
            f"then run `modelsmith judge audit {run} --read`"
        )
        click.echo(json.dumps({"path": path, "is_new": is_new}, indent=2) if as_json else text)
        return
    found = read_recheck(repository, run)
    if as_json:
        click.echo(json.dumps({"holds": found.holds, **found.model_dump(mode="json")}, indent=2))
    else:
        click.echo(recheck_page(run, found))
    if not found.holds:
        sys.exit(1)
