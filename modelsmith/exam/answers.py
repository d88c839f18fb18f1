"""What was asked of a model and what came back, as evidence.

Whether greedy answers depend on the batch they ride in, which the report says with the count.
"""

from collections.abc import Iterable, Sequence
from math import fsum

from modelsmith.exam.checks.answer_form import AnswerForm
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import AnswerVerdict, Errored, declined, graded
from modelsmith.models.generation import Answer, Usage
from modelsmith.record import Count, Record, Sha256


class Answered(Record):
    """One scenario, asked once."""

    scenario: str
    """Id of the scenario or variant."""
    scenario_sha256: Sha256
    """Digest of the scenario as it was asked."""
    batch: Sha256
    """Key of the batch it rode in; a greedy answer is a function of its batch."""
    repeat: Count = 0
    """How many answers to the same scenario come before it in its batch."""
    answer: Answer | None
    """What the model said; none when the engine failed."""
    error: str = ""
    """What broke, when there is no answer."""


class Invariance(Record):
    """How many greedy answers are the same alone as in their batch."""

    same: Count
    """Answers that are the same, letter by letter."""
    tried: Count
    """Prompts that were answered both ways."""
    differing: tuple[str, ...]
    """Scenarios whose answers differ."""

    def words(self) -> str:
        """Return the finding as the report says it."""
        return (
            f"{self.same} of {self.tried} greedy answers are the same alone as in their batch; "
            "batches are fixed by plan"
        )


def verdict_of(scenario: Scenario, answered: Answered, form: AnswerForm) -> AnswerVerdict:
    """Return the verdict on one answer; an engine failure is an error, never a zero."""
    if answered.answer is None:
        return Errored(scenario=scenario.id, reason=answered.error or "no answer")
    if answered.answer.finish == "refusal":
        return declined(scenario)
    return graded(scenario, answered.answer.text, form)


def usage_of(answers: Iterable[Answered]) -> Usage:
    """Return what `answers` took: each batch's time once, each answer of a batch once.

    Two systems that are the same model asked the same batch share one answer, and its cost.
    """
    once = {(a.batch, a.scenario, a.repeat): a.answer for a in answers if a.answer is not None}
    batches = {batch: answer.latency_s for (batch, _, _), answer in once.items()}
    tokens = sum(answer.prompt_tokens + answer.answer_tokens for answer in once.values())
    return Usage(seconds=round(fsum(batches.values()), 6), tokens=tokens)


MOST_TRIED = 4
"""Prompts asked a second time, alone: each costs a generation of its own, and four tell a model
that never agrees with itself (9 of 36 differed in bf16; research: learn, section 6) from one that
does, in seconds."""


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
