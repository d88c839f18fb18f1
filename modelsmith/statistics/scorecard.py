"""Verdicts in, rates and intervals out: what one system can do, and where it fails most."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum, sqrt
from typing import Annotated

from pydantic import Field

from modelsmith.errors import InputError
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.verdict import Errored, Judged, Skipped
from modelsmith.record import Count, Positive, Rate, Record, Seconds, kept
from modelsmith.statistics.composite import (
    Measures,
    components_of,
    composite_of,
    grouped_rates,
    jackknifed,
    measures_of,
    registry_of,
)
from modelsmith.statistics.intervals import (
    Estimate,
    estimate,
    jackknife_error,
    nearest_rank,
    wilson,
)
from modelsmith.statistics.trial import Failing, Trial, by_scenario

ERROR_LIMIT = 0.10
"""More errors than this and a phase stops (evalscience, section 3.5: above 10 % unscored, power is
gone and what is missing can no longer be called random)."""


class Aggregate(Record):
    """The canonical scenarios of one category or outcome type."""

    name: str
    """The category or outcome type."""
    scenarios: Count
    """Scenarios that were decided."""
    passes: Count
    """How many of them passed."""
    unscored: Count
    """Scenarios that were not decided; they count as nothing, neither pass nor fail."""
    pass_rate: Rate | None
    """passes / scenarios; none where nothing was decided."""
    low: Rate
    """Lower end of Wilson's 90 % interval of the pass rate."""
    high: Rate
    """Upper end of it."""
    mean_score: Rate | None
    """Mean weighted score."""


class Cell(Record):
    """One cell of coverage: a category, an outcome type and a lens, or what they merged into."""

    name: str
    """`CATEGORY/type/lens`; `CATEGORY/type` or `CATEGORY` where cells were merged."""
    rate: Rate
    """Pass rate over its families."""


class FailureCluster(Record):
    """The failure seen most: a category and the kind of criterion that fails first."""

    category: str
    """The category."""
    kind: str
    """Kind of the check that fails first."""
    text: str
    """The criterion seen most among them."""
    count: Positive
    """Answers that fail this way, variants included."""
    scenarios: tuple[str, ...]
    """Ids of those scenarios."""


class Scorecard(Record):
    """What one system scored on one split."""

    system: str
    """Candidate, baseline or constant policy."""
    core: Estimate | None
    """Pass rate balanced over outcome types, family means first; t interval over families."""
    robust: Rate | None
    """pass^3 over each family's variants; none where no family has three answers."""
    robust_unmeasured: tuple[str, ...]
    """Families with fewer than three answers, or with one undecided: not part of `robust`."""
    twins: Annotated[Rate | None, Field(exclude_if=lambda rate: rate is None)] = None
    """Share of the families with twins of which every twin passes; none where there are none."""
    coverage: Rate | None
    """Mean over cells of min(1, pass rate / floor)."""
    cells: tuple[Cell, ...]
    """The cells of coverage, as merged."""
    composite: Estimate | None
    """Weighted sum with a jackknife interval over families; none while a part is missing."""
    pass_rate: Rate | None
    """Passed canonical scenarios / decided ones, unbalanced."""
    mean_score: Rate | None
    """Mean weighted score of the decided canonical scenarios."""
    categories: tuple[Aggregate, ...]
    """By category."""
    outcome_types: tuple[Aggregate, ...]
    """By outcome type."""
    families: Count
    """Families asked."""
    judged: Count
    """Answers decided, variants included."""
    errored: Count
    """Answers lost to a failure of engine or judge."""
    skipped: Count
    """Answers that no check or judge may decide."""
    unscored: Rate
    """(errored + skipped) / all."""
    cut: Annotated[Count, Field(exclude_if=lambda count: not count)] = 0
    """Answers that ran into the token limit, `maxTokens`, variants included."""
    unreadable: Annotated[Count, Field(exclude_if=lambda count: not count)] = 0
    """Answers that could not be read by their form, which do not pass, variants included."""
    latency_p50_s: Seconds | None
    """Median latency of the timed answers."""
    latency_p95_s: Seconds | None
    """95th percentile, nearest rank."""
    weakest: FailureCluster | None
    """The strongest failure cluster; none when nothing failed."""


