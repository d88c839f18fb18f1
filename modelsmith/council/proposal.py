"""A scenario that a council member offers for train, and how such an offer ends."""

from typing import Annotated, Literal

from pydantic import Field

from modelsmith.council.ballot import Ballot
from modelsmith.exam.scenario import Scenario
from modelsmith.record import Record
from modelsmith.run.config import MUTATOR

GateName = Literal[
    "schema",
    "vocabulary",
    "family",
    "leak",
    "novelty",
    "answerability",
    "difficulty",
    "ballots",
    "diversity",
    "quota",
]


class Proposal(Record):
    """One scenario that a council member offers for train."""

    scenario: Scenario
    """The scenario, a variant of `parent`."""
    author: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:._-]*$")]
    """The member that made it; `mutator` is rule-made."""
    parent: str
    """The train family that it varies; the category that failed, where a model wrote it."""
    world: str
    """What was varied: the world of the family's template, or the cell that a model chose."""
    why: Annotated[str, Field(min_length=1, max_length=1_000)]
    """Which failure it is meant to mend."""
    answer: str = ""
    """A right answer in its author's words; none of the mutator, whose rubric composes one."""

    @property
    def is_rule_made(self) -> bool:
        """Whether it comes from a template that people reviewed."""
        return self.author == MUTATOR


class Reason(Record):
    """Why a proposal was refused."""

    gate: GateName
    """The gate that refuses."""
    message: str
    """What was found and what was expected."""


class Reconciled(Record):
    """One proposal and how it ended."""

    name: str
    """The scenario's id, or where the draft stands that is no scenario."""
    author: str
    """Who offered it."""
    proposal: Proposal | None
    """What was offered; none where it is no scenario."""
    ruling: Literal["accepted", "refused"]
    """How it ended."""
    reasons: tuple[Reason, ...]
    """Every reason against it; none when it was accepted."""
    ballots: tuple[Ballot, ...] = ()
    """How the other members voted."""


class Reconciliation(Record):
    """How all proposals of a round ended."""

    reconciled: tuple[Reconciled, ...]
    """Every proposal, sorted by name and author."""

    def accepted(self) -> tuple[Scenario, ...]:
        """Return the accepted scenarios, sorted by id."""
        return tuple(proposal.scenario for proposal in self.chosen())

    def chosen(self) -> tuple[Proposal, ...]:
        """Return the accepted proposals, sorted by id."""
        return tuple(
            one.proposal
            for one in self.reconciled
            if one.ruling == "accepted" and one.proposal is not None
        )


class Joined(Record):
    """A model's proposal that people merged."""

    author: str
    """The member that wrote it."""
    scenario: Scenario
    """The scenario as it was merged."""


class Branch(Record):
    """Where the accepted proposals lie for people to review."""

    name: str | None
    """Branch; none where nothing was accepted."""
    commit: str | None
    """Its commit."""
