"""Hosted models in memory: what they say is scripted, and what reaches them is counted."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from modelsmith.boundary.call import Ask, Lost, QuestionSubject, Reply
from modelsmith.boundary.grants import ASKED, Boundary, Grant
from modelsmith.boundary.hosted_model import Hosted, HostedModel, Price
from modelsmith.errors import HostedError
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.models.generation import Message, Sampling

PRICE = Price(read=2.0, written=10.0)
FAMILIES = {"anthropic": "claude", "google": "gemini", "openai": "gpt"}
JUDGED = (*ASKED, "testObjective", "passCriteria", "failCriteria")
MAX_TOKENS = 100


def a_model(name: str = "gpt-1", provider: str = "openai", **changes: object) -> HostedModel:
    """Return a hosted model that needs no key."""
    fields: dict[str, object] = {
        "name": name,
        "provider": provider,
        "family": FAMILIES.get(provider, "other"),
        "api": "openai",
        "model": f"{name}-2026-01-01",
        "url": f"https://{provider}.example/v1",
        "price_usd_per_million": PRICE,
    }
    return HostedModel(**fields | changes)


def a_boundary(provider: str = "openai") -> Boundary:
    """Return a boundary that grants each purpose what the repository's example does."""
    return Boundary(
        name="frontier",
        grants=(
            Grant(provider=provider, purpose="council", splits=("train",), fields=ASKED),
            Grant(provider=provider, purpose="baseline", splits=("steer", "sealed"), fields=ASKED),
            Grant(
                provider=provider,
                purpose="judge",
                splits=("train", "steer", "sealed"),
                fields=JUDGED,
                answers=True,
            ),
        ),
    )


def hosting(*models: HostedModel, boundary: Boundary | None = None) -> Hosted:
    """Return what a run may ask."""
    return Hosted(boundary=boundary or a_boundary(), models=models or (a_model(),))


def asking(
    snapshot: ExamSnapshot,
    scenario: Scenario,
    split: Split = Split.STEER,
    **changes: object,
) -> Ask:
    """Return what a baseline is asked."""
    fields: dict[str, object] = {
        "purpose": "baseline",
        "prompt": prompt_for(snapshot.benchmark, scenario),
        "sampling": Sampling(max_tokens=MAX_TOKENS),
        "subjects": (QuestionSubject(scenario=scenario.id, split=split, fields=ASKED),),
    }
    return Ask(**fields | changes)


def saying(*texts: str, purpose: str = "council", **changes: object) -> Ask:
    """Return a question of these words, about nothing of the exam."""
    prompt = tuple(Message(role="user", content=text) for text in texts)
    fields: dict[str, object] = {"purpose": purpose, "prompt": prompt}
    return Ask(**fields | {"sampling": Sampling(max_tokens=MAX_TOKENS)} | changes)


def a_reply(text: str = "well", read: int = 200, written: int = 10) -> Reply:
    return Reply(
        text=text,
        finish="stop",
        model="gpt-1-2026-01-01",
        read_tokens=read,
        written_tokens=written,
        cost_usd=PRICE.cost_usd(read, 0, written),
        latency_s=0.5,
    )


class ScriptedModels:
    """Asks nobody, replies as scripted, one question after the other.

    Attributes:
        requests: Key of each attempt that left, over all calls.
        waves: How many questions each call brought.
    """

    def __init__(
        self,
        says: Callable[[Ask], Reply | Lost] = lambda _: a_reply(),
        *,
        attempts: int = 1,
        is_keyless: bool = False,
    ) -> None:
        self._says, self._attempts, self._is_keyless = says, attempts, is_keyless
        self.requests: list[str] = []
        self.waves: list[int] = []

    def ask(
        self,
        model: HostedModel,
        asks: Mapping[str, Ask],
        *,
        leaving: Callable[[str, int, bytes], bool],
        came: Callable[[str, Reply | Lost], None],
    ) -> None:
        self.waves.append(len(asks))
        if self._is_keyless:
            raise HostedError("no key is set (scripted)", remedy="Set it.")
        for key, ask in asks.items():
            came(key, self._outcome(model, key, ask, leaving))

    def _outcome(
        self,
        model: HostedModel,
        key: str,
        ask: Ask,
        leaving: Callable[[str, int, bytes], bool],
    ) -> Reply | Lost:
        body = json.dumps([m.model_dump() for m in ask.prompt] + [model.model]).encode()
        for attempt in range(1, self._attempts + 1):
            if not leaving(key, attempt, body):
                return Lost(reason="kept in", attempts=attempt - 1)
            self.requests.append(key)
            self.reached(key)
        return self._says(ask)

    def reached(self, key: str) -> None:
        """Do what a test wants done when a request arrives."""


class CountedRequests(ScriptedModels):
    """Writes each request into a file too, so that they are counted over processes."""

    def __init__(self, path: Path) -> None:
        super().__init__(lambda ask: a_reply(f"reply to {ask.prompt[-1].content[-12:]}"))
        self._path = path

    def reached(self, key: str) -> None:
        with self._path.open("a") as file:
            file.write(key + "\n")
