"""Issues, comments and labels; a pull request is an issue too."""

from typing import Any

from modelsmith.forge.records import MOST_COMMENT_CHARACTERS
from tests.support.github.moves import emit_pull
from tests.support.github.repository import Comment, Thread
from tests.support.github.routing import Answer, Call, Refusal, answers, invalid
from tests.support.github.shapes import label_of, moment, url_of, user_of

TALK = "issues={0}; pull_requests={0}"
"""Right to the conversation of an issue or a pull request."""


def issue_of(call: Call, thread: Thread) -> dict[str, Any]:
    hub, repository = call.hub, call.repository
    said = [one for one in repository.comments.values() if one.number == thread.number]
    shown = {
        "id": thread.id,
        "number": thread.number,
        "state": thread.state,
        "title": thread.title,
        "body": thread.body,
        "user": user_of(hub, thread.author),
        "labels": [label_of(hub, repository, name) for name in thread.labels],
        "url": url_of(hub, repository, "issues", thread.number),
        "html_url": f"{hub.url}/{repository.full_name}/issues/{thread.number}",
        "comments": len(said),
        "created_at": moment(thread.created_at),
        "updated_at": moment(thread.created_at),
        "closed_at": moment(thread.closed_at),
        "author_association": "NONE",
        "locked": False,
    }
    if thread.pull:
        url = url_of(hub, repository, "pulls", thread.number)
        shown["pull_request"] = {"url": url, "html_url": url, "diff_url": url, "patch_url": url}
    return shown


def _emit(call: Call, action: str, thread: Thread, **more: Any) -> None:
    said = {"action": action, "issue": issue_of(call, thread), **more}
    call.hub.emit("issues", f"issues-{action}", call.repository, call.login, **said)


def new_thread(call: Call, title: str, body: str | None) -> Thread:
    number = len(call.repository.threads) + 1
    thread = Thread(call.hub.number(), number, title, body, call.login, call.hub.now())
    call.repository.threads[number] = thread
    return thread


def require_short(body: str | None, resource: str) -> None:
    """Refuse a body that is longer than GitHub takes."""
    if len(body or "") > MOST_COMMENT_CHARACTERS:
        words = f"body is too long (maximum is {MOST_COMMENT_CHARACTERS} characters)"
        invalid(words, resource, "body", "too_long")


@answers("GET R/issues", "issues=read")
def listed(call: Call) -> Answer:
    state, wanted = (
        call.query.get("state", "open"),
        set(call.query.get("labels", "").split(",")) - {""},
    )
    creator = call.query.get("creator")
    found = [
        issue_of(call, thread)
        for thread in reversed(call.repository.threads.values())
        if state in ("all", thread.state)
        and wanted <= set(thread.labels)
        and creator in (None, thread.author)
    ]
    return 200, call.page(found)


@answers("POST R/issues", "issues=write")
def opened(call: Call) -> Answer:
    require_short(call.body.get("body"), "Issue")
    thread = new_thread(call, call.body["title"], call.body.get("body"))
    _emit(call, "opened", thread)
    _add_labels(call, thread, call.body.get("labels", ()))
    return 201, issue_of(call, thread)


@answers("GET R/issues/{issue_number}", "issues=read; pull_requests=read")
def shown(call: Call) -> Answer:
    return 200, issue_of(call, call.repository.thread(int(call.words["issue_number"])))


@answers("PATCH R/issues/{issue_number}", TALK.format("write"))
def changed(call: Call) -> Answer:
    thread = call.repository.thread(int(call.words["issue_number"]))
    thread.title = call.body.get("title", thread.title)
    thread.body = call.body.get("body", thread.body)
    state = call.body.get("state", thread.state)
    if state != thread.state:
        thread.state = state
        thread.closed_at = call.hub.now() if state == "closed" else None
        action = "closed" if state == "closed" else "reopened"
        if thread.pull:
            emit_pull(call.hub, call.repository, action, thread, call.login)
        else:
            _emit(call, action, thread)
    return 200, issue_of(call, thread)


# Labels


def _add_labels(call: Call, thread: Thread, names: Any) -> None:
    for name in names:
        text = name["name"] if isinstance(name, dict) else name
        if text not in thread.labels:
            thread.labels.append(text)
            label = label_of(call.hub, call.repository, text)
            if thread.pull:
                emit_pull(call.hub, call.repository, "labeled", thread, call.login, label=label)
            else:
                _emit(call, "labeled", thread, label=label)


