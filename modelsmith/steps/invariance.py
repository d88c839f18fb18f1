"""Whether greedy answers depend on the batch they ride in; the report says it with the count."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from modelsmith.domain.answering import Answered
from modelsmith.domain.record import Record

ALONE = "alone-steer.jsonl"
"""Evidence file with the answers to prompts that were asked one by one."""

MOST_TRIED = 4
"""Prompts asked a second time, alone: each costs a generation of its own, and four tell a model
that never agrees with itself (9 of 36 differed in bf16; research: learn, section 6) from one that
does, in seconds."""


class Invariance(Record):
    """How many greedy answers are the same alone as in their batch."""

    same: Annotated[int, Field(ge=0)]
    """Answers that are the same, letter by letter."""
    tried: Annotated[int, Field(ge=0)]
    """Prompts that were answered both ways."""
    differing: tuple[str, ...]
    """Scenarios whose answers differ."""

    def words(self) -> str:
        """Return the finding as the report says it."""
        return (
            f"{self.same} of {self.tried} greedy answers are the same alone as in their batch; "
            "batches are fixed by plan"
        )


def invariance(together: Sequence[Answered], alone: Sequence[Answered]) -> Invariance:
    """Return how the answers to the same scenarios compare.

    Args:
        together: Answers from the run's batches; more than those asked alone may be given.
        alone: Answers from batches of one. Where either is missing, nothing was tried.
    """
    in_batch = {given.scenario: given.answer for given in together}
    pairs = [
        (given.scenario, given.answer.text == there.text)
        for given in alone
        if given.answer is not None and (there := in_batch.get(given.scenario)) is not None
    ]
    differing = tuple(scenario for scenario, is_same in pairs if not is_same)
    return Invariance(same=len(pairs) - len(differing), tried=len(pairs), differing=differing)
