"""A run that kills its own process: `python -m tests.support.killed_run`, a plan on stdin.

The plan is a JSON list of `[repository, effect, number]`: the run in that repository is walked in
a process of its own, which is killed with signal 9 at the number-th time that the effect is
reached. Printed is the signal or exit code of each.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from modelsmith.boundary.isolation.process_firewall import ProcessWall
from modelsmith.models.batching import batch_key
from modelsmith.models.generation import Answer, Prompt, Sampling
from modelsmith.record import digest_of
from modelsmith.run.files.answer_cache import FileCache
from modelsmith.run.files.run_folder import DiskRunFolder
from modelsmith.run.git.repository import GitRepository
from modelsmith.run.ledger import Entry
from modelsmith.store.files.content_store import ContentStore
from modelsmith.training.curriculum import Trained
from modelsmith.training.isolated_engines import WalledEngines, WalledTrainer
from modelsmith.training.port import TellStep, TrainingJob
from tests.support.clock import FixedClock
from tests.support.engines import ScriptedEngine
from tests.support.runs import (
    CountingTrainer,
    LearningEngines,
    Workshop,
    a_workshop,
    an_exam,
    learning,
)

EXAM = an_exam({"train": 2, "steer": 2, "sealed": 2})
SKILL = learning(0.05, 1.0)
"""Ready after one training, so that one round passes through every phase."""

EFFECTS = (
    "ask", "before-keep", "after-keep", "before-write", "after-write", "before-append",
    "after-append", "step", "after-store", "after-branch",
)  # fmt: skip
"""Where a run can be killed: around everything that lasts."""

LOG = "effects.log"

Reached = Callable[[str], None]


def killed_at(effect: str, number: int) -> Reached:
    """Return what kills this process when `effect` is reached for the number-th time."""
    left = number

    def reached(name: str) -> None:
        nonlocal left
        left -= name == effect
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return reached


def survived(name: str) -> None:
    """Kill nothing."""


class Log:
    """One line an effect, over all processes."""

    def __init__(self, root: Path) -> None:
        self._path = root / LOG

    def write(self, *words: object) -> None:
        with self._path.open("a") as file:
            file.write(" ".join(map(str, words)) + "\n")

    def lines(self) -> list[list[str]]:
        if not self._path.exists():
            return []
        return [line.split() for line in self._path.read_text().splitlines()]


class LoggedEngine(ScriptedEngine):
    reached: Reached = staticmethod(survived)
    log: Log

    def answers(self, batch: Sequence[Prompt], sampling: Sampling) -> Sequence[Answer]:
        self.log.write("behind", threading.current_thread().name)
        self.log.write("asked", batch_key(self.identity, sampling, batch))
        self.reached("ask")
        return super().answers(batch, sampling)


class LoggedEngines(LearningEngines):
    def __init__(self, log: Log, reached: Reached) -> None:
        super().__init__(SKILL)
        self._log, self._reached = log, reached

    def made(self, *, adapter: str, model: str, fails_at: int) -> ScriptedEngine:
        engine = LoggedEngine(self._says, adapter=adapter, model=model, fails_at=fails_at)
        engine.log, engine.reached = self._log, self._reached
        return engine


class LoggedTrainer(CountingTrainer):
    def __init__(self, log: Log, reached: Reached) -> None:
        super().__init__()
        self._log, self._reached = log, reached

    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        def told(step: int, steps: int, loss: float) -> None:
            tell(step, steps, loss)
            self._log.write("behind", threading.current_thread().name)
            self._log.write("stepped", digest_of([row.digest() for row in job.rows]), step)
            self._reached("step")

        return super().train(job, told)


class MortalCache(FileCache):
    log: Log
    reached: Reached

    def put(self, key: str, content: bytes) -> None:
        self.reached("before-keep")
        super().put(key, content)
        self.log.write("kept", key)
        self.reached("after-keep")


class MortalFolder(DiskRunFolder):
    reached: Reached

    def write(self, path: str, content: bytes) -> str:
        self.reached("before-write")
        digest = super().write(path, content)
        self.reached("after-write")
        return digest

    def append(self, entry: Entry) -> None:
        self.reached("before-append")
        super().append(entry)
        self.reached("after-append")


class MortalStore(ContentStore):
    reached: Reached

    def put(self, folder: Path) -> str:
        digest = super().put(folder)
        self.reached("after-store")
        return digest


class MortalRepository(GitRepository):
    reached: Reached

    def branch_with(
        self,
        branch: str,
        files: Mapping[str, bytes],
        message: str,
        at: datetime,
        base: str = "HEAD",
    ) -> str:
        commit = super().branch_with(branch, files, message, at, base)
        self.reached("after-branch")
        return commit


def a_mortal_workshop(root: Path, reached: Reached = survived) -> Workshop:
    """Return the run of `root`, which logs its effects and dies as `reached` says.

    Its model answers and trains behind a wall, in a thread of its own, as a real one does.
    """
    log, wall = Log(root), ProcessWall(FixedClock())
    workshop = a_workshop(root, exam=EXAM)
    state = root / ".modelsmith"
    cache = MortalCache(state / "cache" / "answers")
    cache.log, cache.reached = log, reached
    folder, store = MortalFolder(workshop.folder), MortalStore(state / "store")
    repository = MortalRepository(root)
    folder.reached = store.reached = repository.reached = reached
    workshop.tools = replace(
        workshop.tools,
        engines=WalledEngines(LoggedEngines(log, reached), wall),
        trainer=WalledTrainer(LoggedTrainer(log, reached), wall),
        wall=wall,
        cache=cache,
        folder=folder,
        store=store,
        repository=repository,
    )
    return workshop


def main() -> None:
    import scipy.sparse  # what a run imports late is imported once here, not in each child
    import scipy.special  # noqa: F401

    for root, effect, number in json.load(sys.stdin):
        child = os.fork()
        if child == 0:
            a_mortal_workshop(Path(root), killed_at(effect, number)).go()
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
