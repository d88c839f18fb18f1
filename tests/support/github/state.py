"""Everything that the local GitHub knows: accounts, tokens, repositories, and what has happened."""

import itertools
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tests.support.github.faults import Faults
from tests.support.github.repository import Repository, Runner
from tests.support.github.rights import EVERYTHING, ROLE_IDS, Token
from tests.support.github.routing import MOST_A_PAGE, Refusal
from tests.support.github.rules import Who
from tests.support.github.shapes import number_for, repository_of, user_of
from tests.support.github.spec import the_spec

Clock = Callable[[], datetime]

ACTIONS_BOT = "github-actions[bot]"
"""Whom a workflow's own token stands for."""

APPROVAL_SINCE = {"opened", "synchronize", "reopened"}
"""Pull request events of a workflow's own token that start runs which wait for a person's approval
(GitHub since 2026-06-11; research: gha, section 5)."""


@dataclass(frozen=True)
class Event:
    """A webhook event, and whether it starts workflows."""

    name: str
    repository: str
    payload: dict[str, Any]
    starts: Literal["yes", "after approval", "no"]


@dataclass
class App:
    """A GitHub App."""

    id: int
    slug: str
    public_key: str
    """PEM; what its JWTs are checked with."""
    permissions: dict[str, str] = field(default_factory=lambda: dict(EVERYTHING))
    installations: dict[str, int] = field(default_factory=dict)
    """Owner to the number of its installation."""
    token_life_s: float = 3600
    """GitHub's installation tokens live for an hour."""

    @property
    def login(self) -> str:
        return f"{self.slug}[bot]"


class GitHub:
    """The state; `Server` in http.py puts it on the network.

    Args:
        root: Folder of the bare repositories.
        clock: Returns the time.
    """

    def __init__(self, root: Path, clock: Clock | None = None) -> None:
        self.root, self.spec, self.faults = root, the_spec(), Faults()
        self.url = self.api = "http://127.0.0.1:0"
        self.most_a_page = MOST_A_PAGE
        self.tokens: dict[str, Token] = {}
        self.repositories: dict[str, Repository] = {}
        self.apps: dict[int, App] = {}
        self.teams: dict[str, tuple[str, ...]] = {}
        """`organisation/team` to its members' logins."""
        self.runners: dict[str, list[Runner]] = {}
        """Organisation to the runners that all its repositories may use."""
        self.events: list[Event] = []
        self.listeners: list[Callable[[Event], None]] = []
        self.violations: list[str] = []
        """What broke GitHub's description; a test asserts that it is empty."""
        self.requests: list[tuple[str, str, int]] = []
        """Method, path and status of each."""
        self.lock = threading.RLock()
        self._clock = clock or (lambda: datetime.now(UTC))
        self._numbers: Iterator[int] = itertools.count(1000)

    def now(self) -> datetime:
        return self._clock().replace(microsecond=0)

    def number(self) -> int:
        """Return an id that nothing has yet."""
        return next(self._numbers)

    def token(self, login: str, **how: Any) -> str:
        """Return a new token of somebody; `how` are fields of Token."""
        secret = f"ghp_{secrets.token_hex(18)}"
        self.tokens[secret] = Token(secret, login, **how)
        return secret

    def actions_token(self, permissions: dict[str, str]) -> str:
        """Return what a job gets as GITHUB_TOKEN with these permissions."""
        return self.token(ACTIONS_BOT, kind="actions", permissions=permissions)

    def repository(self, full_name: str) -> Repository:
        if full_name not in self.repositories:
            raise Refusal(404, "Not Found")
        return self.repositories[full_name]

    def new_repository(self, full_name: str, parent: Repository | None = None) -> Repository:
        """Make an empty repository, or a fork of `parent`."""
        folder = self.root / f"{full_name}.git"
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Repository(full_name, folder, parent)
        self.repositories[full_name] = made
        return made

    def role(self, token: Token, repository: Repository) -> str:
        """Return what the bearer of a token is in a repository."""
        if token.kind == "actions":
            return "admin"
        if token.kind == "app":
            owners = {
                owner
                for app in self.apps.values()
                if app.login == token.login
                for owner in app.installations
            }
            return "admin" if repository.owner in owners else "none"
        if token.login == repository.owner:
            return "admin"
        return repository.roles.get(token.login, "none" if repository.private else "read")

    def who(self, token: Token, repository: Repository) -> Who:
        """Return everything that the bearer of a token is to a ruleset of a repository."""
        if token.is_program:
            found = {app.id for app in self.apps.values() if app.login == token.login}
            return frozenset(("Integration", number) for number in found)
        role = self.role(token, repository)
        teams = {name for name, members in self.teams.items() if token.login in members}
        return frozenset(
            {
                ("User", number_for(token.login)),
                *(("Team", number_for(name)) for name in teams),
                *([("RepositoryRole", ROLE_IDS[role])] if role in ROLE_IDS else []),
                *([("OrganizationAdmin", None)] if token.login == repository.owner else []),
            }
        )

    def emit(
        self, event: str, webhook: str, repository: Repository, sender: str, **said: Any
    ) -> None:
        """Record an event; its payload is checked like an answer."""
        starts: Literal["yes", "after approval", "no"] = "yes"
        if sender == ACTIONS_BOT and event not in {"workflow_dispatch", "repository_dispatch"}:
            waits = event == "pull_request" and said.get("action") in APPROVAL_SINCE
            starts = "after approval" if waits else "no"
        payload = {"repository": repository_of(self, repository), "sender": user_of(self, sender)}
        payload = self.spec.payload(webhook, payload | said)
        happened = Event(event, repository.full_name, payload, starts)
        self.events.append(happened)
        for listener in self.listeners:
            listener(happened)
