"""The rollback contract that a promotion signs: what is asked while it is live, and its floors.

Canary questions are steer questions that checks alone decide, or checks and a judge whose errors
the detector carries: sealed ones must stay sealed, and a judge that drifts must take nothing back
(research: evalscience, section 4.3). So the judge is one of the customer's own, pinned and
certified (`grader`); a hosted judge never decides a revert.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from math import fsum
from typing import Annotated, Self

from pydantic import Field, model_validator

from modelsmith.exam.scenario import Scenario
from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.grader import Grader, JudgingError, open_criteria
from modelsmith.record import Rate, Record, Sha256, kept

LEAST_CANARIES = 20
"""Questions that a canary set should have (research: evalscience, section 4.3); where there are
fewer, each question's variants join, one of every family at a time."""

TOLERATED_DROP = 0.3
"""By how much a category's pass rate may fall in one round. The smallest drop that six answers a
category tell from chance more often than not, 0.65 (research: evalscience, section 4.2, table of
S-4); whatever is smaller is the detector's to find, over several rounds. A floor at a tenth would
be broken by chance in more than half of all rounds (same table, last column). One answer alone
never breaks a floor: batches and kernels flip single greedy answers."""

OTHERWISE = 2
"""Answers of the whole canary, and half of that of one category, that another batch or kernel may
decide otherwise for good. References are counted from one greedy answer a question, and in bf16 a
batch of another size changes one text in four (models/batching); of those few change from right
to wrong, but what did stays so in every round, which no average forgives."""


class CanaryQuestion(Record):
    """One scenario of the canary set, and how the specialist did on it when it was promoted."""

    scenario: str
    """Its id, on steer."""
    scenario_sha256: Sha256
    """Its digest."""
    category: str
    """Its category."""
    reference: Rate
    """Share of the promoted specialist's answers to it that passed."""
    error: Annotated[JudgingError | None, Field(exclude_if=lambda given: given is None)] = None
    """How the contract's grader errs on what checks leave open of it; none where checks decide."""

    @property
    def expected(self) -> float:
        """Its null pass rate: how often it is passed, at least, though nothing has changed."""
        return max(0.0, self.reference - self.error.fails_right) if self.error else self.reference

    @property
    def seen_at_worst(self) -> float:
        """By how much it would be seen to fall where every answer had become wrong."""
        return self.expected - (self.error.passes_wrong if self.error else 0.0)


class Detector(Record):
    """The sequential detector's settings (research: evalscience, section 4.3)."""

    tolerated: Rate = 0.02
    """Drop of the pass rate over all categories that is nobody's business."""
    tolerated_in_category: Rate = 0.1
    """The same of one category, whose references come from fewer answers."""
    bets: Annotated[tuple[Rate, ...], Field(min_length=1)] = (0.1, 0.2, 0.4, 0.6, 0.8)
    """Stakes of the mixture of betting e-processes."""
    warn: Annotated[float, Field(gt=1)] = 500.0
    """Evidence at which people are told."""
    revert: Annotated[float, Field(gt=1)] = 5000.0
    """Evidence at which it is taken back: the average number of answers between false alarms is
    at least this many."""

    @model_validator(mode="after")
    def _is_fair(self) -> Self:
        """Refuse stakes that could lose more than they hold: evidence is never negative."""
        most = 1 / (1 + max(self.tolerated, self.tolerated_in_category))
        if max(self.bets) > most:
            raise ValueError(f"a bet of {max(self.bets)} is too high, at most {most:.3f} is fair")
        if self.revert < self.warn:
            raise ValueError(f"revert at {self.revert} comes before warn at {self.warn}")
        return self


class Contract(Record):
    """`contract.json`."""

    channel: ChannelName
    """The channel that it holds for."""
    canary: tuple[CanaryQuestion, ...]
    """What is asked of the live specialist, by id: steer questions that checks alone decide, or
    checks and the grader, since a judge that drifts must take nothing back."""
    exam_sha256: Sha256
    """Digest of the exam snapshot that holds the questions (`000-intake/exam.json`)."""
    floors: Mapping[str, Rate]
    """Least pass rate of each category over one round of the canary."""
    detector: Detector
    """When a drop is more than chance."""
    target: Release | None
    """What goes live instead: the validated specialist before it; none takes the channel down."""
    grader: Annotated[Grader | None, Field(exclude_if=lambda given: given is None)] = None
    """The judge that decides what checks leave open, never a hosted one; none where checks decide
    everything."""

    @model_validator(mode="after")
    def _carries_its_grader(self) -> Self:
        """Refuse a grader that decides nothing or errs too often, and questions without theirs."""
        errors = [one.error for one in self.canary if one.error is not None]
        if self.grader is None and errors:
            raise ValueError("checks leave questions open, and no grader is named")
        if self.grader is not None and not errors:
            raise ValueError(f"{self.grader.judge} is named, and decides nothing")
        if not all(map(is_carried, errors)):
            raise ValueError("a grader errs more often than the detector carries")
        return self

    def graded(self) -> frozenset[str]:
        """Return ids of the questions that the grader decides, with checks or alone."""
        return frozenset(one.scenario for one in self.canary if one.error is not None)


