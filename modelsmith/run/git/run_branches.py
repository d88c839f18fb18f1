"""The ledgers of runs on the branches that they are walked on, as this clone last saw them."""

from collections.abc import Mapping
from pathlib import Path

from modelsmith.errors import BrokenRecordError
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.origin import ORIGIN
from modelsmith.git.refs import run_branch
from modelsmith.layout import RUNS, SETTINGS, ledger_path, run_folder
from modelsmith.run.files.run_folder import DiskRunFolder
from modelsmith.run.ledger import Entry, entries_in


def walked_runs(repository: Path) -> Mapping[str, tuple[Entry, ...] | BrokenRecordError]:
    """Return the ledger of each run that the checkout has settings of; empty before it begins.

    Where one holds what was not written, its fault stands there: the others go on.
    """
    found: dict[str, tuple[Entry, ...] | BrokenRecordError] = {}
    for file in sorted((repository / RUNS).glob(f"*/{SETTINGS}")):
        run = file.parent.name
        try:
            found[run] = _walked(repository, run)
        except BrokenRecordError as error:
            found[run] = error
    return found


def entries_of(repository: Path, run: str) -> tuple[Entry, ...]:
    """Return the ledger of a run as far as this clone knows it: checked out, or on its branch.

    Raises:
        BrokenRecordError: a ledger holds what was not written.
    """
    here = tuple(DiskRunFolder(repository / run_folder(run)).entries())
    return max(here, _walked(repository, run), key=len)


def _walked(repository: Path, run: str) -> tuple[Entry, ...]:
    place = f"refs/remotes/{ORIGIN}/{run_branch(run)}:{ledger_path(run)}"
    return entries_at(Git(repository), place, place)


def entries_at(git: Git, blob: str, place: str) -> tuple[Entry, ...]:
    """Return the ledger in a blob; empty where there is none.

    Args:
        git: Reads the clone.
        blob: The blob, as git names it.
        place: Where it lies, for messages.

    Raises:
        BrokenRecordError: it holds what was not written.
    """
    done = git.tried("cat-file", "blob", blob)
    return () if done.code else entries_in(done.output, place)
