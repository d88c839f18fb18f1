"""What every round of a run is measured against; it does not change, so it is computed once."""

from collections.abc import Callable, Mapping
from functools import cached_property

from modelsmith.exam.leakage import Guard
from modelsmith.exam.snapshot import ExamSnapshot, by_id
from modelsmith.judges.certification.examination import ExamFinding, checked, examination_of
from modelsmith.statistics.constant_policies import ConstantPolicy, constant_policies, examples_from
from modelsmith.statistics.trial import Trial
from modelsmith.training.rows import guard_of

BaselineTrials = Mapping[str, tuple[Trial, ...]]

REMEMBERED = 8
"""Exams whose yardsticks are kept while many runs are replayed; runs on one exam follow closely."""


class ExamYardsticks:
    """What the exam alone gives: the same for every run on it."""

    def __init__(self, snapshot: ExamSnapshot) -> None:
        """Know the exam; nothing is graded yet."""
        self._snapshot = snapshot

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
            return (ExamFinding(rule="criteria", holds=True, message="no criterion has a check"),)
        floor = snapshot.benchmark.floors.exam
        return examination_of(snapshot.sheets, by_id(snapshot.train), floor).findings

    @cached_property
    def held_out(self) -> frozenset[str]:
        """Digests of everything that no training row may be made from."""
        return self._snapshot.held_out()

    @cached_property
    def guard(self) -> Guard:
        """What tells whether a row or a proposal resembles a held-out scenario."""
        return guard_of(self._snapshot)


class Yardsticks:
    """Constant policies and baselines of one run."""

    def __init__(self, exam: ExamYardsticks) -> None:
        """Know what the exam gives; no baseline is graded yet."""
        self._exam = exam
        self._baselines: BaselineTrials | None = None

    @property
    def on_steer(self) -> tuple[ConstantPolicy, ...]:
        """The constant policies with their scores on steer."""
        return self._exam.on_steer

    @property
    def on_sealed(self) -> tuple[ConstantPolicy, ...]:
        """The constant policies with their scores on sealed."""
        return self._exam.on_sealed

    @property
    def checks(self) -> tuple[ExamFinding, ...]:
        """What the exam says of the checks."""
        return self._exam.checks

    @property
    def held_out(self) -> frozenset[str]:
        """Digests of everything that no training row may be made from."""
        return self._exam.held_out

    @property
    def guard(self) -> Guard:
        """What tells whether a row or a proposal resembles a held-out scenario."""
        return self._exam.guard

    def baselines(self, graded: Callable[[], BaselineTrials]) -> BaselineTrials:
        """Return the baselines' graded answers on steer; `graded` gives them the first time."""
        if self._baselines is None:
            self._baselines = graded()
        return self._baselines


class ExamsKnown:
    """The exams of the runs that were read last, so that runs on one exam share its yardsticks."""

    def __init__(self) -> None:
        """Know none yet."""
        self._known: dict[str, ExamYardsticks] = {}

    def yardsticks(self, sha256: str, snapshot: ExamSnapshot) -> Yardsticks:
        """Return new yardsticks of a run on the exam whose evidence has this digest."""
        exam = self._known.pop(sha256, None) or ExamYardsticks(snapshot)
        self._known[sha256] = exam  # the one that was asked for last stands last
        for oldest in list(self._known)[:-REMEMBERED]:
            del self._known[oldest]
        return Yardsticks(exam)
