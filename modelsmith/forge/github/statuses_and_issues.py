"""What is said on GitHub: comments, statuses, check runs and issues; and CI is asked for work."""

from collections.abc import Mapping, Sequence
from typing import Any

from typing_extensions import override

from modelsmith.forge.github.client import GitHubPart, absent_as, repeat_lost
from modelsmith.forge.github.records import check_of, issue_of, status_of
from modelsmith.forge.records import Annotation, CheckRun, CommitStatus, Issue, fitting, marked

MOST_ANNOTATIONS = 50
"""Annotations that one request may bring; more follow in further requests (GitHub's documentation
of check runs)."""

MOST_SUMMARY_CHARACTERS = 65_535
"""Longest summary of a check run (GitHub's documentation of check runs)."""

MOST_TITLE_CHARACTERS = 255
"""Longest title of an annotation (GitHub's documentation of check runs)."""


class GitHubNotes(GitHubPart):
    """What is said of commits, pull requests and issues."""

    @override
    @repeat_lost
    def comment(self, number: int, *, marker: str, body: str) -> None:
        """Keep one comment of ours, known by `marker`; other people's are never touched."""
        known, text = f"<!-- {marker} -->", marked(marker, body)
        for told in self.access.pages(f"issues/{number}/comments"):
            author = (told["user"] or {}).get("login")
            if author == self.access.me.login and (told["body"] or "").startswith(known):
                if told["body"] != text:
                    self.access.call("PATCH", f"issues/comments/{told['id']}", {"body": text})
                return
        self.access.call("POST", f"issues/{number}/comments", {"body": text})

    @override
    def comments(self, number: int) -> Sequence[str]:
        return [one["body"] or "" for one in self.access.pages(f"issues/{number}/comments")]

    @override
    @repeat_lost
    def set_status(self, sha: str, status: CommitStatus) -> None:
        said = {"state": status.state, "context": status.context}
        said |= {"description": status.description}
        self.access.call(
            "POST", f"statuses/{sha}", said | ({"target_url": status.url} if status.url else {})
        )

    @override
    def statuses(self, sha: str) -> Mapping[str, CommitStatus]:
        told = self.access.pages(f"commits/{sha}/status", within="statuses")
        return {one["context"]: status_of(one) for one in told}

    @override
    @repeat_lost
    def report(self, sha: str, check: CheckRun) -> None:
        """Publish a check of a commit; its conclusion comes with the last annotations."""
        digest, batches = check.digest(), _batches(check.annotations)
        for told in self.access.pages(
            f"commits/{sha}/check-runs", {"check_name": check.name}, within="check_runs"
        ):
            if told["external_id"] == digest and told["status"] == "completed":
                return
        begun: dict[str, Any] = {"name": check.name, "head_sha": sha, "external_id": digest}
        asked, path, method = begun, "check-runs", "POST"
        for number, batch in enumerate(batches, start=1):
            output = {
                "title": check.title,
                "summary": fitting(check.summary, MOST_SUMMARY_CHARACTERS),
            }
            asked["output"] = output | {"annotations": [_remark_of(one) for one in batch]}
            ended = {"conclusion": check.conclusion, "status": "completed"}
            asked |= ended if number == len(batches) else {"status": "in_progress"}
            made = self.access.call(method, path, asked, adds=True)
            asked, path, method = {}, f"check-runs/{made['id']}", "PATCH"

    @override
    def checks(self, sha: str) -> Mapping[str, CheckRun]:
        """Return the newest check run of each name; one that has not ended is none."""
        told = self.access.pages(f"commits/{sha}/check-runs", within="check_runs")
        newest = {one["name"]: one for one in sorted(told, key=lambda one: int(one["id"]))}
        return {name: check_of(one) for name, one in sorted(newest.items()) if one["conclusion"]}

    # Issues

    @override
    def issue(self, number: int) -> Issue:
        what = f"there is no issue {number} in {self.access.place.repository}"
        with absent_as(what, "Name one that is there."):
            return issue_of(self.access.call("GET", f"issues/{number}"))

    @override
    @repeat_lost
    def raise_issue(self, *, title: str, body: str, labels: Sequence[str] = ()) -> Issue:
        """Open an issue; an open one of ours with the same title is returned as it is."""
        for told in self.access.pages("issues", {"state": "open"}):
            author = (told["user"] or {}).get("login")
            is_same = told["title"] == title and author == self.access.me.login
            if is_same and "pull_request" not in told:
                return issue_of(told)
        said = {"title": title, "body": fitting(body), "labels": sorted(labels)}
        return issue_of(self.access.call("POST", "issues", said))

    # CI

    @override
    @repeat_lost
    def dispatch(self, workflow: str, *, ref: str, inputs: Mapping[str, str]) -> None:
        asked = {"ref": ref, "inputs": dict(inputs)}
        remedy = "It must lie in .github/workflows/ of that branch and of the default branch."
        with absent_as(f"there is no workflow {workflow} on {ref}", remedy):
            self.access.call("POST", f"actions/workflows/{workflow}/dispatches", asked)


def _batches(annotations: Sequence[Annotation]) -> list[Sequence[Annotation]]:
    cuts = range(0, len(annotations), MOST_ANNOTATIONS)
    return [annotations[start : start + MOST_ANNOTATIONS] for start in cuts] or [()]


def _remark_of(annotation: Annotation) -> dict[str, object]:
    said: dict[str, object] = {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level,
        "message": annotation.message,
    }
    title = annotation.title[:MOST_TITLE_CHARACTERS]
    return said | ({"title": title} if title else {})
