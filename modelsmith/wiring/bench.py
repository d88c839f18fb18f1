"""What a run's intake freezes of its judges, and of whose models production asks for."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelsmith.domain.certified_judges import Bench
    from modelsmith.domain.hosted import Hosted
    from modelsmith.domain.run import RunConfig


def bench_at(repository: Path, config: "RunConfig", hosted: "Hosted") -> "Bench":
    """Return a run's judges with what they did on the exam as it now is; nobody without judges.

    Raises:
        InputError: a file of the exam is wrong, located.
        BlockedError: a judge has not sat this exam, or its certificate has expired.
        BrokenRecordError: a result is not what its opinions say.
    """
    from modelsmith.adapters.clock import SystemClock
    from modelsmith.adapters.sitting_files import SittingFiles
    from modelsmith.domain.certified_judges import Bench
    from modelsmith.steps.sitting import bench_of
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
    from modelsmith.adapters.repository_premises import policy_of

    if config.promotion.channel != "production":
        return ()
    return policy_of(repository).channels.production.providers
