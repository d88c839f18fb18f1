"""What trains an adapter."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from modelsmith.models.source import ModelSource
from modelsmith.training.curriculum import Recipe, Trained, TrainingRow


class Trainer(Protocol):
    """Trains an adapter on rows."""

    def train(  # noqa: PLR0913, PLR0917 - what a training needs, and where it tells
        self,
        model: ModelSource,
        rows: Sequence[TrainingRow],
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