def _labels(call: Call, thread: Thread) -> list[dict[str, Any]]:
    return [label_of(call.hub, call.repository, name) for name in thread.labels]


@answers("GET R/issues/{issue_number}/labels", TALK.format("read"))
def labels(call: Call) -> Answer:
    thread = call.repository.thread(int(call.words["issue_number"]))
    return 200, call.page(_labels(call, thread))


@answers("POST R/issues/{issue_number}/labels", TALK.format("write"))
def labelled(call: Call) -> Answer:
    thread = call.repository.thread(int(call.words["issue_number"]))
    given = call.body["labels"] if isinstance(call.body, dict) else call.body
    _add_labels(call, thread, given)
    return 200, _labels(call, thread)


@answers("PUT R/issues/{issue_number}/labels", TALK.format("write"))
def relabelled(call: Call) -> Answer:
    call.repository.thread(int(call.words["issue_number"])).labels.clear()
    return labelled(call)


@answers("DELETE R/issues/{issue_number}/labels/{name}", TALK.format("write"))
def unlabelled(call: Call) -> Answer:
    thread = call.repository.thread(int(call.words["issue_number"]))
    if call.words["name"] not in thread.labels:
        raise Refusal(404, "Label does not exist")
    thread.labels.remove(call.words["name"])
    return 200, _labels(call, thread)


# Comments


def _comment_of(call: Call, comment: Comment) -> dict[str, Any]:
    hub, repository = call.hub, call.repository
    issue = url_of(hub, repository, "issues", comment.number)
    return {
        "id": comment.id,
        "url": url_of(hub, repository, "issues/comments", comment.id),
        "html_url": f"{issue}#issuecomment-{comment.id}",
        "issue_url": issue,
        "body": comment.body,
        "user": user_of(hub, comment.author),
        "created_at": moment(comment.at),
        "updated_at": moment(comment.edited_at),
        "author_association": "MEMBER",
    }


def _emit_comment(call: Call, action: str, comment: Comment, **more: Any) -> None:
    thread = call.repository.thread(comment.number)
    said = {
        "action": action,
        "issue": issue_of(call, thread),
        "comment": _comment_of(call, comment),
    }
    name = f"issue-comment-{action}"
    call.hub.emit("issue_comment", name, call.repository, call.login, **said, **more)


@answers("GET R/issues/{issue_number}/comments", TALK.format("read"))
def comments(call: Call) -> Answer:
    number = call.repository.thread(int(call.words["issue_number"])).number
    told = [one for one in call.repository.comments.values() if one.number == number]
    return 200, call.page([_comment_of(call, one) for one in told])


@answers("POST R/issues/{issue_number}/comments", TALK.format("write"))
def commented(call: Call) -> Answer:
    number, now = call.repository.thread(int(call.words["issue_number"])).number, call.hub.now()
    require_short(call.body["body"], "IssueComment")
    comment = Comment(call.hub.number(), number, call.login, call.body["body"], now, now)
    call.repository.comments[comment.id] = comment
    _emit_comment(call, "created", comment)
    return 201, _comment_of(call, comment)


def _comment(call: Call) -> Comment:
    comment = call.repository.comments.get(int(call.words["comment_id"]))
    if comment is None:
        raise Refusal(404, "Not Found")
    return comment


def _require_ours(call: Call, comment: Comment) -> None:
    """Refuse to change somebody else's words: programs may not, people with write access may."""
    role = call.hub.role(call.token, call.repository)
    may = not call.token.is_program and role in {"write", "maintain", "admin"}
    if comment.author != call.login and not may:
        raise Refusal(403, "Resource not accessible by integration")


@answers("GET R/issues/comments/{comment_id}", TALK.format("read"))
def comment_shown(call: Call) -> Answer:
    return 200, _comment_of(call, _comment(call))


@answers("PATCH R/issues/comments/{comment_id}", TALK.format("write"))
def comment_changed(call: Call) -> Answer:
    comment = _comment(call)
    _require_ours(call, comment)
    require_short(call.body["body"], "IssueComment")
    before, comment.body, comment.edited_at = comment.body, call.body["body"], call.hub.now()
    _emit_comment(call, "edited", comment, changes={"body": {"from": before}})
    return 200, _comment_of(call, comment)


@answers("DELETE R/issues/comments/{comment_id}", TALK.format("write"))
def comment_removed(call: Call) -> Answer:
    comment = _comment(call)
    _require_ours(call, comment)
    del call.repository.comments[comment.id]
    return 204, None
