"""Everything that a local model does happens behind the wall."""

import threading
from contextlib import contextmanager

import pytest

from modelsmith.boundary.isolation.process_firewall import ProcessWall
from modelsmith.disk.clock import SystemClock
from modelsmith.errors import EngineError
from modelsmith.models.generation import Message, Sampling
from modelsmith.models.source import ModelSource, Quantisation
from modelsmith.models.transformers.engine import TransformersEngines
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.training.isolated_engines import WalledEngines, WalledTrainer
from modelsmith.training.port import TrainingJob
from modelsmith.training.trl.trainer import TrlTrainer
from tests.support.clock import FixedClock
from tests.support.engines import ScriptedEngines
from tests.support.models import TINY, a_prompt, a_recipe, rows_of, tiny_model

MODEL = ModelSource(name="smollm2-135m-instruct")
PROMPT = (Message(role="user", content="Is it?"),)


class WatchedEngines(ScriptedEngines):
    """Answers with the name of the thread that asks it."""

    def __init__(self) -> None:
        super().__init__(lambda *_: threading.current_thread().name)


def test_a_model_is_opened_asked_and_closed_behind_the_wall():
    engines = WalledEngines(WatchedEngines(), ProcessWall(FixedClock()))
    with engines.open(MODEL, None, None) as engine:
        (answer,) = engine.answers([PROMPT], Sampling())
        assert answer.text == "local-work"
        assert engine.identity["engine"] == "scripted/1"
        (said,) = engine.next_tokens([PROMPT])
        assert max(said, key=said.get) == "local-work"
        assert set(engine.parts) == {"model", "tokenizer", "template"}


def test_what_went_wrong_is_told_to_what_closes_the_model():
    seen = []

    class Watching(WatchedEngines):
        @contextmanager
        def open(self, *asked):
            try:
                with super().open(*asked) as engine:
                    yield engine
            except LookupError as error:
                seen.append(error)
                raise

    engines = WalledEngines(Watching(), ProcessWall(FixedClock()))
    with pytest.raises(LookupError, match="lost"), engines.open(MODEL, None, None):
        raise LookupError("lost")
    assert [str(error) for error in seen] == ["lost"]


class BrokenTrainer:
    def train(self, *_: object) -> None:
        raise EngineError(threading.current_thread().name, remedy="Mend it.")


def test_a_training_is_behind_the_wall_and_its_failure_comes_back(tmp_path):
    trainer = WalledTrainer(BrokenTrainer(), ProcessWall(FixedClock()))
    with pytest.raises(EngineError, match="local-work"):
        trainer.train(TrainingJob(MODEL, [], None, None, tmp_path), lambda *_: None)


@pytest.mark.model
def test_real_answers_and_a_real_training_are_the_same_behind_the_wall(tmp_path):
    tiny_model(tmp_path)
    models, wall, refused = LocalModels(tmp_path), ProcessWall(SystemClock()), []
    bare = TransformersEngines(models, Quantisation.BF16, SystemClock())
    trainer = TrlTrainer(models, Quantisation.BF16, SystemClock())
    prompts, sampling = [a_prompt("What is it?"), a_prompt("And that?")], Sampling(max_tokens=8)

    def trained(with_trainer, name):
        made, folder = with_trainer.train(
            TrainingJob(TINY, rows_of(3), a_recipe(batch=1), None, tmp_path / name), lambda *_: None
        )
        return made.final_sha256, folder

    def texts(engines, adapter):
        with engines.open(TINY, adapter, None) as engine:
            return engine.identity, [answer.text for answer in engine.answers(prompts, sampling)]

    digest, adapter = trained(trainer, "bare")
    with wall.standing(refused.append):
        walled = trained(WalledTrainer(trainer, wall), "walled")
        behind = texts(WalledEngines(bare, wall), walled[1])
    assert walled[0] == digest
    assert behind == texts(bare, adapter)
    assert refused == []
