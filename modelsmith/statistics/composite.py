"""Core, robustness, coverage and their weighted sum, per family, so that families can be left out.

All formulas: research, evalscience, section 2. Sums are exact (`fsum`), so no figure depends on
the order in which answers came.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import comb, fsum
from typing import NamedTuple

from modelsmith.exam.benchmark import Benchmark, CompositeWeights
from modelsmith.statistics.trial import Trial

DRAWS = 3
"""Robustness asks that three random answers of a family all pass (section 2.2, j = 3)."""

LEAST_FAMILIES = 2
"""A cell with fewer families is merged into a coarser one (section 2.3)."""

Key = tuple[str, str]
Registry = Mapping[str, str]
"""Finest cell of each kind of scenario, to the cell it is counted in."""


class Measures(NamedTuple):
    """One system's rates, family by family; the second part of a key is type or cell."""

    core: Mapping[Key, float]
    """Pass rate of the canonical forms, by (family, outcome type); with twins their mean."""
    robust: Mapping[Key, float]
    """pass^3 over canonical form and variants, by (family, outcome type); 0 where a twin fails."""
    cells: Mapping[Key, float]
    """Pass rate of the canonical forms, by (family, cell)."""
    unmeasured: tuple[str, ...]
    """Families without robustness: neither twins nor three answers, or one of them undecided."""
    whole: Mapping[str, bool]
    """Whether every twin of a family passes; families without twins, or with an undecided one, are
    left out."""


class Components(NamedTuple):
    """The three parts of the composite; None where nothing was measured."""

    core: float | None
    """Balanced pass rate."""
    robust: float | None
    """Balanced pass^3."""
    coverage: float | None
    """Mean of the cells' pass rates over the floor, each capped at 1."""


def registry_of(trials: Iterable[Trial]) -> Registry:
    """Return the cells of an exam: category/type/lens, merged where fewer than two families are.

    Built from the questions, not from the verdicts, so it is the same for every system.
    """
    canonical = [trial for trial in trials if not trial.is_variant]
    chosen = {_finest(trial): _finest(trial) for trial in canonical}
    for parts in (2, 1):
        families: dict[str, set[str]] = defaultdict(set)
        for trial in canonical:
            families[chosen[_finest(trial)]].add(trial.family)
        thin = {cell for cell, members in families.items() if len(members) < LEAST_FAMILIES}
        for finest, cell in chosen.items():
            if cell in thin:
                chosen[finest] = "/".join(finest.split("/")[:parts])
    return dict(sorted(chosen.items()))


def measures_of(trials: Iterable[Trial], registry: Registry) -> Measures:
    """Return the rates of one system, family by family; undecided answers are left out."""
    core: dict[Key, list[float]] = defaultdict(list)
    cells: dict[Key, list[float]] = defaultdict(list)
    answers: dict[Key, list[bool | None]] = defaultdict(list)
    twins: dict[str, list[bool | None]] = defaultdict(list)
    for trial in trials:
        group = (trial.family, trial.outcome_type.value)
        answers[group].append(trial.passed)
        if trial.is_variant:
            continue
        twins[trial.family].append(trial.passed)
        if trial.passed is not None:
            core[group].append(trial.passed)
            cells[trial.family, registry[_finest(trial)]].append(trial.passed)
    whole = {
        family: all(given)
        for family, given in twins.items()
        if len(given) > 1 and None not in given
    }
    robust = {
        group: rate
        for group, given in answers.items()
        if (rate := _robust(given, twins[group[0]])) is not None
    }
    unmeasured = sorted({family for family, _ in answers.keys() - robust.keys()})
    return Measures(_means(core), robust, _means(cells), tuple(unmeasured), whole)


def _robust(answers: Sequence[bool | None], twins: Sequence[bool | None]) -> float | None:
    """Return pass^3 of a group's answers; where its family has twins, 0 unless all of them pass."""
    if len(twins) <= 1:
        return pass_cubed(answers)
    if None in twins or None in answers:
        return None
    enough = pass_cubed(answers)
    return 0.0 if not all(twins) else 1.0 if enough is None else enough


def pass_cubed(answers: Iterable[bool | None]) -> float | None:
    """Return the chance that three random answers all pass, C(c, 3) / C(m, 3); unbiased.

    None with fewer than three answers or an undecided one: m must be the same for both sides of
    a comparison (section 2.2).
    """
    given = list(answers)
    if len(given) < DRAWS or None in given:
        return None
    return comb(given.count(True), DRAWS) / comb(len(given), DRAWS)


class _Groups:
    """Mean rates by group; leaving out a family asks anew only of the groups that it is in."""

    def __init__(self, rates: Mapping[Key, float]) -> None:
        self._members: dict[str, dict[str, float]] = defaultdict(dict)
        self._of: dict[str, list[str]] = defaultdict(list)
        for (family, group), rate in rates.items():
            self._members[group][family] = rate
            self._of[family].append(group)
        self._means = {group: _mean(given.values()) for group, given in self._members.items()}

    def means(self, without: str | None) -> dict[str, float]:
        """Return the mean of each group that has a member besides the family `without`."""
        changed = {
            group: _mean([rate for name, rate in self._members[group].items() if name != without])
            for group in (self._of.get(without, ()) if without is not None else ())
        }
        means = self._means | changed
        return {group: mean for group, mean in means.items() if mean is not None}


def components_of(measures: Measures, cell_floor: float, without: str | None = None) -> Components:
    """Return core, robustness and coverage, leaving out the family `without`."""
    return _components(list(map(_Groups, measures[:3])), cell_floor, without)


def _components(groups: Sequence[_Groups], cell_floor: float, without: str | None) -> Components:
    core, robust, cells = (group.means(without) for group in groups)
    reached = [min(1.0, rate / cell_floor) for rate in cells.values()]
    return Components(_mean(core.values()), _mean(robust.values()), _mean(reached))


def composite_of(components: Components, weights: CompositeWeights) -> float | None:
    """Return the weighted sum; None if a part is missing: weights are never shared out anew.

    A part that weighs nothing may be missing.
    """
    shares = (weights.core, weights.robust, weights.coverage)
    if any(part is None and share != 0 for part, share in zip(components, shares, strict=True)):
        return None
    return fsum(share * (part or 0.0) for part, share in zip(components, shares, strict=True))


def jackknifed(
    measures: Measures, benchmark: Benchmark, families: Iterable[str]
) -> dict[str, float] | None:
    """Return the composite without each family; None if it cannot be had without one of them."""
    without: dict[str, float] = {}
    groups = list(map(_Groups, measures[:3]))
    for family in families:
        components = _components(groups, benchmark.floors.cell, family)
        composite = composite_of(components, benchmark.weights)
        if composite is None:
            return None
        without[family] = composite
    return without


def grouped_rates(rates: Mapping[Key, float]) -> dict[str, float]:
    """Return the mean over families for each outcome type or cell, sorted by name."""
    return dict(sorted(_Groups(rates).means(None).items()))


def _finest(trial: Trial) -> str:
    return f"{trial.category}/{trial.outcome_type.value}/{trial.lens}"


def _means(values: Mapping[Key, list[float]]) -> dict[Key, float]:
    return {key: fsum(given) / len(given) for key, given in values.items()}


def _mean(values: Collection[float]) -> float | None:
    return fsum(values) / len(values) if values else None
