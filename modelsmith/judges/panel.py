"""What a judge, and a panel of judges, says of an answer, beside the checks.

A check decides what it decides. Where a run has judges, they decide the criteria without a check
and those whose check reads wording alone (benchmark.yaml, `judging`); a fail criterion whose check
fires is triggered without them. A criterion is what a strict majority of the scored votes says;
with fewer than two of them (one, where a single judge decides) nothing is said
(research: evalscience, sections 1.4 and 7.2).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Annotated

from pydantic import Field

from modelsmith.boundary.hosted_model import ModelName
from modelsmith.exam.benchmark import Benchmark, Tie
from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.checks.answer_reading import faults_in
from modelsmith.exam.checks.check import finding_of
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.checks.text import normalised
from modelsmith.exam.labelled_answers import CriterionId
from modelsmith.exam.prompt import form_for
from modelsmith.exam.prompt_injection import without_addresses
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.exam.verdict import (
    AnswerVerdict,
    CriterionVerdict,
    Errored,
    Judged,
    Skipped,
    deciding,
    decision,
    graded,
)
from modelsmith.record import Positive, Record, Sha256, sha256

TRUNCATED = "truncated"
EMPTY = "empty answer"


CriterionPlace = tuple[str, str, str]
"""A criterion of an answer: id of the scenario, digest of the answer, id of the criterion."""


class JudgeVote(Record):
    """One judge on one criterion of one answer."""

    scenario: str
    """Id of the scenario or variant."""
    answer_sha256: Sha256
    """Digest of the answer's text."""
    criterion: CriterionId
    """The criterion's id."""
    judge: ModelName
    """The run's name of the judge."""
    outcome: Outcome
    """Met, not met, or unscored: it abstained, quoted what is not there, or was lost."""
    quote: str = ""
    """The part of the answer that it rests on, word for word."""
    reason: Annotated[str, Field(max_length=2_000)] = ""
    """Why, in the judge's words; or why there is no outcome, in ours."""
    is_lost: bool = False
    """Whether it is unscored because a call failed, which is an error and never an abstention."""
    level: Annotated[Positive | None, Field(exclude_if=lambda level: level is None)] = None
    """The level that it names, of a criterion that has levels."""

    @property
    def place(self) -> CriterionPlace:
        """What it is about."""
        return self.scenario, self.answer_sha256, self.criterion


def judged_criteria(benchmark: Benchmark, scenario: Scenario) -> tuple[str, ...]:
    """Return the ids of the criteria that judges decide where a run has judges."""
    return tuple(
        key for key, one in scenario.criteria().items() if benchmark.judging.takes(one.check)
    )


def judged_and_deciding(benchmark: Benchmark, scenario: Scenario) -> tuple[str, ...]:
    """Return those among them without which, or with which, no answer passes."""
    left = judged_criteria(benchmark, scenario)
    return tuple(key for key in deciding(scenario) if key in left)


def asked_criteria(benchmark: Benchmark, scenario: Scenario, answer: str) -> tuple[str, ...]:
    """Return the ids of the criteria that judges are asked about for `answer`.

    None of an answer that is empty or cannot be read, which meets nothing, and no fail criterion
    whose check has fired.
    """
    form = form_for(benchmark, scenario)
    if not normalised(answer) or faults_in(form, answer):
        return ()
    return tuple(
        key
        for key in judged_criteria(benchmark, scenario)
        if not _has_fired(key, scenario.criteria()[key], answer, form)
    )


def judged(  # noqa: PLR0913 - an answer, who decides on it, and how
    benchmark: Benchmark,
    scenario: Scenario,
    answer: str,
    opinions: Sequence[JudgeVote],
    panel: Collection[str],
    *,
    tie: Tie,
    is_truncated: bool = False,
) -> AnswerVerdict:
    """Return the verdict on an answer: checks decide what they decide, the panel the rest.

    An answer that ran into the token limit meets none of what judges decide (section 1.7). Where
    an answer speaks to its grader, the panel must be of one mind in its favour (section 1.6).

    Args:
        benchmark: Says what judges decide.
        scenario: The question.
        answer: The answer.
        opinions: What judges said; those of `panel` on this answer count.
        panel: Names of the judges who decide; a panel of nobody leaves its criteria unscored.
        tie: What a tie says.
        is_truncated: Whether the answer ran into the token limit.
    """
    asked = asked_criteria(benchmark, scenario, answer)
    of_answer = _of(opinions, scenario.id, sha256(answer.encode()), panel)
    criteria, lost = [], []
    by_checks = graded(scenario, answer, form_for(benchmark, scenario))
    if isinstance(by_checks, Judged) and by_checks.unreadable:
        return by_checks
    for verdict in by_checks.criteria:
        key = verdict.criterion
        if key not in asked:
            criteria.append(_unasked(benchmark, scenario, verdict, answer))
            continue
        if is_truncated:
            seen = TRUNCATED
            criteria.append(CriterionVerdict(criterion=key, outcome=Outcome.NOT_MET, seen=seen))
            continue
        votes = [of_answer[judge, key] for judge in panel if (judge, key) in of_answer]
        found = decided(key, votes, len(panel), tie, addressed=answer != without_addresses(answer))
        criteria.append(found)
        if found.outcome is Outcome.UNSCORED and (
            len(votes) < len(panel) or any(vote.is_lost for vote in votes)
        ):
            lost.append(f"{key} ({_missing(votes, panel)})")
    whole = decision(scenario, tuple(criteria))
    if isinstance(whole, Skipped) and lost:
        return Errored(scenario=scenario.id, reason=f"judges lost: {', '.join(lost)}")
    return whole


