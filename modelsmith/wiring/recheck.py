"""The blind recheck, on files."""

from pathlib import Path
from typing import TYPE_CHECKING

from modelsmith.errors import InputError
from modelsmith.wiring.judges import SHOWN

if TYPE_CHECKING:
    from modelsmith.judges.recheck import Recheck


def recheck_written(repository: Path, run: str) -> tuple[str, bool]:
    """Write the sheet of a blind recheck, and return where it lies, and whether it is new.

    A sheet that is there is left as it is: people may have begun to fill it in.

    Raises:
        UsageError: the run made no attempt, or too few answers differ.
    """
    from modelsmith.disk.atomic_write import write_whole
    from modelsmith.exam.snapshot import by_id
    from modelsmith.judges.recheck_sheet import recheck_sheet
    from modelsmith.loop.phases.recheck import rechecking
    from modelsmith.wiring.runs import Runs

    asked = rechecking(Runs(repository, quiet=True).folder(run))
    file, snapshot = repository / asked.path, asked.case.snapshot
    if file.exists():
        return asked.path, False
    text = recheck_sheet(run, snapshot.benchmark, asked.answers, by_id(snapshot.sealed))
    write_whole(file, text.encode())
    return asked.path, True


def recheck_read(repository: Path, run: str) -> "Recheck":
    """Return what people found in a blind recheck.

    Raises:
        UsageError: the run made no attempt, or too few answers differ.
        InputError: the sheet is not there, not filled in, or not the one that was drawn.
    """
    from modelsmith.disk.repository_files import load
    from modelsmith.judges.recheck import RecheckSheet
    from modelsmith.loop.phases.recheck import rechecked, rechecking
    from modelsmith.wiring.runs import Runs

    asked = rechecking(Runs(repository, quiet=True).folder(run))
    if not (repository / asked.path).exists():
        raise InputError(
            f"{asked.path} is not there",
            remedy=f"Write it with `modelsmith judge audit {run}`, and have somebody fill it in.",
        )
    try:
        sheet = load(repository, asked.path, RecheckSheet)
    except InputError as error:
        more = len(error.problems) - SHOWN
        if more <= 0:
            raise
        raise InputError(
            f"{asked.path} cannot be used:",
            problems=[*error.problems[:SHOWN], f"and {more} more"],
            remedy="Write met or not_met behind each criterion's id; change nothing else.",
        ) from None
    return rechecked(asked, sheet)
