"""What a run examines: the exam as it was at intake, with the variants that are asked."""

from collections.abc import Iterable, Mapping, Sequence

from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.labelled_answers import ExamSheet, Labelled, labelled_right
from modelsmith.exam.scenario import Scenario, Split
from modelsmith.record import Record, Sha256


class ExamSnapshot(Record):
    """The exam at intake; later changes in git do not reach a run that began before them."""

    benchmark: Benchmark
    """Vocabularies, format, weights and floors."""
    train: tuple[Scenario, ...]
    """Train scenarios, sorted by id."""
    steer: tuple[Scenario, ...]
    """Steer scenarios and their invariant variants."""
    sealed: tuple[Scenario, ...]
    """Sealed scenarios and their invariant variants; the leak gate compares with them, and no
    model reads them before a promotion attempt."""
    sheets: tuple[ExamSheet, ...] = ()
    """Answers to train scenarios that people labelled: what a grader must agree with."""

    @property
    def labelled(self) -> tuple[Labelled, ...]:
        """Those that people found right, to learn from."""
        return labelled_right(self.sheets)

    def sealed_version(self) -> str:
        """Return what a promotion attempt is counted against: the sealed questions themselves.

        Neither the number of variants in a run.yaml nor a word in benchmark.yaml makes a new one.
        """
        canonical = [scenario for scenario in self.sealed if not scenario.is_variant]
        return SealedVersion(domain=self.benchmark.domain, sealed=digests_of(canonical)).digest()

    def held_out(self) -> frozenset[str]:
        """Return the digests of everything that no training row may be made from."""
        return frozenset(scenario.digest() for scenario in (*self.steer, *self.sealed))


class SealedVersion(Record):
    """What an attempt is counted against."""

    domain: str
    """The benchmark's name."""
    sealed: Mapping[str, Sha256]
    """Digest of each sealed scenario by id, variants left out."""


def by_id(scenarios: Iterable[Scenario]) -> dict[str, Scenario]:
    """Return the scenarios by id, sorted."""
    return {scenario.id: scenario for scenario in sorted(scenarios, key=lambda s: s.id)}


def digests_of(scenarios: Iterable[Scenario]) -> dict[str, str]:
    """Return the digest of each scenario by id, sorted."""
    return {key: scenario.digest() for key, scenario in by_id(scenarios).items()}


def worked_examples(
    train: Sequence[Scenario], answers: Mapping[str, str]
) -> tuple[tuple[Scenario, str], ...]:
    """Return one flagging and one clear train scenario with its right answer, shortest first.

    Short examples leave room for the question; both verdicts are shown so that neither is
    suggested. The same two stand before every question.

    Args:
        train: Scenarios to choose from.
        answers: A right answer by scenario id; scenarios without one are passed over.
    """
    chosen = []
    for flags in (True, False):
        pool = [s for s in train if s.outcome_type.flags is flags and s.id in answers]
        if pool:
            shortest = min(pool, key=lambda s: (len(s.body()) + len(answers[s.id]), s.id))
            chosen.append((shortest, answers[shortest.id]))
    return tuple(chosen)


class Placed(Record):
    """A scenario of a benchmark, and where it lies."""

    path: str
    """The file, relative to the repository."""
    split: Split
    """Its split."""
    scenario: Scenario
    """What the file says."""
