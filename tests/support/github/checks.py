"""What is said of a commit: check runs with their annotations, and statuses."""

from typing import Any

from tests.support.github.routing import Answer, Call, Refusal, answers, invalid
from tests.support.github.shapes import moment, number_for, repository_of, url_of, user_of

MOST_ANNOTATIONS = 50
"""Annotations that one request may bring (GitHub's documentation of check runs)."""

MOST_STATUSES = 1000
"""Statuses of one context of one commit (GitHub's documentation of Create a commit status)."""

MOST_DESCRIPTION_CHARACTERS = 140
"""Longest description of a status."""

READ, WRITE = "checks=read", "checks=write"


def _check_of(call: Call, check: dict[str, Any]) -> dict[str, Any]:
    url = url_of(call.hub, call.repository, "check-runs", check["id"])
    shown = {
        key: value for key, value in check.items() if key not in {"annotations", "output", "app"}
    }
    told = {key: check["output"].get(key) for key in ("title", "summary", "text")}
    counted = {
        "annotations_count": len(check["annotations"]),
        "annotations_url": f"{url}/annotations",
    }
    return shown | {
        "url": url,
        "html_url": f"{call.hub.url}/{call.repository.full_name}/runs/{check['id']}",
        "output": told | counted,
        "check_suite": {"id": number_for(check["head_sha"] + check["app"])},
        "app": None,
        "pull_requests": [],
    }


def _emit(call: Call, action: str, check: dict[str, Any]) -> None:
    said = {"action": action, "check_run": _check_of(call, check)}
    call.hub.emit("check_run", f"check-run-{action}", call.repository, call.login, **said)


def _put(call: Call, check: dict[str, Any]) -> None:
    """Bring a check run up to date; annotations are added to those that are there."""
    fresh = {key: value for key, value in call.body.items() if key != "output"}
    output = call.body.get("output") or {}
    remarks = output.get("annotations", [])
    if len(remarks) > MOST_ANNOTATIONS:
        words = f"No more than {MOST_ANNOTATIONS} annotations are permitted per request"
        invalid(words, "CheckRun", "annotations")
    check |= fresh
    check["annotations"] = check["annotations"] + remarks
    check["output"] = check["output"] | {key: output[key] for key in output if key != "annotations"}
    if call.body.get("conclusion"):
        check |= {"status": "completed", "completed_at": moment(call.hub.now())}


@answers("POST R/check-runs", WRITE)
def opened(call: Call) -> Answer:
    if not call.token.is_program:
        raise Refusal(403, "You must authenticate via a GitHub App.")
    if call.repository.sha(call.body["head_sha"]) is None:
        invalid("No commit found for SHA", "CheckRun", "head_sha")
    check: dict[str, Any] = {
        "id": call.hub.number(),
        "status": "queued",
        "conclusion": None,
        "external_id": None,
        "details_url": None,
        "started_at": moment(call.hub.now()),
        "completed_at": None,
        "annotations": [],
        "output": {},
        "app": call.login,
    }
    _put(call, check)
    call.repository.checks[check["id"]] = check
    _emit(call, "created", check)
    if check["status"] == "completed":
        _emit(call, "completed", check)
    return 201, _check_of(call, check)


def _asked(call: Call) -> dict[str, Any]:
    check = call.repository.checks.get(int(call.words["check_run_id"]))
    if check is None:
        raise Refusal(404, "Not Found")
    return check


@answers("GET R/check-runs/{check_run_id}", READ)
def shown(call: Call) -> Answer:
    return 200, _check_of(call, _asked(call))


@answers("PATCH R/check-runs/{check_run_id}", WRITE)
def changed(call: Call) -> Answer:
    check = _asked(call)
    if check["app"] != call.login:
        raise Refusal(403, "A check run can only be modified by the GitHub App that created it.")
    was_done = check["status"] == "completed"
    _put(call, check)
    if check["status"] == "completed" and not was_done:
        _emit(call, "completed", check)
    return 200, _check_of(call, check)


@answers("GET R/check-runs/{check_run_id}/annotations", READ)
def annotations(call: Call) -> Answer:
    kept = ("path", "start_line", "end_line", "annotation_level", "message", "title", "raw_details")
    told = [{key: one.get(key) for key in kept} for one in _asked(call)["annotations"]]
    return 200, call.page([one | {"start_column": None, "end_column": None} for one in told])


@answers("GET R/commits/{ref}/check-runs", READ)
def listed(call: Call) -> Answer:
    sha, name = call.repository.sha(call.words["ref"]), call.query.get("check_name")
    found = [
        check
        for check in call.repository.checks.values()
        if check["head_sha"] == sha and name in (None, check["name"])
    ]
    if call.query.get("filter", "latest") == "latest":
        found = list({(check["app"], check["name"]): check for check in found}.values())
    page = call.page([_check_of(call, check) for check in reversed(found)])
    return 200, {"total_count": len(found), "check_runs": page}


# Statuses


@answers("POST R/statuses/{sha}", "statuses=write")
def said(call: Call) -> Answer:
    sha = call.repository.sha(call.words["sha"])
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {call.words['sha']}")
    if len(call.body.get("description") or "") > MOST_DESCRIPTION_CHARACTERS:
        words = f"description is too long (maximum is {MOST_DESCRIPTION_CHARACTERS} characters)"
        invalid(words, "Status", "description")
    now, context = moment(call.hub.now()), call.body.get("context", "default")
    kept = call.repository.statuses.setdefault(sha, [])
    if sum(one["context"] == context for one in kept) >= MOST_STATUSES:
        invalid(
            "This SHA and context has reached the maximum number of statuses.", "Status", "context"
        )
    status = {
        "id": call.hub.number(),
        "state": call.body["state"],
        "context": context,
        "description": call.body.get("description"),
        "target_url": call.body.get("target_url"),
        "created_at": now,
        "updated_at": now,
        "creator": user_of(call.hub, call.login),
        "url": url_of(call.hub, call.repository, "statuses", sha),
        "avatar_url": None,
    }
    kept.append(status)
    hook = {key: status[key] for key in ("id", "state", "context", "description", "target_url")}
    told = hook | {"sha": sha, "branches": [], "name": call.repository.full_name}
    call.hub.emit("status", "status", call.repository, call.login, **told)
    return 201, status


@answers("GET R/commits/{ref}/statuses", "statuses=read")
def statuses(call: Call) -> Answer:
    sha = call.repository.sha(call.words["ref"])
    return 200, call.page(list(reversed(call.repository.statuses.get(str(sha), []))))


@answers("GET R/commits/{ref}/status", "statuses=read")
def combined(call: Call) -> Answer:
    sha = str(call.repository.sha(call.words["ref"]))
    newest = {one["context"]: one for one in call.repository.statuses.get(sha, [])}
    states = {one["state"] for one in newest.values()}
    failed = "failure" if states & {"failure", "error"} else ""
    told = [
        {key: value for key, value in one.items() if key != "creator"} for one in newest.values()
    ]
    return 200, {
        "state": failed or ("success" if states == {"success"} else "pending"),
        "statuses": call.page(told),
        "sha": sha,
        "total_count": len(newest),
        "repository": repository_of(call.hub, call.repository),
        "commit_url": url_of(call.hub, call.repository, "commits", sha),
        "url": url_of(call.hub, call.repository, "commits", sha, "status"),
    }
