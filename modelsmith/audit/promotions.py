"""Promotions against the runs that staged them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import ValidationError

from modelsmith.audit.findings import AuditFinding, finding
from modelsmith.audit.runs import RunAtTip
from modelsmith.documents.diagnostic import Severity
from modelsmith.git.commits import Commit
from modelsmith.layout import CHANNELS, PROMOTIONS
from modelsmith.loop.evidence import files
from modelsmith.promotion.approval.override import overridden_words, override_in
from modelsmith.promotion.bundle import OVERRIDE, RECORD, REQUEST
from modelsmith.promotion.record import PromotionRecord
from modelsmith.record import sha256
from modelsmith.run.history import History, file_at
from modelsmith.run.state_machine import Event

READ = (RECORD, OVERRIDE, REQUEST)
"""Files of a promotion that are read, in the order of `PromotionAtCommit`."""


class PromotionAtCommit(NamedTuple):
    """A version under `promotions/`, as one commit holds it."""

    commit: str
    """The commit."""
    place: str
    """`SPECIALIST/VERSION`."""
    content: bytes | None
    """Its record; none where there is none."""
    override: bytes | None = None
    """An operator's word over the gate's; none where there is none."""
    request: bytes | None = None
    """What was to be approved; none where there is none."""

    @property
    def path(self) -> str:
        """Where its record lies."""
        return f"{PROMOTIONS}/{self.place}/{RECORD}"


def promotions(
    history: History, commits: Mapping[str, Commit], tips: Mapping[str, str]
) -> list[PromotionAtCommit]:
    """Return each distinct promotion over all branches."""
    found: dict[tuple[str | bytes | None, ...], PromotionAtCommit] = {}
    for commit in tips.values():
        tree = commits[commit].tree
        for specialist in sorted(history.folders(tree, PROMOTIONS)):
            versions = history.folders(tree, f"{PROMOTIONS}/{specialist}")
            for version in sorted(versions) if specialist != CHANNELS else ():
                place = f"{specialist}/{version}"
                contents = [file_at(history, versions[version], name) for name in READ]
                key = (place, *contents)
                found.setdefault(key, PromotionAtCommit(commit, place, *contents))
    return list(found.values())


def unstaged(
    found: Sequence[PromotionAtCommit], runs: Sequence[RunAtTip]
) -> Iterator[AuditFinding]:
    """Yield promotions that no run staged and no operator overrode; what one overrode is told.

    Who signed an override, and whether they might, is for `modelsmith audit promotion`.
    """
    staged, refused = _recorded(runs, Event.STAGED), _recorded(runs, Event.REFUSED)
    for one in found:
        words = _fault(one, staged if one.override is None else refused)
        if words:
            yield finding("promotion", words, commit=one.commit, path=one.path)
        if one.override is not None:
            yield finding(
                "promotion",
                overridden_words(one.override),
                commit=one.commit,
                path=one.path,
                severity=Severity.NOTE,
            )


def _recorded(runs: Sequence[RunAtTip], event: Event) -> dict[str, str]:
    """Return the run of each record that an entry of that event recorded, by its digest."""
    return {
        entry.evidence[path]: one.record.name
        for one in runs
        for entry in one.entries()
        if entry.event is event
        for path in files.RECORD.paths_in(entry)
    }


def _fault(one: PromotionAtCommit, recorded: Mapping[str, str]) -> str | None:
    if one.content is None:
        return "the record is not there"
    try:
        lineage = PromotionRecord.model_validate_json(one.content).lineage
    except ValidationError as error:
        return f"it is no promotion record: {error.errors()[0]['msg']}"
    if f"{lineage.specialist}/{lineage.version}" != one.place:
        return f"it is the record of {lineage.specialist}/{lineage.version}"
    if recorded.get(sha256(one.content)) != lineage.run:
        event = "staged" if one.override is None else "refused"
        return f"no {event} entry of run {lineage.run} names this record as its evidence"
    if one.override is not None and not _is_over(one):
        return f"{OVERRIDE} is over another bundle"
    return None


def _is_over(one: PromotionAtCommit) -> bool:
    """Return whether an override speaks of the request beside it."""
    try:
        found = override_in((one.override or b"").decode())
    except ValueError:
        return False
    path = f"{PROMOTIONS}/{one.place}/{REQUEST}"
    return found.subject == {path: sha256(one.request or b"")}
