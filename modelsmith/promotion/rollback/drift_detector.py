"""When a drop is more than chance: the sequential detector that a rollback contract signs.

Every quantity below is an e-detector (Shin, Ramdas, Rinaldo, "E-detectors: a nonparametric
framework for sequential change detection", New England J. Stat. Data Sci. 2024, section 2): a
process M >= 0 with E[M_T] <= E[T] at every stopping time T while nothing has changed. Whoever stops
at M >= A therefore stops after A answers or more on average: A <= E[M_T] <= E[T].

Nothing has changed means: whatever came before, a question is passed with a probability of its
reference less what is tolerated, or more. x = reference - passed; b is each of the contract's bets.
Where a judge helps to decide a question, its null pass rate stands for its reference (`grader`).

| part     | recursion                                                     | by when   |
|----------|---------------------------------------------------------------|-----------|
| whole    | mean over b of M <- (M + 1)(1 + b (x - tolerated))            | an answer |
| category | the same with what is tolerated in a category                 | an answer |
| floor    | F <- (F + n)/P(below) below the category's floor, else F <- 0 | a round   |

- Whole (evalscience, section 4.3): the factor has mean 1 or less, so M - answers falls on average.
- Categories, **summed**: each grows on average by at most 1 per answer of its own, and each answer
  has one category, so their sum grows by at most 1 per answer.
- Floors, summed: n is the category's questions, P(below) the exact probability that a round of
  them ends below the floor though nothing has changed (Poisson binomial). It bounds the true one
  whatever the order and dependence, since a question passed more often only raises the count. The
  factor has mean 1 or less, and a round brings n answers. One broken floor says little by chance,
  the same in rounds on end says much, and how much is counted.
- The mean of the three is again one (linearity), so A stays the average number of answers between
  false alarms, over all categories and floors together.

What is tolerated in a category is more than over all of them: its reference comes from few
answers, and an error of it is no drop (figures: `python -m tests.benchmarks.canary_simulation`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import fsum
from typing import Literal, NamedTuple

from modelsmith.promotion.rollback.contract import CanaryQuestion, Contract, Detector
from modelsmith.record import Amount, Count, Rate, Record

MOST = 1e12
"""Evidence is counted up to here, far above any threshold: less evidence keeps every bound."""


class CanaryOutcome(NamedTuple):
    """What came back to one question."""

    round: int
    """The round of the canary, from 1."""
    scenario: str
    """The question."""
    passed: bool | None
    """Whether the answer passes; none where it was lost: no observation."""


class CategoryReading(Record):
    """One category."""

    answers: Count
    """Answers that counted."""
    passed: Count
    """Those that passed."""
    expected: Amount
    """How many would have by the references."""
    evidence: Amount
    """That it fell."""
    floor: Rate | None
    """Least pass rate of a round; none where the contract has none."""
    below: Count
    """Whole rounds on end, up to now, that ended below the floor."""
    floor_evidence: Amount
    """That the floor is broken."""


class DriftReading(Record):
    """What the detector says after a round."""

    round: Count
    """The last round; 0 before any."""
    answers: Count
    """Answers that counted."""
    lost: Count
    """Answers that were lost to machine or network; they say nothing."""
    evidence: Amount
    """Of everything together, now."""
    whole: Amount
    """That the pass rate over all categories fell."""
    categories: Mapping[str, CategoryReading]
    """By category."""
    warned_in: int | None
    """The round in which evidence first reached `warn`."""
    due_in: int | None
    """The round in which evidence first reached `revert`; what was decided stays decided."""

    @property
    def level(self) -> Literal["quiet", "warn", "revert"]:
        """What follows from it."""
        if self.due_in is not None:
            return "revert"
        return "quiet" if self.warned_in is None else "warn"


def reading_of(contract: Contract, seen: Iterable[CanaryOutcome]) -> DriftReading:
    """Return what the detector says of everything that was seen since the release went live.

    The order of lines says nothing: rounds count by number, questions by place in the contract.

    Raises:
        ValueError: a question is not the contract's, or was asked twice in a round.
    """
    last = _Counting(contract).reading()
    for reading in readings(contract, seen):
        last = reading
    return last


def readings(contract: Contract, seen: Iterable[CanaryOutcome]) -> Iterator[DriftReading]:
    """Yield what the detector says after each round.

    Raises:
        ValueError: a question is not the contract's, or was asked twice in a round.
    """
    places = {question.scenario: place for place, question in enumerate(contract.canary)}
    lines = list(seen)
    for one in lines:
        if one.scenario not in places:
            raise ValueError(f"{one.scenario} is no question of the contract")
    lines.sort(key=lambda one: (one.round, places[one.scenario]))
    counting = _Counting(contract)
    for number, together in groupby(lines, key=lambda one: one.round):
        counting.count(number, list(together))
        yield counting.reading()


def below_floor(questions: Sequence[CanaryQuestion], tolerated: float, floor: float) -> float:
    """Return the probability that a round ends below a floor although nothing has changed.

    Args:
        questions: A category's questions, each asked once a round.
        tolerated: By how much each may be passed more rarely than its reference says.
        floor: Least pass rate of the round.
    """
    chances = [1.0]  # of 0, 1, 2 ... passes so far
    for question in questions:
        passes = max(0.0, question.expected - tolerated)
        chances = [
            here * (1 - passes) + before * passes
            for here, before in zip([*chances, 0.0], [0.0, *chances], strict=True)
        ]
    return fsum(
        chance for count, chance in enumerate(chances) if _is_below(count, len(questions), floor)
    )


class _Betting:
    """Shiryaev-Roberts over a mixture of bets."""

    def __init__(self, bets: Sequence[float], tolerated: float) -> None:
        self._bets = bets
        self._tolerated = tolerated
        self._evidence = [0.0 for _ in bets]

    def count(self, drop: float) -> None:
        gain = drop - self._tolerated
        self._evidence = [
            min(MOST, (evidence + 1) * (1 + bet * gain))
            for bet, evidence in zip(self._bets, self._evidence, strict=True)
        ]

    @property
    def evidence(self) -> float:
        return fsum(self._evidence) / len(self._evidence)


class _Category:
    """One category while it is counted."""

    def __init__(
        self, questions: Sequence[CanaryQuestion], floor: float | None, detector: Detector
    ) -> None:
        tolerated = detector.tolerated_in_category
        self._size = len(questions)
        self._floor = floor
        self._chance = 0.0 if floor is None else below_floor(questions, tolerated, floor)
        held = fsum(question.expected for question in questions) / len(questions)
        self._tells = floor is not None and self._chance > 0 and held >= floor
        """A floor that the promoted specialist itself did not hold says nothing of a change."""
        self.betting = _Betting(detector.bets, tolerated)
        self._passed = self._below = 0
        self._references: list[float] = []
        self.floor_evidence = 0.0

    def count(self, reference: float, *, passed: bool) -> None:
        self.betting.count(reference - passed)
        self._references.append(reference)
        self._passed += passed

    def close(self, passes: Sequence[bool]) -> None:
        """Judge the floor by one round; one with a lost answer says nothing of it."""
        if not self._tells or self._floor is None or len(passes) < self._size:
            return
        if not _is_below(sum(passes), self._size, self._floor):
            self._below, self.floor_evidence = 0, 0.0
            return
        self._below += 1
        self.floor_evidence = min(MOST, (self.floor_evidence + self._size) / self._chance)

    def reading(self) -> CategoryReading:
        return CategoryReading(
            answers=len(self._references),
            passed=self._passed,
            expected=fsum(self._references),
            evidence=self.betting.evidence,
            floor=self._floor,
            below=self._below,
            floor_evidence=self.floor_evidence,
        )


class _Counting:
    """Everything while it is counted, round by round."""

    def __init__(self, contract: Contract) -> None:
        self._detector = contract.detector
        self._questions = {question.scenario: question for question in contract.canary}
        names = sorted({question.category for question in contract.canary})
        self._categories = {
            name: _Category(
                [question for question in contract.canary if question.category == name],
                contract.floors.get(name),
                contract.detector,
            )
            for name in names
        }
        self._whole = _Betting(contract.detector.bets, contract.detector.tolerated)
        self._round = self._answers = self._lost = 0
        self._warned: int | None = None
        self._due: int | None = None

    def count(self, number: int, seen: Sequence[CanaryOutcome]) -> None:
        """Count a round, whose lines stand in the contract's order."""
        if len({one.scenario for one in seen}) < len(seen):
            raise ValueError(f"round {number} asks a question twice")
        passes: dict[str, list[bool]] = {name: [] for name in self._categories}
        for one in seen:
            if one.passed is None:
                self._lost += 1
                continue
            question = self._questions[one.scenario]
            self._answers += 1
            self._whole.count(question.expected - one.passed)
            self._categories[question.category].count(question.expected, passed=one.passed)
            passes[question.category].append(one.passed)
        for name, category in self._categories.items():
            category.close(passes[name])
        self._round = number
        evidence = self._evidence()
        if self._warned is None and evidence >= self._detector.warn:
            self._warned = number
        if self._due is None and evidence >= self._detector.revert:
            self._due = number

    def reading(self) -> DriftReading:
        return DriftReading(
            round=self._round,
            answers=self._answers,
            lost=self._lost,
            evidence=self._evidence(),
            whole=self._whole.evidence,
            categories={name: one.reading() for name, one in self._categories.items()},
            warned_in=self._warned,
            due_in=self._due,
        )

    def _evidence(self) -> float:
        categories = self._categories.values()
        parts = (
            self._whole.evidence,
            fsum(one.betting.evidence for one in categories),
            fsum(one.floor_evidence for one in categories),
        )
        return fsum(parts) / len(parts)


def _is_below(passed: int, asked: int, floor: float) -> bool:
    """Return whether a share is below a floor; a floor of 2/3 is met by 2 of 3."""
    return passed < floor * asked - 1e-9  # a rounding error is no answer
