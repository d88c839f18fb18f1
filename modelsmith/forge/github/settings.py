"""What a repository's settings on GitHub say, as far as the token may read them."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

from typing_extensions import override

from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.github.client import GitHubPart, absent_as
from modelsmith.forge.github.responses import AbsentError
from modelsmith.forge.records import Environment, ForgeSettings, Runner
from modelsmith.record import JsonObject

RIGHT = "administration=read"
"""What the pages under Settings take."""


class GitHubSettings(GitHubPart):
    """The settings of a repository."""

    @override
    def settings(self) -> ForgeSettings:
        repository, unknown = self.access.call("GET", ""), list[str]()

        def asked(what: str, path: str) -> JsonObject:
            try:
                found: JsonObject = self.access.call("GET", path)
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

    @override
    def environments(self) -> Sequence[Environment]:
        told = self.access.pages("environments", within="environments")
        return sorted((self._environment(one) for one in told), key=lambda one: one.name)

    def _environment(self, told: JsonObject) -> Environment:
        rules = told.get("protection_rules") or ()
        asked: JsonObject = next((one for one in rules if one["type"] == "required_reviewers"), {})
        return Environment(
            name=told["name"],
            reviewers=tuple(sorted(map(self._reviewer, asked.get("reviewers", ())))),
            prevents_self_review=bool(asked.get("prevent_self_review")),
            branches=self._branches(told),
        )

    def _reviewer(self, told: JsonObject) -> str:
        who = told["reviewer"]
        return (
            who["login"] if told["type"] == "User" else f"{self.access.place.owner}/{who['slug']}"
        )

    def _branches(self, told: JsonObject) -> tuple[str, ...] | None:
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

    @override
    def runners(self) -> Sequence[Runner] | None:
        """Return the repository's and its organisation's."""
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

    @override
    def members(self, team: str) -> Sequence[str]:
        organisation, _, slug = team.partition("/")
        if not organisation or not slug or "/" in slug:
            raise InputError(
                f"{team!r} does not name a team", remedy="Write it as organisation/team."
            )
        path = f"/orgs/{quote(organisation)}/teams/{quote(slug)}/members"
        remedy = "Name a team of the organisation; the token needs members=read to see it."
        with absent_as(f"there is no team {team}", remedy):
            return sorted(str(one["login"]) for one in self.access.pages(path))


def _runner_of(told: JsonObject) -> Runner:
    return Runner(
        name=told["name"],
        labels=tuple(sorted(one["name"] for one in told["labels"])),
        is_online=told["status"] == "online",
        is_ephemeral=told.get("ephemeral"),
    )
