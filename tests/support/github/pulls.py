"""Pull requests: opening, changing, merging."""

from typing import Any

from tests.support.github.issues import new_thread, require_short
from tests.support.github.merging import blocked, changes_of, merged_tree
from tests.support.github.moves import emit_pull, moved, pull_of, refresh
from tests.support.github.repository import Pull, Repository, Side, Thread
from tests.support.github.rights import LEVELS
from tests.support.github.routing import Answer, Call, Refusal, answers, invalid
from tests.support.github.shapes import address_of, commit_of, url_of, user_of
from tests.support.github.state import ACTIONS_BOT

READ, WRITE = "pull_requests=read", "pull_requests=write"


def asked_pull(call: Call) -> tuple[Thread, Pull]:
    return call.repository.pull(int(call.words["pull_number"]))


@answers("GET R/pulls", READ)
def listed(call: Call) -> Answer:
    state, head, base = (call.query.get(name) for name in ("state", "head", "base"))
    found = [
        pull_of(call.hub, call.repository, thread, whole=False)
        for thread in reversed(call.repository.threads.values())
        if thread.pull
        and (state or "open") in ("all", thread.state)
        and head in (None, f"{thread.pull.head.repository.owner}:{thread.pull.head.branch}")
        and base in (None, thread.pull.base.branch)
    ]
    return 200, call.page(found)


def _head(call: Call) -> Side:
    owner, _, branch = call.body["head"].rpartition(":")
    if owner in ("", call.repository.owner):
        return Side(call.repository, branch)
    name = call.body.get("head_repo", call.repository.name)
    fork = call.hub.repositories.get(f"{owner}/{name}")
    if fork is None or fork.parent is not call.repository:
        invalid("", "PullRequest", "head", "invalid")
    return Side(fork, branch)


@answers("POST R/pulls", WRITE)
def opened(call: Call) -> Answer:
    repository = call.repository
    head, base = _head(call), Side(repository, call.body["base"])
    _require_may_offer(call, head)
    for name, side in (("head", head), ("base", base)):
        if side.sha is None:
            invalid("", "PullRequest", name, "invalid")
    head_sha, base_sha = str(head.sha), str(base.sha)
    if head.repository is not repository:
        repository.git("fetch", "--quiet", str(head.repository.folder), head_sha)
    for _, pull in repository.open_pulls():
        if (pull.head, pull.base) == (head, base):
            words = f"A pull request already exists for {head.repository.owner}:{head.branch}."
            invalid(words, "PullRequest", "base")
    if repository.git("rev-list", "--count", f"{base_sha}..{head_sha}") == "0":
        invalid(f"No commits between {base.branch} and {head.branch}", "PullRequest", "base")
    require_short(call.body.get("body"), "PullRequest")
    thread = new_thread(call, call.body["title"], call.body.get("body"))
    pull = Pull(head, base, bool(call.body.get("draft")), call.login, head_sha)
    thread.pull = pull
    owners = {
        owner for one in changes_of(repository, pull) for owner in repository.owners(one.path)
    }
    pull.reviewers = sorted(one for one in owners if one != call.login and "/" not in one)
    refresh(repository, thread)
    emit_pull(call.hub, repository, "opened", thread, call.login)
    return 201, pull_of(call.hub, repository, thread)


def _require_may_offer(call: Call, head: Side) -> None:
    """Refuse who may write neither here nor to the branch, and a workflow that is not let."""
    if call.login == ACTIONS_BOT and not call.repository.actions.may_approve:
        words = "GitHub Actions is not permitted to create or approve pull requests."
        raise Refusal(403, words)
    if LEVELS[call.hub.role(call.token, head.repository)] < LEVELS["write"]:
        invalid("must be a collaborator", "PullRequest", "head")


@answers("GET R/pulls/{pull_number}", READ)
def shown(call: Call) -> Answer:
    thread, _ = asked_pull(call)
    return 200, pull_of(call.hub, call.repository, thread)


@answers("PATCH R/pulls/{pull_number}", WRITE)
def changed(call: Call) -> Answer:
    thread, pull = asked_pull(call)
    require_short(call.body.get("body"), "PullRequest")
    fresh = {key: call.body[key] for key in ("title", "body") if key in call.body}
    before = {
        key: getattr(thread, key) or "" for key in fresh if getattr(thread, key) != fresh[key]
    }
    thread.title, thread.body = fresh.get("title", thread.title), fresh.get("body", thread.body)
    if before:
        changes = {key: {"from": text} for key, text in before.items()}
        emit_pull(call.hub, call.repository, "edited", thread, call.login, changes=changes)
    state = call.body.get("state", thread.state)
    if state != thread.state:
        if pull.merged_at:
            invalid("cannot be reopened", "PullRequest", "state")
        thread.state = state
        thread.closed_at = call.hub.now() if state == "closed" else None
        action = "closed" if state == "closed" else "reopened"
        emit_pull(call.hub, call.repository, action, thread, call.login)
    return 200, pull_of(call.hub, call.repository, thread)


