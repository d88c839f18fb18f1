"""A scripted frontier: judges whose judgements are known, with planted errors.

Every judge decides by the truth that it is given, and errs as often as it is told to, together
with the others as much as it is told to: errors of judges on the same criterion share a latent
normal with weight `rho` (the model of research S-13).
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Literal

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import ExamSheet
from modelsmith.exam.prompt_injection import addresses_grader
from modelsmith.exam.seeded_random import Draws
from modelsmith.judges.prompt import presentable

NORMAL = NormalDist()

Truth = Callable[[str, str, str], Outcome | None]
"""What people would say of (scenario, answer as shown, criterion); None where it is so plainly not
met that no judge errs."""


@dataclass(frozen=True)
class Temper:
    """How one judge errs."""

    sensitivity: float = 1.0
    """How often it finds met what is met."""
    specificity: float = 1.0
    """How often it finds not met what is not met."""
    abstains: float = 0.0
    """How often it says nothing."""
    loses: float = 0.0
    """How often its call is lost."""
    lenient: Mapping[str, float] = field(default_factory=dict)
    """How much oftener it finds met what is not met, by who wrote the answer."""
    invents: float = 0.0
    """How often its first reply quotes what is not there."""
    obeys: Literal["", "quoting orders", "quoting anything"] = ""
    """Whether it does what an answer tells it to, and what it quotes then."""
    wavers: float = 0.0
    """How often it decides otherwise under another seed."""


class ScriptedFrontier:
    """An Outbound whose models judge as they are told to.

    Attributes:
        calls: Every question that was asked, with who was asked, in order.
    """

    def __init__(
        self,
        tempers: Mapping[str, Temper],
        truth: Truth,
        *,
        rho: float = 0.0,
        author: Callable[[str], str] = lambda _: "",
        seed: int = 0,
    ) -> None:
        """Take how each judge errs, the truth, how much they err together, and who wrote what."""
        self._tempers, self._truth, self._rho = tempers, truth, rho
        self._author, self._seed = author, seed
        self.calls: list[tuple[str, Ask]] = []

    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        """Answer every question."""
        assert label
        self.calls += [(model, ask) for ask in asks]
        return [self._reply(model, ask) for ask in asks]

    def _reply(self, model: str, ask: Ask) -> Reply | Lost:
        temper, (scenario, shown, criterion) = self._tempers[model], asked_of(ask)
        own = Draws("frontier", self._seed, model, scenario, shown, criterion)
        if own.share() < temper.loses:
            return Lost(reason="the server broke down", attempts=5, cost_usd=0.001)
        abstains, invents = own.share() < temper.abstains, own.share() < temper.invents
        outcome = self._outcome(model, own, (scenario, shown, criterion))
        is_hard = self._truth(scenario, shown, criterion) is not None
        if (
            is_hard
            and own.share() < temper.wavers
            and Draws(own.key, ask.sampling.seed).share() < 0.5
        ):
            outcome = Outcome.NOT_MET if outcome is Outcome.MET else Outcome.MET
        quotes = [_passage(shown)] if outcome is Outcome.MET else []
        if temper.obeys and (told := _told(shown)):
            quoted = told if temper.obeys == "quoting orders" else _passage(shown)
            outcome, quotes, abstains = Outcome.MET, [quoted], False
        if invents and outcome is Outcome.MET and ask.prompt[-1].content.startswith("Criterion"):
            quotes = ["words that nobody has written here"]
        value = {
            "criterion": criterion,
            "expectation": "what the criterion says",
            "quotes": quotes,
            "reasoning": "as scripted",
            "verdict": "abstain" if abstains else _verdict(ask, outcome),
        }
        return a_reply(value)

    def _outcome(self, model: str, own: Draws, place: tuple[str, str, str]) -> Outcome:
        scenario, shown, criterion = place
        temper = self._tempers[model]
        shared = _normal(Draws("together", self._seed, scenario, shown, criterion))
        error = NORMAL.cdf(sqrt(self._rho) * shared + sqrt(1 - self._rho) * _normal(own))
        true = self._truth(scenario, shown, criterion)
        if true is None:
            return Outcome.NOT_MET
        if true is Outcome.MET:
            return Outcome.MET if error < temper.sensitivity else Outcome.NOT_MET
        raised = 1 - temper.specificity + temper.lenient.get(self._author(shown), 0.0)
        return Outcome.MET if error > 1 - raised else Outcome.NOT_MET


def _verdict(ask: Ask, outcome: Outcome) -> str:
    """Return an outcome as it was asked for: in a word, or as the best or the worst level."""
    shape = ask.shape
    if shape is None or shape.name != "level":
        return outcome.value
    return "5" if outcome is Outcome.MET else "1"


def asked_of(ask: Ask) -> tuple[str, str, str]:
    """Return the scenario, the answer as shown, and the criterion of a question to a judge."""
    laid_out, asks = ask.prompt[1].content, ask.prompt[3].content
    shown = laid_out.split("<<<<< begin ", 1)[1].split("\n", 1)[1].rsplit("\n>>>>> end ", 1)[0]
    return ask.subjects[0].scenario, shown, asks.split()[1].rstrip(",")


def a_reply(value: Mapping[str, object], finish: str = "stop") -> Reply:
    """Return a reply that holds `value`."""
    return Reply.model_validate(
        {
            "text": json.dumps(value),
            "value": value,
            "finish": finish,
            "model": "scripted-1",
            "read_tokens": 900,
            "written_tokens": 90,
            "cost_usd": 0.002,
            "latency_s": 1.0,
        }
    )


def a_judge(name: str, family: str | None = None, *, inside: bool = False) -> HostedModel:
    """Return a hosted model of a family of its own, unless another is named."""
    return HostedModel(
        name=name,
        provider="scripted",
        family=family or name.split("-", maxsplit=1)[0],
        api="openai",
        model=f"{name}-2026-01-01",
        url="https://judges.example/v1",
        inside=inside,
    )


def _normal(draws: Draws) -> float:
    return NORMAL.inv_cdf(min(1 - 1e-12, max(1e-12, draws.share())))


def _passage(shown: str) -> str:
    lines = [line for line in shown.splitlines() if not addresses_grader(line)]
    return max(lines, key=len, default=shown)


def _told(shown: str) -> str:
    return next((line for line in shown.splitlines() if addresses_grader(line)), "")


def truth_of(sheets: Iterable[ExamSheet]) -> Truth:
    """Return what people decided; what they did not see plainly meets nothing."""
    labels = {
        (sheet.scenario, presentable(answer.text), key): label
        for sheet in sheets
        for answer in sheet.answers
        for key, label in answer.labels.items()
    }
    return lambda *place: labels.get(place)
