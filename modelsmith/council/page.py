"""What a council proposed, for people to decide on: the body of its pull request."""

from collections.abc import Iterator, Sequence

from modelsmith.council.proposal import Branch, Proposal, Reconciled, Reconciliation, Statement
from modelsmith.documents.markdown import code, fenced
from modelsmith.exam.authoring.scenario_page import scenario_page
from modelsmith.exam.benchmark import Benchmark

LONGEST = 4_000
"""Characters of one preview: a pull request's body has room for 65 536 (GitHub)."""


def council_page(  # noqa: PLR0913 - a page of everything that a round found
    benchmark: Benchmark,
    failures: Sequence[str],
    found: Reconciliation,
    unheard: Sequence[Statement],
    branch: Branch,
    *,
    as_before: bool = False,
) -> str:
    """Return the page: why, each accepted scenario with its votes, how each refused one ended.

    Args:
        benchmark: Renders the previews.
        failures: What failed, in words.
        found: How each proposal ended.
        unheard: What members were not asked, or did not say.
        branch: Where the accepted ones lie, or why there are none.
        as_before: Whether the previews are in the words that runs of before recorded.
    """
    accepted = [one for one in found.reconciled if one.ruling == "accepted"]
    refused = [one for one in found.reconciled if one.ruling == "refused"]
    total = len(found.reconciled)
    lines = ["## Expansion", "", f"{len(accepted)} of {total} proposals accepted."]
    lines += [f"They lie on the branch {code(branch.name)}."] if branch.name else []
    lines += [f"Nothing to propose: {branch.nothing}."] if branch.nothing else []
    lines += ["", *(f"- {failure}" for failure in failures)]
    for one in accepted:
        if one.proposal is not None:
            lines += ["", *_accepted(benchmark, one, one.proposal, as_before=as_before)]
    if refused:
        lines += ["", "<details>", f"<summary>{len(refused)} refused</summary>", ""]
        for one in refused:
            lines.append(f"- {code(one.name)} by {code(one.author)}")
            lines += [f"  - {reason.gate}: {code(reason.message)}" for reason in one.reasons]
            lines += [f"  {vote}" for vote in _votes(one)]
        lines += ["", "</details>"]
    if unheard:
        lines += ["", "<details>", f"<summary>{len(unheard)} not heard</summary>", ""]
        lines += [
            f"- {code(one.member)}, {one.kind} on {code(one.about)}: {code(one.error)}"
            for one in unheard
        ]
        lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _accepted(
    benchmark: Benchmark, one: Reconciled, proposal: Proposal, *, as_before: bool
) -> Iterator[str]:
    yield f"### {code(one.name)} by {code(one.author)}"
    yield ""
    yield f"Why: {code(proposal.why)}"
    yield from _votes(one)
    yield ""
    yield fenced(scenario_page(benchmark, proposal.scenario, as_before=as_before), LONGEST)
    if proposal.answer:
        yield ""
        yield "A right answer, by its author:"
        yield ""
        yield fenced(proposal.answer, LONGEST)


def _votes(one: Reconciled) -> Iterator[str]:
    for ballot in one.ballots:
        yield f"- {code(ballot.member)} votes {ballot.vote}: {code(ballot.reason)}"
