"""Answers of whole systems to a sealed split: twelve or more families, three answers each."""

from collections.abc import Callable, Iterable

from modelsmith.decisions.attempt import Attempt, Contender
from modelsmith.exam.scenario import OutcomeType
from modelsmith.judges.certification.examination import ExamFinding
from modelsmith.run.config import Promotion
from modelsmith.statistics.constant_policies import COPY_INPUT, ConstantPolicy
from modelsmith.statistics.scorecard import scorecard_of
from modelsmith.statistics.trial import Trial
from tests.support.scenarios import a_benchmark, errored, judged

TYPES = tuple(OutcomeType)
CATEGORIES = ("BID_SHADING", "PACING", "ATTRIBUTION")
EXAM = "e" * 64


def a_trial(  # noqa: PLR0913 - a builder names what a test may vary
    scenario: str = "SHADING_ONE",
    *,
    passed: bool | None = True,
    outcome_type: OutcomeType = OutcomeType.TP,
    category: str = "BID_SHADING",
    lens: str = "dsp",
    score: float | None = None,
    latency_s: float | None = None,
) -> Trial:
    """Return one answer; `passed` None is an error."""
    return Trial(
        scenario=scenario,
        family=scenario.split("__", maxsplit=1)[0],
        category=category,
        outcome_type=outcome_type,
        lens=lens,
        is_variant="__" in scenario,
        verdict=errored(scenario)
        if passed is None
        else judged(scenario, passed=passed, score=score),
        latency_s=latency_s,
    )


def a_sitting(
    passes: Callable[[int, int], bool | None], families: int = 16, variants: int = 2
) -> tuple[Trial, ...]:
    """Return one system's answers; `passes(family, variant)` decides, variant 0 is canonical.

    Outcome types take turns, categories change with every four families.
    """
    return tuple(
        a_trial(
            f"FAMILY_{family:03d}" + (f"__V{variant}" if variant else ""),
            passed=passes(family, variant),
            outcome_type=TYPES[family % 4],
            category=CATEGORIES[(family // 4) % 3],
        )
        for family in range(families)
        for variant in range(variants + 1)
    )


def passing(share: float) -> Callable[[int, int], bool]:
    """Return a rule that passes this share of families, evenly spread over outcome types."""
    return lambda family, _: (family // 4 + family % 4) % 10 < round(10 * share)


def failing_on(*families: int) -> Callable[[int, int], bool]:
    """Return a rule that fails these families alone."""
    return lambda family, _: family not in families


def a_contender(system: str, trials: Iterable[Trial], *, exam: str = EXAM) -> Contender:
    """Return a system with its answers; its name says whether it is a stand-in."""
    return Contender(
        system=system,
        is_stand_in=system.startswith("stand-in:"),
        exam_sha256=exam,
        trials=tuple(trials),
    )


def a_constant(trials: Iterable[Trial] | None = None, name: str = COPY_INPUT) -> ConstantPolicy:
    """Return a constant policy that fails everything unless its answers are given."""
    answers = a_sitting(lambda *_: False) if trials is None else trials
    return ConstantPolicy(
        name=name, says={"*": ""}, card=scorecard_of(name, answers, a_benchmark())
    )


def an_attempt(**changes: object) -> Attempt:
    """Return an attempt that the gate promotes: 15 of 16 families against three weak stand-ins."""
    fields: dict[str, object] = {
        "number": 1,
        "candidate": a_contender("candidate", a_sitting(failing_on(5))),
        "baselines": (
            a_contender("stand-in:zero-shot", a_sitting(failing_on(*range(14)))),
            a_contender("stand-in:few-shot", a_sitting(failing_on(*range(13)))),
            a_contender("stand-in:self-consistency", a_sitting(failing_on(*range(12)))),
        ),
        "constants": (a_constant(),),
        "benchmark": a_benchmark(),
        "exam_sha256": EXAM,
        "promotion": Promotion(),
        "checks": (ExamFinding(rule="criteria", holds=True, message="enough"),),
    }
    return Attempt.model_validate(fields | changes)
