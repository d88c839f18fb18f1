"""What left for the runs of a repository."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.layout import LEDGER, RUNS
from modelsmith.wiring.runs import Factory

if TYPE_CHECKING:
    from modelsmith.boundary.egress_report import Exposure


def exposures(repository: Path, run: str | None) -> "tuple[Exposure, ...]":
    """Return everything that left for one run, or for each run that was started here, by name.

    Raises:
        UsageError: there is no such run, or it has not been started.
        BrokenRecordError: a ledger or a journal was altered.
    """
    from modelsmith.loop.egress_reader import exposed

    started = sorted(path.parent.name for path in (repository / RUNS).glob(f"*/{LEDGER}"))
    factory = Factory(repository, quiet=True)
    return tuple(exposed(factory.folder(name)) for name in (started if run is None else [run]))
