"""Rollback contracts, and rounds of a canary that a test decides."""

from collections.abc import Mapping, Sequence

from modelsmith.promotion.channel import Release
from modelsmith.promotion.rollback.contract import CanaryQuestion, Contract, Detector
from modelsmith.promotion.rollback.drift_detector import CanaryOutcome
from modelsmith.promotion.rollback.grader import Grader, JudgingError

DIGEST = "0" * 64
GRADER = Grader(
    judge="own-j",
    family="own",
    identity={"weights": DIGEST},
    template="judge/1",
    exam_sha256=DIGEST,
    sensitivity=0.97,
    specificity=0.97,
)


def a_contract(
    references: Mapping[str, Sequence[float]],
    *,
    floors: Mapping[str, float] | None = None,
    target: Release | None = None,
    error: JudgingError | None = None,
    **detector: object,
) -> Contract:
    """Return a contract with a question for each reference, `CATEGORY_1`, `CATEGORY_2` ..."""
    questions = [
        CanaryQuestion(
            scenario=f"{category}_{number}",
            scenario_sha256=DIGEST,
            category=category,
            reference=float(reference),
            error=error,
        )
        for category, given in references.items()
        for number, reference in enumerate(given, 1)
    ]
    return Contract(
        channel="sandbox",
        canary=tuple(sorted(questions, key=lambda one: one.scenario)),
        exam_sha256=DIGEST,
        floors=dict(floors or {}),
        detector=Detector.model_validate(detector),
        target=target,
        grader=GRADER if error else None,
    )


def rounds_of(
    contract: Contract, *rounds: Mapping[str, Sequence[bool | None]], first: int = 1
) -> list[CanaryOutcome]:
    """Return what came back: an outcome for each question of each category, round by round."""
    return [
        CanaryOutcome(number, f"{category}_{place}", passed)
        for number, outcomes in enumerate(rounds, first)
        for category, given in outcomes.items()
        for place, passed in enumerate(given, 1)
    ]
