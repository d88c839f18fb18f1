"""What a repository's settings on GitHub say, as far as the token may read them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from modelsmith.adapters.github_access import Access, absent
from modelsmith.adapters.github_answers import AbsentError
from modelsmith.domain.forge import BranchRules, Environment, ForgeSettings, Runner
from modelsmith.errors import ForgeDeniedError, InputError

RIGHT = "administration=read"
"""What the pages under Settings take."""


class GitHubSettings:
    """The settings of a repository."""

    access: Access

    def settings(self) -> ForgeSettings:
        """Return what the repository's settings say, as far as the token may read them."""
        repository, unknown = self.access.call("GET", ""), list[str]()

        def asked(what: str, path: str) -> Mapping[str, Any]:
            try:
                found: Mapping[str, Any] = self.access.call("GET", path)
            except ForgeDeniedError as error:
                unknown.append(f"{what}: {error.remedy}")
            except AbsentError:
                unknown.append(f"{what}: The token needs {RIGHT}, and its bearer the role admin.")
            else:
                return found
            return {}

        actions = asked("allowed actions", "actions/permissions")
        token = asked("rights of a workflow's token", "actions/permissions/workflow")
        fork = asked("approval of forks", "actions/permissions/fork-pr-contributor-approval")
        is_on = actions.get("enabled", True)
        return ForgeSettings(
            forge="github",
            default_branch=repository["default_branch"],
            is_public=not repository["private"],
            allowed_actions=actions.get("allowed_actions") if is_on else "none",
            requires_pinned_actions=actions.get("sha_pinning_required"),
            default_token=token.get("default_workflow_permissions"),
            token_may_approve=token.get("can_approve_pull_request_reviews"),
            fork_approval=fork.get("approval_policy"),
            codeowners_errors=self._codeowners_errors(unknown.append),
            unknown=tuple(unknown),
        )

    def _codeowners_errors(self, unknown: Callable[[str], None]) -> tuple[str, ...]:
        try:
            told = self.access.call("GET", "codeowners/errors")["errors"]
        except AbsentError:
            return ()  # there is no CODEOWNERS
        except ForgeDeniedError as error:
            unknown(f"errors in CODEOWNERS: {error.remedy}")
            return ()
        return tuple(
            f"{one['path']}:{one['line']}:{one['column']}: {one['message'].splitlines()[0]}"
            for one in told
        )

    def branch_rules(self, branch: str) -> BranchRules:
        """Return what GitHub asks before `branch` moves: rulesets and classic protection.

        Raises:
            ForgeDeniedError: the branch has a protection that the token may not read.
        """
        told = list(self.access.pages(f"rules/branches/{quote(branch)}"))
        return _strictest([_of_rulesets(told), self._protection(branch)])

    def _protection(self, branch: str) -> BranchRules:
        path = f"branches/{quote(branch)}"
        try:
            return _of_protection(self.access.call("GET", f"{path}/protection"))
        except AbsentError:
            pass  # no classic protection, or not ours to know
        except ForgeDeniedError:
            if self._has_protection(path):
                raise
        return _of_protection({})

    def _has_protection(self, path: str) -> bool:
        try:
            return bool(self.access.call("GET", path)["protection"]["enabled"])
        except AbsentError:
            return False

    def environments(self) -> Sequence[Environment]:
        """Return the deployment environments, by name."""
        told = self.access.pages("environments", within="environments")
        return sorted((self._environment(one) for one in told), key=lambda one: one.name)

    def _environment(self, told: Mapping[str, Any]) -> Environment:
        rules = told.get("protection_rules") or ()
        asked: Mapping[str, Any] = next(
            (one for one in rules if one["type"] == "required_reviewers"), {}
        )
        return Environment(
            name=told["name"],
            reviewers=tuple(sorted(map(self._reviewer, asked.get("reviewers", ())))),
            prevents_self_review=bool(asked.get("prevent_self_review")),
            branches=self._branches(told),
        )

    def _reviewer(self, told: Mapping[str, Any]) -> str:
        who = told["reviewer"]
        return (
            who["login"] if told["type"] == "User" else f"{self.access.place.owner}/{who['slug']}"
        )

    def _branches(self, told: Mapping[str, Any]) -> tuple[str, ...] | None:
        policy = told.get("deployment_branch_policy")
        if policy is None:
            return None
        if policy["protected_branches"]:
            listed = self.access.pages("branches", {"protected": "true"})
        else:
            name = quote(told["name"], safe="")
            path = f"environments/{name}/deployment-branch-policies"
            listed = self.access.pages(path, within="branch_policies")
        return tuple(sorted(one["name"] for one in listed))

    def runners(self) -> Sequence[Runner] | None:
        """Return the repository's and its organisation's runners, or None where not known."""
        found: list[Runner] = []
        owner = quote(self.access.place.owner)
        for path in ("actions/runners", f"/orgs/{owner}/actions/runners"):
            try:
                found += [_runner_of(one) for one in self.access.pages(path, within="runners")]
            except AbsentError:
                if path == "actions/runners":
                    return None
            except ForgeDeniedError:
                if not found:
                    return None
        return sorted(found, key=lambda one: one.name)

    def members(self, team: str) -> Sequence[str]:
        """Return the logins of a team, `organisation/team`, sorted.

        Raises:
            InputError: there is no such team.
        """
        organisation, _, slug = team.partition("/")
        if not organisation or not slug or "/" in slug:
            remedy = "Write it as organisation/team."
            raise InputError(f"{team!r} does not name a team", remedy=remedy)
        try:
            path = f"/orgs/{quote(organisation)}/teams/{quote(slug)}/members"
            return sorted(str(one["login"]) for one in self.access.pages(path))
        except AbsentError as error:
            remedy = "Name a team of the organisation; the token needs members=read to see it."
            raise absent(f"there is no team {team}", remedy, error) from None


def _runner_of(told: Mapping[str, Any]) -> Runner:
    return Runner(
        name=told["name"],
        labels=tuple(sorted(one["name"] for one in told["labels"])),
        is_online=told["status"] == "online",
        is_ephemeral=told.get("ephemeral"),
    )


def _of_rulesets(told: Sequence[Mapping[str, Any]]) -> BranchRules:
    """Return what all rules of rulesets ask together; a type may be there more than once."""
    kinds = {one["type"] for one in told}

    def parameters(kind: str) -> list[Mapping[str, Any]]:
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


def _of_protection(told: Mapping[str, Any]) -> BranchRules:
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


def _strictest(many: Sequence[BranchRules]) -> BranchRules:
    """Return all rules taken together."""
    told = [one.model_dump() for one in many]
    strict = {key: max(one[key] for one in told) for key in told[0] if key != "required_checks"}
    return BranchRules(
        **strict, required_checks=_sorted(name for one in many for name in one.required_checks)
    )


def _sorted(names: Any) -> tuple[str, ...]:  # noqa: ANN401 - any iterable of names
    return tuple(sorted(set(names)))
