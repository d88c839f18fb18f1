"""Engines and a trainer that work behind a wall; what they are given comes in from outside it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from modelsmith.boundary.ports import Wall
from modelsmith.models.engine_port import Engine, Engines
from modelsmith.models.fingerprint import NextTokens
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.models.source import ModelSource, Parts
from modelsmith.training.curriculum import Trained
from modelsmith.training.port import TellStep, Trainer, TrainingJob


@dataclass(frozen=True)
class WalledEngine(Engine):
    """A model that answers behind a wall."""

    engine: Engine
    """An open model."""
    wall: Wall

    @property
    @override
    def identity(self) -> Mapping[str, str]:
        return self.wall.within(lambda: self.engine.identity)

    @override
    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        return self.wall.within(lambda: self.engine.answers(batch, sampling))

    @override
    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[NextTokens]:
        return self.wall.within(lambda: self.engine.next_tokens(prompts))

    @property
    @override
    def parts(self) -> Parts:
        return self.wall.within(lambda: self.engine.parts)


@dataclass(frozen=True)
class WalledEngines(Engines):
    """Opens models behind a wall."""

    engines: Engines
    """What opens models."""
    wall: Wall

    @override
    @contextmanager
    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> Iterator[Engine]:
        opening = self.engines.open(model, adapter, adapter_sha256)
        with ExitStack() as stack:
            engine = self.wall.within(opening.__enter__)
            stack.push(lambda *raised: self.wall.within(lambda: opening.__exit__(*raised)))
            yield WalledEngine(engine, self.wall)


@dataclass(frozen=True)
class WalledTrainer(Trainer):
    """Trains behind a wall."""

    trainer: Trainer
    """What trains."""
    wall: Wall

    @override
    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        return self.wall.within(lambda: self.trainer.train(job, tell))