@answers("GET R/pulls/{pull_number}/files", READ)
def files(call: Call) -> Answer:
    _, pull = asked_pull(call)
    told = [
        {
            "sha": call.repository.ask("rev-parse", f"{pull.head_sha}:{one.path}"),
            "filename": one.path,
            "status": one.status,
            "additions": one.added,
            "deletions": one.removed,
            "changes": one.added + one.removed,
            "contents_url": url_of(call.hub, call.repository, "contents", one.path),
            **({"previous_filename": one.before} if one.before else {}),
        }
        for one in changes_of(call.repository, pull)
    ]
    return 200, call.page(told)


@answers("GET R/pulls/{pull_number}/commits", READ)
def commits(call: Call) -> Answer:
    _, pull = asked_pull(call)
    since = f"{pull.base_sha or pull.base.sha}..{pull.head_sha}"
    found = call.repository.git("rev-list", "--reverse", since).split()
    return 200, call.page([commit_of(call.hub, call.repository, sha) for sha in found])


@answers("GET R/pulls/{pull_number}/requested_reviewers", READ)
def requested(call: Call) -> Answer:
    _, pull = asked_pull(call)
    return 200, {"users": [user_of(call.hub, login) for login in pull.reviewers], "teams": []}


@answers("POST R/pulls/{pull_number}/requested_reviewers", WRITE)
def request(call: Call) -> Answer:
    thread, pull = asked_pull(call)
    for login in call.body.get("reviewers", ()):
        if login == thread.author:
            raise Refusal(422, "Review cannot be requested from pull request author.")
        if login not in call.repository.roles:
            raise Refusal(422, "Reviews may only be requested from collaborators.")
        if login not in pull.reviewers:
            pull.reviewers.append(login)
    return 201, pull_of(call.hub, call.repository, thread, whole=False)


# Merges


@answers("GET R/pulls/{pull_number}/merge", READ)
def is_merged(call: Call) -> Answer:
    if asked_pull(call)[1].merged_at is None:
        raise Refusal(404, "Not Found")
    return 204, None


@answers("PUT R/pulls/{pull_number}/merge", "contents=write")
def merged(call: Call) -> Answer:
    thread, pull = asked_pull(call)
    body: dict[str, Any] = call.body or {}
    if body.get("sha", pull.head_sha) != pull.head_sha:
        raise Refusal(409, "Head branch was modified. Review and try the merge again.")
    who = call.hub.who(call.token, call.repository)
    rules = call.repository.rules(pull.base.branch, who, on_pull=True)
    reason = blocked(call.repository, thread, who)
    if reason:
        raise Refusal(405, reason)
    method = body.get("merge_method", "merge")
    if method != "merge" and rules.keeps_commits:
        raise Refusal(405, f"{method.capitalize()} merges are not allowed on this repository.")
    made, base = _merge_commit(call, thread, body), str(pull.base.sha)
    ref = f"refs/heads/{pull.base.branch}"
    call.repository.git("update-ref", ref, made, base)
    now = call.hub.now()
    pull.merged_at, pull.merged_by, pull.merge_sha, pull.base_sha = now, call.login, made, base
    thread.state, thread.closed_at = "closed", now
    emit_pull(call.hub, call.repository, "closed", thread, call.login)
    moved(call.hub, call.repository, ref, base, made, call.login)
    return 200, {"sha": made, "merged": True, "message": "Pull Request successfully merged"}


def _merge_commit(call: Call, thread: Thread, body: dict[str, Any]) -> str:
    """Make the commit; GitHub signs as committer for whoever presses the button."""
    pull = thread.pull
    assert pull is not None
    tree = str(merged_tree(call.repository, pull))
    whole, source = body.get("merge_method", "merge") == "merge", pull.head
    title = f"{thread.title} (#{thread.number})"
    if whole:
        title = (
            f"Merge pull request #{thread.number} from {source.repository.owner}/{source.branch}"
        )
    message = f"{body.get('commit_title') or title}\n\n{body.get('commit_message', thread.title)}"
    parents = [str(pull.base.sha), *([pull.head_sha] if whole else [])]
    return committed(call.repository, tree, parents, message.strip(), call.login)


def committed(
    repository: Repository, tree: str, parents: list[str], message: str, login: str
) -> str:
    """Make a commit of GitHub's own for somebody."""
    name = {"GIT_AUTHOR_NAME": login, "GIT_AUTHOR_EMAIL": address_of(login)}
    name |= {"GIT_COMMITTER_NAME": "GitHub", "GIT_COMMITTER_EMAIL": "noreply@github.com"}
    words = [word for sha in parents for word in ("-p", sha)]
    return repository.git(
        "commit-tree", tree, *words, "-F", "-", stdin=f"{message}\n".encode(), more=name
    )