def is_carried(error: JudgingError) -> bool:
    """Return whether the detector carries a judge's error on a question (`grader`)."""
    return max(error.fails_right, error.passes_wrong) <= TOLERATED_DROP


def blindness_of(contract: Contract) -> str:
    """Return why a release cannot be watched by its contract; empty where it can.

    It can where evidence would grow if every answer had become wrong.
    """
    canary = contract.canary
    if not canary:
        return "no steer question is decided by checks, or by a certified judge of your own"
    seen = fsum(question.seen_at_worst for question in canary) / len(canary)
    tolerated = contract.detector.tolerated
    if seen > tolerated:
        return ""
    return (
        f"checks, or a certified judge of your own, decide {len(canary)} steer questions: the loss "
        f"of everything would be seen as a fall by {max(0.0, seen):.2f}, and {tolerated:.2f} is "
        "tolerated"
    )


def refusal_of(grader: Grader, steer: Iterable[Scenario]) -> str:
    """Return why a contract cannot name a judge for any of `steer`; empty where it can."""
    errors = [grader.error_on(one) for one in steer if open_criteria(one)]
    if not errors or any(map(is_carried, errors)):
        return ""
    fails = min(error.fails_right for error in errors)
    passes = min(error.passes_wrong for error in errors)
    return (
        f"it may fail {fails:.0%} of right answers and pass {passes:.0%} of wrong ones at best, "
        f"and the detector carries {TOLERATED_DROP:.0%}: label more answers of its exam"
    )


def contract_of(  # noqa: PLR0913 - everything that a contract says
    channel: ChannelName,
    steer: Sequence[Scenario],
    passed: Mapping[str, Sequence[bool]],
    is_checked: Iterable[str],
    *,
    exam_sha256: str,
    target: Release | None,
    grader: Grader | None = None,
) -> Contract:
    """Return the contract of a specialist.

    A grader is named where it decides a question whose errors there the detector carries. It is a
    judge of the customer's own: hosted judges never decide a revert.

    Args:
        channel: Where it goes.
        steer: Steer questions and their variants.
        passed: Whether each of its decided answers to a steer question passed, by id.
        is_checked: Ids of the questions that checks alone decide.
        exam_sha256: Digest of the exam that holds the questions.
        target: What goes live instead.
        grader: The judge that decides what checks leave open; nobody where none may.
    """
    checked = frozenset(is_checked)
    errors = _errors(grader, (one for one in steer if one.id not in checked))
    decided = (one for one in steer if one.id in checked or one.id in errors)
    known = sorted(decided, key=lambda one: one.id)
    chosen = _chosen([one for one in known if passed.get(one.id)])
    canary = tuple(
        CanaryQuestion(
            scenario=one.id,
            scenario_sha256=one.digest(),
            category=one.category,
            reference=kept(sum(passed[one.id]) / len(passed[one.id])),
            error=errors.get(one.id),
        )
        for one in chosen
    )
    return Contract(
        channel=channel,
        canary=canary,
        exam_sha256=exam_sha256,
        floors=floors_of(canary),
        detector=detector_of(canary),
        target=target,
        grader=grader if any(one.error for one in canary) else None,
    )


def _errors(grader: Grader | None, undecided: Iterable[Scenario]) -> dict[str, JudgingError]:
    """Return the errors of a grader that the detector carries, by question."""
    if grader is None:
        return {}
    errors = {one.id: grader.error_on(one) for one in undecided}
    return {name: error for name, error in errors.items() if is_carried(error)}


def detector_of(canary: Sequence[CanaryQuestion]) -> Detector:
    """Return the detector's settings: what a machine may answer otherwise is no drop.

    Stakes that could lose more than they hold at that tolerance are left out.
    """
    usual = Detector()
    if not canary:
        return usual
    sizes = Counter(question.category for question in canary)
    whole = max(usual.tolerated, min(1.0, OTHERWISE / len(canary)))
    one = max(usual.tolerated_in_category, 1 / min(sizes.values()))
    most = 1 / (1 + max(whole, one))
    return Detector(
        tolerated=kept(whole),
        tolerated_in_category=kept(one),
        bets=tuple(bet for bet in usual.bets if bet <= most),
    )


def floors_of(canary: Iterable[CanaryQuestion]) -> dict[str, float]:
    """Return the least pass rate of each category: its null pass rate less what is tolerated."""
    references: dict[str, list[float]] = {}
    for one in canary:
        references.setdefault(one.category, []).append(one.expected)
    return {
        category: kept(max(0.0, fsum(given) / len(given) - max(TOLERATED_DROP, 1 / len(given))))
        for category, given in sorted(references.items())
    }


def _chosen(known: Sequence[Scenario]) -> list[Scenario]:
    """Return canonical questions, then variants until there are enough, all families alike."""
    families: dict[str, list[Scenario]] = {}
    for one in known:
        families.setdefault(one.family, []).append(one)
    ranked = [sorted(each, key=lambda one: (one.is_variant, one.id)) for each in families.values()]
    chosen: list[Scenario] = []
    for layer in zip_longest(*ranked):
        if len(chosen) < LEAST_CANARIES:
            chosen += [one for one in layer if one is not None]
    return chosen
