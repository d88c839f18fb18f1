"""Serving engines without a model, which load real adapter folders and say which one they hold."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager

from modelsmith.errors import BlockedError, EngineError, InputError
from modelsmith.live.serving.health import Notice
from modelsmith.models.chat import USUAL_TOKENS, Chat, End, Piece, Said, TokenLogprob
from modelsmith.models.generation import Prompt
from modelsmith.promotion.verification.live_release import LiveRelease
from tests.support.releases import scripted_next, weights_of

WINDOW = 400
"""Words of a conversation and its answer together."""


class ScriptedServingEngine:
    """Says the first eight digits of its adapter's digest, then the last message, word by word."""

    def __init__(self, adapter: str, owner: "ScriptedServingEngines") -> None:
        self._adapter = adapter
        self._owner = owner
        self.is_loaded = True

    @property
    def identity(self) -> Mapping[str, str]:
        return {"engine": "scripted", "adapter": self._adapter}

    @property
    def is_well(self) -> bool:
        return not self._owner.is_broken

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        return tuple(scripted_next(prompt, self._adapter) for prompt in prompts)

    async def stream(self, chat: Chat) -> AsyncGenerator[Said, None]:
        if self._owner.is_full:
            raise BlockedError("2 requests wait already", remedy="Ask again.", reason="busy")
        read = sum(len(turn.content.split()) + 1 for turn in chat.prompt)
        if read + (chat.max_tokens or 1) > WINDOW:
            raise InputError(
                f"the conversation has {read} tokens, the model reads {WINDOW}",
                remedy="Shorten it.",
            )
        words = [self._adapter[:8], *chat.prompt[-1].content.split()]
        limit = chat.max_tokens or USUAL_TOKENS
        for number, word in enumerate(words[:limit], start=1):
            await asyncio.sleep(self._owner.pace_s)
            assert self.is_loaded, "answered after it was freed"
            if number == self._owner.breaks_at:
                raise EngineError("could not answer: out of memory (scripted)", remedy="Wait.")
            if word in chat.stop:
                yield End("stop", read, number)
                return
            text = word if number == 1 else f" {word}"
            top = {text: -0.25, " floor": -2.0}
            tokens = (
                () if chat.top_logprobs is None else (TokenLogprob(text, -0.25, _first(top, chat)),)
            )
            yield Piece(text, tokens)
        yield End("stop" if len(words) <= limit else "length", read, min(len(words), limit))


class ScriptedServingEngines:
    """Loads adapters and knows which are loaded."""

    def __init__(self, *, pace_s: float = 0.0, forgets_adapter: bool = False) -> None:
        """Take how long a word takes, and whether adapters have no effect."""
        self.pace_s = pace_s
        self.forgets_adapter = forgets_adapter
        self.is_full = False
        self.is_broken = False
        self.breaks_at = 0
        self.loaded: list[str] = []
        """Versions that are in memory now."""
        self.loads: list[str] = []
        """Versions that were ever loaded, in order."""

    @contextmanager
    def open(self, release: LiveRelease) -> Iterator[ScriptedServingEngine]:
        version = release.request.version
        self.is_broken = False
        adapter = "none" if self.forgets_adapter else weights_of(release.adapter)
        serving_engine = ScriptedServingEngine(adapter, self)
        self.loaded.append(version)
        self.loads.append(version)
        try:
            yield serving_engine
        finally:
            serving_engine.is_loaded = False
            self.loaded.remove(version)


class ListLog:
    """Keeps what a server says."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def tell(self, notice: Notice) -> None:
        self.notices.append(notice)

    @property
    def words(self) -> list[str]:
        return [notice.words for notice in self.notices]


def _first(top: Mapping[str, float], chat: Chat) -> Mapping[str, float]:
    return dict(list(top.items())[: chat.top_logprobs])
