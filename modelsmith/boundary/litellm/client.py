"""Asks hosted models over the wire, by litellm."""

import asyncio
import os
import time
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, quote_plus

from typing_extensions import override

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.hosted_model import HostedModel, Price
from modelsmith.boundary.litellm.http_client import KeptInError, NoReplyError, client_for, going
from modelsmith.boundary.litellm.library import library, price_of
from modelsmith.boundary.litellm.responses import (
    BrokenReplyError,
    cause_of,
    finish_of,
    is_passing,
    is_refused_key,
    is_unheard,
    marked,
    read,
    wait_s,
)
from modelsmith.boundary.ports import HostedModels
from modelsmith.errors import HostedError

if TYPE_CHECKING:
    from tenacity import RetryCallState

Leaving = Callable[[str, int, bytes], bool]
Came = Callable[[str, Reply | Lost], None]

LONGEST_REASON = 500
"""Characters of what broke that are kept: servers send whole pages."""

UNHEARD = 3
"""Attempts at a model that never answered before all others at it are given up: a server that is
started takes longer, and one that answered before has all attempts."""

NO_KEY = "none"
"""What a server without a key of its own is sent: never a provider's key."""


class LitellmModels(HostedModels):
    """Implements HostedModels. Keys come from the environment and stand in no message."""

    def __init__(
        self, *, waits: float = 1.0, elapsed_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Take what each wait before another attempt is multiplied by; tests wait less.

        Args:
            waits: That factor.
            elapsed_s: The clock that measures latency.
        """
        self._waits, self._elapsed_s = waits, elapsed_s
        self._earliest: dict[str, float] = {}
        """When each model may be asked again, so that its rate holds from call to call."""
        self._unheard: dict[str, int] = {}
        """Attempts at which nobody listened, of each model that never answered; 0 once it has."""

    @override
    def ask(
        self, model: HostedModel, asks: Mapping[str, Ask], *, leaving: Leaving, came: Came
    ) -> None:
        key = os.environ.get(model.key_variable, "") if model.needs_key else NO_KEY
        if not key:
            raise HostedError(
                f"{model.name} needs a key, and {model.key_variable} is not set",
                remedy=f"Set {model.key_variable} in the environment; a key stands in no file.",
            )
        heard = self._unheard
        asking = _Asking(model, key, leaving, came, self._waits, self._elapsed_s, heard)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # litellm's own, of types that it loads late
                asyncio.run(asking.ask_all(asks, self._earliest.get(model.name, 0.0)))
        except BaseExceptionGroup as group:
            raise _first(group) from None
        finally:
            self._earliest[model.name] = time.monotonic() + 60 / model.limits.requests_per_minute


class _Spent(NamedTuple):
    """Tokens of one attempt."""

    read: int = 0
    cached: int = 0
    stored: int = 0
    written: int = 0

    def plus(self, other: "_Spent") -> "_Spent":
        return _Spent(*(one + more for one, more in zip(self, other, strict=True)))


class _Call:
    """One question under way."""

    def __init__(self, key: str, ask: Ask) -> None:
        self.key = key
        self.ask = ask
        self.turns = [turn.model_dump() for turn in ask.prompt]
        self.attempts = 0
        self.spent = _Spent()
        self.fault: BaseException | None = None


class _Asking:
    """Asks one model some questions."""

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place, of what it is asked with
        self,
        model: HostedModel,
        key: str,
        leaving: Leaving,
        came: Came,
        waits: float,
        elapsed_s: Callable[[], float],
        unheard: dict[str, int],
    ) -> None:
        self._litellm = library()
        self._unheard = unheard
        self._model, self._key = model, key
        self._leaving, self._came = leaving, came
        self._waits, self._elapsed_s = waits, elapsed_s
        self._absence: Exception | None = None
        self._price = price_of(model) or Price(read=0, written=0)

    async def ask_all(self, asks: Mapping[str, Ask], earliest: float) -> None:
        """Ask every question, the first not before `earliest` on the monotonic clock."""
        from aiolimiter import AsyncLimiter

        limits = self._model.limits
        self._places = asyncio.Semaphore(limits.concurrency)
        self._rate = AsyncLimiter(1, 60 / limits.requests_per_minute)
        self._gone = asyncio.Event()
        await asyncio.sleep(max(0.0, earliest - time.monotonic()))
        async with client_for(self._model, self._key) as self._client, asyncio.TaskGroup() as group:
            for key, ask in asks.items():
                group.create_task(self._ask_one(_Call(key, ask)))

    async def _ask_one(self, call: _Call) -> None:
        async with self._places:
            try:
                outcome = await self._ask_until_usable(call)
            except KeptInError as error:
                outcome = self._lost(call, str(error))
            except Exception as error:
                if call.fault is not None:
                    raise call.fault from None
                if is_refused_key(error):
                    raise self._refused() from None
                if (told := cause_of(error)) is None:
                    raise  # ours, not the provider's: a full disk, a defect
                outcome = self._lost(call, told)
        self._came(call.key, outcome)

    async def _ask_until_usable(self, call: _Call) -> Reply | Lost:
        """Return the reply to a question; one that cannot be used is sent back once."""
        for is_last in (False, True):
            begun, came = await self._send(call)
            took = self._elapsed_s() - begun
            text, finish = came.choices[0].message.content or "", finish_of(came)
            call.spent = call.spent.plus(self._spent(call, came, text))
            try:
                value = None if finish == "refusal" else read(call.ask.shape, text)
            except BrokenReplyError as error:
                if finish == "length":
                    why = f"The reply was cut off after {call.ask.sampling.max_tokens} tokens"
                    return self._lost(call, why)  # another would be cut off as well
                if is_last:
                    return self._lost(call, str(error))
                call.turns += [
                    {"role": "assistant", "content": text if text.strip() else "(nothing)"},
                    {"role": "user", "content": f"{error}. Reply again, correctly."},
                ]
                continue
            return Reply(
                text=text,
                value=value,
                finish=finish,
                model=came.model or self._model.model,
                read_tokens=call.spent.read,
                cached_tokens=call.spent.cached,
                written_tokens=call.spent.written,
                cost_usd=self._cost(call.spent),
                latency_s=round(took, 3),
                attempts=call.attempts,
            )
        raise AssertionError("a second reply is used or lost")

    async def _send(self, call: _Call) -> tuple[float, Any]:
        """Return what came back, and when its attempt began; what may pass is tried again."""
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        tries = AsyncRetrying(
            retry=retry_if_exception(lambda error: is_passing(error) and not self._is_absent()),
            wait=self._wait,
            stop=stop_after_attempt(self._model.limits.attempts),
            reraise=True,
        )
        async for one in tries:
            with one:
                await self._wait_turn()
                begun = self._elapsed_s()
                async with asyncio.timeout(self._model.limits.timeout_s):
                    return begun, await self._heard(call)
        raise AssertionError("the last attempt returns or raises")

    async def _wait_turn(self) -> None:
        """Wait until one more may be asked, no longer than somebody may still listen."""
        waits = {asyncio.ensure_future(one) for one in (self._rate.acquire(), self._gone.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        if self._gone.is_set() and self._absence is not None:
            raise self._absence

    async def _heard(self, call: _Call) -> Any:  # noqa: ANN401 - litellm's own
        """Return what came back; count the attempts at which nobody listened."""
        name = self._model.name
        try:
            came = await self._complete(call)
        except Exception as error:
            if is_unheard(error) and self._unheard.get(name) != 0:
                self._unheard[name] = self._unheard.get(name, 0) + 1
                self._absence = error
                if self._is_absent():
                    self._gone.set()
            raise
        self._unheard[name] = 0
        return came

    def _is_absent(self) -> bool:
        """Return whether nobody ever listened: further attempts would only take time."""
        return self._unheard.get(self._model.name, 0) >= UNHEARD

    def _wait(self, state: "RetryCallState") -> float:
        error = state.outcome.exception() if state.outcome else None
        return wait_s(error, state.attempt_number, self._waits)

    async def _complete(self, call: _Call) -> Any:  # noqa: ANN401 - litellm's own
        before = call.attempts

        def let_leave(body: bytes) -> bool:
            if call.attempts > before:  # litellm would send it again by itself, at once
                raise NoReplyError("the connection broke")
            try:
                may_leave = self._leaving(call.key, call.attempts + 1, body)
            except BaseException as error:
                call.fault = error  # what the libraries between make of it is not told
                raise
            call.attempts += may_leave
            return may_leave

        going.set(let_leave)
        model, sampling, more = self._model, call.ask.sampling, dict[str, Any]()
        if call.ask.shape is not None:
            shape = call.ask.shape
            named = {"name": shape.name, "schema": dict(shape.schema_), "strict": True}
            more["response_format"] = {"type": "json_schema", "json_schema": named}
        if sampling.temperature:
            more |= {"top_p": sampling.top_p, "seed": sampling.seed}
        if model.reasoning is not None:
            more["reasoning_effort"] = model.reasoning
        came = await self._litellm.acompletion(
            model=f"{model.api}/{model.model}",
            messages=marked(call.turns) if model.api == "anthropic" else call.turns,
            max_tokens=sampling.max_tokens + model.thinking_tokens,
            temperature=sampling.temperature,
            drop_params=True,  # some models take no temperature; what is dropped, none of them has
            api_key=self._key,
            api_base=model.address,  # named: else one in the environment would get the key
            client=self._client,
            timeout=model.limits.timeout_s,
            num_retries=0,
            max_retries=0,
            **more,
        )
        if not came.choices:
            raise NoReplyError("the server sent no choice")
        return came

    def _spent(self, call: _Call, came: Any, text: str) -> _Spent:  # noqa: ANN401 - litellm's own
        """Return the tokens of one reply; counted here where a server does not say."""
        usage = getattr(came, "usage", None)
        details = getattr(usage, "prompt_tokens_details", None)
        count, known = self._litellm.token_counter, {"model": self._model.model}
        return _Spent(
            read=getattr(usage, "prompt_tokens", 0) or count(**known, messages=call.turns),
            cached=getattr(details, "cached_tokens", None) or 0,
            stored=getattr(usage, "cache_creation_input_tokens", None) or 0,
            written=getattr(usage, "completion_tokens", 0) or count(**known, text=text),
        )

    def _cost(self, spent: _Spent) -> float:
        return self._price.cost_usd(spent.read, spent.cached, spent.written, stored=spent.stored)

    def _lost(self, call: _Call, why: str) -> Lost:
        return Lost(
            reason=self._without_key(why)[:LONGEST_REASON],
            attempts=call.attempts,
            read_tokens=call.spent.read,
            written_tokens=call.spent.written,
            cost_usd=self._cost(call.spent),
        )

    def _without_key(self, words: str) -> str:
        if self._key != NO_KEY:
            for form in (self._key, quote(self._key, safe=""), quote_plus(self._key)):
                words = words.replace(form, "[key]")
        return words

    def _refused(self) -> HostedError:
        variable = self._model.key_variable
        return HostedError(
            f"{self._model.name} refused the key in {variable}, or what it may do",
            remedy=f"Set {variable} to a key that {self._model.host} accepts for this model.",
        )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what a group of tasks failed with first."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
