"""GitHub's JSON as the records of every forge."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from modelsmith.forge.records import (
    ChangedFile,
    CheckRun,
    CommitStatus,
    Issue,
    Person,
    PullRequest,
    PullState,
    Review,
)
from modelsmith.record import JsonObject

GHOST = Person(login="ghost", is_bot=False)
"""Whom GitHub shows in place of an account that was deleted."""

VERDICTS: Mapping[str, Literal["approved", "changes-requested", "commented", "dismissed"]] = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes-requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}
"""A review's state to its verdict; one that is pending was not yet given."""

CHANGES: Mapping[str, Literal["added", "modified", "removed", "renamed"]] = {
    "added": "added",
    "copied": "added",
    "removed": "removed",
    "renamed": "renamed",
}
"""What GitHub says of a file; every other word is a modification."""

CONCLUSIONS: Mapping[str, Literal["success", "failure", "neutral", "action_required"]] = {
    "success": "success",
    "neutral": "neutral",
    "skipped": "neutral",
    "action_required": "action_required",
}
"""How a check ended; every other end is a failure."""


def person_of(told: JsonObject | None) -> Person:
    """Return who an account is."""
    if told is None:
        return GHOST
    login = told["login"]
    return Person(login=login, is_bot=told.get("type") == "Bot" or login.endswith("[bot]"))


def pull_of(told: JsonObject) -> PullRequest:
    """Return a pull request; a head whose repository is gone came from a fork."""
    merged = told.get("merged_at") is not None
    head, base = told["head"], told["base"]
    ours = head.get("repo") is not None and head["repo"]["full_name"] == base["repo"]["full_name"]
    return PullRequest(
        number=told["number"],
        title=told["title"],
        body=told.get("body") or "",
        state=PullState.MERGED if merged else PullState(told["state"]),
        is_draft=bool(told.get("draft")),
        author=person_of(told["user"]),
        head=head["ref"],
        head_sha=head["sha"],
        base=base["ref"],
        is_from_fork=not ours,
        labels=labels_of(told),
        merge_sha=told.get("merge_commit_sha") if merged else None,
        url=told["html_url"],
    )


def labels_of(told: JsonObject) -> tuple[str, ...]:
    """Return the names of labels, sorted."""
    names = [one if isinstance(one, str) else one["name"] for one in told.get("labels", ())]
    return tuple(sorted(names))


def issue_of(told: JsonObject) -> Issue:
    """Return an issue."""
    return Issue(
        number=told["number"],
        title=told["title"],
        body=told.get("body") or "",
        author=person_of(told["user"]),
        is_open=told["state"] == "open",
        labels=labels_of(told),
        url=told["html_url"],
    )


def file_of(told: JsonObject) -> ChangedFile:
    """Return a changed file."""
    return ChangedFile(path=told["filename"], change=CHANGES.get(told["status"], "modified"))


def review_of(told: JsonObject) -> Review:
    """Return a review; one of a commit that is gone stands on none."""
    return Review(
        author=person_of(told["user"]),
        verdict=VERDICTS[told["state"]],
        commit_sha=told.get("commit_id") or "0" * 40,
        submitted_at=datetime.fromisoformat(told["submitted_at"]),
        body=told.get("body") or "",
    )


def status_of(told: JsonObject) -> CommitStatus:
    """Return a status."""
    return CommitStatus(
        context=told["context"],
        state=told["state"],
        description=told.get("description") or "",
        url=told.get("target_url") or "",
    )


def check_of(told: JsonObject) -> CheckRun:
    """Return a check that has ended, without its annotations."""
    output = told["output"]
    return CheckRun(
        name=told["name"],
        conclusion=CONCLUSIONS.get(told["conclusion"], "failure"),
        title=output.get("title") or "",
        summary=output.get("summary") or "",
    )
