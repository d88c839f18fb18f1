"""Serving: what answers requests."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from modelsmith.models.chat import Chat, Said
from modelsmith.models.generation import Prompt
from modelsmith.promotion.verification.live_release import LiveRelease


class ServingEngine(Protocol):
    """A loaded release that answers requests, several at once."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What it runs on, as words."""

    @property
    def is_well(self) -> bool:
        """Whether it can answer; one that broke is loaded again."""

    def next_tokens(self, prompts: Sequence[Prompt]) -> Sequence[Mapping[str, float]]:
        """Return the likeliest next tokens after each prompt, as an engine does.

        Raises:
            EngineError: the machine's fault.
        """

    def stream(self, chat: Chat) -> AsyncGenerator[Said, None]:
        """Return what comes of a request; who stops reading ends it.

        Raises:
            InputError: the conversation does not fit the model.
            BlockedError: too many wait already.
            EngineError: the machine's fault.
        """


class ServingEngines(Protocol):
    """Loads releases, one beside another."""

    def open(self, release: LiveRelease) -> AbstractContextManager[ServingEngine]:
        """Return a verified release, loaded; its memory is given back on exit.

        Raises:
            EngineError: it cannot be loaded on this machine.
        """
