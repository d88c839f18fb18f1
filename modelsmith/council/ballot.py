"""What the members of a council say to a proposal of another."""

from collections.abc import Sequence
from typing import Literal

from modelsmith.boundary.call import Shape
from modelsmith.council.statement import Statement
from modelsmith.documents.json_schema import is_valid
from modelsmith.record import Record

BALLOT = Shape(
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


class Ballot(Record):
    """One member's vote."""

    member: str
    """Who votes; never the author."""
    vote: Literal["yes", "no", "abstain", "lost"]
    """What it says; `lost` where nothing that counts was said."""
    reason: str
    """Why, in its words, which decide nothing; or why it is lost, in ours."""


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
