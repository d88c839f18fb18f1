"""Every operation of the local GitHub is asked once: what it answers has GitHub's shape."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, push
from tests.support.github import repository as kept
from tests.support.github.cut import OPERATIONS
from tests.support.github.site import FULL_NAME, github_site

R = f"/repos/{FULL_NAME}"

TOPIC = {"exam/two.yaml": "id: TWO\n", ".github/workflows/iterate.yml": "on: workflow_dispatch\n"}

RULESET = {
    "name": "main",
    "enforcement": "active",
    "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
    "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}],
}

BYPASSED = {
    "name": "reviews",
    "bypass_actors": [{"actor_id": 7, "actor_type": "Integration", "bypass_mode": "pull_request"}],
}

PROTECTION = {
    "required_status_checks": {"strict": True, "contexts": ["exam"]},
    "enforce_admins": True,
    "required_pull_request_reviews": {"required_approving_review_count": 2},
    "restrictions": None,
}

ASKED = [
    ("owner", "GET /user", None),
    ("owner", "GET /rate_limit", None),
    ("owner", f"GET /users/{EXPERT}", None),
    ("owner", "GET /orgs/acme/teams/approvers/members", None),
    ("owner", "GET /orgs/acme/actions/runners", None),
    ("owner", f"GET {R}", None),
    ("owner", f"GET {R}/branches", None),
    ("owner", f"GET {R}/branches?protected=true", None),
    ("owner", f"GET {R}/branches/topic", None),
    ("owner", f"GET {R}/commits", None),
    ("owner", f"GET {R}/commits?path=exam", None),
    ("owner", f"GET {R}/commits/topic", None),
    ("owner", f"GET {R}/compare/main...topic", None),
    ("owner", f"GET {R}/contents/exam", None),
    ("owner", f"GET {R}/contents/exam/one.yaml?ref=topic", None),
    ("owner", f"GET {R}/collaborators/{EXPERT}/permission", None),
    ("owner", f"GET {R}/git/ref/heads/topic", None),
    ("owner", f"GET {R}/git/trees/main?recursive=1", None),
    ("owner", f"GET {R}/git/blobs/{{blob}}", None),
    ("owner", f"GET {R}/git/commits/{{head}}", None),
    ("owner", f"POST {R}/git/blobs", {"content": "eA==", "encoding": "base64"}),
    (
        "owner",
        f"POST {R}/git/trees",
        {"base_tree": "{tree}", "tree": [{"path": "README.md", "mode": "100644", "sha": None}]},
    ),
    ("owner", f"POST {R}/git/commits", {"message": "A", "tree": "{tree}", "parents": ["{head}"]}),
    ("owner", f"POST {R}/git/refs", {"ref": "refs/heads/new", "sha": "{base}"}),
    ("owner", f"PATCH {R}/git/refs/heads/new", {"sha": "{head}"}),
    ("owner", f"DELETE {R}/git/refs/heads/new", None),
    ("owner", f"GET {R}/pulls", None),
    ("owner", f"GET {R}/pulls/1", None),
    ("owner", f"PATCH {R}/pulls/1", {"title": "Two!", "body": ""}),
    ("owner", f"GET {R}/pulls/1/files", None),
    ("owner", f"GET {R}/pulls/1/commits", None),
    ("owner", f"GET {R}/pulls/1/requested_reviewers", None),
    ("owner", f"POST {R}/pulls/1/requested_reviewers", {"reviewers": [APPROVER]}),
    (APPROVER, f"POST {R}/pulls/1/reviews", {"event": "APPROVE"}),
    ("owner", f"GET {R}/pulls/1/reviews", None),
    ("owner", f"PUT {R}/pulls/1/reviews/{{review}}/dismissals", {"message": "Look again."}),
    ("owner", f"GET {R}/issues", None),
    ("owner", f"POST {R}/issues", {"title": "An idea", "labels": ["idea"]}),
    ("owner", f"GET {R}/issues/1", None),
    ("owner", f"PATCH {R}/issues/2", {"state": "closed"}),
    ("owner", f"PATCH {R}/issues/2", {"state": "open"}),
    ("owner", f"POST {R}/issues/1/labels", {"labels": ["a", "b"]}),
    ("owner", f"PUT {R}/issues/1/labels", ["a"]),
    ("owner", f"GET {R}/issues/1/labels", None),
    ("owner", f"DELETE {R}/issues/1/labels/a", None),
    ("owner", f"POST {R}/issues/1/comments", {"body": "Why?"}),
    ("owner", f"GET {R}/issues/1/comments", None),
    ("owner", f"GET {R}/issues/comments/{{comment}}", None),
    ("owner", f"PATCH {R}/issues/comments/{{comment}}", {"body": "Why not?"}),
    ("owner", f"DELETE {R}/issues/comments/{{comment}}", None),
    (
        FACTORY,
        f"POST {R}/check-runs",
        {
            "name": "exam",
            "head_sha": "{head}",
            "output": {
                "title": "One",
                "summary": "One.",
                "annotations": [
                    {
                        "path": "a",
                        "start_line": 1,
                        "end_line": 1,
                        "annotation_level": "warning",
                        "message": "Off",
                    }
                ],
            },
        },
    ),
    (FACTORY, f"PATCH {R}/check-runs/{{check}}", {"conclusion": "success"}),
    ("owner", f"GET {R}/check-runs/{{check}}", None),
    ("owner", f"GET {R}/check-runs/{{check}}/annotations", None),
    ("owner", f"GET {R}/commits/{{head}}/check-runs?filter=all", None),
    ("owner", f"POST {R}/statuses/{{head}}", {"state": "error", "context": "gate"}),
    ("owner", f"GET {R}/commits/{{head}}/statuses", None),
    ("owner", f"GET {R}/commits/{{head}}/status", None),
    ("owner", f"POST {R}/dispatches", {"event_type": "go", "client_payload": {"run": "tiny"}}),
    ("owner", f"POST {R}/actions/workflows/iterate.yml/dispatches", {"ref": "topic"}),
    ("owner", f"PUT {R}/actions/permissions", {"enabled": True, "allowed_actions": "selected"}),
    ("owner", f"GET {R}/actions/permissions", None),
    ("owner", f"PUT {R}/actions/permissions/workflow", {"default_workflow_permissions": "write"}),
    ("owner", f"GET {R}/actions/permissions/workflow", None),
    (
        "owner",
        f"PUT {R}/actions/permissions/fork-pr-contributor-approval",
        {"approval_policy": "all_external_contributors"},
    ),
    ("owner", f"GET {R}/actions/permissions/fork-pr-contributor-approval", None),
    ("owner", f"GET {R}/actions/runners", None),
    ("owner", f"GET {R}/environments", None),
    ("owner", f"GET {R}/environments/promotion", None),
    ("owner", f"GET {R}/environments/promotion/deployment-branch-policies", None),
    ("owner", f"GET {R}/codeowners/errors", None),
    ("owner", f"PUT {R}/branches/topic/protection", PROTECTION),
    ("owner", f"GET {R}/branches/topic/protection", None),
    ("owner", f"DELETE {R}/branches/topic/protection", None),
    ("owner", f"POST {R}/rulesets", RULESET),
    ("owner", f"GET {R}/rulesets", None),
    ("owner", f"GET {R}/rulesets/{{ruleset}}", None),
    ("owner", f"PUT {R}/rulesets/{{ruleset}}", BYPASSED),
    ("owner", f"GET {R}/rules/branches/main", None),
    ("owner", f"PUT {R}/pulls/1/merge", {"merge_method": "squash"}),
    ("owner", f"GET {R}/pulls/1/merge", None),
    ("owner", f"POST {R}/forks", {}),
    ("app", "GET /app", None),
    ("app", "GET /app/installations", None),
    ("app", f"GET {R}/installation", None),
    ("app", "POST /app/installations/{installation}/access_tokens", {}),
]
"""Who asks for what, in an order that makes sense."""


def newest(kind):
    return list(kind)[-1]


def names(site):
    """Return what the names in the paths and bodies above mean now."""
    repository = site.repository
    pull = repository.threads[1].pull
    return {
        "head": str(pull.head_sha),
        "base": str(repository.sha(f"refs/heads/{BASE}")),
        "tree": repository.git("rev-parse", f"{pull.head_sha}^{{tree}}"),
        "blob": repository.git("rev-parse", f"{pull.head_sha}:README.md"),
        "review": str(newest(pull.reviews).id) if pull.reviews else "",
        "comment": str(newest(repository.comments)) if repository.comments else "",
        "check": str(newest(repository.checks)) if repository.checks else "",
        "ruleset": str(newest(repository.rulesets).id) if repository.rulesets else "",
        "installation": str(site.app.installations["acme"]),
    }


def with_names(value, meanings):
    text = json.dumps(value)
    for name, meaning in meanings.items():
        text = text.replace(f"{{{name}}}", meaning)
    return json.loads(text)


def answer_of(site, secret, method, path, body):
    content = None if body is None else json.dumps(body).encode()
    request = Request(f"{site.hub.api}{path}", content, method=method)  # noqa: S310
    request.add_header("Authorization", f"Bearer {secret}")
    try:
        with urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except HTTPError as no:
        with no:
            return no.code, no.read().decode()


@pytest.fixture
def site(tmp_path):
    from github import Auth

    with github_site(tmp_path) as made:
        owners = {".github/CODEOWNERS": f"/exam/ @{APPROVER}\n"}
        push(made, EXPERT, BASE, owners)
        push(made, EXPERT, "topic", TOPIC)
        made.forge(EXPERT).offer("topic", base=BASE, title="Two", body="", is_draft=False)
        made.repository.roles["owner"] = "admin"
        made.tokens["owner"] = made.hub.token("owner")
        made.tokens["app"] = Auth.AppAuth(7, made.key.private_key).token
        made.hub.teams["acme/approvers"] = (APPROVER,)
        made.hub.runners["acme"] = [kept.Runner("arc", ("arc",))]
        made.repository.runners.append(kept.Runner("gpu-1", ("gpu",), ephemeral=True))
        made.repository.environments["promotion"] = kept.Environment(
            "promotion", ("owner", "acme/approvers"), branches=("main",)
        )
        yield made


def test_every_operation_answers_in_githubs_shape(site):
    for who, operation, body in ASKED:
        meanings = names(site)
        method, path = with_names(operation, meanings).split(" ", 1)
        said = with_names(body, meanings)
        status, text = answer_of(site, site.tokens[who], method, path, said)
        assert status < 400, f"{operation}: {status} {text}"
    matched = {
        (method, site.hub.spec.matched(method, path)[0].path)
        for method, path, _ in site.hub.requests
        if path != "/graphql"
    }
    cut = {(verb.upper(), path) for path, verbs in OPERATIONS.items() for verb in verbs.split()}
    assert cut - matched == set()
