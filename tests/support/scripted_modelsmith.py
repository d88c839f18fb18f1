"""`modelsmith` where the model is scripted: `python -m tests.support.scripted_modelsmith`.

Two commands meet a model in CI: `run step RUN --push` and `scenario precheck --run RUN --pull N`.
They are walked here with scripted engines in the wiring; every other one is the command itself.

Where SCRIPTED_DIES_AT is set to N the process is killed with signal 9 in step N of a training: a
runner that is taken away.
"""

import os
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path

from modelsmith.cli import main
from modelsmith.cli.run import _exit_for
from modelsmith.disk.github_actions_job import add_to_summary
from modelsmith.errors import ModelsmithError
from modelsmith.exam.family import Families
from modelsmith.run.config import RunConfig
from modelsmith.run.context import RunPorts
from modelsmith.training.curriculum import Trained
from modelsmith.training.port import TellStep, TrainingJob
from modelsmith.wiring.precheck import precheck as wired
from modelsmith.wiring.runs import Runs
from modelsmith.workbench.precheck_page import as_markdown, as_text
from tests.support.clock import FixedClock
from tests.support.killed_run import SKILL
from tests.support.runs import CountingTrainer, LearningEngines, Skill

STEP = re.compile(r"--repo (\S+) run step (\S+) --push")
PRECHECK = re.compile(r"scenario precheck --run (\S+) --pull (\d+)")


class MortalTrainer(CountingTrainer):
    """Kills its process in step `dies_at` of a training; never where that is 0."""

    def __init__(self, dies_at: int) -> None:
        super().__init__()
        self._dies_at = dies_at

    def train(self, job: TrainingJob, tell: TellStep) -> tuple[Trained, Path]:
        def told(step: int, steps: int, loss: float) -> None:
            tell(step, steps, loss)
            if step == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

        return super().train(job, told)


class ScriptedFactory(Runs):
    """A factory whose machine answers and trains by a script."""

    skill: Skill = staticmethod(SKILL)
    is_timeless = False
    """Whether every entry has the same moment, so that two walks record the same."""

    def _ports(self, run: str, config: RunConfig, families: Families) -> RunPorts:
        tools = super()._ports(run, config, families)
        trainer = MortalTrainer(int(os.environ.get("SCRIPTED_DIES_AT", "0")))
        clock = FixedClock() if self.is_timeless else tools.clock
        return replace(tools, engines=LearningEngines(self.skill), trainer=trainer, clock=clock)


def stepped(repository: Path, run: str, factory: type[Runs] = ScriptedFactory) -> int:
    """Do the next phase of a shared run, and return the exit code that the command has."""
    try:
        entry = factory(repository, quiet=True).shared(run).step()
        keys = sorted(name for name, key in os.environ.items() if name.endswith("_KEY") and key)
        print(f"run {run}: {entry.event}, with {', '.join(keys) or 'no key'}")
        _exit_for(entry)
    except ModelsmithError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def prechecked(repository: Path, run: str, pull: int) -> int:
    """Ask the model of a run what a pull request changes, as the command does."""
    factory = ScriptedFactory(repository, quiet=True)
    found = wired(factory, run, is_base=False, pull=pull, chosen=lambda _: False)
    print(as_text(found))
    add_to_summary(as_markdown(found))
    return 0


if __name__ == "__main__":
    words = " ".join(sys.argv[1:])
    if step := STEP.fullmatch(words):
        sys.exit(stepped(Path(step[1]).resolve(), step[2]))
    if asked := PRECHECK.fullmatch(words):
        sys.exit(prechecked(Path.cwd(), asked[1], int(asked[2])))
    sys.exit(main())