def scorecard_of(system: str, trials: Iterable[Trial], benchmark: Benchmark) -> Scorecard:
    """Return the scorecard of `system`; an empty set of answers scores nothing, not zero.

    Raises:
        InputError: one scenario was answered twice.
    """
    answers = _once_each(system, trials)
    canonical = [trial for trial in answers if not trial.is_variant]
    measures = measures_of(answers, registry_of(answers))
    parts = components_of(measures, benchmark.floors.cell)
    families = sorted({trial.family for trial in answers})
    counted = Counter(type(trial.verdict) for trial in answers)
    overall = _aggregate("all", canonical)
    p50, p95 = latencies(answers)
    return Scorecard(
        system=system,
        core=core_estimate(measures),
        robust=_kept(parts.robust),
        robust_unmeasured=measures.unmeasured,
        twins=kept(fsum(measures.whole.values()) / len(measures.whole)) if measures.whole else None,
        coverage=_kept(parts.coverage),
        cells=tuple(Cell(name=n, rate=kept(r)) for n, r in grouped_rates(measures.cells).items()),
        composite=composite_estimate(measures, benchmark, families),
        pass_rate=overall.pass_rate,
        mean_score=overall.mean_score,
        categories=_aggregates(canonical, lambda trial: trial.category),
        outcome_types=_aggregates(canonical, lambda trial: trial.outcome_type.value),
        families=len(families),
        judged=counted[Judged],
        errored=counted[Errored],
        skipped=counted[Skipped],
        unscored=kept((counted[Errored] + counted[Skipped]) / max(1, len(answers))),
        cut=sum(trial.is_cut for trial in answers),
        unreadable=sum(trial.is_unreadable for trial in answers),
        latency_p50_s=p50,
        latency_p95_s=p95,
        weakest=weakest_of(answers),
    )


def too_many_errors(card: Scorecard, limit: float = ERROR_LIMIT) -> bool:
    """Return whether more than `limit` of the answers were lost to errors."""
    return card.errored > limit * (card.judged + card.errored + card.skipped)


def core_estimate(measures: Measures) -> Estimate | None:
    """Return the balanced pass rate with its t interval over families.

    The standard error is the cluster-robust one of a weighted mean with the G/(G-1) correction
    (Miller 2411.00640; with one outcome type it is the sample sd over the square root of G).
    """
    means = grouped_rates(measures.core)
    if not means:
        return None
    sizes = Counter(group for _, group in measures.core)
    pulls: dict[str, list[float]] = defaultdict(list)
    for (family, group), rate in measures.core.items():
        pulls[family].append((rate - means[group]) / (len(means) * sizes[group]))
    count = len(pulls)
    squares = fsum(fsum(parts) ** 2 for parts in pulls.values())
    error = kept(sqrt(count / (count - 1) * squares)) if count > 1 else 0.0
    return estimate(fsum(means.values()) / len(means), error, count)


def composite_estimate(
    measures: Measures, benchmark: Benchmark, families: Sequence[str]
) -> Estimate | None:
    """Return the composite with its jackknife interval; None while a part is missing."""
    value = composite_of(components_of(measures, benchmark.floors.cell), benchmark.weights)
    if value is None:
        return None
    without = jackknifed(measures, benchmark, families)
    return estimate(value, jackknife_error(without) if without else 0.0, len(families))


def weakest_of(trials: Iterable[Trial]) -> FailureCluster | None:
    """Return the failure cluster with most answers; ties go to the first by name."""
    clusters: dict[tuple[str, str], list[tuple[Trial, Failing]]] = defaultdict(list)
    for trial in trials:
        if trial.failing is not None:
            clusters[trial.category, trial.failing.kind].append((trial, trial.failing))
    if not clusters:
        return None
    (category, kind), members = min(clusters.items(), key=lambda c: (-len(c[1]), c[0]))
    texts = Counter(failing.text for _, failing in members)
    return FailureCluster(
        category=category,
        kind=kind,
        text=min(texts, key=lambda text: (-texts[text], text)),
        count=len(members),
        scenarios=tuple(sorted(trial.scenario for trial, _ in members)),
    )


def latencies(trials: Iterable[Trial]) -> tuple[float | None, float | None]:
    """Return p50 and p95 of the timed answers by nearest rank; None where none was timed."""
    timed = sorted(trial.latency_s for trial in trials if trial.latency_s is not None)
    return nearest_rank(timed, 0.50), nearest_rank(timed, 0.95)


def _once_each(system: str, trials: Iterable[Trial]) -> list[Trial]:
    given = list(trials)
    asked = Counter(trial.scenario for trial in given)
    twice = sorted(name for name, count in asked.items() if count > 1)
    if twice:
        raise InputError(
            f"{system} answered {', '.join(twice)} more than once, expected one answer a scenario",
            remedy="Score each repeat as a system of its own, or give each variant its own id.",
        )
    return list(by_scenario(given).values())


def _aggregates(trials: Sequence[Trial], group_of: Callable[[Trial], str]) -> tuple[Aggregate, ...]:
    groups: Mapping[str, list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[group_of(trial)].append(trial)
    return tuple(_aggregate(name, members) for name, members in sorted(groups.items()))


def _aggregate(name: str, trials: Sequence[Trial]) -> Aggregate:
    decided = [trial.verdict for trial in trials if isinstance(trial.verdict, Judged)]
    passes = sum(verdict.passed for verdict in decided)
    low, high = wilson(passes, len(decided))
    rate = passes / len(decided) if decided else None
    mean = fsum(verdict.score for verdict in decided) / len(decided) if decided else None
    return Aggregate(
        name=name,
        scenarios=len(decided),
        passes=passes,
        unscored=len(trials) - len(decided),
        pass_rate=_kept(rate),
        low=low,
        high=high,
        mean_score=_kept(mean),
    )


def _kept(figure: float | None) -> float | None:
    return None if figure is None else kept(figure)
