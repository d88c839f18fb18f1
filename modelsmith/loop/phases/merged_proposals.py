"""Which proposals stand on the train side: the mutator's at once, a model's once people merged it.

What was merged is read from the default branch when an evaluation begins, as people edited it,
and becomes that evaluation's evidence: a replay needs no git.
"""

from collections.abc import Sequence
from dataclasses import replace

from modelsmith.council.proposal import Joined, Proposal
from modelsmith.errors import BlockedError, BrokenRecordError
from modelsmith.exam.scenario import Scenario
from modelsmith.loop.evidence.files import JOINED, RECONCILIATION
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.entry_facts import ExpandedFacts, facts_of, latest
from modelsmith.run.evidence import Evidence, Files, Read
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import Event, State


def fetch_joined(ports: RunPorts, context: PhaseContext) -> Files:
    """Return, as evidence, proposals of earlier rounds that are on the default branch.

    Raises:
        ForgeError: upstream does not answer.
    """
    known = {scenario.id for scenario in context.train}
    waiting = {
        path_of(context, scenario): (author, scenario.id)
        for author, scenario in context.offered
        if scenario.id not in known
    }
    if not waiting:
        return {}
    found = ports.repository.merged(sorted(waiting), context.snapshot.benchmark)
    joined = tuple(
        Joined(author=waiting[path][0], scenario=scenario)
        for path, scenario in sorted(found.items())
        if scenario.id == waiting[path][1]
    )
    return JOINED.of(joined) if joined else {}


def joining(context: PhaseContext, raw: Evidence) -> PhaseContext:
    """Return the context with what an evaluation found merged on its train side."""
    merged = JOINED.read(raw, ())
    return replace(context, joined=(*context.joined, *(one.scenario for one in merged)))


def chosen_in(read: Read, entry: Entry) -> tuple[Proposal, ...]:
    """Return the proposals that an entry accepts; none where it is no expansion.

    Raises:
        BrokenRecordError: its reconciliation is not among its evidence, or is something else.
    """
    if entry.event is not Event.EXPANDED:
        return ()
    try:
        return next(RECONCILIATION.held_by(entry, read)).chosen()
    except (StopIteration, ValueError) as error:
        raise _unreadable(entry, "reconciliation", error) from None


def joined_in(read: Read, entry: Entry, chosen: Sequence[Proposal]) -> tuple[Scenario, ...]:
    """Return the scenarios that join the train side with an entry.

    Args:
        read: Returns evidence, checked against the ledger.
        entry: What was recorded.
        chosen: The proposals that it accepts.

    Raises:
        BrokenRecordError: its evidence of that is not there, or is something else.
    """
    if entry.event is Event.EXPANDED:
        return tuple(proposal.scenario for proposal in chosen if proposal.is_rule_made)
    if entry.event is not Event.EVALUATED:
        return ()
    try:
        return tuple(one.scenario for one in next(JOINED.held_by(entry, read), ()))
    except ValueError as error:
        raise _unreadable(entry, JOINED.name, error) from None


def require_reviewed(ports: RunPorts, context: PhaseContext) -> None:
    """Return unless the run waits for people to decide on models' proposals.

    Raises:
        BlockedError: their branch is neither merged nor closed.
        ForgeError: upstream does not answer.
    """
    entry = latest(context.entries, Event.EXPANDED)
    if context.state is not State.ASSESS or not context.config.council.wait or entry is None:
        return
    branch = facts_of(entry, ExpandedFacts).branch
    if branch is None or all(one.is_rule_made for one in chosen_in(context.read, entry)):
        return
    if ports.repository.is_under_review(branch):
        raise BlockedError(
            f"the proposals on branch {branch} are neither merged nor closed",
            remedy=f"Offer them (modelsmith run offer {context.run}), and merge or close the pull "
            f"request. Once it is closed, run that again, which keeps it in git. Then: "
            f"modelsmith run go {context.run}",
            reason="review",
        )


def path_of(context: PhaseContext, scenario: Scenario) -> str:
    """Return where an accepted scenario is written on the branch."""
    return f"benchmarks/{context.snapshot.benchmark.domain}/train/{scenario.id}.yaml"


def _unreadable(entry: Entry, what: str, error: Exception) -> BrokenRecordError:
    return BrokenRecordError(
        f"ledger entry {entry.index}: no {what} can be read: {error}",
        remedy="Restore the run's folder from git; nothing in it is edited.",
    )
