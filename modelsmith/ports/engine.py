"""Answering and training: the two things a machine does for us."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from modelsmith.domain.bundle import Parts
from modelsmith.domain.curriculum import Recipe, Row, Trained
from modelsmith.domain.fingerprint import Next
from modelsmith.domain.prompt import Prompt, Sampling
from modelsmith.domain.run import ModelSource
from modelsmith.domain.verdict import Answer


class Engine(Protocol):
    """A loaded model that answers prompts."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What can change an answer: library versions, dtype, threads, weights and adapter."""
        ...

    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        """Return one answer a prompt, in order. The batch is generated in one go.

        Raises:
            EngineError: the machine's fault; nothing was answered.
        """
        ...

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[Next]:
        """Return what would be said next, a prompt each, in order: its likeliest tokens.

        Natural log-probabilities of the first token of the answer, by its text: the twenty
        likeliest, as many as a server tells (domain/fingerprint.py). Of two tokens with one text
        the likelier counts.

        Raises:
            EngineError: the machine's fault; nothing was said.
        """
        ...

    @property
    def parts(self) -> Parts:
        """The digest of every file that it reads, the chat template under `chat`.

        No `adapter` where the untouched model answers.
        """
        ...


class Engines(Protocol):
    """Opens models."""

    def opened(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> AbstractContextManager[Engine]:
        """Return the model with the adapter on top, ready to answer; freed on exit.

        Raises:
            EngineError: the model is not to be had on this machine, with what was looked for.
        """
        ...


class Trainer(Protocol):
    """Trains an adapter on rows."""

    def trained(  # noqa: PLR0913, PLR0917 - what a training needs, and where it tells
        self,
        model: ModelSource,
        rows: Sequence[Row],
        recipe: Recipe,
        start: Path | None,
        workspace: Path,
        progress: Callable[[int, int, float], None],
    ) -> tuple[Trained, Path]:
        """Return what training did and the folder of the new adapter.

        A run that was killed goes on from the last checkpoint in `workspace`.

        Args:
            model: The base model.
            rows: Conversations and the targets to learn, in training order.
            recipe: Rank, learning rate, seed and the like.
            start: Folder of the adapter to go on from, or none for a fresh one.
            workspace: Folder that is this training's own; checkpoints live there.
            progress: Called with (step, steps, loss).

        Raises:
            EngineError: a tripwire fired, or the machine could not train.
        """
        ...
