"""Asks hosted models over the wire, by litellm."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from modelsmith.adapters.hosted_prices import price_of
from modelsmith.adapters.litellm_words import (
    BrokenReplyError,
    finish_of,
    is_refused_key,
    read,
    wait_s,
)
from modelsmith.domain.call import Ask, Lost, Reply
from modelsmith.domain.hosted import HostedModel, Price
from modelsmith.errors import HostedError

Leaving = Callable[[str, int, bytes], bool]
Came = Callable[[str, Reply | Lost], None]
PREFIX = {"anthropic": "anthropic", "gemini": "gemini", "openai": "openai"}


class LitellmModels:
    """Implements HostedModels. Keys come from the environment and stand in no message."""

    def asked(
        self, model: HostedModel, asks: Mapping[str, Ask], *, leaving: Leaving, came: Came
    ) -> None:
        """Ask every question, as the port says."""
        key = os.environ.get(model.key_variable, "")
        if model.needs_key and not key:
            raise HostedError(
                f"{model.name} needs a key, and {model.key_variable} is not set",
                remedy=f"Set {model.key_variable} in the environment.",
            )
        # A server without a key of its own is never shown a provider's key.
        asyncio.run(_Asking(model, key if model.needs_key else "", leaving, came).all(asks))


class _Asking:
    def __init__(self, model: HostedModel, key: str, leaving: Leaving, came: Came) -> None:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else the import fetches a list
        os.environ["LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS"] = "True"  # else a call does
        try:
            import litellm
            from aiolimiter import AsyncLimiter
        except ImportError as error:
            raise HostedError(
                f"hosted models need {error.name}, which is not installed",
                remedy="Run: pip install 'modelsmith[hosted]'.",
            ) from None
        litellm.telemetry = False
        logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)
        litellm.suppress_debug_info = True
        self.litellm, self.model, self.key = litellm, model, key
        self.leaving, self.came = leaving, came
        self.price = price_of(model) or Price(read=0, written=0)
        self.places = asyncio.Semaphore(model.limits.concurrency)
        per_minute = model.limits.requests_per_minute
        self.rate = AsyncLimiter(1, 60 / per_minute)

    async def all(self, asks: Mapping[str, Ask]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name, ask in asks.items():
                    group.create_task(self._one(name, ask))
        except* HostedError as refused:
            first: BaseException = refused
            while isinstance(first, BaseExceptionGroup):
                first = first.exceptions[0]
            raise first from None

    async def _one(self, name: str, ask: Ask) -> None:
        async with self.places:
            outcome = await self._outcome(name, ask)
        self.came(name, outcome)

    async def _outcome(self, name: str, ask: Ask) -> Reply | Lost:
        turns = [turn.model_dump() for turn in ask.prompt]
        paid = [0, 0, 0]
        attempt, failures, repaired = 0, 0, False
        while True:
            body = self._body(ask, turns)
            async with self.rate:
                pass
            if not self.leaving(name, attempt + 1, json.dumps(body, sort_keys=True).encode()):
                return self._lost("it was not let out", attempt, paid)
            attempt += 1
            begun = time.monotonic()
            try:
                async with asyncio.timeout(self.model.limits.timeout_s):
                    came = await self.litellm.acompletion(**body, **self._to())
            except Exception as error:  # noqa: BLE001 - litellm raises what providers' libraries do
                if is_refused_key(error):
                    raise HostedError(
                        f"{self.model.name} refused the key in {self.model.key_variable}",
                        remedy=f"Set {self.model.key_variable} to a key that it accepts.",
                    ) from None
                failures += 1
                delay = wait_s(error, failures)
                if delay is None or failures >= self.model.limits.attempts:
                    why = f"{type(error).__name__}: {error}" if str(error) else "timed out"
                    return self._lost(why, attempt, paid)
                await asyncio.sleep(delay)
                continue
            took = time.monotonic() - begun
            self._count(came.usage, paid)
            text, finish = came.choices[0].message.content or "", finish_of(came)
            value, wrong = None, ""
            if finish != "refusal":
                try:
                    value = read(ask.shape, text)
                except BrokenReplyError as broken:
                    wrong = str(broken)
            if not wrong:
                return Reply(
                    text=text,
                    value=value,
                    finish=finish,
                    model=came.model or self.model.model,
                    read_tokens=paid[0],
                    cached_tokens=paid[1],
                    written_tokens=paid[2],
                    cost_usd=self.price.cost_usd(*paid),
                    latency_s=round(took, 3),
                    attempts=attempt,
                )
            if repaired:
                return self._lost(wrong, attempt, paid)
            repaired = True
            turns += [
                {"role": "assistant", "content": text or "(nothing)"},
                {"role": "user", "content": f"{wrong}. Reply again, correctly."},
            ]

    def _body(self, ask: Ask, turns: list[dict[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": f"{PREFIX[self.model.api]}/{self.model.model}",
            "messages": turns,
            "max_tokens": ask.sampling.max_tokens,
            "temperature": ask.sampling.temperature,
        }
        if ask.shape is not None:
            shape = {"name": ask.shape.name, "schema": dict(ask.shape.schema_), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": shape}
        return body

    def _to(self) -> dict[str, Any]:
        to = {"api_key": self.key or "none", "num_retries": 0, "max_retries": 0}
        to |= {"timeout": self.model.limits.timeout_s, "drop_params": True}
        return to | ({"api_base": self.model.url} if self.model.url else {})

    @staticmethod
    def _count(usage: Any, paid: list[int]) -> None:  # noqa: ANN401 - litellm's own
        details = getattr(usage, "prompt_tokens_details", None)
        paid[0] += usage.prompt_tokens or 0
        paid[1] += getattr(details, "cached_tokens", None) or 0
        paid[2] += usage.completion_tokens or 0

    def _lost(self, why: str, attempts: int, paid: list[int]) -> Lost:
        for form in {self.key, quote(self.key, safe=""), quote_plus(self.key)} - {""}:
            why = why.replace(form, "[key]")
        return Lost(
            reason=why,
            attempts=attempts,
            read_tokens=paid[0],
            written_tokens=paid[2],
            cost_usd=self.price.cost_usd(*paid),
        )
