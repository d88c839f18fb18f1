"""Runs with hosted baselines and judges, all in memory: what they say is known, and can be lost.

A baseline reads the question as the scripted specialist does, with a skill of its own. A judge
knows what a rubric's checks know, and errs as it is told to (tests/support/frontier.py).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from modelsmith.boundary.call import Ask, Lost, Reply, call_key
from modelsmith.boundary.grants import ASKED, Boundary, Grant
from modelsmith.boundary.hosted_model import Hosted, HostedModel, Price
from modelsmith.exam.benchmark import ExamSnapshot, by_id
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.check import finding_of
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.family import Families
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import Scenario
from modelsmith.judges.certification.judge_exam import JudgeExam
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.judges.certification.sit_exam import sit_exam
from modelsmith.run.context import PhaseOutbound
from modelsmith.store.port import Cache
from tests.support.clock import START
from tests.support.frontier import ScriptedFrontier, Temper, Truth
from tests.support.runs import LEARNS, Skill, Workshop, a_workshop, answer_to, learning

PROVIDERS = {
    "claude": "anthropic",
    "deepseek": "deepseek",
    "gemini": "google",
    "gpt": "openai",
    "mistral": "mistral",
}
BASELINES = ("claude-1", "gemini-1", "gpt-1")
JUDGES = ("claude-j", "gemini-j", "gpt-j", "mistral-j")
PRODUCTION = ("anthropic", "google", "openai")
Faults = Callable[[str, Ask], Lost | Reply | None]
"""What comes instead of an answer, for (who is asked, the question); none where nothing does."""

CALL_USD = 0.004
"""What a baseline's answer costs."""


def a_model(name: str) -> HostedModel:
    """Return a hosted model whose name begins with its family."""
    family = name.split("-", maxsplit=1)[0]
    return HostedModel(
        name=name,
        provider=PROVIDERS[family],
        family=family,
        api="openai",
        model=f"{name}-2026-01-01",
        url=f"https://{family}.example/v1",
        price_usd_per_million=Price(read=1.0, written=5.0),
    )


def hosting(*names: str) -> Hosted:
    """Return what a run may ask that names these models, with a boundary that lets it."""
    models = tuple(a_model(name) for name in sorted(names))
    providers = sorted({model.provider for model in models})
    grants = [
        Grant(provider=p, purpose="baseline", splits=("steer", "sealed"), fields=ASKED)
        for p in providers
    ]
    grants += [
        Grant(
            provider=p,
            purpose="judge",
            splits=("train", "steer", "sealed"),
            fields=(*ASKED, "testObjective", "passCriteria", "failCriteria"),
            answers=True,
        )
        for p in providers
    ]
    return Hosted(boundary=Boundary(name="frontier", grants=tuple(grants)), models=models)


class InMemoryModels:
    """Answers as scripted, one question after the other.

    Attributes:
        sent: Every question that came, with who was asked: what was answered before does not.
    """

    def __init__(
        self, skills: Mapping[str, float], frontier: ScriptedFrontier, faults: Faults
    ) -> None:
        self._skills, self._frontier, self._faults = skills, frontier, faults
        self.sent: list[tuple[str, Ask]] = []

    def ask(
        self,
        model: HostedModel,
        asks: Mapping[str, Ask],
        *,
        leaving: Callable[[str, int, bytes], bool],
        came: Callable[[str, Reply | Lost], None],
    ) -> None:
        for key, ask in asks.items():
            self.sent.append((model.name, ask))
            assert leaving(key, 1, ask.canonical())
            came(key, self._faults(model.name, ask) or self._outcome(model.name, ask))

    def _outcome(self, model: str, ask: Ask) -> Reply | Lost:
        if ask.purpose == "judge":
            return self._frontier.ask(model, [ask], "judges")[0]
        asked = ask.prompt[-1].content
        luck = int(sha256(f"{model} {asked}".encode()).hexdigest()[:8], 16) / 2**32
        return said(answer_to(asked, right=luck < self._skills[model]), model, luck)


class InMemoryOutbound:
    """Asks within no boundary and no budget, and writes nothing down: a run of milliseconds."""

    def __init__(self, hosted: Hosted, models: InMemoryModels) -> None:
        self._hosted, self._models = hosted, models
        self._kept: dict[str, Reply] = {}

    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        chosen = self._hosted.model(model)
        keyed = {call_key(chosen, ask): ask for ask in asks}
        outcomes: dict[str, Reply | Lost] = {k: r for k, r in self._kept.items() if k in keyed}
        unknown = {key: ask for key, ask in keyed.items() if key not in outcomes}
        self._models.ask(chosen, unknown, leaving=lambda *_: True, came=outcomes.__setitem__)
        self._kept |= {key: one for key, one in outcomes.items() if isinstance(one, Reply)}
        return [outcomes[call_key(chosen, ask)] for ask in asks]


def said(text: str, model: str = "gpt-1", luck: float = 0.5, finish: str = "stop") -> Reply:
    """Return a baseline's reply."""
    return Reply.model_validate(
        {
            "text": text,
            "finish": finish,
            "model": f"{model}-2026-01-01",
            "read_tokens": 300,
            "written_tokens": 40,
            "cost_usd": CALL_USD,
            "latency_s": round(0.5 + luck, 3),
        }
    )


