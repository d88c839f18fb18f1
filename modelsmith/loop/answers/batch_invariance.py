"""Whether greedy answers depend on the batch they ride in; the report says it with the count."""

from collections.abc import Sequence

from modelsmith.exam.answers import Answered, Invariance

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
