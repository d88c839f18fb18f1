"""Panels of judges at simulated gates, after S-13 (research: evalscience, section 1.4).

Three families, each a baseline and a judge. An answer truly passes or not; a judge finds so with
sensitivity .92 and specificity .90, and errors on one answer share a latent normal of weight .5.
One baseline is as good as the specialist, two are far behind: the least favourable null.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from modelsmith.exam.benchmark import Tie
from modelsmith.exam.checks.result import Outcome
from modelsmith.judges.panel import voted
from modelsmith.judges.panel_selection import ModelAncestry, matched_panel

FAMILIES = ("claude", "gemini", "gpt")
SCENARIOS, SAMPLES = 40, 5
SENSITIVITY, SPECIFICITY, RHO = 0.92, 0.90, 0.5
DIFFICULTY, AFFINITY = 1.5, 1.0
"""Standard deviations of the item model (section 10)."""

Policy = Literal["everybody", "own family only", "matched"]
"""Who judges: all judges both sides; a baseline without its own judge; neither with that judge."""


class World(NamedTuple):
    """What is true of systems and judges."""

    rates: tuple[float, float, float, float] = (0.6, 0.6, 0.3, 0.3)
    """Pass rates of the specialist and the three baselines."""
    own: float = 0.0
    """How much oftener a judge finds its own family's failing answers right."""
    leaks: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """How much oftener each judge finds the specialist's failing answers right."""


NULLS: Mapping[str, World] = {
    "no bias": World(),
    "own-family leniency .20": World(own=0.2),
    "one judge leaks .20": World(leaks=(0.0, 0.2, 0.0)),
    "all judges leak .10": World(leaks=(0.1, 0.1, 0.1)),
}
"""Worlds in which the specialist is no better than the best baseline."""


def promoted(world: World, gates: int, seed: int) -> Callable[[Policy, Tie], float]:
    """Return what share of simulated gates promotes under a policy, all on the same draws."""
    said = _verdicts(world, gates, np.random.default_rng(seed))
    return lambda policy, tie: _share(said, policy, tie)


def promoted_by(world: World, gates: int, seed: int) -> Callable[[Sequence[int]], float]:
    """Return what share of simulated gates promotes where these judges decide both sides."""
    said = _verdicts(world, gates, np.random.default_rng(seed))

    def share(judges: Sequence[int]) -> float:
        promotes = np.ones(gates, dtype=bool)
        for baseline in range(1, 4):
            promotes &= _leads(said, judges, judges, baseline, "against")
        return float(promotes.mean())

    return share


def _verdicts(world: World, gates: int, draws: np.random.Generator) -> NDArray[np.bool_]:
    """Return what each judge says: (judge, gate, system, scenario, sample)."""
    difficulty = draws.normal(0, DIFFICULTY, (gates, 1, SCENARIOS))
    affinity = draws.normal(0, AFFINITY, (gates, 4, SCENARIOS))
    ability = np.array([_ability(rate) for rate in world.rates])[None, :, None]
    chance = 1 / (1 + np.exp(-(ability - difficulty + affinity)))
    truth = draws.random((gates, 4, SCENARIOS, SAMPLES)) < chance[..., None]
    shared, normal = draws.normal(size=truth.shape), NormalDist()
    said = []
    for judge in range(len(FAMILIES)):
        own = np.sqrt(RHO) * shared + np.sqrt(1 - RHO) * draws.normal(size=truth.shape)
        found = own < normal.inv_cdf(SENSITIVITY)
        raised = np.zeros_like(truth)
        for system in range(4):
            lenient = world.leaks[judge] if system == 0 else world.own * (system == judge + 1)
            limit = normal.inv_cdf(SPECIFICITY - lenient)
            raised[:, system] = own[:, system] > limit
        said.append(np.where(truth, found, raised))
    return np.stack(said)


def _ability(rate: float) -> float:
    """Return the logit at which the mean pass rate over items is `rate` (probit approximation)."""
    spread = np.sqrt(1 + (DIFFICULTY**2 + AFFINITY**2) * 3 / np.pi**2)
    return float(np.log(rate / (1 - rate)) * spread)


def _share(said: NDArray[np.bool_], policy: Policy, tie: Tie) -> float:
    promotes = np.ones(said.shape[1], dtype=bool)
    names = dict(zip(FAMILIES, FAMILIES, strict=True))
    for baseline, family in enumerate(FAMILIES, start=1):
        matched = matched_panel(names, ModelAncestry(), family, tuple)
        without = [FAMILIES.index(name) for name in matched.judges]
        everybody = list(range(len(FAMILIES)))
        ours = without if policy == "matched" else everybody
        theirs = everybody if policy == "everybody" else without
        promotes &= _leads(said, ours, theirs, baseline, tie)
    return float(promotes.mean())


def _leads(
    said: NDArray[np.bool_], ours: Sequence[int], theirs: Sequence[int], baseline: int, tie: Tie
) -> NDArray[np.bool_]:
    """Return the gates at which the specialist's lead over a baseline is above chance."""
    lead = (_passes(said[:, :, 0], ours, tie) - _passes(said[:, :, baseline], theirs, tie)).mean(2)
    spread = np.maximum(lead.std(axis=1, ddof=1), 1e-9) / np.sqrt(SCENARIOS)
    return np.asarray(stats.t.sf(lead.mean(axis=1) / spread, SCENARIOS - 1) < 0.05)


def _passes(said: NDArray[np.bool_], panel: Sequence[int], tie: Tie) -> NDArray[np.float64]:
    """Return what a panel says, by the rule that the gate uses; undecided counts half."""
    worth = {Outcome.MET: 1.0, Outcome.NOT_MET: 0.0, Outcome.UNSCORED: 0.5}
    table = np.zeros((2,) * len(panel))
    for votes in product((0, 1), repeat=len(panel)):
        cast = [Outcome.MET if vote else Outcome.NOT_MET for vote in votes]
        table[votes] = worth[voted(cast, len(panel), tie, Outcome.NOT_MET)]
    return table[tuple(said[judge].astype(int) for judge in panel)]
