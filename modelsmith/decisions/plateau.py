"""Whether training still helps: gains between rounds, paired on the scenarios they share.

Absence of a significant gain is no evidence of a plateau ("slope not significant" is wrong in
.29-.53 of runs; research: evalscience, S-3), so a plateau needs evidence that the gain is small.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Literal

from modelsmith.decisions.readiness import Gain, paired_gain
from modelsmith.exam.scenario import FAMILY_MARK
from modelsmith.record import Count, Positive, Rate, Record, Sha256, kept
from modelsmith.training.curriculum import Strategy

WINDOW = 4
"""Rounds on each side of the comparison (evalscience, section 4.1: h)."""

EPSILON = 0.03
"""A gain whose upper bound is below this is none (section 4.1)."""

EQUIVALENCE_CONFIDENCE = 0.90
"""Confidence of that upper bound (section 4.1)."""

LEAST_FAMILIES = 20
"""Families the equivalence test needs (section 4.1: false alarm .08, miss .14 at n = 20)."""

SHORT_BUDGET = 2 * WINDOW
"""Budgets of fewer rounds can never fill both windows."""

PATIENCE = 5
"""Rounds without a gain, where the equivalence test cannot be had (S-3: patience 5 with a gain of
.01 errs in .18, .14, .11 of runs at 20, 40, 80 scenarios)."""

SHORT_PATIENCE = 2
"""The same for a budget below eight rounds.

Patience 5 needs six rounds on one rung, so such a budget would end before a second rung is tried.
Two rounds leave room for one escalation from a budget of four on. It is wrong more often (S-3:
patience 3 errs in .24-.43 of runs), and so is labelled weak; what a false alarm costs here is an
early escalation or an honest halt, never a promotion.
"""

LEAST_GAIN = 0.01
"""A gain of this or less does not count (S-3)."""

REGRESS_CONFIDENCE = 0.95
"""Confidence with which the newest round must be worse than the best (section 4.1)."""


class Round(Record):
    """What one round's evaluation found, of the adapter it began with."""

    iteration: Positive
    """Number of the round."""
    strategy: Strategy
    """The rung that was in force."""
    adapter_sha256: Sha256 | None
    """The adapter that was evaluated; none is the untouched model."""
    scores: Mapping[str, Rate]
    """Weighted score of each steer scenario and variant that was decided, by id."""
    train_pass_rate: Rate
    """Share of train scenarios passed."""
    errored: Rate
    """Share of answers lost to errors."""


class Plateau(Record):
    """What the plateau rule saw."""

    rule: Literal["equivalence", "patience"]
    """Equivalence test, or patience where the test cannot be had."""
    strength: Literal["strong", "weak"]
    """Patience is weak evidence, and every surface says so."""
    holds: bool
    """Whether training has stopped helping."""
    rounds: Positive
    """Rounds on this rung."""
    gain: Gain | None
    """Last four rounds less the four before (equivalence)."""
    without_gain: Count | None
    """Rounds since the last gain above .01 (patience)."""
    patience: Positive | None
    """Rounds without a gain that count as a plateau (patience)."""


class Best(Record):
    """The best round so far, on the scenarios that all rounds share."""

    iteration: Positive
    """Its number."""
    adapter_sha256: Sha256 | None
    """The adapter that it evaluated."""
    mean_score: Rate
    """Mean weighted score over families."""


def anchor_of(rounds: Iterable[Round]) -> frozenset[str]:
    """Return the scenarios that every round decided; only these are compared (section 4.1)."""
    sets = [frozenset(one.scores) for one in rounds]
    return frozenset.intersection(*sets) if sets else frozenset()


def family_scores(rounds: Sequence[Round], anchor: frozenset[str]) -> dict[str, float]:
    """Return the mean score of each family over `rounds` and its scenarios in `anchor`."""
    given: dict[str, list[float]] = {}
    for one in rounds:
        for scenario in anchor:
            family = scenario.split(FAMILY_MARK, maxsplit=1)[0]
            given.setdefault(family, []).append(one.scores[scenario])
    return {family: fsum(scores) / len(scores) for family, scores in given.items()}


def mean_of(one: Round, anchor: frozenset[str]) -> float:
    """Return the mean score of one round over families; 0 where nothing is shared."""
    scores = family_scores([one], anchor)
    return kept(fsum(scores.values()) / len(scores)) if scores else 0.0


def best_of(rounds: Sequence[Round]) -> Best:
    """Return the best round; of equals, the earliest, which has trained least."""
    anchor = anchor_of(rounds)
    one = max(rounds, key=lambda r: (mean_of(r, anchor), -r.iteration))
    return Best(
        iteration=one.iteration, adapter_sha256=one.adapter_sha256, mean_score=mean_of(one, anchor)
    )


def plateau_of(rounds: Sequence[Round], budget: int) -> Plateau:
    """Return whether training on the rung in force has stopped helping.

    Args:
        rounds: All rounds, oldest first; those before the last escalation are left out.
        budget: Rounds that the run may take.
    """
    window = _on_this_rung(rounds)
    anchor = anchor_of(window[-SHORT_BUDGET:])
    families = len({scenario.split(FAMILY_MARK, maxsplit=1)[0] for scenario in anchor})
    if budget >= SHORT_BUDGET and families >= LEAST_FAMILIES:
        return _equivalence(window, anchor)
    return _patience(window, SHORT_PATIENCE if budget < SHORT_BUDGET else PATIENCE)


def regress_of(rounds: Sequence[Round]) -> Gain | None:
    """Return the newest round less the best before it; None with a single round."""
    if len(rounds) < 2:  # noqa: PLR2004 - a comparison needs two
        return None
    anchor = anchor_of(rounds)
    best = best_of(rounds[:-1]).iteration
    before = next(one for one in rounds if one.iteration == best)
    return paired_gain(
        family_scores(rounds[-1:], anchor), family_scores([before], anchor), REGRESS_CONFIDENCE
    )


def _on_this_rung(rounds: Sequence[Round]) -> list[Round]:
    window: list[Round] = []
    for one in reversed(rounds):
        if one.strategy is not rounds[-1].strategy:
            break
        window.insert(0, one)
    return window


def _equivalence(window: Sequence[Round], anchor: frozenset[str]) -> Plateau:
    gain = None
    if len(window) >= 2 * WINDOW:
        now = family_scores(window[-WINDOW:], anchor)
        before = family_scores(window[-2 * WINDOW : -WINDOW], anchor)
        gain = paired_gain(now, before, EQUIVALENCE_CONFIDENCE)
    return Plateau(
        rule="equivalence",
        strength="strong",
        holds=gain is not None and gain.high < EPSILON,
        rounds=len(window),
        gain=gain,
        without_gain=None,
        patience=None,
    )


def _patience(window: Sequence[Round], patience: int) -> Plateau:
    anchor = anchor_of(window)
    best, without = mean_of(window[0], anchor), 0
    for one in window[1:]:
        score = mean_of(one, anchor)
        if kept(score - best) > LEAST_GAIN:  # small steps add up: the mark moves with a gain only
            best, without = score, 0
        else:
            without += 1
    return Plateau(
        rule="patience",
        strength="weak",
        holds=without >= patience,
        rounds=len(window),
        gain=None,
        without_gain=without,
        patience=patience,
    )
