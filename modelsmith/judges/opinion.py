"""What a judge, and a panel of judges, says of one criterion of one answer.

A panel says what a strict majority of the votes that were cast says.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from modelsmith.boundary.hosted_model import ModelName
from modelsmith.exam.benchmark import Tie
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import CriterionId
from modelsmith.exam.verdict import CriterionVerdict
from modelsmith.record import Record, Sha256

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

    @property
    def place(self) -> CriterionPlace:
        """What it is about."""
        return self.scenario, self.answer_sha256, self.criterion


LEAST_VOTES = 2
"""Scored votes below which a panel says nothing (research: evalscience, section 1.4)."""


def voted(votes: Iterable[Outcome], seats: int, tie: Tie, worse: Outcome) -> Outcome:
    """Return what a panel says.

    Args:
        votes: One a judge; an abstention is unscored.
        seats: How many judges the panel has.
        tie: What a tie says.
        worse: What is worse for the answer: not met, or met for a fail criterion.
    """
    scored = [vote for vote in votes if vote is not Outcome.UNSCORED]
    if len(scored) < min(LEAST_VOTES, max(1, seats)):
        return Outcome.UNSCORED
    met = sum(vote is Outcome.MET for vote in scored)
    if 2 * met == len(scored):
        return worse if tie == "against" else Outcome.UNSCORED
    return Outcome.MET if 2 * met > len(scored) else Outcome.NOT_MET


def decided(
    key: str, votes: Sequence[JudgeVote], seats: int, tie: Tie, *, addressed: bool
) -> CriterionVerdict:
    """Return what a panel says of one criterion.

    Args:
        key: The criterion's id.
        votes: What its judges said.
        seats: How many judges the panel has.
        tie: What a tie says.
        addressed: Whether the answer speaks to its grader, so that only a panel of one mind
            decides in its favour (section 1.6).
    """
    worse = worse_of(key)
    outcomes = [vote.outcome for vote in votes]
    outcome = voted(outcomes, seats, tie, worse)
    split = len({found for found in outcomes if found is not Outcome.UNSCORED}) > 1
    if addressed and split and outcome not in (worse, Outcome.UNSCORED):
        outcome = worse if tie == "against" else Outcome.UNSCORED
    met = sum(found is Outcome.MET for found in outcomes)
    scored = sum(found is not Outcome.UNSCORED for found in outcomes)
    quote = next((v.quote for v in votes if v.outcome is outcome and v.quote), "")
    seen = f"{met} of {scored} judges: met" + (f'; "{quote}"' if quote else "")
    return CriterionVerdict(criterion=key, outcome=outcome, seen=seen)


def worse_of(key: str) -> Outcome:
    """Return what is worse for an answer: not met, or met for a fail criterion."""
    return Outcome.MET if key.startswith("F") else Outcome.NOT_MET
