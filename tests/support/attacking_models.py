"""Models that do what they are told to: when they are opened, asked or trained, behind a wall."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from modelsmith.boundary.ports import Wall
from modelsmith.models.generation import Message, Sampling
from modelsmith.models.source import ModelSource
from modelsmith.training.isolated_engines import WalledEngines, WalledTrainer
from modelsmith.training.port import TrainingJob
from tests.support.engines import ScriptedEngine, ScriptedEngines, ScriptedTrainer
from tests.support.models import a_recipe


class AttackingEngines(ScriptedEngines):
    """Does it when a model is opened, or when one is asked."""

    def __init__(self, act: Callable[[], object], *, when_opened: bool) -> None:
        super().__init__((lambda *_: "answered") if when_opened else lambda *_: str(act()))
        self._opening = act if when_opened else lambda: None

    @contextmanager
    def open(self, *asked: Any) -> Iterator[ScriptedEngine]:
        self._opening()
        with super().open(*asked) as engine:
            yield engine


class AttackingTrainer(ScriptedTrainer):
    """Does it in a training."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def train(self, *asked: Any) -> NoReturn:
        raise LookupError(f"trained: {self._act()}")


def by_a_model(wall: Wall, act: Callable[[], object], whom: str) -> object:
    """Let a model do it, or a training, in the classes that a run has them in."""
    model = ModelSource(name="scripted")
    if whom == "trainer":
        trainer = WalledTrainer(AttackingTrainer(act), wall)
        return trainer.train(TrainingJob(model, [], a_recipe(), None, Path()), lambda *_: None)
    engines = WalledEngines(AttackingEngines(act, when_opened=whom == "opened"), wall)
    with engines.open(model, None, None) as engine:
        (answer,) = engine.answers([(Message(role="user", content="Is it?"),)], Sampling())
    return answer.text
