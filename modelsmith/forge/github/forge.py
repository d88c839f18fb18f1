"""GitHub, or an Enterprise server of it, as a forge."""

import re
from typing import Literal

from typing_extensions import override

from modelsmith.forge.github.branch_rules import GitHubRules
from modelsmith.forge.github.contents import GitHubFiles
from modelsmith.forge.github.pull_requests import GitHubPulls
from modelsmith.forge.github.records import person_of
from modelsmith.forge.github.settings import GitHubSettings
from modelsmith.forge.github.statuses_and_issues import GitHubNotes
from modelsmith.forge.records import Person

HIDDEN = re.compile(r"(?:\d+\+)?([A-Za-z0-9-]+(?:\[bot\])?)@users\.noreply\.[a-z0-9.-]+")
"""Addresses that GitHub gives out so that nobody sees the own one; they hold the login."""


class GitHubForge(GitHubPulls, GitHubFiles, GitHubNotes, GitHubRules, GitHubSettings):
    """One repository on GitHub, as the bearer of a token or a GitHub App acts on it."""

    name: Literal["github"] = "github"

    @override
    def me(self) -> Person:
        return self.access.me

    @override
    def known_by(self, address: str, *, commit: str) -> Person | None:
        """Return whose address GitHub says it is, or whose account is in an address of GitHub's."""
        told = self.access.call("GET", f"commits/{commit}")
        for part in ("author", "committer"):
            account, stated = told[part], told["commit"][part]
            if account and stated["email"].lower() == address.lower():
                return person_of(account)
        hidden = HIDDEN.fullmatch(address)
        return Person(login=hidden[1], is_bot=hidden[1].endswith("[bot]")) if hidden else None
