"""What a run's intake freezes of its judges, and of whose models production asks for."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelsmith.boundary.hosted_model import Hosted
    from modelsmith.judges.certification.certified_judges import Bench
    from modelsmith.run.config import RunConfig


def bench_at(repository: Path, config: "RunConfig", hosted: "Hosted") -> "Bench":
    """Return a run's judges with what they did on the exam as it now is; nobody without judges.

    Raises:
        InputError: a file of the exam is wrong, located.
        BlockedError: a judge has not sat this exam, or its certificate has expired.
        BrokenRecordError: a result is not what its opinions say.
    """
    from modelsmith.disk.clock import SystemClock
    from modelsmith.judges.certification.certified_judges import Bench
    from modelsmith.judges.certification.sit_exam import bench_of
    from modelsmith.judges.files.exam_results import SittingFiles
    from modelsmith.wiring.judges import judges

    if not config.judges:
        return Bench()
    exam = judges(repository, config.benchmark).exam
    named = [hosted.model(name) for name in config.judges]
    find = SittingFiles(repository, config.benchmark).find
    return bench_of(exam, named, hosted.boundary, find, SystemClock().now())


def providers_at(repository: Path, config: "RunConfig") -> tuple[str, ...]:
    """Return whose models production asks for; nobody's where the run does not go there.

    Raises:
        InputError: the policy is not there, or wrong, located.
    """
    from modelsmith.setup.files.repository_state import policy_of

    if config.promotion.channel != "production":
        return ()
    return policy_of(repository).channels.production.providers
