"""What follows when a branch moves, by a push or through the API; and how a pull request looks."""

from typing import TYPE_CHECKING, Any

from tests.support.github.merging import blocked, changes_of, merged_tree
from tests.support.github.repository import Pull, Repository, Review, Side, Thread
from tests.support.github.shapes import label_of, moment, repository_of, url_of, user_of

if TYPE_CHECKING:
    from tests.support.github.state import GitHub

NOTHING = "0" * 40
"""How git writes that a ref is not there."""


def pull_of(
    hub: "GitHub", repository: Repository, thread: Thread, *, whole: bool = True
) -> dict[str, Any]:
    """Return a pull request as GitHub shows it; lists leave the costly half out."""
    pull = thread.pull
    assert pull is not None
    url = url_of(hub, repository, "pulls", thread.number)
    shown = {
        "id": thread.id,
        "node_id": f"PR_{thread.id}",
        "number": thread.number,
        "state": thread.state,
        "title": thread.title,
        "body": thread.body,
        "user": user_of(hub, thread.author),
        "draft": pull.draft,
        "locked": False,
        "url": url,
        "html_url": f"{hub.url}/{repository.full_name}/pull/{thread.number}",
        "issue_url": url_of(hub, repository, "issues", thread.number),
        "head": _side_of(hub, pull.head, pull.head_sha),
        "base": _side_of(hub, pull.base, pull.base_sha or pull.base.sha or NOTHING),
        "labels": [label_of(hub, repository, name) for name in thread.labels],
        "requested_reviewers": [user_of(hub, login) for login in pull.reviewers],
        "requested_teams": [],
        "created_at": moment(thread.created_at),
        "updated_at": moment(thread.created_at),
        "closed_at": moment(thread.closed_at),
        "merged_at": moment(pull.merged_at),
        "merge_commit_sha": pull.merge_sha,
        "author_association": "CONTRIBUTOR",
        "_links": {
            name: {"href": url}
            for name in (
                "self", "issue", "html", "comments", "review_comments", "review_comment",
                "commits", "statuses",
            )
        },
    }  # fmt: skip
    return shown | (_costly(hub, repository, thread, pull) if whole else {})


def _costly(hub: "GitHub", repository: Repository, thread: Thread, pull: Pull) -> dict[str, Any]:
    changes = changes_of(repository, pull)
    base = pull.base_sha or pull.base.sha
    fits = thread.state == "open" and merged_tree(repository, pull) is not None
    no = blocked(repository, thread)
    standing = "clean" if no is None else "blocked" if fits else "dirty"
    return {
        "merged": pull.merged_at is not None,
        "mergeable": fits if thread.state == "open" else None,
        "mergeable_state": standing,
        "merged_by": user_of(hub, pull.merged_by) if pull.merged_by else None,
        "comments": sum(one.number == thread.number for one in repository.comments.values()),
        "review_comments": 0,
        "commits": int(repository.fixed("rev-list", "--count", f"{base}..{pull.head_sha}") or 0),
        "additions": sum(one.added for one in changes),
        "deletions": sum(one.removed for one in changes),
        "changed_files": len(changes),
        "maintainer_can_modify": False,
    }


def _side_of(hub: "GitHub", side: Side, sha: str) -> dict[str, Any]:
    return {
        "label": f"{side.repository.owner}:{side.branch}",
        "ref": side.branch,
        "sha": sha,
        "repo": repository_of(hub, side.repository),
        "user": user_of(hub, side.repository.owner),
    }


def review_of(
    hub: "GitHub", repository: Repository, thread: Thread, review: Review
) -> dict[str, Any]:
    url = url_of(hub, repository, "pulls", thread.number)
    html = f"{hub.url}/{repository.full_name}/pull/{thread.number}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": user_of(hub, review.author),
        "body": review.body,
        "state": review.state,
        "commit_id": review.commit,
        "submitted_at": moment(review.at),
        "html_url": html,
        "pull_request_url": url,
        "author_association": "MEMBER",
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
    }


def emit_pull(
    hub: "GitHub", repository: Repository, action: str, thread: Thread, sender: str, **more: Any
) -> None:
    """Record an event of a pull request."""
    webhook = f"pull-request-{action.replace('_', '-')}"
    said = {"number": thread.number, "pull_request": pull_of(hub, repository, thread), **more}
    hub.emit("pull_request", webhook, repository, sender, action=action, **said)


def emit_review(  # noqa: PLR0913, PLR0917 - what a webhook says
    hub: "GitHub", repository: Repository, action: str, thread: Thread, review: Review, sender: str
) -> None:
    """Record an event of a review; webhooks write its state in small letters."""
    shown = review_of(hub, repository, thread, review)
    said = {
        "pull_request": pull_of(hub, repository, thread, whole=False),
        "review": shown | {"state": review.state.lower()},
    }
    webhook = f"pull-request-review-{action}"
    hub.emit("pull_request_review", webhook, repository, sender, action=action, **said)


def moved(  # noqa: PLR0913, PLR0917 - what a push says
    hub: "GitHub", repository: Repository, ref: str, before: str | None, after: str | None, by: str
) -> None:
    """Let follow what follows when a ref has moved."""
    branch = ref.removeprefix("refs/heads/")
    if branch == ref:
        return
    if after:
        hub.emit(
            "push",
            "push",
            repository,
            by,
            ref=ref,
            before=before or NOTHING,
            after=after,
            created=before is None,
            deleted=False,
            forced=bool(before) and not _follows(repository, before, after),
            pusher={"name": by, "email": f"{by}@users.noreply.github.com"},
            base_ref=None,
            commits=[],
            head_commit=None,
        )
    for over in hub.repositories.values():
        for thread, pull in over.open_pulls():
            if (pull.head.repository, pull.head.branch) == (repository, branch) and after:
                _head_moved(hub, over, thread, after, by)
            elif pull.base.repository is repository and pull.base.branch == branch:
                refresh(over, thread)


def _follows(repository: Repository, before: str, after: str) -> bool:
    return repository.ask("merge-base", "--is-ancestor", before, after) is not None


def _head_moved(hub: "GitHub", over: Repository, thread: Thread, after: str, by: str) -> None:
    pull = thread.pull
    assert pull is not None
    before, pull.head_sha, pull.last_pusher = pull.head_sha, after, by
    refresh(over, thread)
    if over.rules(pull.base.branch).dismiss_stale:
        for review in pull.reviews:
            if review.state == "APPROVED":
                review.state = "DISMISSED"
                emit_review(hub, over, "dismissed", thread, review, by)
    emit_pull(hub, over, "synchronize", thread, by, before=before, after=after)


def refresh(repository: Repository, thread: Thread) -> None:
    """Keep `refs/pull/N/head` and `refs/pull/N/merge`, which workflows check out."""
    pull = thread.pull
    assert pull is not None
    name = f"refs/pull/{thread.number}"
    if pull.head.repository is repository:
        repository.git("update-ref", f"{name}/head", pull.head_sha)
    else:
        source = str(pull.head.repository.folder)
        repository.git("fetch", "--quiet", source, f"+{pull.head_sha}:{name}/head")
    tree, base = merged_tree(repository, pull), pull.base.sha
    if tree and base:
        words = (
            "commit-tree",
            tree,
            "-p",
            base,
            "-p",
            pull.head_sha,
            "-m",
            f"Merge {pull.head_sha}",
        )
        repository.git("update-ref", f"{name}/merge", repository.git(*words))
