"""The ledgers of runs on the branches that they are walked on, as this clone last saw them."""

from collections.abc import Mapping
from pathlib import Path

from modelsmith.adapters.git_command import Git
from modelsmith.adapters.git_upstream import walk_of
from modelsmith.adapters.origin import ORIGIN
from modelsmith.domain.ledger import LEDGER, Entry
from modelsmith.domain.ledger_lines import entries_in
from modelsmith.errors import BrokenRecordError


def walked_runs(repository: Path) -> Mapping[str, tuple[Entry, ...] | BrokenRecordError]:
    """Return the ledger of each run that the checkout has settings of; empty before it begins.

    Where one holds what was not written, its fault stands there: the others go on.
    """
    git = Git(repository)
    found: dict[str, tuple[Entry, ...] | BrokenRecordError] = {}
    for file in sorted((repository / "runs").glob("*/run.yaml")):
        run = file.parent.name
        place = f"refs/remotes/{ORIGIN}/{walk_of(run)}:runs/{run}/{LEDGER}"
        blob = git.tried("cat-file", "blob", place)
        try:
            found[run] = entries_in(blob.output, place) if blob.code == 0 else ()
        except BrokenRecordError as error:
            found[run] = error
    return found
