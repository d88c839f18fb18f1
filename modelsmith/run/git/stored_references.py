"""Which digests a repository still needs, and who needs them, over all its branches."""

import re
from pathlib import Path

from modelsmith.git.cli.branch_files import FileVersion, file_versions
from modelsmith.layout import PROMOTIONS, RUNS
from modelsmith.run.ledger import entries_in, position_after
from modelsmith.run.state_machine import TERMINAL

CHANNEL = re.compile(r"promotions/channels/([^/]+)\.ya?ml")
RECORD = re.compile(r"promotions/([^/]+/[^/]+)/record\.json")
LEDGER = re.compile(r"runs/([^/]+)/ledger\.jsonl")
WANTED = "|".join(pattern.pattern for pattern in (CHANNEL, RECORD, LEDGER))
DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class NeededDigests:
    """What no collection of the store may remove.

    Every digest that one of these files names counts, in whichever field it stands: a channel with
    its rollback target, a promotion record, and the ledger of a run that is not over. Most of them
    name evidence in git and keep nothing; a field that is added later is kept from its first day.
    """

    def __init__(self, repository: Path) -> None:
        """Take the repository's top folder; nothing is read yet."""
        self._repository = repository

    def reasons(self) -> dict[str, str]:
        """Return who needs each digest, in words; the first of several.

        Raises:
            BrokenRecordError: a ledger was altered, so that nobody knows whether its run is over.
            TransitionError: a ledger records what its state did not accept.
        """
        needed: dict[str, str] = {}
        for version in file_versions(self._repository, PROMOTIONS, RUNS, pattern=WANTED):
            if (reason := _reason(version)) is not None:
                for digest in DIGEST.findall(version.content.decode(errors="replace")):
                    needed.setdefault(digest, reason)
        return needed


def _reason(version: FileVersion) -> str | None:
    if found := CHANNEL.fullmatch(version.path):
        return f"channel {found[1]} or its rollback names it ({version.where})"
    if found := RECORD.fullmatch(version.path):
        return f"promotion {found[1]} names it ({version.where})"
    entries = entries_in(version.content, f"{version.where}: {version.path}")
    state = position_after(entries).state
    if state in TERMINAL:
        return None
    return f"run {version.path.split('/')[1]} is not over: {state} ({version.where})"
