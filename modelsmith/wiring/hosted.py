"""Who asks judges outside a run, and what holds a run's local work in."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.boundary.grants import Boundary
from modelsmith.boundary.hosted_model import (
    Hosted,
    HostedModel,
    JudgeModel,
    LocalJudge,
    LocalModel,
)
from modelsmith.disk.clock import SystemClock
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.layout import STATE
from modelsmith.models.source import Quantisation

if TYPE_CHECKING:
    from modelsmith.boundary.call import Held
    from modelsmith.boundary.guarded_client import BoundedOutbound
    from modelsmith.boundary.local_client import LocalOutbound
    from modelsmith.boundary.ports import Outbound

JUDGED_IN = Quantisation.BF16
"""How weights of local judges are held, whatever a run trains in: so they sat the exam."""


def exam_client(  # noqa: PLR0913 - an exam, who is asked about it, and within what
    repository: Path,
    domain: str,
    judge: JudgeModel,
    boundary: Boundary,
    journal: Path,
    *,
    is_complete: bool = True,
) -> "Outbound":
    """Return what asks a judge outside a run, where it is: here, or behind a network address.

    Args:
        repository: Its top folder.
        domain: The benchmark, whose exam the boundary speaks of.
        judge: Whom to ask.
        boundary: What may leave for it.
        journal: The file in which it is written down.
        is_complete: Whether each split of the exam must hold a scenario.
    """
    if isinstance(judge, LocalJudge):
        return local_judge_client(repository, judge, journal)
    return judge_client(repository, domain, judge, boundary, journal, is_complete=is_complete)


def judge_of(repository: Path, model: HostedModel | LocalModel) -> JudgeModel:
    """Return a model as it judges: a local one with what it is made of.

    Raises:
        EngineError: its weights are not to be had on this machine.
    """
    from modelsmith.models.transformers.local_models import LocalModels

    if isinstance(model, LocalModel):
        return LocalJudge(source=model, made_of=LocalModels(repository).identity(model))
    return model


def local_judge_client(repository: Path, judge: LocalJudge, journal: Path) -> "LocalOutbound":
    """Return what asks a local judge outside a run, behind the wall that a run has."""
    from modelsmith.boundary.isolation.egress_log import FileJournal
    from modelsmith.boundary.isolation.process_firewall import ProcessWall
    from modelsmith.boundary.local_client import LocalOutbound
    from modelsmith.models.transformers.engine import TransformersEngines
    from modelsmith.models.transformers.local_models import LocalModels
    from modelsmith.run.files.answer_cache import FileCache
    from modelsmith.training.isolated_engines import WalledEngines
    from modelsmith.wiring.store import progress

    clock = SystemClock()
    engines = TransformersEngines(LocalModels(repository), JUDGED_IN, clock)
    return LocalOutbound(
        judges=(judge,),
        engines=WalledEngines(engines, ProcessWall(clock)),
        cache=FileCache(repository / STATE / "cache" / "answers"),
        journal=FileJournal(journal),
        progress=progress(quiet=False),
    )


def judge_client(  # noqa: PLR0913 - an exam, who is asked about it, and within what
    repository: Path,
    domain: str,
    judge: HostedModel,
    boundary: Boundary,
    journal: Path,
    *,
    is_complete: bool = True,
) -> "BoundedOutbound":
    """Return what asks a judge outside a run, in the exam that judges sit.

    What leaves is written down in `journal`; no budget ends it, and what was answered before costs
    nothing.

    Args:
        repository: Its top folder.
        domain: The benchmark, whose exam the boundary speaks of.
        judge: Whom to ask.
        boundary: What may leave for it.
        journal: The file.
        is_complete: Whether each split of the exam must hold a scenario.
    """
    from modelsmith.boundary.guarded_client import BoundedOutbound
    from modelsmith.boundary.isolation.egress_log import FileJournal
    from modelsmith.boundary.isolation.process_firewall import ProcessWall
    from modelsmith.boundary.litellm.client import LitellmModels
    from modelsmith.boundary.litellm.library import price_of, require_keys
    from modelsmith.exam.files.benchmark_folder import ExamFolder
    from modelsmith.run.files.answer_cache import FileCache
    from modelsmith.run.files.config_file import priced
    from modelsmith.wiring.exams import labelled_answers
    from modelsmith.wiring.store import progress

    exam = ExamFolder(repository, domain).exam(is_complete=is_complete)
    clock = SystemClock()
    snapshot = ExamSnapshot(
        benchmark=exam.benchmark,
        train=exam.train,
        steer=exam.steer,
        sealed=exam.sealed,
        sheets=labelled_answers(repository, exam),
    )
    require_keys((judge,), os.environ)
    return BoundedOutbound(
        hosted=Hosted(boundary=boundary, models=(priced(judge, price_of),)),
        exam=snapshot,
        models=LitellmModels(),
        cache=FileCache(repository / STATE / "cache" / "answers"),
        journal=FileJournal(journal),
        wall=ProcessWall(clock),
        clock=clock,
        progress=progress(quiet=False),
    )


def hold_in() -> None:
    """Make this process able to hold local work in; before any library is loaded."""
    from modelsmith.boundary.isolation.network_namespace import prepare

    prepare()


def probed_wall() -> "Held":
    """Return what would hold local work in on this machine."""
    from modelsmith.boundary.isolation.process_firewall import ProcessWall

    hold_in()
    return ProcessWall(SystemClock()).held_by