def _has_fired(key: str, criterion: Criterion, answer: str, form: AnswerForm) -> bool:
    return (
        key.startswith("F")
        and criterion.check is not None
        and finding_of(criterion.check, answer, form).outcome is Outcome.MET
    )


def _of(
    opinions: Iterable[JudgeVote], scenario: str, answer_sha256: str, panel: Collection[str]
) -> dict[tuple[str, str], JudgeVote]:
    return {
        (opinion.judge, opinion.criterion): opinion
        for opinion in opinions
        if opinion.scenario == scenario
        and opinion.answer_sha256 == answer_sha256
        and opinion.judge in panel
    }


def _unasked(
    benchmark: Benchmark, scenario: Scenario, verdict: CriterionVerdict, answer: str
) -> CriterionVerdict:
    """Return what the checks found; an empty answer meets nothing that judges decide either."""
    if normalised(answer) or verdict.criterion not in judged_criteria(benchmark, scenario):
        return verdict
    return CriterionVerdict(criterion=verdict.criterion, outcome=Outcome.NOT_MET, seen=EMPTY)


def _missing(votes: Sequence[JudgeVote], panel: Collection[str]) -> str:
    by_judge = {vote.judge: vote for vote in votes}
    return "; ".join(
        f"{judge}: {by_judge[judge].reason if judge in by_judge else 'was not asked'}"
        for judge in sorted(panel)
        if judge not in by_judge or by_judge[judge].is_lost
    )


LEAST_VOTES = 2
"""Scored votes below which a panel says nothing (research: evalscience, section 1.4)."""


def voted(votes: Iterable[Outcome], panel_size: int, tie: Tie, worse: Outcome) -> Outcome:
    """Return what a panel says.

    Args:
        votes: One a judge; an abstention is unscored.
        panel_size: How many judges the panel has.
        tie: What a tie says.
        worse: What is worse for the answer: not met, or met for a fail criterion.
    """
    scored = [vote for vote in votes if vote is not Outcome.UNSCORED]
    if len(scored) < min(LEAST_VOTES, max(1, panel_size)):
        return Outcome.UNSCORED
    met = sum(vote is Outcome.MET for vote in scored)
    if 2 * met == len(scored):
        return worse if tie == "against" else Outcome.UNSCORED
    return Outcome.MET if 2 * met > len(scored) else Outcome.NOT_MET


def decided(
    key: str, votes: Sequence[JudgeVote], panel_size: int, tie: Tie, *, addressed: bool
) -> CriterionVerdict:
    """Return what a panel says of one criterion.

    Args:
        key: The criterion's id.
        votes: What its judges said.
        panel_size: How many judges the panel has.
        tie: What a tie says.
        addressed: Whether the answer speaks to its grader, so that only a panel of one mind
            decides in its favour (section 1.6).
    """
    worse = worse_of(key)
    outcomes = [vote.outcome for vote in votes]
    outcome = voted(outcomes, panel_size, tie, worse)
    split = len({found for found in outcomes if found is not Outcome.UNSCORED}) > 1
    if addressed and split and outcome not in (worse, Outcome.UNSCORED):
        outcome = worse if tie == "against" else Outcome.UNSCORED
    met = sum(found is Outcome.MET for found in outcomes)
    scored = sum(found is not Outcome.UNSCORED for found in outcomes)
    quote = next((v.quote for v in votes if v.outcome is outcome and v.quote), "")
    seen = f"{met} of {scored} judges: met" + (f'; "{quote}"' if quote else "")
    levels = sorted(v.level for v in votes if v.level is not None and v.outcome is outcome)
    level = levels[(len(levels) - 1) // 2] if levels else None
    if named := [v.level for v in votes if v.level is not None]:
        seen += f"; level{'s' if len(named) > 1 else ''} {', '.join(map(str, named))}"
    return CriterionVerdict(criterion=key, outcome=outcome, seen=seen, level=level)


def worse_of(key: str) -> Outcome:
    """Return what is worse for an answer: not met, or met for a fail criterion."""
    return Outcome.MET if key.startswith("F") else Outcome.NOT_MET
