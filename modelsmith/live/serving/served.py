"""A proven release that answers, and what a look at its channel finds."""

from contextlib import ExitStack
from datetime import datetime
from typing import NamedTuple

from modelsmith.live.serving.health import Outcome
from modelsmith.live.serving.ports import Speaker
from modelsmith.models.fingerprint import Match
from modelsmith.promotion.verification.port import LiveRelease


class Found(NamedTuple):
    """What a check found."""

    outcome: Outcome
    """What came of it."""
    words: str
    """In one line."""
    took_s: float | None = None
    """How long loading and proving took."""


class Served:
    """A release that answers, with the requests that it has begun."""

    def __init__(
        self, release: LiveRelease, speaker: Speaker, match: Match, since: datetime, held: ExitStack
    ) -> None:
        """Take a proven release and what frees it."""
        self.release = release
        self.speaker = speaker
        self.match = match
        self.since = since
        self.in_flight = 0
        self._held = held

    @property
    def words(self) -> str:
        """It as people read it."""
        return self.release.request.release.words

    def is_of(self, release: LiveRelease) -> bool:
        """Return whether it is this very release."""
        return self.release.request.release == release.request.release

    def free(self) -> None:
        """Give its memory back."""
        del self.speaker
        self._held.close()
