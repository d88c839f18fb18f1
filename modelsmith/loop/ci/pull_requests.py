"""Open the pull requests that a run's entries call for, and keep the open ones up to date."""

from collections.abc import Callable, Sequence
from typing import Literal

from modelsmith.forge.port import Forge
from modelsmith.forge.records import PullRequest, PullState
from modelsmith.git.refs import promotion_branch, run_branch
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


class OpenedPullRequest(Record):
    """What became of one offer."""

    offer: Offer
    """The offer."""
    pull_request: PullRequest | None
    """Its pull request; none where there is nothing to open one from."""
    words: str
    """What was done, or why nothing was."""


Close = Callable[[str, str], bool]
"""Keeps, where a phase reads it, that people decided on that commit of a branch; returns whether it
is all that the branch holds."""


def is_decided(forge: Forge, branch: str, close: Close) -> bool:
    """Return whether people merged or closed a round's proposals, as they stand.

    A phase asks git alone, where a closing does not show: so that is kept there.

    Raises:
        ForgeError: the forge or upstream does not answer, or the token may not.
    """
    pulls = forge.pull_requests(state=None, head=branch)
    known = [pull for pull in pulls if not pull.is_from_fork]
    if not known or any(pull.state is PullState.OPEN for pull in known):
        return False
    return close(branch, known[-1].head_sha)


def open_pull_requests(
    forge: Forge, offers: Sequence[Offer], page: Callable[[Offer], str]
) -> tuple[OpenedPullRequest, ...]:
    """Open or update a pull request for each offer; a second time changes nothing.

    One that people merged or closed stays as it is, and one that was marked ready stays ready.

    Args:
        forge: Where pull requests live.
        offers: What a run calls for.
        page: Returns the body of an offer's pull request, in Markdown.

    Raises:
        ForgeError: the forge does not answer, or the token may not; what was opened stays.
    """
    base = forge.settings().default_branch
    return tuple(_offered(forge, offer, base, page) for offer in offers)


def _offered(
    forge: Forge, offer: Offer, base: str, page: Callable[[Offer], str]
) -> OpenedPullRequest:
    known = list(forge.pull_requests(state=None, head=offer.branch))
    is_open = [pull for pull in known if pull.state is PullState.OPEN]
    if known and not is_open:
        pull = known[-1]
        words = f"was {pull.state.value} by people and stays so"
        return OpenedPullRequest(offer=offer, pull_request=pull, words=words)
    sha = forge.branch_sha(offer.branch)
    if sha is None:
        return OpenedPullRequest(offer=offer, pull_request=None, words=_absent(offer))
    if sha == forge.branch_sha(base):
        words = f"{base} holds all of it already"
        return OpenedPullRequest(offer=offer, pull_request=None, words=words)
    pull = forge.offer(
        offer.branch,
        base=base,
        title=offer.title,
        body=page(offer),
        is_draft=is_open[0].is_draft if is_open else offer.is_draft,
        labels=(offer.label, *offer.topics),
    )
    return OpenedPullRequest(
        offer=offer, pull_request=pull, words="is up to date" if is_open else "is open"
    )


def _absent(offer: Offer) -> str:
    if offer.label == "run":
        return f"no branch {offer.branch}: the run was walked without --push"
    return f"no branch {offer.branch} on the forge: push it, or it was merged and deleted"


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
            offers.append(_offer("run", run_branch(run), title, entry))
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
