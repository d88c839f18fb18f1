"""What is said of a commit: statuses and check runs, under refs/modelsmith/commits."""

import re
from typing import TypeVar

from modelsmith.errors import InputError
from modelsmith.forge.local.event_log import file_name
from modelsmith.forge.local.local_forge_numbers import believed, written
from modelsmith.forge.local.refs import OURS, Move, Tips
from modelsmith.forge.local.transactions import Acts
from modelsmith.forge.records import CheckRun, Status
from modelsmith.record import Record, short

SHA = re.compile(r"[0-9a-f]{40}")

R = TypeVar("R", bound=Record)


class Notes:
    """Statuses and check runs, one chain a commit."""

    def __init__(self, acts: Acts) -> None:
        """Know the clone."""
        self._acts = acts

    def say(self, sha: str, said: Status | CheckRun) -> None:
        """Put a status or a check run; one of the same context or name is replaced.

        Raises:
            InputError: that is no commit.
        """
        if not SHA.fullmatch(sha):
            raise InputError(f"{sha!r} is no commit", remedy="Name it in full: 40 hex digits.")
        folder, name = (
            ("statuses", said.context) if isinstance(said, Status) else ("checks", said.name)
        )
        files = {f"{folder}/{file_name(name)}.json": written(said)}
        words = f"Say {name} of {short(sha)}"

        def decide(tips: Tips) -> tuple[None, list[Move]]:
            return None, self._acts.put(tips, f"commits/{sha}", files, words)

        self._acts.settled(decide)

    def statuses(self, tips: Tips, sha: str) -> dict[str, Status]:
        """Return the newest status of each context, by context."""
        return {said.context: said for said in self._said(tips, sha, "statuses", Status)}

    def checks(self, tips: Tips, sha: str) -> dict[str, CheckRun]:
        """Return the newest check run of each name, without annotations."""
        return {
            said.name: CheckRun(**(dict(said) | {"annotations": ()}))
            for said in self._said(tips, sha, "checks", CheckRun)
        }

    def _said(self, tips: Tips, sha: str, folder: str, kind: type[R]) -> list[R]:
        chain = f"commits/{sha}"
        tip = tips.chains.get(chain)
        if tip is None:
            return []
        with believed(OURS + chain):
            files = self._acts.chains.files(tip, folder)
            return [kind.model_validate_json(content) for content in files.values()]
