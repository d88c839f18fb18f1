"""Hosted models: who asks them, what they cost, and where what leaves is written down.

What holds a run's local work in.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.layout import STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from modelsmith.boundary.call import Held
    from modelsmith.boundary.grants import Boundary
    from modelsmith.boundary.guarded_client import BoundedOutbound
    from modelsmith.boundary.hosted_model import HostedModel, Price
    from modelsmith.boundary.ports import HostedModels
    from modelsmith.exam.benchmark import Exam


def hosted_models() -> "HostedModels":
    """Return what asks hosted models; its library is loaded with the first question."""
    from modelsmith.boundary.litellm.client import LitellmModels

    return LitellmModels()


def price_of(model: "HostedModel") -> "Price | None":
    """Return what a model costs where models.yaml does not say; None where nobody knows.

    Raises:
        HostedError: the library whose list is asked is not installed.
    """
    from modelsmith.boundary.litellm import library as hosted_prices

    return hosted_prices.price_of(model)


def exam_asking(
    repository: Path, exam: "Exam"
) -> "Callable[[HostedModel, Boundary, Path], BoundedOutbound]":
    """Return what makes who asks a judge outside a run, in the exam that judges sit.

    What leaves is written down in the file that is given; no budget ends it, and what was answered
    before costs nothing.

    Args:
        repository: Its top folder.
        exam: The benchmark's exam: what the boundary speaks of.
    """
    import os

    from modelsmith.boundary.guarded_client import BoundedOutbound
    from modelsmith.boundary.hosted_model import Hosted
    from modelsmith.boundary.isolation.egress_log import FileJournal
    from modelsmith.boundary.isolation.process_firewall import ProcessWall
    from modelsmith.boundary.litellm.library import require_keys
    from modelsmith.disk.clock import SystemClock
    from modelsmith.exam.snapshot import ExamSnapshot
    from modelsmith.run.files.answer_cache import FileCache
    from modelsmith.run.files.config_file import priced
    from modelsmith.wiring.exams import labelled_answers
    from modelsmith.wiring.store import progress

    clock = SystemClock()
    snapshot = ExamSnapshot(
        benchmark=exam.benchmark,
        train=exam.train,
        steer=exam.steer,
        sealed=exam.sealed,
        sheets=labelled_answers(repository, exam),
    )

    def asking(judge: "HostedModel", boundary: "Boundary", journal: Path) -> "BoundedOutbound":
        require_keys((judge,), os.environ)
        return BoundedOutbound(
            hosted=Hosted(boundary=boundary, models=(priced(judge, price_of),)),
            exam=snapshot,
            models=hosted_models(),
            cache=FileCache(repository / STATE / "cache" / "answers"),
            journal=FileJournal(journal),
            wall=ProcessWall(clock),
            clock=clock,
            progress=progress(quiet=False),
        )

    return asking


def hold_in() -> None:
    """Make this process able to hold local work in; before any library is loaded."""
    from modelsmith.boundary.isolation.network_namespace import prepare

    prepare()


def probed_wall() -> "Held":
    """Return what would hold local work in on this machine."""
    from modelsmith.boundary.isolation.process_firewall import ProcessWall
    from modelsmith.disk.clock import SystemClock

    hold_in()
    return ProcessWall(SystemClock()).held_by
