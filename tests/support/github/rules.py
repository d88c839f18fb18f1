"""What is asked before a branch moves, as branch protection and as rulesets say it."""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

MERGE_METHODS = ("merge", "squash", "rebase")


@dataclass(frozen=True)
class Rules:
    """One set of rules; the default asks nothing."""

    pull_request: bool = False
    approvals: int = 0
    code_owners: bool = False
    dismiss_stale: bool = False
    last_push: bool = False
    checks: tuple[str, ...] = ()
    no_force_push: bool = False
    no_deletion: bool = False
    signatures: bool = False
    keeps_commits: bool = False
    """Whether pull requests may only be merged with a merge commit; rulesets alone can say so."""


Who = frozenset[tuple[str, int | None]]
"""Everything that somebody is to a ruleset: actor types with their ids."""

NOBODY: Who = frozenset()


@dataclass(frozen=True)
class Bypass:
    """Whom a ruleset does not bind."""

    actor_type: str
    actor_id: int | None = None
    mode: str = "always"

    def is_one_of(self, who: Who) -> bool:
        """Return whether somebody is meant; the id of an organisation's owners is not looked at."""
        if self.actor_type == "OrganizationAdmin":
            return any(kind == self.actor_type for kind, _ in who)
        return (self.actor_type, self.actor_id) in who


MODES = ("always", "exempt", "pull_request")
"""How a ruleset lets somebody past, from what lets most to what lets least."""


@dataclass
class Ruleset:
    """Rules for the branches that match."""

    id: int
    name: str
    rules: Rules
    include: tuple[str, ...] = ("~DEFAULT_BRANCH",)
    enforcement: str = "active"
    bypass: tuple[Bypass, ...] = ()
    """Whom it does not bind; all of it, never one rule alone."""

    def passed_by(self, who: Who) -> str | None:
        """Return how somebody may pass it, or None."""
        modes = {one.mode for one in self.bypass if one.is_one_of(who)}
        return min(modes, key=MODES.index, default=None)

    def binds(self, who: Who, *, on_pull: bool) -> bool:
        """Return whether it asks anything of somebody who merges, or who moves a branch."""
        mode = self.passed_by(who)
        return mode is None or (mode == "pull_request" and not on_pull)

    def covers(self, branch: str, default: str) -> bool:
        return self.enforcement == "active" and any(
            pattern == "~ALL"
            or (pattern == "~DEFAULT_BRANCH" and branch == default)
            or fnmatch.fnmatchcase(f"refs/heads/{branch}", pattern)
            for pattern in self.include
        )


def taken_together(many: Sequence[Rules]) -> Rules:
    """Return the strictest of each rule."""
    strictest = {
        one.name: max((getattr(rules, one.name) for rules in many), default=one.default)
        for one in fields(Rules)
        if one.name != "checks"
    }
    checks = tuple(sorted({name for rules in many for name in rules.checks}))
    return Rules(**strictest, checks=checks)


def as_ruleset_rules(rules: Rules) -> list[dict[str, Any]]:
    """Return rules as a ruleset lists them."""
    listed: list[dict[str, Any]] = []
    if rules.pull_request:
        review = {
            "dismiss_stale_reviews_on_push": rules.dismiss_stale,
            "require_code_owner_review": rules.code_owners,
            "require_last_push_approval": rules.last_push,
            "required_approving_review_count": rules.approvals,
            "required_review_thread_resolution": False,
            "allowed_merge_methods": ["merge"] if rules.keeps_commits else list(MERGE_METHODS),
        }
        listed.append({"type": "pull_request", "parameters": review})
    if rules.checks:
        wanted = [{"context": name} for name in rules.checks]
        parameters = {
            "required_status_checks": wanted,
            "strict_required_status_checks_policy": False,
        }
        listed.append({"type": "required_status_checks", "parameters": parameters})
    flags = {
        "non_fast_forward": rules.no_force_push,
        "deletion": rules.no_deletion,
        "required_signatures": rules.signatures,
    }
    return listed + [{"type": name} for name, asked in flags.items() if asked]


def of_ruleset_rules(listed: Sequence[dict[str, Any]]) -> Rules:
    """Return what a ruleset's list of rules asks."""
    given = {one["type"]: one.get("parameters") or {} for one in listed}
    review, checks = given.get("pull_request", {}), given.get("required_status_checks", {})
    return Rules(
        pull_request="pull_request" in given,
        approvals=review.get("required_approving_review_count", 0),
        code_owners=review.get("require_code_owner_review", False),
        dismiss_stale=review.get("dismiss_stale_reviews_on_push", False),
        last_push=review.get("require_last_push_approval", False),
        checks=tuple(one["context"] for one in checks.get("required_status_checks", ())),
        no_force_push="non_fast_forward" in given,
        no_deletion="deletion" in given,
        signatures="required_signatures" in given,
        keeps_commits=review.get("allowed_merge_methods") == ["merge"],
    )


def as_protection(rules: Rules, url: str) -> dict[str, Any]:
    """Return rules as the classic protection of a branch shows them."""
    shown: dict[str, Any] = {
        "url": url,
        "enforce_admins": {"url": url, "enabled": True},
        "allow_force_pushes": {"enabled": not rules.no_force_push},
        "allow_deletions": {"enabled": not rules.no_deletion},
        "required_signatures": {"url": url, "enabled": rules.signatures},
    }
    if rules.pull_request:
        shown["required_pull_request_reviews"] = {
            "url": url,
            "dismiss_stale_reviews": rules.dismiss_stale,
            "require_code_owner_reviews": rules.code_owners,
            "required_approving_review_count": rules.approvals,
            "require_last_push_approval": rules.last_push,
        }
    if rules.checks:
        shown["required_status_checks"] = {
            "url": url,
            "strict": False,
            "contexts": list(rules.checks),
            "checks": [{"context": name, "app_id": None} for name in rules.checks],
            "contexts_url": url,
        }
    return shown


def of_protection(asked: dict[str, Any]) -> Rules:
    """Return what a request to protect a branch asks; a protected branch is not rewritten."""
    review = asked.get("required_pull_request_reviews")
    checks = asked.get("required_status_checks") or {}
    said = review or {}
    names = [one["context"] for one in checks.get("checks", ())] or checks.get("contexts", [])
    return Rules(
        pull_request=review is not None,
        approvals=said.get("required_approving_review_count", 1 if review is not None else 0),
        code_owners=said.get("require_code_owner_reviews", False),
        dismiss_stale=said.get("dismiss_stale_reviews", False),
        last_push=said.get("require_last_push_approval", False),
        checks=tuple(names),
        no_force_push=not asked.get("allow_force_pushes"),
        no_deletion=not asked.get("allow_deletions"),
    )
