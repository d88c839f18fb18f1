"""What trains an adapter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from modelsmith.models.source import ModelSource
from modelsmith.training.curriculum import Recipe, Trained, TrainingRow

TellStep = Callable[[int, int, float], None]
"""Called with (step, steps, loss)."""


@dataclass(frozen=True)
class TrainingJob:
    """One training: what learns, from what, how, and where."""

    model: ModelSource
    """The base model."""
    rows: Sequence[TrainingRow]
    """Conversations and the targets to learn, in training order."""
    recipe: Recipe
    """Rank, learning rate, seed and the like."""
    start: Path | None
    """Folder of the adapter to go on from, or none for a fresh one."""
    workspace: Path
    """Folder that is this training's own; checkpoints live there."""


class Trainer(Protocol):
    """Trains an adapter on rows."""

    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        """Return what training did and the folder of the new adapter.

        A job that was killed goes on from the last whole checkpoint in its workspace; one that had
        finished is returned as it is.

        Raises:
            EngineError: a tripwire fired, or the machine could not train.
        """
