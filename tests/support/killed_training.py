"""A training that kills its own process: `python -m tests.support.killed_training ROOT WORK`."""

import os
import signal
import sys
from pathlib import Path

from modelsmith.models.source import Quantisation
from modelsmith.models.transformers.local_models import LocalModels
from modelsmith.training.port import TrainingJob
from modelsmith.training.trl.trainer import TrlTrainer
from tests.support.clock import SteppingClock
from tests.support.models import TINY, a_recipe, rows_of

ROWS = 7
KILL_AT = 5


def progress(step: int, steps: int, loss: float) -> None:
    if step == KILL_AT:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    root, workspace = Path(sys.argv[1]), Path(sys.argv[2])
    trainer = TrlTrainer(LocalModels(root), Quantisation.BF16, SteppingClock(), checkpoint_every=2)
    trainer.train(TrainingJob(TINY, rows_of(ROWS), a_recipe(batch=1), None, workspace), progress)
