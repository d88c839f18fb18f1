"""Rounds of a run, by their steer scores."""

from collections.abc import Sequence

from modelsmith.decisions.plateau import Round
from modelsmith.training.curriculum import Strategy

COMPOSITION, SAMPLING = Strategy.RUBRIC_COMPOSITION, Strategy.REJECTION_SAMPLING


def rounds(
    *scores: float | Sequence[float],
    families: int = 12,
    start: int = 1,
    strategy: Strategy = COMPOSITION,
    train: float = 0.8,
    errored: float = 0.0,
) -> list[Round]:
    """Return one round for each score: one figure for all families, or one for each."""
    built = []
    for number, score in enumerate(scores, start=start):
        given = [score] * families if isinstance(score, int | float) else score
        built.append(
            Round(
                iteration=number,
                strategy=strategy,
                adapter_sha256=str(number % 10) * 64 if number > 1 else None,
                scores={f"FAMILY_{at:03d}": float(each) for at, each in enumerate(given)},
                train_pass_rate=train,
                errored=errored,
            )
        )
    return built
