"""Proposals of models, and how each ends: accepted, or refused with all its reasons.

| gate          | a proposal is refused when                                                     |
|---------------|--------------------------------------------------------------------------------|
| schema        | it is no JSON by the schema, or no scenario                                    |
| vocabulary    | lens, category, mechanic or a verdict label is not the benchmark's             |
| leak          | it resembles or copies what is held out; then no other member sees it          |
| novelty       | its words and figures are in train, or in another proposal                     |
| answerability | nobody can decide its rubric, its author's answer fails, no other member       |
|               | passes, a plain wrong answer passes, or no member's wrong answer fails         |
| difficulty    | the present specialist passes it already                                       |
| ballots       | too few others say yes, or more say no than yes                                |
| diversity     | its category has enough, or its author's family wrote over half of the batch   |

Nothing that a proposal or a voter says in words decides anything.

A round is made up of those whose cells need them, from more than one hand: greedy over cells of
category, lens and outcome type by the need 1 / (1 + n), n being what train and the batch have there
already (research: evalscience, section 6, step 7).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from modelsmith.council.draft import DraftedScenario
from modelsmith.council.mutator_rules import leak_reasons, reason_of, vocabulary_reasons
from modelsmith.council.proposal import Ballot, Proposal, Reason, Reconciled, against
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.leakage import LeakGuard
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.similarity import fingerprint_of


class Tested(NamedTuple):
    """What others made of one proposal; None where an answer could not be decided."""

    undecided: tuple[str, ...]
    """Criteria that nobody can decide."""
    right: bool | None
    """Whether the author's right answer passes."""
    others: Mapping[str, bool | None]
    """Whether each other member's answer passes."""
    wrong: Mapping[str, bool | None]
    """Whether each other member's wrong answer passes."""
    plain: Mapping[str, bool | None]
    """Whether each plain wrong answer passes."""
    specialist: bool | None
    """Whether the present specialist passes."""
    ballots: tuple[Ballot, ...]
    """Votes of the others."""
    voters: int
    """Members who could vote."""


class Terms(NamedTuple):
    """What a round asks of its proposals."""

    quorum: int
    """Yes votes that one needs."""
    at_most: int
    """Proposals to accept for one failed category."""
    families: Mapping[str, str]
    """Family of each member."""


def screened(
    drafts: Sequence[DraftedScenario],
    benchmark: Benchmark,
    train: Sequence[Scenario],
    guard: LeakGuard,
    copied: Callable[[Scenario], str | None],
) -> dict[str, tuple[Reason, ...]]:
    """Return what stands against each draft before any other member sees it, by name.

    Args:
        drafts: What the members wrote.
        benchmark: The vocabularies.
        train: Everything in train, and what the mutator adds to it.
        guard: What is held out, made ready to be compared with.
        copied: Says what of steer or sealed a scenario carries word for word, or None.
    """
    ordered = _once(drafts)
    scenarios = [one.proposal.scenario for one in ordered if one.proposal]
    leaks = guard.found(scenarios)
    known = {fingerprint_of(s): f"{s.id} in train" for s in sorted(train, key=lambda s: s.id)}
    taken = {scenario.id for scenario in train}
    found: dict[str, tuple[Reason, ...]] = {}
    for one in ordered:
        reasons = [*one.reasons]
        if one.proposal is not None:
            scenario = one.proposal.scenario
            reasons += vocabulary_reasons(benchmark, scenario)
            reasons += leak_reasons([leak for leak in leaks if leak.candidate == scenario.id])
            if carried := copied(scenario):
                reasons.append(reason_of("leak", f"carries {carried}"))
            mark = fingerprint_of(scenario)
            if mark in known or scenario.id in taken:
                twin = known.get(mark, scenario.id)
                reasons.append(reason_of("novelty", f"same words and figures as {twin}"))
            else:
                known[mark] = f"{scenario.id}, which is proposed too"
                taken.add(scenario.id)
        found[one.name] = tuple(reasons)
    return found


