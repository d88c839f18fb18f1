"""Engines and a trainer that work behind a wall; what they are given comes in from outside it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from modelsmith.boundary.ports import Wall
from modelsmith.models.engine_port import Engine, Engines
from modelsmith.models.fingerprint import NextTokens
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.models.source import ModelSource, Parts
from modelsmith.training.curriculum import Recipe, Trained, TrainingRow
from modelsmith.training.port import Trainer


@dataclass(frozen=True)
class WalledEngine:
    """A model that answers behind a wall."""

    engine: Engine
    """An open model."""
    wall: Wall

    @property
    def identity(self) -> Mapping[str, str]:
        """What can change an answer; a wall does not."""
        return self.wall.within(lambda: self.engine.identity)

    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        """Return one answer a prompt, in order.

        Raises:
            EngineError: the machine's fault; nothing was answered.
        """
        return self.wall.within(lambda: self.engine.answers(batch, sampling))

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[NextTokens]:
        """Return what would be said next, a prompt each, in order: its likeliest tokens.

        Raises:
            EngineError: the machine's fault; nothing was said.
        """
        return self.wall.within(lambda: self.engine.next_tokens(prompts))

    @property
    def parts(self) -> Parts:
        """The digest of every file that it reads."""
        return self.wall.within(lambda: self.engine.parts)


@dataclass(frozen=True)
class WalledEngines:
    """Opens models behind a wall."""

    engines: Engines
    """What opens models."""
    wall: Wall

    @contextmanager
    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> Iterator[Engine]:
        """Return the model with the adapter on top, ready to answer; freed on exit.

        Raises:
            EngineError: the model is not to be had on this machine, with what was looked for.
        """
        opening = self.engines.open(model, adapter, adapter_sha256)
        with ExitStack() as stack:
            engine = self.wall.within(opening.__enter__)
            stack.push(lambda *raised: self.wall.within(lambda: opening.__exit__(*raised)))
            yield WalledEngine(engine, self.wall)


@dataclass(frozen=True)
class WalledTrainer:
    """Trains behind a wall."""

    trainer: Trainer
    """What trains."""
    wall: Wall

    def train(  # noqa: PLR0913, PLR0917 - the port's
        self,
        model: ModelSource,
        rows: Sequence[TrainingRow],
        recipe: Recipe,
        start: Path | None,
        workspace: Path,
        progress: Callable[[int, int, float], None],
    ) -> tuple[Trained, Path]:
        """Return what training did and the folder of the new adapter.

        Raises:
            EngineError: a tripwire fired, or the machine could not train.
        """
        return self.wall.within(
            lambda: self.trainer.train(model, rows, recipe, start, workspace, progress)
        )
