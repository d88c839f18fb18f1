"""Which proposals of models make up a round: those whose cells need them, from more than one hand.

Greedy over cells of category, lens and outcome type by the need 1 / (1 + n), n being what train
and the batch have there already (research: evalscience, section 6, step 7).
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from modelsmith.council.proposal import Proposal, Reason
from modelsmith.exam.scenario import Scenario

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
            out[one.scenario.id] = Reason(gate="diversity", message=message)
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
        out[last.scenario.id] = Reason(gate="diversity", message=message)
        batch.remove(last)
    return out
