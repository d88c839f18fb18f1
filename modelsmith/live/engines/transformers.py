"""A release served by transformers in this process: a bounded queue, and one thread that answers.

Requests that wait are answered together, up to a batch; one that comes later waits for the batch to
end. That is simple and enough for a processor. Where answers must not wait for each other, vLLM
serves (vllm.py).
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from typing_extensions import override

from modelsmith.errors import BlockedError, EngineError
from modelsmith.live.serving.ports import ServingEngine, ServingEngines
from modelsmith.models.chat import Chat, End, Said
from modelsmith.models.generation import Prompt
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.engine import TransformersEngine, TransformersEngines
from modelsmith.promotion.verification.live_release import LiveRelease

BATCH = 8
"""Requests answered together. Measured with SmolLM2-135M on two cores in bf16
(tests/benchmarks/serving.py): past 8 the tokens a second hardly grow, and everyone waits longer."""
PLACES = 64
"""Requests that may wait: eight batches; whoever comes then is told to come again."""


class _Turn:
    """One request on its way through the queue."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.is_gone = False
        self._loop = asyncio.get_running_loop()
        self.events: asyncio.Queue[Said | Exception] = asyncio.Queue()

    def tell(self, event: Said | Exception) -> None:
        """Hand over an event, from any thread."""
        with suppress(RuntimeError):  # the loop was closed: nobody listens
            self._loop.call_soon_threadsafe(self.events.put_nowait, event)


class TransformersServingEngine(ServingEngine):
    """An engine that answers requests as they come."""

    def __init__(
        self, engine: TransformersEngine, *, batch: int = BATCH, places: int = PLACES
    ) -> None:
        """Take a loaded engine and begin to wait for requests."""
        self._engine = engine
        self._identity = {"engine": "transformers", **engine.identity}
        self._batch = batch
        self._places = places
        self._waiting: deque[_Turn] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._worker = threading.Thread(target=self._work, name="serving", daemon=True)
        self._worker.start()

    @property
    @override
    def identity(self) -> Mapping[str, str]:
        return self._identity

    @property
    @override
    def is_well(self) -> bool:
        """Whether its thread answers."""
        return self._worker.is_alive()

    @override
    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        return self._engine.next_tokens(prompts)

    @override
    async def stream(self, chat: Chat) -> AsyncGenerator[Said, None]:
        turn = self._queued(chat)
        try:
            while True:
                event = await turn.events.get()
                if isinstance(event, Exception):
                    raise event
                yield event
                if isinstance(event, End):
                    return
        finally:
            turn.is_gone = True

    def close(self) -> None:
        """Answer nothing more, and let go of the engine."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._worker.join()
        del self._engine

    def _queued(self, chat: Chat) -> _Turn:
        turn = _Turn(chat)
        with self._changed:
            self._waiting = deque(one for one in self._waiting if not one.is_gone)
            if len(self._waiting) >= self._places:
                raise BlockedError(
                    f"{self._places} requests wait already",
                    remedy="Ask again in a few seconds, or serve with vLLM.",
                    reason="busy",
                )
            self._waiting.append(turn)
            self._changed.notify_all()
        return turn

    def _work(self) -> None:
        while turns := self._wait_for_turns():
            try:
                for place, event in self._engine.spoken(
                    [turn.chat for turn in turns], lambda place: turns[place].is_gone
                ):
                    turns[place].tell(event)
            except Exception as error:  # noqa: BLE001 - told to whoever waits; the next batch goes on
                for turn in turns:
                    turn.tell(error)

    def _wait_for_turns(self) -> list[_Turn]:
        """Return who is answered next; nobody once it is closed."""
        with self._changed:
            while True:
                while self._waiting and self._waiting[0].is_gone:
                    self._waiting.popleft()
                if self._waiting:
                    size = min(self._batch, len(self._waiting))
                    return [self._waiting.popleft() for _ in range(size)]
                if self._is_closed:
                    return []
                self._changed.wait()


class TransformersServingEngines(ServingEngines):
    """Loads releases with transformers, one beside another."""

    def __init__(
        self,
        engines: Callable[[Quantisation], TransformersEngines],
        *,
        batch: int = BATCH,
        places: int = PLACES,
    ) -> None:
        """Take what opens models, their weights held in a way."""
        self._engines = engines
        self._batch = batch
        self._places = places

    @override
    @contextmanager
    def open(self, release: LiveRelease) -> Iterator[ServingEngine]:
        if not release.adapter.is_dir():
            raise EngineError(
                f"adapter {release.adapter} is not there",
                remedy="Fetch it: `modelsmith store fetch`.",
            )
        engines = self._engines(release.quantisation)
        with engines.open(release.model, release.adapter, None) as engine:
            serving = TransformersServingEngine(engine, batch=self._batch, places=self._places)
            del engine
            try:
                yield serving
            finally:
                serving.close()
                del serving
