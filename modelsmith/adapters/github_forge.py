"""GitHub, or an Enterprise server of it, as a forge."""

import random
import time
from collections.abc import Callable

from modelsmith.adapters.github_access import PATIENCE_S, Access
from modelsmith.adapters.github_connection import AppKey, Place
from modelsmith.adapters.github_files import GitHubFiles
from modelsmith.adapters.github_notes import GitHubNotes
from modelsmith.adapters.github_pulls import GitHubPulls
from modelsmith.adapters.github_settings import GitHubSettings
from modelsmith.domain.forge import Person


class GitHubForge(GitHubPulls, GitHubFiles, GitHubNotes, GitHubSettings):
    """One repository on GitHub, as the bearer of a token or a GitHub App acts on it.

    Args:
        place: Which repository, on which server.
        credential: A token, or an App's key.
        tell: Takes a line for the person who waits; standard error where none.
        sleep: Waits for some seconds.
        now: Returns the seconds since 1970.
        dice: Returns a number in [0, 1).
        patience_s: Longest wait for one request.
    """

    name = "github"

    def __init__(  # noqa: PLR0913 - what a test passes in instead of time
        self,
        place: Place,
        credential: str | AppKey,
        *,
        tell: Callable[[str], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
        dice: Callable[[], float] = random.random,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """Know where to ask; nothing is asked yet."""
        self.access = Access(
            place, credential, tell=tell, sleep=sleep, now=now, dice=dice, patience_s=patience_s
        )

    def me(self) -> Person:
        """Return who acts."""
        return self.access.me
