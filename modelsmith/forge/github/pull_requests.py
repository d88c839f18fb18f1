"""Pull requests on GitHub."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from operator import attrgetter
from typing import Any

from typing_extensions import override

from modelsmith.errors import ForgeError, ForgeRefusedError, InputError
from modelsmith.forge.github.client import GitHubPart, absent_as, repeat_lost
from modelsmith.forge.github.records import VERDICTS, file_of, labels_of, pull_of, review_of
from modelsmith.forge.github.responses import UnfitError
from modelsmith.forge.mergeability import is_said, require_reviewable
from modelsmith.forge.records import (
    ChangedFile,
    PullRequest,
    PullState,
    Review,
    ReviewVerdict,
    fitting,
)

MOST_FILES = 3000
"""Files that GitHub lists of one pull request (its documentation of List pull requests files)."""

EVENTS = {
    "approved": "APPROVE",
    "changes-requested": "REQUEST_CHANGES",
    "commented": "COMMENT",
}
"""A verdict to what GitHub calls giving it."""

MUTATION = "mutation($input: %s!) { %s(input: $input) { pullRequest { isDraft } } }"


class GitHubPulls(GitHubPart):
    """The pull requests of a repository."""

    @override
    def pull_request(self, number: int) -> PullRequest:
        with self._absent(number):
            return pull_of(self.access.call("GET", f"pulls/{number}"))

    def _absent(self, number: int) -> AbstractContextManager[None]:
        what = f"there is no pull request {number} in {self.access.place.repository}"
        return absent_as(what, "Name one that is there.")

    @override
    def pull_requests(
        self, *, state: PullState | None = PullState.OPEN, head: str | None = None
    ) -> Sequence[PullRequest]:
        asked = {None: "all", PullState.OPEN: "open"}.get(state, "closed")
        query = {"state": asked, "sort": "created", "direction": "asc"}
        if head:
            query["head"] = f"{self.access.place.owner}:{head}"
        found = {one["number"]: pull_of(one) for one in self.access.pages("pulls", query)}
        return [one for _, one in sorted(found.items()) if state in (None, one.state)]

    @override
    @repeat_lost
    def offer(
        self,
        head: str,
        *,
        base: str,
        title: str,
        body: str,
        is_draft: bool,
        labels: Sequence[str] = (),
    ) -> PullRequest:
        query = {"state": "open", "head": f"{self.access.place.owner}:{head}", "base": base}
        said = {"title": title, "body": fitting(body)}
        found = list(self.access.pages("pulls", query))
        if found:
            told = self._updated(found[0], said, is_draft=is_draft)
        else:
            told = self._opened({"head": head, "base": base, "draft": is_draft, **said})
        missing = sorted(set(labels) - set(labels_of(told)))
        if missing:
            self.access.call("POST", f"issues/{told['number']}/labels", {"labels": missing})
        return self.pull_request(told["number"])

    def _opened(self, said: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        try:
            return self.access.call("POST", "pulls", said)
        except UnfitError as error:
            raise InputError(
                f"no pull request can be opened from {said['head']} into {said['base']}: "
                f"{error.what}",
                remedy="Both branches must be on GitHub, and the first hold what the other lacks.",
            ) from None

    def _updated(self, told: Any, said: dict[str, str], *, is_draft: bool) -> Any:  # noqa: ANN401 - JSON
        fresh = {key: text for key, text in said.items() if (told[key] or "") != text}
        if fresh:
            self.access.call("PATCH", f"pulls/{told['number']}", fresh)
        if told["draft"] != is_draft:
            name = "convertPullRequestToDraft" if is_draft else "markPullRequestReadyForReview"
            query = MUTATION % (f"{name[0].upper()}{name[1:]}Input", name)
            asked = {"input": {"pullRequestId": told["node_id"]}}
            self.access.graphql(query, asked, "pull_requests=write")
        return told

    @override
    def changed_files(self, number: int) -> Sequence[ChangedFile]:
        """Refuse where GitHub does not list all of them."""
        with self._absent(number):
            told = list(self.access.pages(f"pulls/{number}/files"))
        if len(told) >= MOST_FILES:
            raise ForgeError(
                f"pull request {number} changes {len(told)} files or more; GitHub lists no more",
                remedy="Split it.",
            )
        files = (file_of(one) for one in told if one["status"] != "unchanged")
        return sorted(files, key=attrgetter("path"))

    @override
    def reviews(self, number: int) -> Sequence[Review]:
        told = self.access.pages(f"pulls/{number}/reviews")
        given = [review_of(one) for one in told if one["state"] in VERDICTS]
        return sorted(given, key=lambda one: one.submitted_at)

    @override
    @repeat_lost
    def review(self, number: int, *, verdict: ReviewVerdict, body: str, sha: str) -> None:
        me = self.access.me
        require_reviewable(self.pull_request(number), me, verdict, sha)
        text = fitting(body)
        if not is_said(self.reviews(number), me, verdict, sha, text):
            told = {"event": EVENTS[verdict], "body": text, "commit_id": sha}
            self.access.call("POST", f"pulls/{number}/reviews", told)

    @override
    def merge(self, number: int, *, sha: str, message: str) -> str:
        if merged := self.pull_request(number).merge_sha:
            return merged
        title, _, rest = message.partition("\n")
        said = {"sha": sha, "merge_method": "merge", "commit_title": title}
        try:
            path = f"pulls/{number}/merge"
            done = self.access.call("PUT", path, {**said, "commit_message": rest.strip()})
        except ForgeRefusedError:
            # The answer to an earlier attempt may have been lost.
            if merged := self.pull_request(number).merge_sha:
                return merged
            raise
        return str(done["sha"])

    @override
    def close(self, number: int) -> None:
        self.access.call("PATCH", f"issues/{number}", {"state": "closed"})
