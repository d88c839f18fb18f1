"""GitHub Actions: asking for a workflow, what workflows may do, and runners."""

from collections.abc import Sequence

from tests.support.github.repository import DEFAULT_BRANCH, Runner
from tests.support.github.routing import Answer, Call, Refusal, answers
from tests.support.github.shapes import url_of

READ, WRITE = "administration=read", "administration=write"

MOST_INPUTS = 25
"""Inputs of one dispatch (GitHub's documentation of Create a workflow dispatch event)."""


@answers("POST R/actions/workflows/{workflow_id}/dispatches", "actions=write")
def dispatched(call: Call) -> Answer:
    name, ref = call.words["workflow_id"], call.body["ref"].removeprefix("refs/heads/")
    if call.repository.sha(f"refs/heads/{ref}") is None:
        raise Refusal(422, f"No ref found for: {ref}")
    path = f".github/workflows/{name}"
    text = call.repository.ask("show", f"refs/heads/{ref}:{path}")
    if text is None:
        raise Refusal(404, "Not Found")
    if "workflow_dispatch" not in text:
        raise Refusal(422, "Workflow does not have 'workflow_dispatch' trigger")
    said = {"inputs": call.body.get("inputs"), "ref": f"refs/heads/{ref}", "workflow": path}
    call.hub.emit("workflow_dispatch", "workflow-dispatch", call.repository, call.login, **said)
    return 204, None


@answers("POST R/dispatches", "contents=write")
def told(call: Call) -> Answer:
    said = {
        "action": call.body["event_type"],
        "branch": DEFAULT_BRANCH,
        "client_payload": call.body.get("client_payload") or {},
    }
    webhook = "repository-dispatch-sample.collected"
    call.hub.emit("repository_dispatch", webhook, call.repository, call.login, **said)
    return 204, None


@answers("GET R/actions/permissions", READ)
def permissions(call: Call) -> Answer:
    kept = call.repository.actions
    if not kept.enabled:
        return 200, {"enabled": False}
    said = {"allowed_actions": kept.allowed, "sha_pinning_required": kept.pinned}
    return 200, {"enabled": True, **said}


@answers("PUT R/actions/permissions", WRITE)
def permissions_put(call: Call) -> Answer:
    kept = call.repository.actions
    kept.enabled = call.body["enabled"]
    kept.allowed = call.body.get("allowed_actions", kept.allowed)
    kept.pinned = call.body.get("sha_pinning_required", kept.pinned)
    return 204, None


@answers("GET R/actions/permissions/workflow", READ)
def token(call: Call) -> Answer:
    kept = call.repository.actions
    may = {"can_approve_pull_request_reviews": kept.may_approve}
    return 200, {"default_workflow_permissions": kept.token, **may}


@answers("PUT R/actions/permissions/workflow", WRITE)
def token_put(call: Call) -> Answer:
    kept = call.repository.actions
    kept.token = call.body.get("default_workflow_permissions", kept.token)
    kept.may_approve = call.body.get("can_approve_pull_request_reviews", kept.may_approve)
    return 204, None


@answers("GET R/actions/permissions/fork-pr-contributor-approval", READ)
def approval(call: Call) -> Answer:
    return 200, {"approval_policy": call.repository.actions.fork_approval}


@answers("PUT R/actions/permissions/fork-pr-contributor-approval", WRITE)
def approval_put(call: Call) -> Answer:
    call.repository.actions.fork_approval = call.body["approval_policy"]
    return 204, None


def _runners(call: Call, kept: Sequence[Runner]) -> Answer:
    told = [
        {
            "id": number,
            "name": one.name,
            "os": "linux",
            "status": "online" if one.online else "offline",
            "busy": False,
            "labels": [{"id": n, "name": name} for n, name in enumerate(one.labels, start=1)],
            **({} if one.ephemeral is None else {"ephemeral": one.ephemeral}),
        }
        for number, one in enumerate(kept, start=1)
    ]
    return 200, {"total_count": len(told), "runners": call.page(told)}


@answers("GET R/actions/runners", READ)
def runners(call: Call) -> Answer:
    return _runners(call, call.repository.runners)


@answers("GET /orgs/{org}/actions/runners", "organization_self_hosted_runners=read")
def organisation_runners(call: Call) -> Answer:
    return _runners(call, call.hub.runners.get(call.words["org"], ()))


# Environments


def _environment_of(call: Call, number: int, name: str) -> dict[str, object]:
    kept = call.repository.environments[name]
    rules: list[dict[str, object]] = []
    if kept.reviewers:
        reviewers = [_reviewer_of(login) for login in kept.reviewers]
        said = {"prevent_self_review": kept.prevents_self_review, "reviewers": reviewers}
        rules.append({"id": number, "type": "required_reviewers", **said})
    policy = None
    if kept.protected_alone or kept.branches is not None:
        alone = kept.protected_alone
        policy = {"protected_branches": alone, "custom_branch_policies": not alone}
        rules.append({"id": number + 1000, "type": "branch_policy"})
    return {
        "id": number,
        "name": name,
        "url": url_of(call.hub, call.repository, "environments", name),
        "html_url": f"{call.hub.url}/{call.repository.full_name}/deployments/{name}",
        "protection_rules": rules,
        "deployment_branch_policy": policy,
    }


def _reviewer_of(name: str) -> dict[str, object]:
    organisation, _, team = name.rpartition("/")
    if organisation:
        return {
            "type": "Team",
            "reviewer": {"id": 1, "name": team, "slug": team, "permission": "push"},
        }
    return {"type": "User", "reviewer": {"login": name, "type": "User"}}


@answers("GET R/environments", "actions=read")
def environments(call: Call) -> Answer:
    names = enumerate(call.repository.environments, start=1)
    told = [_environment_of(call, number, name) for number, name in names]
    return 200, {"total_count": len(told), "environments": call.page(told)}


@answers("GET R/environments/{environment_name}", "actions=read")
def environment(call: Call) -> Answer:
    name = call.words["environment_name"]
    if name not in call.repository.environments:
        raise Refusal(404, "Not Found")
    return 200, _environment_of(call, list(call.repository.environments).index(name) + 1, name)


@answers("GET R/environments/{environment_name}/deployment-branch-policies", "actions=read")
def environment_branches(call: Call) -> Answer:
    kept = call.repository.environments.get(call.words["environment_name"])
    if kept is None or kept.branches is None:
        raise Refusal(404, "Not Found")
    told = [{"id": n, "name": name} for n, name in enumerate(kept.branches, start=1)]
    return 200, {"total_count": len(told), "branch_policies": call.page(told)}
