"""A release served by vLLM: its adapter is put into a running process, and requests are passed on.

Only what a request is known to hold is passed on, and only what an answer is known to hold comes
back, so that a client reaches neither the base model nor an option of vLLM's.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING

from typing_extensions import override

from modelsmith.errors import BlockedError, EngineError, InputError
from modelsmith.live.engines.vllm_process import Launch, VllmProcess, rank_for, words_of
from modelsmith.live.serving.ports import ServingEngine, ServingEngines
from modelsmith.models.chat import USUAL_TOKENS, Chat, End, Finish, Piece, Said, TokenLogprob
from modelsmith.models.fingerprint import TOP
from modelsmith.models.generation import Prompt
from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.models.transformers.runtime import LocatedModel
from modelsmith.promotion.verification.live_release import LiveRelease
from modelsmith.record import JsonDict, JsonObject
from modelsmith.store.files.folder_manifest import manifest_of

if TYPE_CHECKING:
    from aiohttp import ClientResponse

PLACES = 256
"""Requests at once: what vLLM answers together at most where nobody says (--max-num-seqs)."""
COMPLETIONS = "/v1/chat/completions"
STREAM = {"stream": True, "stream_options": {"include_usage": True}}
DATA = b"data: "
"""Beginning of each event of a stream."""


class VllmServingEngine(ServingEngine):
    """One adapter in a running vLLM."""

    def __init__(self, process: VllmProcess, name: str, identity: Mapping[str, str]) -> None:
        """Take the process, and by what name it knows the adapter."""
        self.process = process
        """Where it is."""
        self._name = name
        self._identity = identity
        self._at_work = 0

    @property
    @override
    def identity(self) -> Mapping[str, str]:
        return self._identity

    @property
    @override
    def is_well(self) -> bool:
        """Whether vLLM runs."""
        return self.process.is_well

    @override
    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        try:
            return tuple(self._ask_next(prompt) for prompt in prompts)
        except InputError as error:
            raise EngineError(error.what, remedy=error.remedy) from error

    def _ask_next(self, prompt: Prompt) -> Mapping[str, float]:
        asked = self._body(Chat(prompt=prompt, max_tokens=1, top_logprobs=TOP), 1)
        told = json.loads(self.process.ask(COMPLETIONS, asked))
        tokens = _tokens(told["choices"][0])
        return tokens[0].top if tokens else {}

    @override
    async def stream(self, chat: Chat) -> AsyncGenerator[Said, None]:
        if self._at_work >= PLACES:
            raise BlockedError(
                f"{PLACES} requests are at work already",
                remedy="Ask again in a few seconds.",
                reason="busy",
            )
        self._at_work += 1
        try:
            async for event in self._pass_on(chat):
                yield event
        finally:
            self._at_work -= 1

    async def _pass_on(self, chat: Chat) -> AsyncIterator[Said]:
        from aiohttp import ClientError, ClientSession, ClientTimeout

        url = self.process.url.removesuffix("/v1") + COMPLETIONS
        headers, patience = self.process.headers, ClientTimeout(total=None)
        # What leaves no room for the usual number of tokens gets all the room there is.
        limits = (chat.max_tokens,) if chat.max_tokens else (USUAL_TOKENS, None)
        try:
            async with ClientSession(headers=headers, timeout=patience) as session:
                for limit in limits:
                    async with session.post(url, json=self._body(chat, limit) | STREAM) as reply:
                        if reply.status == HTTPStatus.BAD_REQUEST and limit != limits[-1]:
                            continue
                        async for event in _answered(reply):
                            yield event
                        return
        except (ClientError, OSError) as error:
            raise _fault(f"does not answer ({type(error).__name__})") from error

    def _body(self, chat: Chat, limit: int | None) -> JsonDict:
        body: JsonDict = {
            "model": self._name,
            "messages": [turn.model_dump() for turn in chat.prompt],
            "temperature": chat.temperature,
            "top_p": chat.top_p,
        }
        if limit is not None:
            body["max_tokens"] = limit
        if chat.seed is not None:
            body["seed"] = chat.seed
        if chat.stop:
            body["stop"] = list(chat.stop)
        if chat.top_logprobs is not None:
            body |= {"logprobs": True, "top_logprobs": chat.top_logprobs}
        return body


class VllmServingEngines(ServingEngines):
    """Puts releases into a vLLM that holds their base model, one beside another.

    Used by one thread.
    """

    def __init__(self, models: LocalModels, launch: Launch) -> None:
        """Take where base models lie, and how vLLM is started."""
        self._models = models
        self._launch = launch
        self.running: dict[tuple[str, Quantisation, int], VllmProcess] = {}
        """Processes, by digest of the base model, how it is held, and rank."""
        self._users: dict[VllmProcess, int] = {}
        self._numbers = count(1)

    @override
    @contextmanager
    def open(self, release: LiveRelease) -> Iterator[ServingEngine]:
        located, rank = self._models.located(release.model), rank_for(release.adapter)
        process = self._process(located, release.quantisation, rank)
        self._users[process] = self._users.get(process, 0) + 1
        name = f"{release.request.specialist}@{release.request.version}#{next(self._numbers)}"
        loading = {"lora_name": name, "lora_path": str(release.adapter)}
        identity = {
            "engine": "vllm",
            "model": located.sha256,
            "adapter": manifest_of(release.adapter).digest(),
            "quantisation": release.quantisation.value,
        }
        try:
            _load_adapter(process, loading)
            yield VllmServingEngine(process, name, identity)
        finally:
            with suppress(EngineError, InputError):
                process.ask("/v1/unload_lora_adapter", {"lora_name": name})
            self._leave(process)

    def _process(self, model: LocatedModel, quantisation: Quantisation, rank: int) -> VllmProcess:
        key = (model.sha256, quantisation, rank)
        process = self.running.get(key)
        if process is None or not process.is_well:
            process = VllmProcess(self._launch, model.folder, quantisation, rank)
            self.running[key] = process
        return process

    def _leave(self, process: VllmProcess) -> None:
        self._users[process] -= 1
        if self._users[process]:
            return
        del self._users[process]
        self.running = {key: one for key, one in self.running.items() if one is not process}
        process.stop()


def _load_adapter(process: VllmProcess, loading: Mapping[str, str]) -> None:
    try:
        process.ask("/v1/load_lora_adapter", loading)
    except InputError as error:
        raise EngineError(
            f"vLLM does not take adapter {loading['lora_path']}: {error.what}",
            remedy="Fetch it again, or serve it with `--engine transformers`.",
        ) from error


async def _answered(reply: "ClientResponse") -> AsyncIterator[Said]:
    if reply.status == HTTPStatus.BAD_REQUEST:
        words = words_of(await reply.read())
        raise InputError(words, remedy="Shorten the conversation, or ask for fewer tokens.")
    if reply.status != HTTPStatus.OK:
        raise _fault(f"answers {reply.status}: {words_of(await reply.read())}")
    finish: Finish = "stop"
    async for line in reply.content:
        sent = line.removeprefix(DATA).strip()
        if not line.startswith(DATA) or sent == b"[DONE]":
            continue
        told = json.loads(sent)
        if "error" in told:
            raise _fault(f"broke off: {words_of(sent)}")
        for choice in told["choices"]:
            finish = "length" if choice.get("finish_reason") == "length" else finish
            text, tokens = choice["delta"].get("content") or "", _tokens(choice)
            if text or tokens:
                yield Piece(text, tokens)
        if told.get("usage"):
            usage = told["usage"]
            yield End(finish, usage["prompt_tokens"], usage["completion_tokens"])
            return
    raise _fault("broke off in the middle of an answer")


def _tokens(choice: JsonObject) -> tuple[TokenLogprob, ...]:
    told = (choice.get("logprobs") or {}).get("content") or ()
    return tuple(
        TokenLogprob(one["token"], min(0.0, one["logprob"]), _by_text(one["top_logprobs"]))
        for one in told
    )


def _by_text(top: Sequence[JsonObject]) -> dict[str, float]:
    """Return log-probabilities by text; of two tokens with one text the first, likelier counts."""
    found: dict[str, float] = {}
    for one in top:
        found.setdefault(one["token"], min(0.0, one["logprob"]))
    return found


def _fault(what: str) -> EngineError:
    return EngineError(f"vLLM {what}", remedy="Look at its log; the next check starts it again.")
