"""Cut GitHub's description of its API to what the local GitHub answers, as plain JSON Schema.

    npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
    python -m tests.support.github.cut package/generated/api.github.com.json

The description is published by GitHub under the MIT licence as the npm package @octokit/openapi.
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

CUT = Path(__file__).parent / "api.json.gz"

R = "/repos/{owner}/{repo}"

OPERATIONS = {
    "/app": "get",
    "/app/installations": "get",
    "/app/installations/{installation_id}/access_tokens": "post",
    "/orgs/{org}/actions/runners": "get",
    "/orgs/{org}/teams/{team_slug}/members": "get",
    "/rate_limit": "get",
    "/user": "get",
    "/users/{username}": "get",
    R: "get",
    f"{R}/actions/permissions": "get put",
    f"{R}/actions/permissions/fork-pr-contributor-approval": "get put",
    f"{R}/actions/permissions/workflow": "get put",
    f"{R}/actions/runners": "get",
    f"{R}/actions/workflows/{{workflow_id}}/dispatches": "post",
    f"{R}/branches": "get",
    f"{R}/branches/{{branch}}": "get",
    f"{R}/branches/{{branch}}/protection": "get put delete",
    f"{R}/check-runs": "post",
    f"{R}/check-runs/{{check_run_id}}": "get patch",
    f"{R}/check-runs/{{check_run_id}}/annotations": "get",
    f"{R}/codeowners/errors": "get",
    f"{R}/collaborators/{{username}}/permission": "get",
    f"{R}/commits": "get",
    f"{R}/commits/{{ref}}": "get",
    f"{R}/commits/{{ref}}/check-runs": "get",
    f"{R}/commits/{{ref}}/status": "get",
    f"{R}/commits/{{ref}}/statuses": "get",
    f"{R}/compare/{{basehead}}": "get",
    f"{R}/contents/{{path}}": "get",
    f"{R}/dispatches": "post",
    f"{R}/environments": "get",
    f"{R}/environments/{{environment_name}}": "get",
    f"{R}/environments/{{environment_name}}/deployment-branch-policies": "get",
    f"{R}/forks": "post",
    f"{R}/git/blobs": "post",
    f"{R}/git/blobs/{{file_sha}}": "get",
    f"{R}/git/commits": "post",
    f"{R}/git/commits/{{commit_sha}}": "get",
    f"{R}/git/ref/{{ref}}": "get",
    f"{R}/git/refs": "post",
    f"{R}/git/refs/{{ref}}": "patch delete",
    f"{R}/git/trees": "post",
    f"{R}/git/trees/{{tree_sha}}": "get",
    f"{R}/installation": "get",
    f"{R}/issues": "get post",
    f"{R}/issues/comments/{{comment_id}}": "get patch delete",
    f"{R}/issues/{{issue_number}}": "get patch",
    f"{R}/issues/{{issue_number}}/comments": "get post",
    f"{R}/issues/{{issue_number}}/labels": "get post put",
    f"{R}/issues/{{issue_number}}/labels/{{name}}": "delete",
    f"{R}/pulls": "get post",
    f"{R}/pulls/{{pull_number}}": "get patch",
    f"{R}/pulls/{{pull_number}}/commits": "get",
    f"{R}/pulls/{{pull_number}}/files": "get",
    f"{R}/pulls/{{pull_number}}/merge": "get put",
    f"{R}/pulls/{{pull_number}}/requested_reviewers": "get post",
    f"{R}/pulls/{{pull_number}}/reviews": "get post",
    f"{R}/pulls/{{pull_number}}/reviews/{{review_id}}/dismissals": "put",
    f"{R}/rules/branches/{{branch}}": "get",
    f"{R}/rulesets": "get post",
    f"{R}/rulesets/{{ruleset_id}}": "get put",
    f"{R}/statuses/{{sha}}": "post",
}
"""Path to the methods that are kept."""

WEBHOOKS = (
    "check-run-completed",
    "check-run-created",
    "issue-comment-created",
    "issue-comment-edited",
    "issues-closed",
    "issues-edited",
    "issues-labeled",
    "issues-opened",
    "issues-reopened",
    "pull-request-closed",
    "pull-request-converted-to-draft",
    "pull-request-edited",
    "pull-request-labeled",
    "pull-request-opened",
    "pull-request-ready-for-review",
    "pull-request-reopened",
    "pull-request-review-dismissed",
    "pull-request-review-submitted",
    "pull-request-synchronize",
    "push",
    "repository-dispatch-sample.collected",
    "status",
    "workflow-dispatch",
    "workflow-run-completed",
)

PROSE = {
    "deprecated", "description", "example", "examples", "externalDocs", "summary", "tags", "title",
    "x-github", "x-github-breaking-changes", "x-octokit",
}  # fmt: skip
"""Keys that say nothing about shape."""


def cut_from(described: dict[str, Any]) -> dict[str, Any]:
    """Return the kept operations and webhooks, with every schema that they reach."""
    paths = {
        path: {method: _bare(described["paths"][path][method]) for method in methods.split()}
        for path, methods in OPERATIONS.items()
    }
    _allow_what_the_prose_allows(paths)
    hooks = {name: _bare(described["x-webhooks"][name]) for name in WEBHOOKS}
    components: dict[str, dict[str, Any]] = {}
    waiting, seen = _references([paths, hooks]), set()
    while waiting:
        pointer = waiting.pop()
        if pointer not in seen:
            seen.add(pointer)
            kind, name = pointer.split("/")[2:]
            if kind != "examples":
                part = _bare(described["components"][kind][name])
                components.setdefault(kind, {})[name] = part
                waiting |= _references(part)
    source = f"@octokit/openapi {described['info']['version']} (MIT, GitHub)"
    return _as_json_schema(
        {"x-source": source, "paths": paths, "x-webhooks": hooks, "components": components}
    )


def _allow_what_the_prose_allows(paths: dict[str, Any]) -> None:
    """Let labels be a bare array: the parameter's own description says that it may be."""
    for method in ("post", "put"):
        body = paths[f"{R}/issues/{{issue_number}}/labels"][method]["requestBody"]
        schema = body["content"]["application/json"]["schema"]
        schema["oneOf"].append({"type": "array", "items": {"type": "string"}})


