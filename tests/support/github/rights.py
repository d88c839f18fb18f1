"""Who may do what: tokens with their permissions and scopes, and people's roles in a repository."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LEVELS = {"none": 0, "read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}
"""Roles and permission levels, weakest first."""

ROLE_IDS = {"maintain": 2, "write": 4, "admin": 5}
"""What a bypass list calls a role (documentation of the Terraform provider github, resource
github_repository_ruleset; GitHub's own description does not tell)."""

EVERYTHING = dict.fromkeys(
    (
        "actions", "administration", "checks", "contents", "environments", "issues", "members",
        "metadata", "organization_self_hosted_runners", "pull_requests", "statuses", "workflows",
    ),
    "write",
)  # fmt: skip
"""Every permission that the local GitHub knows."""

ROLE_FOR = {
    ("administration", "read"): "admin",
    ("administration", "write"): "admin",
    ("actions", "write"): "write",
    ("checks", "write"): "write",
    ("contents", "write"): "write",
    ("statuses", "write"): "write",
}
"""Role that a person must have for a permission to be worth something; `read` for the rest."""

Kind = Literal["classic", "fine-grained", "app", "actions"]


@dataclass
class Token:
    """What a request carries, and whom it stands for."""

    secret: str
    login: str
    kind: Kind = "fine-grained"
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(EVERYTHING))
    """Fine-grained permissions; unused by a classic token."""
    scopes: frozenset[str] = frozenset({"repo", "workflow", "read:org"})
    """Scopes of a classic token."""
    expires_at: datetime | None = None

    @property
    def is_program(self) -> bool:
        """Whether it stands for an App: an installation's token or a workflow's own."""
        return self.kind in {"app", "actions"}

    def allows(self, needs: str) -> bool:
        """Return whether one set of alternatives is held."""
        return any(
            all(self._holds(*one.strip().split("=")) for one in alternative.split(","))
            for alternative in needs.split(";")
        )

    def _holds(self, name: str, level: str) -> bool:
        if self.kind == "classic":
            return name == "metadata" or self.scope_for(name) in self.scopes
        held = "write" if name == "metadata" else self.permissions.get(name, "none")
        return LEVELS[held] >= LEVELS[level]

    @staticmethod
    def scope_for(name: str) -> str:
        return {"members": "read:org"}.get(name, "repo")


def role_for(needs: str) -> str:
    """Return the weakest role that may use a permission."""
    roles = [
        max(
            (ROLE_FOR.get((one.split("=")[0], one.split("=")[1]), "read") for one in _parts(each)),
            key=LEVELS.__getitem__,
        )
        for each in needs.split(";")
    ]
    return min(roles, key=LEVELS.__getitem__)


def _parts(alternative: str) -> list[str]:
    return [one.strip() for one in alternative.split(",")]
