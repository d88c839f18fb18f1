"""GitHub, or an Enterprise server of it, as a forge."""

from modelsmith.adapters.github_access import Access
from modelsmith.adapters.github_files import GitHubFiles
from modelsmith.adapters.github_notes import GitHubNotes
from modelsmith.adapters.github_pulls import GitHubPulls
from modelsmith.adapters.github_settings import GitHubSettings
from modelsmith.domain.forge import Person


class GitHubForge(GitHubPulls, GitHubFiles, GitHubNotes, GitHubSettings):
    """One repository on GitHub, as the bearer of a token or a GitHub App acts on it.

    Args:
        access: What asks it, and as whom.
    """

    name = "github"

    def __init__(self, access: Access) -> None:
        """Know where to ask; nothing is asked yet."""
        self.access = access

    def me(self) -> Person:
        """Return who acts."""
        return self.access.me
