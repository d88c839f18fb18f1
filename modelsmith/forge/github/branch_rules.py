"""What GitHub asks before a branch moves, and whom it does not ask."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from typing_extensions import override

from modelsmith.errors import ForgeDeniedError
from modelsmith.forge.github.client import GitHubPart
from modelsmith.forge.github.responses import AbsentError
from modelsmith.forge.records import BranchRules
from modelsmith.forge.ruleset import Passer, Ruleset, strictest
from modelsmith.record import JsonObject

CLASSIC = "classic protection"
"""What the protection of one branch is called beside rulesets."""

ADMINS = Passer(kind="RepositoryRole", number=5, mode="always")
"""Administrators, whom classic protection binds only where it says so; rulesets know that role by
this number (documentation of the Terraform provider github, github_repository_ruleset)."""


class GitHubRules(GitHubPart):
    """The rules of a repository's branches: rulesets, and classic protection."""

    @override
    def branch_rules(self, branch: str) -> BranchRules:
        """Return what rulesets and classic protection ask together."""
        told = list(self.access.pages(f"rules/branches/{quote(branch)}"))
        return strictest([_of_rulesets(told), _of_protection(self._protection(branch))])

    @override
    def rulesets(self, branch: str) -> Sequence[Ruleset]:
        """Return the rulesets; classic protection is one more."""
        told: dict[int, list[JsonObject]] = {}
        for one in self.access.pages(f"rules/branches/{quote(branch)}"):
            told.setdefault(one["ruleset_id"], []).append(one)
        found = [self._ruleset(number, rules) for number, rules in told.items()]
        classic = self._protection(branch)
        return [*found, _classic(classic)] if classic else found

    def _ruleset(self, number: int, rules: Sequence[JsonObject]) -> Ruleset:
        told = self.access.call("GET", f"rulesets/{number}")
        listed = told.get("bypass_actors")  # told to who may change it
        return Ruleset(
            number=number,
            name=told["name"],
            rules=_of_rulesets(rules),
            passers=None if listed is None else tuple(map(_passer_of, listed)),
            me=told.get("current_user_can_bypass", "never"),
        )

    def _protection(self, branch: str) -> JsonObject:
        """Return the classic protection of a branch; an empty one where there is none."""
        path = f"branches/{quote(branch)}"
        try:
            found: JsonObject = self.access.call("GET", f"{path}/protection")
        except AbsentError:
            return {}  # no classic protection, or not ours to know
        except ForgeDeniedError:
            if self._has_protection(path):
                raise
            return {}
        return found

    def _has_protection(self, path: str) -> bool:
        try:
            return bool(self.access.call("GET", path)["protection"]["enabled"])
        except AbsentError:
            return False


def _passer_of(told: JsonObject) -> Passer:
    return Passer(
        kind=told["actor_type"],
        number=told.get("actor_id"),
        mode=told.get("bypass_mode", "always"),
    )


def _classic(told: JsonObject) -> Ruleset:
    """Return classic protection as a set: it lets past administrators, and whom it names."""
    binds_admins = (told.get("enforce_admins") or {}).get("enabled")
    named = (told.get("required_pull_request_reviews") or {}).get("bypass_pull_request_allowances")
    listed = [
        Passer(kind=kind, number=one["id"], mode="always")
        for kind, plural in (("User", "users"), ("Team", "teams"), ("Integration", "apps"))
        for one in (named or {}).get(plural, ())
    ]
    return Ruleset(
        number=None,
        name=CLASSIC,
        rules=_of_protection(told),
        passers=(*([] if binds_admins else [ADMINS]), *listed),
        me="never",
    )


def _of_rulesets(told: Sequence[JsonObject]) -> BranchRules:
    """Return what all rules of rulesets ask together; a type may be there more than once."""
    kinds = {one["type"] for one in told}

    def parameters(kind: str) -> list[JsonObject]:
        return [one.get("parameters") or {} for one in told if one["type"] == kind]

    review, checks = parameters("pull_request"), parameters("required_status_checks")
    return BranchRules(
        requires_pull_request="pull_request" in kinds,
        approvals=max((one["required_approving_review_count"] for one in review), default=0),
        requires_code_owners=any(one["require_code_owner_review"] for one in review),
        dismisses_stale=any(one["dismiss_stale_reviews_on_push"] for one in review),
        requires_last_push_approval=any(one["require_last_push_approval"] for one in review),
        required_checks=_sorted(
            one["context"] for asked in checks for one in asked["required_status_checks"]
        ),
        blocks_force_push="non_fast_forward" in kinds,
        blocks_deletion="deletion" in kinds,
        requires_signatures="required_signatures" in kinds,
        keeps_commits=any(one.get("allowed_merge_methods") == ["merge"] for one in review),
    )


def _of_protection(told: JsonObject) -> BranchRules:
    """Return what classic protection asks; an empty one asks nothing."""
    review = told.get("required_pull_request_reviews")
    said, checks = review or {}, told.get("required_status_checks") or {}
    named = {one["context"] for one in checks.get("checks", ())}

    def forbids(what: str) -> bool:
        return bool(told) and not (told.get(what) or {}).get("enabled")

    return BranchRules(
        requires_pull_request=review is not None,
        approvals=said.get("required_approving_review_count", 0),
        requires_code_owners=said.get("require_code_owner_reviews", False),
        dismisses_stale=said.get("dismiss_stale_reviews", False),
        requires_last_push_approval=said.get("require_last_push_approval", False),
        required_checks=_sorted(named | set(checks.get("contexts", ()))),
        blocks_force_push=forbids("allow_force_pushes"),
        blocks_deletion=forbids("allow_deletions"),
        requires_signatures=bool((told.get("required_signatures") or {}).get("enabled")),
        keeps_commits=False,  # only rulesets can ask for it
    )


def _sorted(names: Any) -> tuple[str, ...]:  # noqa: ANN401 - any iterable of names
    return tuple(sorted(set(names)))