def reconciled(
    drafts: Sequence[DraftedScenario],
    before: Mapping[str, tuple[Reason, ...]],
    tested: Mapping[str, Tested],
    train: Sequence[Scenario],
    terms: Terms,
) -> tuple[Reconciled, ...]:
    """Return how each draft ends, sorted by name; the order in which they came does not matter.

    Args:
        drafts: What the members wrote.
        before: What `screened` found.
        tested: What others made of those with nothing against them.
        train: Everything in train.
        terms: What the round asks for.
    """
    ordered = _once(drafts)
    reasons = {
        one.name: [*before[one.name], *_tested(tested.get(one.name), terms)] for one in ordered
    }
    open_ones = [
        one.proposal
        for one in ordered
        if one.proposal is not None and one.name in tested and not reasons[one.name]
    ]
    for name, reason in left_out(open_ones, train, terms.families, terms.at_most).items():
        reasons[name].append(reason)
    return tuple(
        Reconciled(
            name=one.name,
            author=one.author,
            proposal=one.proposal,
            ruling="refused" if reasons[one.name] else "accepted",
            reasons=tuple(reasons[one.name]),
            ballots=tested[one.name].ballots if one.name in tested else (),
        )
        for one in ordered
    )


def open_in(
    drafts: Sequence[DraftedScenario], before: Mapping[str, tuple[Reason, ...]]
) -> tuple[Proposal, ...]:
    """Return the proposals with nothing against them, sorted by id: those that others may see."""
    kept = {one.name: one.proposal for one in drafts if one.proposal and not before[one.name]}
    return tuple(kept[name] for name in sorted(kept))


def _once(drafts: Sequence[DraftedScenario]) -> list[DraftedScenario]:
    """Return each draft once, sorted by name: a draft that its author repeats has the same name."""
    return sorted({one.name: one for one in drafts}.values(), key=lambda one: one.name)


def _tested(found: Tested | None, terms: Terms) -> Iterator[Reason]:
    if found is None:
        return
    if found.undecided:
        yield reason_of("answerability", f"nobody can decide {', '.join(found.undecided)}")
    else:
        yield from _answerable(found)
    if found.specialist is True:
        yield reason_of("difficulty", "the present specialist passes it already")
    for message in against(found.ballots, found.voters, terms.quorum):
        yield reason_of("ballots", message)


def _answerable(found: Tested) -> Iterator[Reason]:
    if found.right is not True:
        yield reason_of("answerability", "its author's right answer does not pass its rubric")
    if not any(passed is True for passed in found.others.values()):
        message = f"none of {len(found.others)} other members passes it"
        yield reason_of("answerability", message)
    if passing := [name for name, passed in found.plain.items() if passed is not False]:
        yield reason_of("answerability", f"wrong answers pass: {', '.join(passing)}")
    if not any(passed is False for passed in found.wrong.values()):
        message = f"its rubric fails none of the wrong answers of {len(found.wrong)} other members"
        yield reason_of("answerability", message)


Cell = tuple[str, str, str]


def cell_of(scenario: Scenario) -> Cell:
    """Return the cell that a scenario stands in."""
    return scenario.category, scenario.operator_lens, scenario.outcome_type.value


def left_out(
    proposals: Sequence[Proposal],
    train: Sequence[Scenario],
    families: Mapping[str, str],
    at_most: int,
) -> dict[str, Reason]:
    """Return why proposals with nothing else against them are not in the batch, by id.

    Args:
        proposals: Those with nothing against them.
        train: Everything in train.
        families: The family of each member that wrote one.
        at_most: Proposals to accept for one failed category.
    """
    filled = Counter(cell_of(scenario) for scenario in train if not scenario.is_variant)
    counts: Counter[str] = Counter()
    batch: list[Proposal] = []
    out: dict[str, Reason] = {}
    waiting = sorted(proposals, key=lambda proposal: proposal.scenario.id)
    while waiting:
        one = max(waiting, key=lambda p: 1 / (1 + filled[cell_of(p.scenario)]))  # first of equals
        waiting.remove(one)
        if counts[one.parent] >= at_most:
            message = f"{one.parent} has {at_most} accepted in this round, at most {at_most}"
            out[one.scenario.id] = reason_of("diversity", message)
            continue
        counts[one.parent] += 1
        filled[cell_of(one.scenario)] += 1
        batch.append(one)
    if len({families[one.author] for one in proposals}) > 1:
        out |= _of_one_hand(batch, families)
    return out


def _of_one_hand(batch: list[Proposal], families: Mapping[str, str]) -> dict[str, Reason]:
    """Return what goes beyond a family's half of the batch, the least needed first."""
    out: dict[str, Reason] = {}
    while batch:
        family, count = Counter(families[one.author] for one in batch).most_common(1)[0]
        if 2 * count <= len(batch) or count == 1:
            break
        last = next(one for one in reversed(batch) if families[one.author] == family)
        message = f"{count} of {len(batch)} are by {family}, expected at most half"
        out[last.scenario.id] = reason_of("diversity", message)
        batch.remove(last)
    return out
