"""How a specialist is trained: one rung of the ladder."""

from enum import StrEnum, unique


@unique
class Strategy(StrEnum):
    """How to train; the ladder is the order to escalate in."""

    RUBRIC_COMPOSITION = "rubric-composition"
    """Targets made from the rubric's sentences, the scenario's figures and labelled answers."""
    REJECTION_SAMPLING = "rejection-sampling"
    """Targets drawn from the model itself; the rubric's checks keep what passes."""
