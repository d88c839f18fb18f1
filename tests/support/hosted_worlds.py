"""Hosted models to hold to the port's promises: over each wire, and in memory."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from modelsmith.boundary.call import Ask, Lost, Reply, ResponseSchema
from modelsmith.boundary.hosted_model import Api, HostedModel, Limits
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.boundary.ports import HostedModels
from modelsmith.models.generation import Message, Sampling
from tests.support.hosted import ScriptedHosted
from tests.support.hosted_models import a_model
from tests.support.providers import Call, Fault, ProviderServer, Said, provider_server
from tests.support.providers.server import LIMITS, PRICE

APIS: tuple[Api, ...] = ("anthropic", "gemini", "openai")
YES, NO = '{"yes": true}', '{"yes": false}'
SHAPE = ResponseSchema(
    name="verdict",
    schema={
        "type": "object",
        "properties": {"yes": {"type": "boolean"}},
        "required": ["yes"],
        "additionalProperties": False,
    },
)


def question(
    text: str = "Is it so?", shape: ResponseSchema | None = SHAPE, system: str = "Judge."
) -> Ask:
    """Return a question of 1 + the words of `text` tokens."""
    turns = (Message(role="system", content=system), Message(role="user", content=text))
    return Ask(purpose="judge", prompt=turns, shape=shape, sampling=Sampling(max_tokens=50))


class InTurn:
    """Says what is listed for each question, one after the other, the last for ever."""

    def __init__(self, says: Mapping[str, Sequence[str | Said | Fault]]) -> None:
        self._says, self._times = says, defaultdict[str, int](int)
        self._lock = threading.Lock()

    def next(self, text: str) -> str | Said | Fault:
        listed = self._says[text]
        with self._lock:
            self._times[text] += 1
            return listed[min(self._times[text], len(listed)) - 1]

    def call(self, call: Call) -> str | Said | Fault:
        return self.next(call.turns[0].text)

    def ask(self, model: HostedModel, ask: Ask) -> str | Reply | Lost:
        said = self.next(ask.prompt[1].content)
        if not isinstance(said, Said):
            return str(said)
        read, written = sum(len(t.content.split()) for t in ask.prompt), len(said.text.split())
        return Reply(
            text=said.text,
            finish="refusal" if said.finish == "refusal" else "length",
            model=model.model,
            read_tokens=read,
            written_tokens=written,
            cost_usd=PRICE.cost_usd(read, 0, written),
            latency_s=0.0,
        )


@dataclass
class World:
    """Who is asked, and what was seen of it."""

    models: HostedModels
    model: HostedModel
    asked_times: Callable[[], int]
    server: ProviderServer | None = None
    left: list[tuple[str, int, bytes]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def outcomes(
        self, *asks: str | Ask, leaving: Callable[[str, int, bytes], bool] = lambda *_: True
    ) -> dict[str, Reply | Lost]:
        """Ask, each question under its own words, and return what became of each."""
        came: dict[str, Reply | Lost] = {}
        whole = [question(one) if isinstance(one, str) else one for one in asks]

        def leaves(key: str, attempt: int, body: bytes) -> bool:
            self.left.append((key, attempt, body))
            return leaving(key, attempt, body)

        def ends(key: str, outcome: Reply | Lost) -> None:
            assert key not in came
            self.ended.append(key)
            came[key] = outcome

        keyed = {one.prompt[1].content: one for one in whole}
        self.models.ask(self.model, keyed, leaving=leaves, came=ends)
        assert came.keys() == keyed.keys()
        return came


@contextmanager
def over_wire(
    api: Api, says: Mapping[str, Sequence[str | Said | Fault]], **changes: object
) -> Iterator[World]:
    """A model over a wire; the server found no request wanting when the context ends well."""
    with provider_server(InTurn(says).call) as server:
        limits = LIMITS.model_copy(update=changes.pop("limits", {}))
        model = server.model(api=api, limits=Limits.model_validate(limits), **changes)
        models = LitellmModels(waits=0.001)
        yield World(models, model, lambda: len(server.requests), server)
        assert server.refusals == []


@contextmanager
def in_memory(
    says: Mapping[str, Sequence[str | Said | Fault]], **changes: object
) -> Iterator[World]:
    """A model of a function."""
    scripted = ScriptedHosted(InTurn(says).ask)
    model = a_model(price_usd_per_million=PRICE, **changes)
    yield World(scripted, model, lambda: len(scripted.asks))
