"""One system's answer to one scenario, as the scores see it."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from modelsmith.exam.checks.check import KINDS
from modelsmith.exam.scenario import OutcomeType, Scenario
from modelsmith.exam.verdict import AnswerVerdict, Judged, failing
from modelsmith.record import Record, Seconds

KIND_OF = {check: kind for kind, check in KINDS.items()}


UNREADABLE = "unreadable"
"""Where an answer goes wrong that cannot be read by its form."""


class Failing(Record):
    """The first criterion that an answer failed."""

    kind: str
    """Kind of its check (`number`), or `judged`; `fail:` before it when it was triggered;
    `unreadable` where the answer cannot be read by its form."""
    text: str
    """The criterion, or why the answer cannot be read."""


class Trial(Record):
    """One answer of one system, with what the scores group it by."""

    scenario: str
    """Id of the scenario or variant."""
    family: str
    """The unit of analysis: a scenario and its variants."""
    category: str
    """The capability examined."""
    outcome_type: OutcomeType
    """What a right answer does."""
    lens: str
    """Whose eyes it is written for."""
    is_variant: bool
    """An invariant variant counts in robustness only; a canonical form counts everywhere."""
    verdict: AnswerVerdict
    """What was decided."""
    failing: Failing | None = None
    """Where the answer went wrong first; none when it passed or was not decided."""
    latency_s: Seconds | None = None
    """What one caller waited, where an answer was timed."""
    is_cut: Annotated[bool, Field(exclude_if=lambda cut: not cut)] = False
    """Whether the answer ran into the token limit."""

    @property
    def passed(self) -> bool | None:
        """Whether it passed; None when nothing was decided, which is never a fail."""
        return self.verdict.passed if isinstance(self.verdict, Judged) else None

    @property
    def is_unreadable(self) -> bool:
        """Whether the answer could not be read by its form."""
        return isinstance(self.verdict, Judged) and bool(self.verdict.unreadable)


def trial_of(
    scenario: Scenario,
    verdict: AnswerVerdict,
    *,
    latency_s: float | None = None,
    is_cut: bool = False,
) -> Trial:
    """Return the trial of one answer to `scenario`."""
    return Trial(
        scenario=scenario.id,
        family=scenario.family,
        category=scenario.category,
        outcome_type=scenario.outcome_type,
        lens=scenario.operator_lens,
        is_variant=scenario.is_variant,
        verdict=verdict,
        failing=failing_of(scenario, verdict),
        latency_s=latency_s,
        is_cut=is_cut,
    )


def failing_of(scenario: Scenario, verdict: AnswerVerdict) -> Failing | None:
    """Return the first criterion of the rubric that the answer failed, or why it is unreadable."""
    if not isinstance(verdict, Judged) or verdict.passed:
        return None
    if verdict.unreadable:
        return Failing(kind=UNREADABLE, text=verdict.unreadable)
    failed = failing(scenario, {one.criterion: one.outcome for one in verdict.criteria})
    if not failed:
        return None
    criterion = scenario.criteria()[failed[0]]
    kind = KIND_OF[type(criterion.check)] if criterion.check is not None else "judged"
    triggered = "fail:" if failed[0].startswith("F") else ""
    return Failing(kind=f"{triggered}{kind}", text=criterion.text)


def imputed(trials: Iterable[Trial], *, passed: bool) -> tuple[Trial, ...]:
    """Return the trials with every undecided one decided as `passed`.

    The worst case of missing data: dropping unscored answers promotes falsely in up to 56 % of
    null cases, imputing them against the candidate in 5 % (research: evalscience, S-12).
    """
    return tuple(
        trial if trial.passed is not None else _decided(trial, passed=passed) for trial in trials
    )


def by_scenario(trials: Iterable[Trial]) -> Mapping[str, Trial]:
    """Return the trials by scenario, sorted, so that nothing depends on their order."""
    return {trial.scenario: trial for trial in sorted(trials, key=lambda t: t.scenario)}


def _decided(trial: Trial, *, passed: bool) -> Trial:
    verdict = Judged(scenario=trial.scenario, criteria=(), passed=passed, score=float(passed))
    return trial.model_copy(update={"verdict": verdict})
