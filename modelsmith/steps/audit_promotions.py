"""Promotions against the runs that staged them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from modelsmith.domain.append_only import CHANNELS, PROMOTIONS
from modelsmith.domain.audit import Finding, finding
from modelsmith.domain.history import Commit
from modelsmith.domain.loop import Event
from modelsmith.domain.promotion import PromotionRecord
from modelsmith.domain.record import sha256
from modelsmith.ports.history import History
from modelsmith.steps.audit_runs import Standing

RECORD = "record.json"


class Promoted(NamedTuple):
    """A version under `promotions/`, as one commit holds it."""

    commit: str
    """The commit."""
    place: str
    """`SPECIALIST/VERSION`."""
    content: bytes | None
    """Its record; none where there is none."""

    @property
    def path(self) -> str:
        """Where its record lies."""
        return f"{PROMOTIONS}/{self.place}/{RECORD}"


def promotions(
    history: History, commits: Mapping[str, Commit], tips: Mapping[str, str]
) -> list[Promoted]:
    """Return each distinct promotion over all branches."""
    found: dict[tuple[str, str | None], Promoted] = {}
    for commit in tips.values():
        tree = commits[commit].tree
        for specialist in sorted(history.folders(tree, PROMOTIONS)):
            versions = history.folders(tree, f"{PROMOTIONS}/{specialist}")
            for version in sorted(versions) if specialist != CHANNELS else ():
                name = history.object_at(versions[version], RECORD)
                place = f"{specialist}/{version}"
                content = history.content(name) if name else None
                found.setdefault((place, name), Promoted(commit, place, content))
    return list(found.values())


def unstaged(found: Sequence[Promoted], runs: Sequence[Standing]) -> Iterator[Finding]:
    """Yield promotions that no run staged."""
    staged = {
        digest: one.record.name
        for one in runs
        for entry in one.entries()
        if entry.event is Event.STAGED
        for path, digest in entry.evidence.items()
        if path.endswith(f"/{RECORD}")
    }
    for one in found:
        words = _fault(one, staged)
        if words:
            yield finding("promotion", words, commit=one.commit, path=one.path)


def _fault(one: Promoted, staged: Mapping[str, str]) -> str | None:
    if one.content is None:
        return "the record is not there"
    try:
        lineage = PromotionRecord.model_validate_json(one.content).lineage
    except ValidationError as error:
        return f"it is no promotion record: {error.errors()[0]['msg']}"
    if f"{lineage.specialist}/{lineage.version}" != one.place:
        return f"it is the record of {lineage.specialist}/{lineage.version}"
    if staged.get(sha256(one.content)) != lineage.run:
        return f"no staged entry of run {lineage.run} names this record as its evidence"
    return None
