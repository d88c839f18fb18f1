"""Runs whose baselines and judges are asked over three wires."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from modelsmith.boundary.call import Ask, QuestionSubject
from modelsmith.boundary.hosted_model import Api, Hosted, HostedModel
from modelsmith.boundary.isolation.process_firewall import ProcessWall
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.scenario import Split
from modelsmith.judges.certification.result import CertifiedJudges
from modelsmith.models.generation import Message
from modelsmith.run.context import PhaseOutbound
from tests.support import frontier_runs
from tests.support.frontier import ScriptedFrontier, Temper
from tests.support.frontier_runs import BASELINES, InMemoryOutbound, some_certified_judges
from tests.support.providers import Call, ProviderServer, Said, provider_server
from tests.support.providers.server import BASES, LIMITS, MODELS, PRICE
from tests.support.runs import Workshop, a_workshop, answer_to
from tests.support.scenarios import ALL_CLEAR, PROBLEMS

APIS: Mapping[str, Api] = {
    "claude": "anthropic",
    "deepseek": "openai",
    "gemini": "gemini",
    "gpt": "openai",
    "mistral": "openai",
}
"""The wire that each family speaks; deepseek's and mistral's models speak OpenAI's."""

OTHERS = {"deepseek": "deepseek-chat-2026-01-01", "mistral": "mistral-large-2026-01-01"}
"""The models of families without a wire of their own."""

KEYS: Mapping[Api, str] = {
    api: f"planted+{api}/secret==" for api in ("anthropic", "gemini", "openai")
}
"""The key of each wire; what asks finds it in the environment."""

JUDGES = ("claude-j", "gemini-j", "gpt-j", "mistral-j")
TEMPERS = {
    "claude-j": Temper(),
    "gemini-j": Temper(),
    "gpt-j": Temper(),
    "mistral-j": Temper(specificity=0.0),
}
"""Three judges that never err, and one that finds everything met."""

APART = dict.fromkeys(
    sorted((*JUDGES, "deepseek-j")), Temper(sensitivity=0.965, specificity=0.965, abstains=0.02)
)
"""Judges that err and abstain apart from each other, so that the exam shows their panel better
than any of them."""

SKILL = 0.15
"""How often a baseline is right."""

PHRASES = tuple(words for label in (*PROBLEMS.values(), ALL_CLEAR) for words in label[1:])


class WiredFrontier:
    """What the scripted providers say: baselines of known skill, judges of known temper."""

    def __init__(self, tempers: Mapping[str, Temper] = TEMPERS) -> None:
        self._judges = ScriptedFrontier(tempers, _truth)

    def __call__(self, call: Call) -> str:
        name = asked_in(call)
        if name.endswith("-j"):
            return self._judges.ask(name, [inquiry_in(call)], "judges")[0].text
        luck = int(sha256(f"{name} {call.last}".encode()).hexdigest()[:8], 16) / 2**32
        return answer_to(call.last, right=luck < SKILL)


def asked_in(call: Call) -> str:
    """Return the run's name of who is asked: a judge is held to a schema, a baseline is not."""
    own = call.model.partition("-")[0]
    family = (
        own if own in OTHERS else next(f for f in APIS if f not in OTHERS and APIS[f] == call.api)
    )
    return f"{family}-{'j' if call.schema else '1'}"


@contextmanager
def wired_providers(script: Callable[[Call], str | Said]) -> Iterator[ProviderServer]:
    """Return a server of all wires whose keys are in the environment as long as it serves.

    It found no request wanting when the context ends well.
    """
    named = {f"PLANTED_{api.upper()}": key for api, key in KEYS.items()}
    os.environ.update(named)
    try:
        with provider_server(script, KEYS) as server:
            yield server
            assert server.refusals == []
    finally:
        for name in named:
            del os.environ[name]


def a_wired_model(name: str, port: int) -> HostedModel:
    """Return a model at the providers on `port`, whose key is its wire's."""
    family = name.split("-", maxsplit=1)[0]
    api = APIS[family]
    return HostedModel(
        name=name,
        provider=frontier_runs.PROVIDERS[family],
        family=family,
        api=api,
        model=OTHERS.get(family, MODELS[api]),
        url=f"http://127.0.0.1:{port}{BASES[api]}",
        key_env=f"PLANTED_{api.upper()}",
        price_usd_per_million=PRICE,
        limits=LIMITS,
    )


def a_wired_run(
    root: Path,
    port: int,
    *,
    run: str = "tiny",
    judges: Sequence[str] = (),
    certified_judges: CertifiedJudges | None = None,
    **settings: object,
) -> Workshop:
    """Return a run whose baselines and judges are at `port`.

    Args:
        root: Its repository.
        port: Where the providers are.
        run: Its name.
        judges: Who grades.
        certified_judges: What they did on the exam; they sit it there where none is given.
        settings: Further settings.
    """
    hosted = frontier_runs.hosting(*BASELINES, *judges)
    models = tuple(a_wired_model(model.name, port) for model in hosted.models)
    hosted = Hosted(boundary=hosted.boundary, models=models)
    workshop = a_workshop(
        root,
        run=run,
        baselines=list(BASELINES),
        judges=list(judges),
        boundary="frontier",
        model={"name": "tiny", "path": "tiny", "family": "tiny"},
        budgets={"iterations": 3, "costUsd": 100.0},
        **settings,
    )
    tools, asking = workshop.tools, LitellmModels(waits=0.0)
    wall = ProcessWall(tools.clock)
    outbound = PhaseOutbound(
        asking, tools.cache, tools.folder, wall, tools.clock, tools.progress, tools.engines
    )
    workshop.tools = replace(tools, outbound=outbound)
    workshop.hosted = hosted
    if certified_judges is not None:
        workshop.certified_judges = certified_judges
    elif judges:
        sitting = InMemoryOutbound(hosted, asking)
        workshop.certified_judges = some_certified_judges(
            workshop.snapshot, hosted, judges, sitting
        )
    return workshop


def inquiry_in(call: Call) -> Ask:
    """Return what a judge is asked, its criterion's words in the scenario's place."""
    turns = [Message(role=turn.role, content=turn.text) for turn in call.turns]
    subject = QuestionSubject(scenario=call.turns[2].text, split=Split.TRAIN, fields=())
    prompt = (Message(role="system", content=call.system), *turns)
    return Ask(purpose="judge", prompt=prompt, subjects=(subject,))


def _truth(criterion: str, shown: str, _: str) -> Outcome | None:
    """Return whether an answer says what a criterion speaks of; none where it says nothing."""
    if "FINDING:" not in shown:
        return None
    spoken = [words for words in PHRASES if re.search(re.escape(words), criterion)]
    assert spoken, criterion
    said = shown.lower()  # a composed answer begins its sentences with a capital
    return Outcome.MET if any(words.lower() in said for words in spoken) else Outcome.NOT_MET
