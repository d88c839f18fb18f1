"""An exam in plain words: no check, no form, no verdict; what is right its checked twin knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from modelsmith.exam.authoring.scenario_file import scenario_from
from modelsmith.exam.benchmark import AnswerFormat, Benchmark, Category, Exam, by_id
from modelsmith.exam.checks.answer_form import (
    FREE_TEXT,
    ChoiceField,
    FiguresField,
    TextField,
)
from modelsmith.exam.checks.check import Check, Verdict, finding_of
from modelsmith.exam.checks.fields import Chosen, FigureRead, FigureSought
from modelsmith.exam.checks.figures import Number
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.family import Relation
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.exam.prompt import form_for, question
from modelsmith.exam.scenario import Criterion, Scenario, Split
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.sit_exam import sit_exam
from modelsmith.loop.phases import intake
from tests.support.clock import START
from tests.support.families import ScriptedFamilies
from tests.support.frontier import ScriptedFrontier, Temper, Truth
from tests.support.frontier_runs import InMemoryModels, InMemoryOutbound, by_checks, hosting
from tests.support.runs import (
    Workshop,
    a_snapshot,
    a_workshop,
    an_exam,
    answer_to,
    families_of,
    word,
)
from tests.support.scenarios import CLEAR, PROBLEMS, a_benchmark


def a_plain_benchmark(version: int = 1) -> Benchmark:
    """Return a benchmark whose answers are free text."""
    return a_benchmark(
        version=version,
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


Twin = Callable[[Scenario], Scenario]


def a_plain_exam(checked: Exam, twin: Twin = plainly, **changes: object) -> Exam:
    """Return an exam in plain words, the twin of a checked one."""
    benchmark = a_plain_benchmark(version=checked.benchmark.version)
    benchmark = Benchmark.model_validate(dict(benchmark) | changes)
    splits = {split.value: tuple(map(twin, checked.split(split))) for split in Split}
    splits["train"] += (scenario_from(benchmark, WORKED, "worked.yaml"),)
    return Exam(benchmark=benchmark, **splits)


WORKED_ID = "WORKED_CASE_IN_PLAIN_WORDS"

WORKED = """\
id: WORKED_CASE_IN_PLAIN_WORDS
outcomeType: fn-guard
operatorLens: dsp
category: BID_SHADING
auctionMechanic: {pricing: first}
description: >-
  Our share of auctions won went from 18 % to 11 % within two weeks, on one exchange alone. Trading
  blames the shading model, engineering the pacing throttle, and both want to act before noon.
testObjective: >-
  Finds out whether the model keeps two mechanisms apart that look alike from far: a bid that is cut
  too deep, and a bid that is never made.
passCriteria: >-
  Says that the share won alone proves neither. Asks for the density of bids, e.g. by price, and for
  the gap to the clearing price. Uses the ratio of bids to requests to see a throttle. Says that the
  auction is first-price.
failCriteria: >-
  Concludes shading from the share won alone. Recommends to raise floors, which no buyer can. Waves
  the throttle aside. Treats the auction as second-price.
domainInput: |
  Daily figures of the desk, as exported, oldest first; nobody has drawn a conclusion from them yet.
  shading_discount_pct: 12 26.5 41
  win_rate_pct: 18 15 11