def by_checks(snapshot: ExamSnapshot, families: Families) -> Truth:
    """Return what a judge who never errs says: what checks say; on no answer at all nobody errs.

    Proposals that joined train are drawn again from their family.
    """
    known = by_id([*snapshot.train, *snapshot.steer, *snapshot.sealed])

    def found(name: str) -> Scenario:
        if name not in known:
            family, seed, number = re.fullmatch(r"(\w+?)__[A-Z]+(\d+)V(\d+)", name).groups()
            drawn = families.variants(
                known[family], int(number) + 1, seed=int(seed), relation="any"
            )
            known[name] = drawn[int(number)]
        return known[name]

    def truth(scenario: str, shown: str, criterion: str) -> Outcome | None:
        if "FINDING:" not in shown:
            return None
        check = found(scenario).criteria()[criterion].check
        return Outcome.NOT_MET if check is None else finding_of(check, shown, FREE_TEXT).outcome

    return truth


def an_exam_for_judges(snapshot: ExamSnapshot) -> JudgeExam:
    """Return an exam on train: three right and three wrong answers a scenario, labelled."""
    sheets = tuple(_sheet(snapshot, scenario) for scenario in snapshot.train)
    return JudgeExam(snapshot.benchmark, sheets, by_id(snapshot.train))


def some_certified_judges(
    snapshot: ExamSnapshot, hosted: Hosted, judges: Sequence[str], frontier: ScriptedFrontier
) -> CertifiedJudges:
    """Return the judges with what they did on that exam, a day ago."""
    exam = an_exam_for_judges(snapshot)
    day_ago = START - timedelta(days=1)
    sittings = [
        sit_exam(frontier, exam, hosted.judge(judge), hosted.boundary, day_ago) for judge in judges
    ]
    return exam.bench(sittings)


def a_frontier_run(  # noqa: PLR0913 - a builder names what a test may vary
    root,
    *,
    baselines: Sequence[str] = BASELINES,
    judges: Sequence[str] = (),
    skill: float | Mapping[str, float] = 0.15,
    tempers: Mapping[str, Temper] | None = None,
    rho: float = 0.0,
    base_family: str = "tiny",
    specialist: Skill = learning(*LEARNS),  # noqa: B008 - a pure function
    faults: Faults = lambda *_: None,
    bounded: bool = False,
    cache: Cache | None = None,
    **changes: object,
) -> tuple[Workshop, InMemoryModels]:
    """Return a run that names hosted baselines and judges, and what answers it.

    Args:
        root: Its repository.
        baselines: Stand-ins and hosted models.
        judges: Hosted models, each with what it did on the exam.
        skill: How often a baseline is right.
        tempers: How judges err; those that are not named never do.
        rho: How much they err together.
        base_family: Of the specialist's base model.
        specialist: What the specialist can do.
        faults: What comes instead of answers.
        bounded: Whether what leaves is held to the boundary and the budget, and written down.
        cache: Answers of before, where they are bounded.
        changes: Further settings.
    """
    named = [name for name in (*baselines, *judges) if not name.startswith("stand-in:")]
    hosted = hosting(*named)
    workshop = a_workshop(
        root,
        baselines=list(baselines),
        judges=list(judges),
        boundary="frontier",
        skill=specialist,
        model={"name": "tiny", "path": "tiny", "family": base_family},
        budgets={"iterations": 3, "costUsd": 100.0},
        **changes,
    )
    skills = skill if isinstance(skill, Mapping) else dict.fromkeys(named, skill)
    known = dict.fromkeys(judges, Temper()) | dict(tempers or {})
    truth = by_checks(workshop.snapshot, workshop.tools.families)
    frontier = ScriptedFrontier(known, truth, rho=rho)
    models, tools = InMemoryModels(skills, frontier, faults), workshop.tools
    within = PhaseOutbound(
        models,
        cache or tools.cache,
        tools.folder,
        tools.wall,
        tools.clock,
        tools.progress,
        tools.engines,
    )
    plain = InMemoryOutbound(hosted, models)
    workshop.tools = replace(tools, outbound=within if bounded else lambda _case: plain)
    workshop.hosted = hosted
    if judges:
        workshop.certified_judges = some_certified_judges(
            workshop.snapshot, hosted, judges, frontier
        )
    return workshop, models


def _sheet(snapshot: ExamSnapshot, scenario: Scenario) -> ExamSheet:
    asked = question(snapshot.benchmark, scenario)
    answers = []
    for number in range(1, 4):
        for right in (True, False):
            text = f"{answer_to(asked, right=right)}\nNOTE: reading {number} of the same table."
            answers.append(
                ExamAnswer(
                    id=f"{'R' if right else 'W'}{number}",
                    kind=AnswerKind.RIGHT if right else AnswerKind.PLAUSIBLE_WRONG,
                    text=text,
                    labels={
                        key: finding_of(criterion.check, text, FREE_TEXT).outcome
                        for key, criterion in scenario.criteria().items()
                    },
                )
            )
    return ExamSheet(scenario=scenario.id, answers=tuple(answers))
