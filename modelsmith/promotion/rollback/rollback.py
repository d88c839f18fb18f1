"""The rollback contract: what takes a promotion back, agreed and signed before it goes live."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from modelsmith.policy import ChannelName
from modelsmith.promotion.channel import Release
from modelsmith.record import Rate, Record, Sha256


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
    """What is asked of the live specialist, by id: steer questions that checks alone decide, since
    a judge that drifts must take nothing back."""
    exam_sha256: Sha256
    """Digest of the exam snapshot that holds the questions (`000-intake/exam.json`)."""
    floors: Mapping[str, Rate]
    """Least pass rate of each category over one round of the canary."""
    detector: Detector
    """When a drop is more than chance."""
    target: Release | None
    """What goes live instead: the validated specialist before it; none takes the channel down."""
