"""One answer judged against one rubric, criterion by criterion."""

from typing import Annotated, Literal

from pydantic import Field

from modelsmith.domain.addressed import without_addresses
from modelsmith.domain.check import Outcome, finding_of
from modelsmith.domain.record import Rate, Record, Seconds
from modelsmith.domain.scenario import Scenario

GRADER = "checks/1"
"""Version of the check-based grader; verdicts of two versions are never compared."""


class CriterionVerdict(Record):
    """What was decided of one criterion."""

    criterion: Annotated[str, Field(pattern=r"^[PF][1-9][0-9]?$")]
    """The criterion's id: P1 to pass, F1 to fail."""
    outcome: Outcome
    """Met, not met, or unscored. A fail criterion that is met is triggered."""
    seen: str = ""
    """The part of the answer that decided it, or why nothing decided it."""


class Answer(Record):
    """What a model said to one prompt."""

    text: str
    """The answer as generated, without special tokens."""
    finish: Literal["stop", "length"]
    """Whether the model ended by itself or ran into the token limit."""
    prompt_tokens: Annotated[int, Field(ge=0)]
    """Tokens of the rendered prompt."""
    answer_tokens: Annotated[int, Field(ge=0)]
    """Tokens generated, padding excluded."""
    latency_s: Seconds
    """Time from handing over the batch until it came back: what one caller waits."""


class Judged(Record):
    """An answer that was decided."""

    kind: Literal["judged"] = "judged"
    scenario: str
    """Id of the scenario."""
    criteria: tuple[CriterionVerdict, ...]
    """One verdict for each criterion of the rubric."""
    passed: bool
    """Every required pass criterion met and no fail criterion triggered."""
    score: Rate
    """Weighted share of pass criteria met minus triggered fail criteria; steers, never decides."""


class Errored(Record):
    """No answer, or no decision, because something broke. Never a zero."""

    kind: Literal["errored"] = "errored"
    scenario: str
    """Id of the scenario."""
    reason: str
    """What broke."""


class Skipped(Record):
    """Not decided on purpose: a criterion has no check and no judge may decide it."""

    kind: Literal["skipped"] = "skipped"
    scenario: str
    """Id of the scenario."""
    criteria: tuple[CriterionVerdict, ...]
    """What was decided, and what could not be."""
    reason: str
    """Which criteria nobody could decide."""


AnswerVerdict = Annotated[Judged | Errored | Skipped, Field(discriminator="kind")]


def graded(scenario: Scenario, answer: str) -> Judged | Skipped:
    """Return the verdict of the check-based grader on `answer`.

    An unscored criterion leaves the whole answer undecided, except where a criterion that was
    decided already fails it: an unmet required one, or a triggered fail criterion
    (research: evalscience, section 1.7). A pass criterion is met only if it still is without the
    lines that speak to the grader: a pasted rubric with `met` after each line says nothing.
    """
    decided, own = [], without_addresses(answer)
    for key, criterion in scenario.criteria().items():
        if criterion.check is None:
            decided.append(
                CriterionVerdict(criterion=key, outcome=Outcome.UNSCORED, seen="no check")
            )
            continue
        finding = finding_of(criterion.check, answer)
        if key.startswith("P") and finding.outcome is Outcome.MET and own != answer:
            finding = finding_of(criterion.check, own)
        decided.append(CriterionVerdict(criterion=key, outcome=finding.outcome, seen=finding.seen))
    return decision(scenario, tuple(decided))


def decision(scenario: Scenario, criteria: tuple[CriterionVerdict, ...]) -> Judged | Skipped:
    """Return what the criterion verdicts say of the whole answer."""
    outcomes = {verdict.criterion: verdict.outcome for verdict in criteria}
    rubric = scenario.criteria()
    failed = any(
        outcomes[key] is (Outcome.MET if key.startswith("F") else Outcome.NOT_MET)
        for key, criterion in rubric.items()
        if key.startswith("F") or criterion.required
    )
    unscored = [
        key
        for key, criterion in rubric.items()
        if outcomes[key] is Outcome.UNSCORED and (key.startswith("F") or criterion.required)
    ]
    if unscored and not failed:
        return Skipped(
            scenario=scenario.id, criteria=criteria, reason=f"undecided: {', '.join(unscored)}"
        )
    return Judged(
        scenario=scenario.id,
        criteria=criteria,
        passed=not failed,
        score=_score(scenario, outcomes),
    )


def _score(scenario: Scenario, outcomes: dict[str, Outcome]) -> float:
    positive = sum(criterion.weight for criterion in scenario.pass_criteria)
    gained = sum(
        criterion.weight if key.startswith("P") else -criterion.weight
        for key, criterion in scenario.criteria().items()
        if outcomes[key] is Outcome.MET
    )
    return min(1.0, max(0.0, gained / positive))
