"""An exam in plain words: no check, no form, no verdict; what is right its checked twin knows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from modelsmith.exam.benchmark import AnswerFormat, Benchmark, Category, Exam, by_id, question
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import finding_of
from modelsmith.exam.family import Relation
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.sit_exam import sit_exam
from modelsmith.loop.phases import intake
from tests.support.clock import START
from tests.support.families import ScriptedFamilies
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.frontier_runs import InMemoryModels, InMemoryOutbound, by_checks, hosting
from tests.support.runs import Workshop, a_snapshot, a_workshop, an_exam, answer_to, families_of
from tests.support.scenarios import PROBLEMS, a_benchmark


def a_plain_benchmark() -> Benchmark:
    """Return a benchmark whose answers are free text."""
    return a_benchmark(
        answer_format=AnswerFormat(instruction="Answer as an analyst, in your own words."),
        categories={name: Category(title=name.title()) for name in PROBLEMS},
    )


def plainly(scenario: Scenario) -> Scenario:
    """Return a scenario without its checks."""
    plain = {
        name: tuple(one.model_copy(update={"check": None}) for one in getattr(scenario, name))
        for name in ("pass_criteria", "fail_criteria")
    }
    return scenario.model_copy(update=plain)


def a_plain_exam(checked: Exam) -> Exam:
    """Return an exam in plain words, the twin of a checked one."""
    splits = {split.value: tuple(map(plainly, checked.split(split))) for split in Split}
    return Exam(benchmark=a_plain_benchmark(), **splits)


class PlainFamilies:
    """Makes variants of scenarios in plain words."""

    def __init__(self, checked: ScriptedFamilies) -> None:
        self._checked = checked

    def world_of(self, variant: Scenario) -> str:
        return self._checked.world_of(variant)

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        drawn = self._checked.variants(parent, count, seed=seed, relation=relation)
        return tuple(map(plainly, drawn))


def labelled(exam: Exam, checked: Exam) -> tuple[ExamSheet, ...]:
    """Return three right and three wrong answers to each train scenario, labelled."""
    sheets = []
    twins = by_id(checked.train)
    for scenario in exam.train:
        asked, answers = question(exam.benchmark, scenario), []
        for number in range(1, 4):
            for right in (True, False):
                text = f"{answer_to(asked, right=right)}\nNOTE: reading {number} of the table."
                labels = {
                    key: finding_of(one.check, text, FREE_TEXT).outcome
                    for key, one in twins[scenario.id].criteria().items()
                }
                kind = AnswerKind.RIGHT if right else AnswerKind.PLAUSIBLE_WRONG
                name = f"{'R' if right else 'W'}{number}"
                answers.append(ExamAnswer(id=name, kind=kind, text=text, labels=labels))
        sheets.append(ExamSheet(scenario=scenario.id, answers=tuple(answers)))
    return tuple(sheets)


def a_plain_run(
    root, *, judges: Sequence[str] = (), tempers=None, is_labelled: bool = True, **changes
) -> tuple[Workshop, InMemoryModels]:
    """Return a run on an exam in plain words, and what its judges were asked.

    Args:
        root: Its repository.
        judges: Hosted models that decide, certified on the labelled answers.
        tempers: How they err; those that are not named never do.
        is_labelled: Whether people labelled answers.
        changes: Further settings.
    """
    checked = an_exam()
    exam, hosted = a_plain_exam(checked), hosting(*judges)
    workshop = a_workshop(
        root,
        exam=exam,
        families=PlainFamilies(families_of(checked)),
        judges=list(judges),
        boundary="frontier",
        model={"name": "tiny", "path": "tiny", "family": "tiny"},
        **{"budgets": {"iterations": 3, "costUsd": 100.0}} | changes,
    )
    sheets = labelled(exam, checked) if is_labelled else ()
    workshop.snapshot = intake.snapshot_of(
        exam, workshop.tools.families, sheets, workshop.config.evaluation.variants
    )
    truth = by_checks(a_snapshot(checked), families_of(checked))
    known = dict.fromkeys(judges, Temper()) | dict(tempers or {})
    frontier = ScriptedFrontier(known, truth)
    models = InMemoryModels({}, frontier, lambda *_: None)
    plain = InMemoryOutbound(hosted, models)
    workshop.tools = replace(workshop.tools, outbound=lambda _case: plain)
    workshop.hosted = hosted
    if judges:
        sat = JudgeExam(exam.benchmark, labelled(exam, checked), by_id(exam.train))
        day_ago = START - timedelta(days=1)
        workshop.certified_judges = sat.bench(
            [
                sit_exam(frontier, sat, hosted.model(judge), hosted.boundary, day_ago)
                for judge in judges
            ]
        )
    return workshop, models
