"""Pull requests that a run's entries call for."""

from collections.abc import Sequence
from typing import Literal

from modelsmith.git.refs import promotion_branch, walk_branch
from modelsmith.record import Count, Record
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import ExpandedFacts, StoppedFacts, facts_of
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event


class Offer(Record):
    """One pull request, as an entry calls for it."""

    label: Literal["proposal", "promotion", "run"]
    """What it is, as its label says: scenarios, a specialist, or a record alone."""
    branch: str
    """Branch that is proposed."""
    title: str
    """One line."""
    entry: Count
    """Index of the entry that calls for it."""

    topics: tuple[str, ...] = ()
    """Categories that it is about; labels too."""

    @property
    def is_draft(self) -> bool:
        """Whether it opens as a draft: a promotion is ready when the gate says so, not before."""
        return self.label == "promotion"


def offers_of(run: str, config: RunConfig, entries: Sequence[Entry]) -> tuple[Offer, ...]:
    """Return what a run offers to people: each round's proposals, and how it ended.

    Args:
        run: The run's name.
        config: Its settings.
        entries: Its ledger.
    """
    offers = []
    for entry in entries:
        if entry.event is Event.EXPANDED:
            facts = facts_of(entry, ExpandedFacts)
            if facts.branch is not None:
                title = f"{facts.accepted} scenarios for what failed in round {entry.iteration}"
                offer = _offer("proposal", facts.branch, f"{title} of run {run}", entry)
                offers.append(offer.model_copy(update={"topics": facts.categories}))
        elif entry.event is Event.STAGED:
            title = f"Promote {config.specialist} {run}-{entry.iteration}"
            title += f" to {config.promotion.channel}"
            offers.append(_offer("promotion", promotion_branch(run), title, entry))
        elif entry.event in (Event.REFUSED, Event.HALTED):
            title = f"Record run {run}: {_how(entry)}"
            offers.append(_offer("run", walk_branch(run), title, entry))
    return tuple(offers)


def _offer(
    label: Literal["proposal", "promotion", "run"], branch: str, title: str, entry: Entry
) -> Offer:
    return Offer(label=label, branch=branch, title=title, entry=entry.index)


def _how(entry: Entry) -> str:
    if entry.event is Event.REFUSED:
        return "the gate refused"
    if "rule" in entry.facts:
        return f"halted, {entry.facts['reason']}"
    return f"halted, {facts_of(entry, StoppedFacts).reason}"
