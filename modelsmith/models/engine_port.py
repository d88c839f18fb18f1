"""Answering and training: the two things a machine does for us."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from modelsmith.models.fingerprint import NextTokens
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.models.source import ModelSource, Parts


class Engine(Protocol):
    """A loaded model that answers prompts."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What can change an answer: library versions, dtype, threads, weights and adapter."""

    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        """Return one answer a prompt, in order. The batch is generated in one go.

        Raises:
            EngineError: the prompts do not fit the model or the memory, or the machine is at
                fault; nothing was answered.
        """

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[NextTokens]:
        """Return what would be said next, a prompt each, in order: its likeliest tokens.

        Natural log-probabilities of the first token of the answer, by its text: the twenty
        likeliest, as many as a server tells (models/fingerprint.py). Of two tokens with one text
        the likelier counts.

        Raises:
            EngineError: a prompt does not fit the model or the memory, or the machine is at fault;
                nothing was said.
        """

    @property
    def parts(self) -> Parts:
        """The digest of every file that it reads, the chat template under `chat`.

        No `adapter` where the untouched model answers.
        """


class Engines(Protocol):
    """Opens models."""

    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> AbstractContextManager[Engine]:
        """Return the model with the adapter on top, ready to answer; freed on exit.

        Args:
            model: The base model.
            adapter: Folder of the adapter, or none for the untouched model.
            adapter_sha256: Its digest in the store; computed from the folder where none.

        Raises:
            EngineError: the model or the adapter is not to be had on this machine, with what was
                looked for.
        """
