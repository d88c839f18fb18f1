"""Answers by transformers on this machine."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from typing_extensions import override

from modelsmith.errors import EngineError, InputError
from modelsmith.models.chat import Chat, Said
from modelsmith.models.engine_port import Engine, Engines
from modelsmith.models.fingerprint import TOP, NextTokens
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.models.source import ModelSource, Parts, Quantisation
from modelsmith.models.transformers.decoding import likeliest_by_text, spoken
from modelsmith.models.transformers.local_models import LocalModels, parts_at
from modelsmith.models.transformers.prefix_cache import batch_input
from modelsmith.models.transformers.runtime import (
    Loaded,
    faults_named,
    load,
    quiet,
    surroundings,
    template_sha256,
    token_ids,
    versions,
)
from modelsmith.runtime import Clock
from modelsmith.store.files.folder_manifest import manifest_of

PLACES = 6
"""Decimals of a log-probability; what another kernel changes lies above (models/fingerprint.py)."""

LIBRARIES = ("torch", "transformers", "peft")
"""Libraries whose version can change an answer."""


class TransformersEngine(Engine):
    """A model in memory that answers batches."""

    def __init__(
        self,
        model: Loaded,
        identity: Mapping[str, str],
        clock: Clock,
        parts: Callable[[], Parts],
    ) -> None:
        """Take a loaded model, what it is, the clock that measures latency, and its files."""
        self._held = model
        self._tokenizer = model.tokenizer
        self._identity = dict(identity)
        self._clock = clock
        self._parts = parts

    @property
    @override
    def identity(self) -> Mapping[str, str]:
        return self._identity

    @override
    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        if not batch:
            return ()
        import torch

        started_s = self._clock.elapsed_s()
        with quiet(), faults_named(f"answer a batch of {len(batch)}"), torch.inference_mode():
            prompts = [token_ids(self._held, prompt) for prompt in batch]
            self._check_length(max(map(len, prompts)), sampling.max_tokens)
            read = batch_input(self._held.model, prompts, self._tokenizer.pad_token_id)
            length = read.input_ids.shape[1]  # (batch, token)
            torch.manual_seed(sampling.seed)
            written = self._held.model.generate(
                read.input_ids,
                attention_mask=read.attention_mask,
                generation_config=self._settings(sampling),
                **read.cache,
            )
            answers = written[:, length:].tolist()
        elapsed_s = round(self._clock.elapsed_s() - started_s, 6)
        return tuple(
            self._answer(tokens, len(prompt), elapsed_s)
            for tokens, prompt in zip(answers, prompts, strict=True)
        )

    def spoken(
        self, chats: Sequence[Chat], is_gone: Callable[[int], bool]
    ) -> Iterator[tuple[int, Said | InputError]]:
        """Yield what is said to each chat, by its place, as the tokens come.

        Args:
            chats: Answered together; decoding.py says what that changes.
            is_gone: Whether nobody waits for a chat's answer any more.

        Raises:
            EngineError: the machine's fault; every chat that has not ended is lost.
        """
        with faults_named(f"answer {len(chats)} requests"):
            yield from spoken(self._held, chats, is_gone)

    @override
    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[NextTokens]:
        """Read prompts one by one, so that padding changes no figure."""
        import torch

        what = f"say what comes next after {len(prompts)} prompts"
        with quiet(), faults_named(what), torch.inference_mode():
            return tuple(self._next(token_ids(self._held, prompt)) for prompt in prompts)

    def _next(self, tokens: list[int]) -> NextTokens:
        import torch

        self._check_length(len(tokens), 1)
        read = torch.tensor([tokens], device=self._held.device)  # (1, token)
        written = self._held.model.generate(
            read,
            attention_mask=torch.ones_like(read),
            generation_config=self._settings(Sampling(max_tokens=1)),
            output_logits=True,
            return_dict_in_generate=True,
        )
        logits = written.logits[0][0]  # (vocabulary), as the model says it: nothing is processed
        said = likeliest_by_text(
            self._tokenizer, torch.log_softmax(logits.float(), dim=-1).topk(TOP)
        )
        return {text: min(0.0, round(value, PLACES)) for text, value in said.items()}

    @property
    @override
    def parts(self) -> Parts:
        return self._parts()

    def _settings(self, sampling: Sampling) -> Any:  # noqa: ANN401 - untyped library
        from transformers import GenerationConfig

        drawn: dict[str, Any] = {"do_sample": False}
        if sampling.temperature > 0:
            drawn = {
                "do_sample": True,
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "top_k": 0,
            }
        return GenerationConfig(
            max_new_tokens=sampling.max_tokens,
            eos_token_id=self._tokenizer.eos_token_id,
            pad_token_id=self._tokenizer.pad_token_id,
            **drawn,
        )

    def _check_length(self, prompt_tokens: int, max_tokens: int) -> None:
        window = self._held.window
        if window is not None and prompt_tokens + max_tokens > window:
            raise EngineError(
                f"the longest prompt has {prompt_tokens} tokens and the answer may take "
                f"{max_tokens}, the model reads {window}",
                remedy="Shorten the scenario's table, or lower maxTokens in run.yaml.",
            )

    def _answer(self, tokens: list[int], prompt_tokens: int, latency_s: float) -> Answer:
        end = self._tokenizer.eos_token_id
        ended = end in tokens
        own = tokens[: tokens.index(end) + 1] if ended else tokens
        return Answer(
            text=self._tokenizer.decode(own, skip_special_tokens=True),
            finish="stop" if ended else "length",
            prompt_tokens=prompt_tokens,
            answer_tokens=len(own),
            latency_s=latency_s,
        )


@dataclass(frozen=True)
class TransformersEngines(Engines):
    """Opens models with transformers."""

    models: LocalModels
    """The base models of this repository."""
    quantisation: Quantisation
    """How weights are held; bf16 falls to fp32 on a processor without bf16 arithmetic."""
    clock: Clock
    """Measures latency."""
    threads: int | None = field(default=None, kw_only=True)
    """Threads that torch computes with; its own choice where none."""

    @override
    @contextmanager
    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> Iterator["TransformersEngine"]:
        located = self.models.located(model)
        held = load(located, model.name, self.quantisation)
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(self.threads or before)
        try:
            if adapter is not None:
                held = held._replace(model=self._adapted(held, adapter))
                adapter_sha256 = adapter_sha256 or manifest_of(adapter).digest()
            identity = {
                **versions(LIBRARIES),
                **surroundings(held),
                "model": located.sha256,
                "adapter": adapter_sha256 or "none",
                "template": template_sha256(held.tokenizer),
            }
            read = partial(parts_at, located.folder, adapter)
            yield TransformersEngine(held, identity, self.clock, read)
        finally:
            torch.set_num_threads(before)
            del held
            gc.collect()

    def _adapted(self, held: Loaded, adapter: Path) -> Any:  # noqa: ANN401 - untyped library
        if not (adapter / "adapter_config.json").is_file():
            raise EngineError(
                f"adapter {adapter} has no adapter_config.json",
                remedy="Fetch the adapter from the store by its digest.",
            )
        with quiet(), faults_named(f"put adapter {adapter} on the model"):
            from peft import PeftModel

            adapted = PeftModel.from_pretrained(held.model, str(adapter))
            if self.quantisation is Quantisation.NF4:
                return adapted.eval()  # 4-bit weights cannot take the adapter in without loss
            return adapted.merge_and_unload().eval()
