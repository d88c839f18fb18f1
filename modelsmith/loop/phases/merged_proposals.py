"""Which proposals stand on the train side: the mutator's at once, a model's once people merged it.

What was merged is read from the branch of record when an evaluation begins, as people edited it,
and becomes that evaluation's evidence: a replay needs no git.
"""

from dataclasses import replace

from modelsmith.council.proposal import Joined, Proposal, Reconciliation
from modelsmith.errors import BlockedError, BrokenRecordError
from modelsmith.exam.scenario import Scenario
from modelsmith.loop.evidence.files import JOINED, RECONCILIATION
from modelsmith.run.context import PhaseContext, RunPorts
from modelsmith.run.entry_facts import ExpandedFacts, facts_of
from modelsmith.run.evidence import Evidence, Files, Read
from modelsmith.run.ledger import Entry
from modelsmith.run.progress import latest
from modelsmith.run.state_machine import Event, State


def joined_now(ports: RunPorts, context: PhaseContext) -> Files:
    """Return, as evidence, proposals of earlier rounds that are on the branch of record.

    Raises:
        ForgeError: upstream does not answer.
    """
    known = {scenario.id for scenario in context.train}
    waiting = {
        path_of(context, proposal.scenario): proposal
        for entry in context.entries
        if entry.event is Event.EXPANDED
        for proposal in reconciliation_in(context.read, entry).chosen()
        if not proposal.is_rule_made and proposal.scenario.id not in known
    }
    if not waiting:
        return {}
    found = ports.repository.merged(sorted(waiting), context.snapshot.benchmark)
    joined = tuple(
        Joined(author=waiting[path].author, scenario=scenario)
        for path, scenario in sorted(found.items())
        if scenario.id == waiting[path].scenario.id
    )
    return JOINED.of(joined) if joined else {}


def joining(context: PhaseContext, raw: Evidence) -> PhaseContext:
    """Return the context with what an evaluation found merged on its train side."""
    merged = JOINED.read(raw, ())
    return replace(context, joined=(*context.joined, *(one.scenario for one in merged)))


def joined_in(read: Read, entry: Entry) -> tuple[Scenario, ...]:
    """Return the scenarios that join the train side with an entry.

    Raises:
        BrokenRecordError: its evidence of that is not there, or is something else.
    """
    if entry.event is Event.EXPANDED:
        chosen = reconciliation_in(read, entry).chosen()
        return tuple(proposal.scenario for proposal in chosen if proposal.is_rule_made)
    if entry.event is not Event.EVALUATED:
        return ()
    try:
        return tuple(one.scenario for one in next(JOINED.held_by(entry, read), ()))
    except ValueError as error:
        raise _unreadable(entry, JOINED.name, error) from None


def reconciliation_in(read: Read, entry: Entry) -> Reconciliation:
    """Return how an expansion's proposals ended.

    Raises:
        BrokenRecordError: its reconciliation is not among its evidence, or is something else.
    """
    try:
        return next(RECONCILIATION.held_by(entry, read))
    except (StopIteration, ValueError) as error:
        raise _unreadable(entry, "reconciliation", error) from None


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
    if branch is None or not _by_models(reconciliation_in(context.read, entry).chosen()):
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


def _by_models(chosen: tuple[Proposal, ...]) -> bool:
    return any(not proposal.is_rule_made for proposal in chosen)


def _unreadable(entry: Entry, what: str, error: Exception) -> BrokenRecordError:
    return BrokenRecordError(
        f"ledger entry {entry.index}: no {what} can be read: {error}",
        remedy="Restore the run's folder from git; nothing in it is edited.",
    )
