"""What answers the canary for a channel: the release loaded here, or the server that serves it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from modelsmith.models.answer import Answer
from modelsmith.models.prompt import Prompt
from modelsmith.promotion.verification.port import LiveRelease
from modelsmith.run.config import RunConfig


class Responses(NamedTuple):
    """What came back to a round of questions."""

    engine: Mapping[str, str]
    """What can change an answer."""
    answers: Sequence[Answer | str]
    """An answer for each question, or what it was lost to."""


class CanaryTarget(Protocol):
    """Answers as what is live does."""

    def responses(self, live: LiveRelease, asked: Sequence[Prompt], config: RunConfig) -> Responses:
        """Return greedy answers, one a question, in order.

        Args:
            live: What is to answer; another release's answers are never returned.
            asked: The questions.
            config: Settings of its run: longest answer, batch, quantisation.

        Raises:
            EngineError: nothing could be asked, or something else than `live` answers.
        """
        ...