def _bare(node: Any, *, in_properties: bool = False) -> Any:
    """Return a node without prose; a property may itself be called `title`."""
    if isinstance(node, dict):
        return {
            key: _bare(value, in_properties=key in {"properties", "patternProperties"})
            for key, value in node.items()
            if in_properties or key not in PROSE
        }
    return [_bare(part) for part in node] if isinstance(node, list) else node


def _as_json_schema(node: Any) -> Any:
    """Turn OpenAPI 3.0 into JSON Schema 2020-12: `nullable` and boolean exclusive bounds."""
    if isinstance(node, list):
        return [_as_json_schema(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: _as_json_schema(value) for key, value in node.items()}
    for bound in ("Minimum", "Maximum"):
        if isinstance(made.get(f"exclusive{bound}"), bool) and made.pop(f"exclusive{bound}"):
            made[f"exclusive{bound}"] = made.pop(bound.lower())
    if not isinstance(made.get("nullable"), bool) or not made.pop("nullable"):
        return made
    if isinstance(made.get("type"), str) and not made.keys() & {"allOf", "oneOf", "anyOf", "$ref"}:
        made["type"] = [made["type"], "null"]
        if None not in made.get("enum", [None]):
            made["enum"] = [*made["enum"], None]
        return made
    return {"anyOf": [made, {"type": "null"}]}


def _references(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_references, node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set().union(*map(_references, node.values())) if node else set()
    pointer = node.get("$ref")
    if isinstance(pointer, str) and pointer.startswith("#/components/"):
        found.add(pointer)
    return found


def packed(cut: dict[str, Any]) -> bytes:
    """Return the bytes of the committed file: the same ones every time."""
    text = json.dumps(cut, sort_keys=True, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=9, mtime=0)


def main(described: Path) -> None:
    """Write the cut of a whole description."""
    cut = cut_from(json.loads(described.read_text(encoding="utf-8")))
    CUT.write_bytes(packed(cut))
    print(f"{cut['x-source']}: {len(cut['paths'])} paths, {CUT.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
