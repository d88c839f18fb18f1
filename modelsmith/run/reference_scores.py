"""What every round of a run is measured against; it does not change, so it is computed once."""

from collections.abc import Callable, Mapping
from functools import cached_property

from modelsmith.exam.benchmark import ExamSnapshot, by_id
from modelsmith.exam.leakage import LeakGuard
from modelsmith.judges.certification.examination import (
    NO_CHECKS,
    ExamFinding,
    checked,
    examination_of,
)
from modelsmith.statistics.constant_policies import ConstantPolicy, constant_policies, examples_from
from modelsmith.statistics.trial import Trial
from modelsmith.training.rows import guard_of

BaselineTrials = Mapping[str, tuple[Trial, ...]]

REMEMBERED = 8
"""Exams whose scores are kept while many runs are replayed; runs on one exam follow closely."""


class ReferenceScores:
    """What runs on one exam are measured against."""

    def __init__(self, snapshot: ExamSnapshot) -> None:
        """Know the exam; nothing is graded yet."""
        self._snapshot = snapshot
        self._baselines: dict[str, BaselineTrials] = {}

    @cached_property
    def on_steer(self) -> tuple[ConstantPolicy, ...]:
        """The constant policies with their scores on steer."""
        benchmark, train = self._snapshot.benchmark, self._snapshot.train
        return constant_policies(benchmark, self._snapshot.steer, examples_from(benchmark, train))

    @cached_property
    def on_sealed(self) -> tuple[ConstantPolicy, ...]:
        """The constant policies with their scores on sealed."""
        benchmark, train = self._snapshot.benchmark, self._snapshot.train
        return constant_policies(benchmark, self._snapshot.sealed, examples_from(benchmark, train))

    @cached_property
    def checks(self) -> tuple[ExamFinding, ...]:
        """What the exam says of the checks; all is well where nothing has one."""
        snapshot = self._snapshot
        if not any(map(checked, (*snapshot.train, *snapshot.steer, *snapshot.sealed))):
            return (ExamFinding(rule=NO_CHECKS, holds=True, message="no criterion has a check"),)
        return examination_of(snapshot.sheets, by_id(snapshot.train), snapshot.benchmark).findings

    @cached_property
    def held_out(self) -> frozenset[str]:
        """Digests of everything that no training row may be made from."""
        return self._snapshot.held_out()

    @cached_property
    def guard(self) -> LeakGuard:
        """What tells whether a row or a proposal resembles a held-out scenario."""
        return guard_of(self._snapshot)

    def baselines(self, evaluation: str, graded: Callable[[], BaselineTrials]) -> BaselineTrials:
        """Return the baselines' graded answers on steer.

        Args:
            evaluation: Digest of the entry whose evidence holds the answers.
            graded: Gives them the first time.
        """
        if evaluation not in self._baselines:
            self._baselines[evaluation] = graded()
        return self._baselines[evaluation]


KnownExams = dict[str, ReferenceScores]
"""The exams of the runs that were read last, by digest, so that runs on one exam share scores."""


def scores_on(exams: KnownExams, sha256: str, snapshot: ExamSnapshot) -> ReferenceScores:
    """Return what runs on the exam whose evidence has this digest are measured against."""
    known = exams.pop(sha256) if sha256 in exams else ReferenceScores(snapshot)
    exams[sha256] = known  # the one that was asked for last stands last
    for oldest in list(exams)[:-REMEMBERED]:
        del exams[oldest]
    return known
