"""A scenario that a council member offers for train, what the others say to it, how it ends.

What a member said is kept as it came: evidence, whatever it is worth.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from modelsmith.boundary.call import ResponseSchema
from modelsmith.documents.json_schema import is_valid
from modelsmith.exam.scenario import Scenario
from modelsmith.record import Count, Record, Seconds
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


class Ballot(Record):
    """One member's vote."""

    member: str
    """Who votes; never the author."""
    vote: Literal["yes", "no", "abstain", "lost"]
    """What it says; `lost` where nothing that counts was said."""
    reason: str
    """Why, in its words, which decide nothing; or why it is lost, in ours."""


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
    nothing: Annotated[str, Field(exclude_if=lambda said: not said)] = ""
    """Why nobody had anything to propose; empty where somebody had."""


BALLOT = ResponseSchema(
    name="ballot",
    schema_={
        "type": "object",
        "properties": {
            "reason": {"type": "string"},
            "vote": {"type": "string", "enum": ["yes", "no", "abstain"]},
        },
        "required": ["reason", "vote"],
        "additionalProperties": False,
    },
)
"""The reason comes first, so that a vote follows from it."""


LONGEST_REASON = 600
"""Characters of a reason that are kept; the reply as it came stays among the evidence."""


class Statement(Record):
    """One question to one member, and what became of it."""

    member: str
    """The run's name of the member."""
    kind: Literal["drafts", "answer", "wrong", "ballot"]
    """Scenarios offered, an answer, an answer that is wrong on purpose, or a vote."""
    about: str
    """The category that drafts are for, or the id of the scenario."""
    text: str = ""
    """The reply as generated; empty where there is none."""
    error: str = ""
    """Why there is no reply that counts: not granted, kept in, lost, refused, cut off."""
    seconds: Seconds = 0.0
    """What the machine took, where it answered itself."""
    tokens: Count = 0
    """Tokens read and written by the machine itself."""

    def value(self) -> JsonValue:
        """Return the JSON that was said; None where it is none."""
        try:
            return JSON.validate_json(self.text)
        except ValidationError:
            return None


def ballot_of(said: Statement) -> Ballot:
    """Return the vote in a statement: the schema's word alone decides, not the reason beside it."""
    value = said.value()
    if said.error or not isinstance(value, dict) or not is_valid(BALLOT.schema_, value):
        reason = said.error or "no vote by the schema"
        return Ballot(member=said.member, vote="lost", reason=reason)
    return Ballot.model_validate(
        {
            "member": said.member,
            "vote": value["vote"],
            "reason": str(value["reason"])[:LONGEST_REASON],
        }
    )


def against(ballots: Sequence[Ballot], voters: int, quorum: int) -> list[str]:
    """Return what of the votes stands against a proposal, in words.

    Args:
        ballots: The votes, the author's never among them.
        voters: Members who could vote.
        quorum: Yes votes that are needed.
    """
    if quorum > voters:
        return [f"a quorum of {quorum} needs {quorum} other members, {voters} can vote"]
    yes, no = (sum(b.vote == word for b in ballots) for word in ("yes", "no"))
    found = [f"{yes} of {voters} say yes, expected {quorum}"] if yes < quorum else []
    return [*found, f"{no} say no and {yes} yes"] if no > yes else found


JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
