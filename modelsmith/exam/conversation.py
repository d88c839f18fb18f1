"""A conversation as what a scenario is about: turns, of which the model says the next."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from modelsmith.models.generation import Message
from modelsmith.record import Record

MOST_TURNS = 100
"""Turns of a conversation."""


class Turn(Record):
    """What one side said."""

    role: Literal["system", "user", "assistant"]
    """Who speaks: `user` asks, `assistant` answers, `system` may come first."""
    text: Annotated[str, Field(pattern=r"\S", max_length=30_000)]
    """What is said."""


class Conversation(Record):
    """Turns up to the one that is to be answered."""

    turns: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=MOST_TURNS)]
    """What was said so far, oldest first; user and assistant take turns, the user's is the last."""

    @model_validator(mode="after")
    def _take_turns(self) -> Self:
        if fault := fault_in([turn.role for turn in self.turns]):
            raise ValueError(fault)
        return self

    def rendered(self) -> str:
        """Return the conversation as one text: each turn after the name of who speaks."""
        return "\n\n".join(f"{turn.role.title()}: {turn.text.strip()}" for turn in self.turns)

    @property
    def instruction(self) -> str:
        """What its system turn says; nothing where it has none."""
        first = self.turns[0]
        return first.text.strip() if first.role == "system" else ""

    def messages(self) -> tuple[Message, ...]:
        """Return the turns of user and assistant as a chat template takes them."""
        return tuple(
            Message(role=turn.role, content=turn.text.strip())
            for turn in self.turns
            if turn.role != "system"
        )


def fault_in(roles: list[str]) -> str:
    """Return why speakers in this order make no conversation to be answered, or nothing.

    Chat templates of Mistral and Gemma refuse speakers who do not take turns, so nobody's may.
    """
    spoken = roles[1:] if roles[:1] == ["system"] else roles
    if "system" in spoken:
        return "a system turn stands behind another turn; fix: put it first, there is one at most"
    for number, role in enumerate(spoken):
        if role != ("user", "assistant")[number % 2]:
            place = number + 1 + len(roles) - len(spoken)
            return (
                f"turn {place} is the {role}'s, where the other speaks; fix: begin with the user, "
                "and let user and assistant take turns"
            )
    if len(spoken) % 2 == 0:
        return "the last turn is not the user's; fix: end with what is to be answered"
    return ""