"""
"""A case as an expert writes it: prose criteria, prose input."""

WORKED_RIGHT = (
    "The share won alone proves neither. Send the bid density by price and the gap to the clearing "
    "price. The ratio of bids to requests will show a throttle; the auction is first-price."
)
WORKED_WRONG = "The share won fell, so shading is too deep. Nothing else can explain it."


class PlainFamilies:
    """Makes variants of scenarios in plain words."""

    def __init__(self, checked: ScriptedFamilies, twin: Twin = plainly) -> None:
        self._checked, self._twin = checked, twin

    def world_of(self, variant: Scenario) -> str:
        return self._checked.world_of(variant)

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        drawn = self._checked.variants(parent, count, seed=seed, relation=relation)
        return tuple(map(self._twin, drawn))


def labelled(exam: Exam, checked: Exam) -> tuple[ExamSheet, ...]:
    """Return three right and three wrong answers to each train scenario, labelled."""
    sheets = []
    twins = by_id(checked.train)
    for scenario in exam.train:
        asked, answers = question(exam.benchmark, scenario), []
        for number in range(1, 4):
            for right in (True, False):
                text = f"{_answer_to(scenario, asked, right=right)}\nNOTE: reading {number}."
                kind = AnswerKind.RIGHT if right else AnswerKind.PLAUSIBLE_WRONG
                labels = _labels(scenario, twins.get(scenario.id), text)
                name = f"{'R' if right else 'W'}{number}"
                answers.append(ExamAnswer(id=name, kind=kind, text=text, labels=labels))
        sheets.append(ExamSheet(scenario=scenario.id, answers=tuple(answers)))
    return tuple(sheets)


def _answer_to(scenario: Scenario, asked: str, *, right: bool) -> str:
    if scenario.id == WORKED_ID:
        return WORKED_RIGHT if right else WORKED_WRONG
    return answer_to(asked, right=right)


def _labels(scenario: Scenario, twin: Scenario | None, text: str) -> dict[str, Outcome]:
    """Return what people decide: as the checked twin does, and of the worked case by its words."""
    if twin is None:
        return {key: worked_truth(text, key) for key in scenario.criteria()}
    return {
        key: finding_of(one.check, text, FREE_TEXT).outcome for key, one in twin.criteria().items()
    }


def worked_truth(text: str, criterion: str) -> Outcome:
    """Return what is true of an answer to the worked case."""
    right = WORKED_RIGHT in text if criterion.startswith("P") else WORKED_WRONG in text
    is_met = right and criterion in {"P1", "P2", "P3", "P4", "F1"}
    return Outcome.MET if is_met else Outcome.NOT_MET


def truth_of(checked: Exam) -> Truth:
    """Return what is true of answers to the plain twin of a checked exam."""
    by_twin = by_checks(a_snapshot(checked), families_of(checked))

    def truth(scenario: str, shown: str, criterion: str) -> Outcome | None:
        if scenario == WORKED_ID:
            return worked_truth(" ".join(shown.split()), criterion)
        return by_twin(scenario, shown, criterion)

    return truth


def a_plain_run(  # noqa: PLR0913 - a builder names what a test may vary
    root,
    *,
    judges: Sequence[str] = (),
    own: Sequence[str] = (),
    tempers=None,
    is_labelled: bool = True,
    checked: Exam | None = None,
    twin: Twin = plainly,
    benchmark: Mapping[str, object] | None = None,
    **changes,
) -> tuple[Workshop, InMemoryModels]:
    """Return a run on an exam in plain words, and what its judges were asked.

    Args:
        root: Its repository.
        judges: Models that decide, certified on the labelled answers.
        own: Those of them that are one's own.
        tempers: How they err; those that are not named never do.
        is_labelled: Whether people labelled answers.
        checked: The exam with checks whose twin it is.
        twin: What becomes of a scenario with checks.
        benchmark: What is changed in the benchmark.
        changes: Further settings.
    """
    checked = checked or an_exam()
    exam, hosted = a_plain_exam(checked, twin, **(benchmark or {})), hosting(*judges)
    inside = [one.model_copy(update={"inside": one.name in own}) for one in hosted.models]
    hosted = hosted.model_copy(update={"models": tuple(inside)})
    workshop = a_workshop(
        root,
        exam=exam,
        families=PlainFamilies(families_of(checked), twin),
        judges=list(judges),
        boundary="frontier",
        model={"name": "tiny", "path": "tiny", "family": "tiny"},
        **{"budgets": {"iterations": 3, "costUsd": 100.0}} | changes,
    )
    sheets = labelled(exam, checked) if is_labelled else ()
    workshop.snapshot = intake.snapshot_of(
        exam, workshop.tools.families, sheets, workshop.config.evaluation.variants
    )
    known = dict.fromkeys(judges, Temper()) | dict(tempers or {})
    frontier = ScriptedFrontier(known, truth_of(checked))
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


# Sentences beside form checks

FORM = AnswerFormat(
    instruction="Answer as an ad operations analyst.",
    fields=(
        TextField(name="FINDING"),
        FiguresField(name="EVIDENCE"),
        TextField(name="ACTION"),
        ChoiceField(name="VERDICT", clear=CLEAR),
    ),
)


def beside_checks(scenario: Scenario) -> Scenario:
    """Return a scenario whose figure and verdict are read by form, and whose sentences are told.

    What nobody decides is not required: it is read by people, and no grader waits for it.
    """
    kept = []
    for criterion in scenario.pass_criteria:
        check: Check | None = None
        if isinstance(criterion.check, Number):
            wanted = criterion.check.number
            check = FigureRead(figure=FigureSought(metric=wanted.metric or "", value=wanted.value))
        elif isinstance(criterion.check, Verdict):
            check = Chosen(choice=criterion.check.verdict)
        kept.append(Criterion(text=criterion.text, check=check, required=check is not None))
    return scenario.model_copy(update={"pass_criteria": tuple(kept), "fail_criteria": ()})


class FamiliesBesideChecks(PlainFamilies):
    """Makes variants of such scenarios."""

    def variants(
        self, parent: Scenario, count: int, *, seed: int, relation: Relation
    ) -> Sequence[Scenario]:
        drawn = self._checked.variants(parent, count, seed=seed, relation=relation)
        return tuple(map(beside_checks, drawn))


def an_exam_beside_checks(checked: Exam) -> Exam:
    """Return an exam of sentences beside form checks."""
    splits = {split.value: tuple(map(beside_checks, checked.split(split))) for split in Split}
    benchmark = checked.benchmark.model_copy(update={"answer_format": FORM})
    return Exam(benchmark=benchmark, **splits)


def labelled_beside_checks(exam: Exam, pairs: int) -> tuple[ExamSheet, ...]:
    """Return right and wrong answers to each train scenario, labelled by people."""
    sheets = []
    for scenario in exam.train:
        asked, answers = question(exam.benchmark, scenario), []
        form = form_for(exam.benchmark, scenario)
        for number in range(1, pairs + 1):
            for right in (True, False):
                text = answer_to(asked, right=right).replace(
                    "FINDING:", f"FINDING: {word(number)},"
                )
                told = Outcome.MET if right else Outcome.NOT_MET
                answers.append(
                    ExamAnswer(
                        id=f"{'R' if right else 'W'}{number}",
                        kind=AnswerKind.RIGHT if right else AnswerKind.PLAUSIBLE_WRONG,
                        text=text,
                        labels={
                            key: finding_of(one.check, text, form).outcome if one.check else told
                            for key, one in scenario.criteria().items()
                        },
                    )
                )
        sheets.append(ExamSheet(scenario=scenario.id, answers=tuple(answers)))
    return tuple(sheets)
