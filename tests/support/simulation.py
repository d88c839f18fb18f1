"""Pairs of systems drawn from one item model, for error rates of the gate.

Item model of the research (evalscience, section 10): logit, difficulty sd 1.5, system x item sd
1.0, variant sd 0.5; outcome types take turns, two families a cell.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from modelsmith.decisions.gate import SWAPS_REQUIRED_BELOW
from modelsmith.exam.benchmark import Benchmark
from modelsmith.statistics.composite import Measures, pass_cubed
from modelsmith.statistics.paired_difference import Lead, lead_over

if TYPE_CHECKING:
    from numpy.typing import NDArray

Graded = Literal["pass", "points", "levels"]
"""How an answer comes to pass: at once, by points of its criteria, or by the level it reaches."""

POINTS = np.array((9, 8, 7, 7, 6, 5, 5, 3, -8, -7, -5))
"""Points of a rubric: the median numbers and points of HealthBench's examples, made round."""

SHARE, CRITERION = 0.6, 1.0
"""Least share of the points that passes; sd of a criterion's own difficulty, in logits."""

LEVEL_STEPS, LEAST_LEVEL = np.array((-2.0, -1.0, 0.0, 1.0)), 4
"""Thresholds between five levels, in logits (a graded response model), and the one that passes."""

TYPES = ("tp", "tn", "fp-guard", "fn-guard")
DIFFICULTY, AFFINITY, VARIANT = 1.5, 1.0, 0.5
ANSWERS = 3


class Rates(NamedTuple):
    """How often each rule promoted."""

    gates: int
    """Gates drawn."""
    point: float
    """Share in which the composite is merely greater."""
    bound: float
    """Share in which the lower bound is above 0."""
    gate: float
    """Share in which bound and, below twenty families, swaps agree: what the gate does."""


def rates(  # noqa: PLR0913 - what a simulation is drawn by
    benchmark: Benchmark,
    families: int,
    gates: int,
    *,
    lead: float = 0.0,
    seed: int = 0,
    graded: Graded = "pass",
) -> Rates:
    """Return how often one strong baseline is beaten; the other two are taken as beaten.

    Args:
        benchmark: Weights and cell floor.
        families: Sealed families.
        gates: Gates to draw.
        lead: Shift of the candidate's ability, in logits; 0 is no true difference.
        seed: Seed of the draws.
        graded: How an answer comes to pass.
    """
    drawn = list(leads(benchmark, families, gates, lead=lead, seed=seed, graded=graded))
    bound = [one.low > 0 for one in drawn]
    agreed = [
        above and (families >= SWAPS_REQUIRED_BELOW or one.permutation_p <= 0.05)
        for above, one in zip(bound, drawn, strict=True)
    ]
    return Rates(
        gates=gates,
        point=sum(one.difference > 0 for one in drawn) / gates,
        bound=sum(bound) / gates,
        gate=sum(agreed) / gates,
    )


def leads(  # noqa: PLR0913 - what a simulation is drawn by
    benchmark: Benchmark,
    families: int,
    gates: int,
    *,
    lead: float,
    seed: int,
    graded: Graded = "pass",
) -> Iterator[Lead]:
    """Yield the lead of each drawn gate."""
    draws = np.random.default_rng(seed)
    shape = (gates, 2, families, ANSWERS)
    difficulty = draws.normal(0, DIFFICULTY, (gates, 1, families, 1))
    affinity = draws.normal(0, AFFINITY, (gates, 2, families, 1))
    ability = 0.5 + np.array([lead, 0.0])[None, :, None, None]
    logit = ability - difficulty + affinity + draws.normal(0, VARIANT, shape)
    passed = PASSES[graded](draws, logit)
    for number, (ours, theirs) in enumerate(passed.tolist()):
        found = lead_over(
            "baseline",
            measures(ours),
            measures(theirs),
            benchmark,
            alpha=0.05,
            seed=f"{seed}/{number}",
        )
        assert found is not None
        yield found


def _at_once(draws: np.random.Generator, logit: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    return draws.random(logit.shape) < 1 / (1 + np.exp(-logit))


def _by_points(draws: np.random.Generator, logit: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    """Meet each criterion, or make each mistake, by chance; pass from the least share on."""
    gates, systems, families, answers = logit.shape
    own = draws.normal(0, CRITERION, (gates, 1, families, 1, len(POINTS)))
    worth = np.sign(POINTS) * (logit[..., None] + 1.0) - own
    met = draws.random((gates, systems, families, answers, len(POINTS))) < 1 / (1 + np.exp(-worth))
    share = (met * POINTS).sum(-1) / POINTS[POINTS > 0].sum()
    passed: NDArray[np.bool_] = np.round(share, 9) >= SHARE
    return passed


def _by_levels(draws: np.random.Generator, logit: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    """Reach a level by chance; pass from the least one on."""
    reached = logit + draws.logistic(0, 1, logit.shape)
    level = 1 + (reached[..., None] > LEVEL_STEPS).sum(-1)
    passed: NDArray[np.bool_] = level >= LEAST_LEVEL
    return passed


PASSES = {"pass": _at_once, "points": _by_points, "levels": _by_levels}
"""What draws whether answers pass, by how they are graded."""


def measures(answers: list[list[bool]]) -> Measures:
    """Return the rates of one system, given its answers family by family."""
    core, robust, cells = {}, {}, {}
    for family, given in enumerate(answers):
        group = (f"F{family:03d}", TYPES[family % 4])
        core[group] = float(given[0])
        robust[group] = pass_cubed(given) or 0.0
        cells[group[0], f"cell{family // 8}/{family % 4}"] = float(given[0])
    return Measures(core, robust, cells, (), {})
