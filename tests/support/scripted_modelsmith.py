"""`modelsmith` where the model is scripted: `python -m tests.support.scripted_modelsmith`.

One command meets a model in CI: `run step RUN --push`. It is walked here with scripted engines in
the wiring; every other one is the command itself.
"""

import re
import sys
from dataclasses import replace
from pathlib import Path

from modelsmith.cli import main
from modelsmith.cli.run import _exit_for
from modelsmith.domain.run import RunConfig
from modelsmith.errors import ModelsmithError
from modelsmith.ports.families import Families
from modelsmith.steps.tools import Tools
from modelsmith.wiring import Factory
from tests.support.killed_run import SKILL
from tests.support.runs import CountingTrainer, LearningEngines

STEP = re.compile(r"--repo (\S+) run step (\S+) --push")


class ScriptedFactory(Factory):
    """A factory whose machine answers and trains by a script."""

    def _tools(self, run: str, config: RunConfig, families: Families) -> Tools:
        tools = super()._tools(run, config, families)
        return replace(tools, engines=LearningEngines(SKILL), trainer=CountingTrainer())


def stepped(repository: Path, run: str) -> int:
    """Do the next phase of a shared run, and return the exit code that the command has."""
    try:
        entry = ScriptedFactory(repository, quiet=True).shared(run).step()
    except ModelsmithError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(f"run {run}: {entry.event}")
    _exit_for(entry.event)
    return 0


if __name__ == "__main__":
    asked = STEP.fullmatch(" ".join(sys.argv[1:]))
    sys.exit(stepped(Path(asked[1]).resolve(), asked[2]) if asked else main())
