"""What a judge thinks of one criterion of one answer."""

from typing import Annotated

from pydantic import Field

from modelsmith.boundary.hosted_model import ModelName
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.labelled_answers import CriterionId
from modelsmith.record import Record, Sha256


class Opinion(Record):
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
