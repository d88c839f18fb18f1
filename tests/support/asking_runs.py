"""A run whose phases ask a hosted model whenever they open the local one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from modelsmith.loop.phases import intake
from modelsmith.loop.phases.context_history import context_of
from modelsmith.models.source import ModelSource
from modelsmith.run.context import PhaseOutbound
from tests.support.engines import ScriptedEngine
from tests.support.hosted_models import ScriptedModels, asking, hosting
from tests.support.runs import LEARNS, LearningEngines, a_machine, a_workshop, an_exam, learning

SIZES = {"train": 2, "steer": 2, "sealed": 2}


class AskingEngines(LearningEngines):
    """Asks a hosted model whenever the local one is opened, as a phase does."""

    def __init__(self, asks, fails_at=0):
        super().__init__(learning(*LEARNS), fails_at=fails_at)
        self.asks = asks
        self.workshop = None

    @contextmanager
    def open(
        self, model: ModelSource, adapter: Path | None, adapter_sha256: str | None
    ) -> Iterator[ScriptedEngine]:
        tools = self.workshop.tools
        case = context_of(tools.folder)
        tools.outbound(case).ask("gpt-1", self.asks(case), "asking")
        with super().open(model, adapter, adapter_sha256) as engine:
            yield engine


def steer_questions(case):
    return [asking(case.snapshot, scenario) for scenario in case.snapshot.steer[:2]]


def a_run(root, asks=steer_questions, models=None, hosted=None, fails_at=0, **settings):
    """Return a started run whose evaluation asks `asks`."""
    engines = AskingEngines(asks, fails_at)
    settings = {"budgets": {"iterations": 3, "costUsd": 1.0}} | settings
    workshop = a_workshop(root, exam=an_exam(SIZES), engines=engines, **settings)
    tools = workshop.tools
    outbound = PhaseOutbound(
        models or ScriptedModels(),
        tools.cache,
        tools.folder,
        tools.wall,
        tools.clock,
        tools.progress,
        tools.engines,
    )
    workshop.tools = replace(tools, outbound=outbound)
    engines.workshop = workshop
    intake.start(
        workshop.tools,
        workshop.config,
        tools.folder.read("run.yaml"),
        workshop.snapshot,
        a_machine(tools.repository.head()),
        hosted or hosting(),
    )
    return workshop
