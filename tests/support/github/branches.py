"""Branches, commits, comparisons and the content of files."""

import base64
from typing import Any

from tests.support.github.repository import DEFAULT_BRANCH
from tests.support.github.routing import Answer, Call, Refusal, answers
from tests.support.github.rules import Rules
from tests.support.github.shapes import commit_of, repository_of, url_of

READ = "contents=read"

MOST_COMMITS = 250
"""Commits that a comparison lists on its first page (GitHub's documentation of Compare two
commits)."""

MOST_CONTENT_BYTES = 2**20
"""Above 1 MB the contents API sends no content (GitHub's documentation of it)."""


@answers("GET R")
def repository(call: Call) -> Answer:
    return 200, repository_of(call.hub, call.repository)


@answers("POST R/forks", "administration=write,contents=read; contents=read")
def forked(call: Call) -> Answer:
    name = f"{call.login}/{(call.body or {}).get('name', call.repository.name)}"
    fork = call.hub.repositories.get(name) or call.hub.new_repository(name, call.repository)
    fork.private = call.repository.private
    return 202, repository_of(call.hub, fork)


def _is_protected(call: Call, branch: str) -> bool:
    return call.repository.rules(branch) != Rules()


@answers("GET R/branches", READ)
def listed(call: Call) -> Answer:
    told = [
        {
            "name": name,
            "commit": {"sha": sha, "url": url_of(call.hub, call.repository, "commits", sha)},
            "protected": _is_protected(call, name),
        }
        for name, sha in call.repository.branches().items()
        if call.query.get("protected") != "true" or _is_protected(call, name)
    ]
    return 200, call.page(told)


@answers("GET R/branches/{branch}", READ)
def branch(call: Call) -> Answer:
    name = call.words["branch"]
    sha = call.repository.sha(f"refs/heads/{name}")
    if sha is None:
        raise Refusal(404, "Branch not found")
    protected, url = _is_protected(call, name), url_of(call.hub, call.repository, "branches", name)
    return 200, {
        "name": name,
        "commit": commit_of(call.hub, call.repository, sha),
        "protected": protected,
        "protection": {"enabled": name in call.repository.protections},
        "protection_url": f"{url}/protection",
        "_links": {"html": url, "self": url},
    }


def _commit(call: Call, name: str) -> str:
    sha = call.repository.sha(name)
    if sha is None:
        raise Refusal(422, f"No commit found for SHA: {name}")
    return sha


@answers("GET R/commits", READ)
def commits(call: Call) -> Answer:
    start = _commit(call, call.query.get("sha", DEFAULT_BRANCH))
    where = ["--", call.query["path"]] if "path" in call.query else []
    found = call.repository.git("log", "--format=%H", start, *where).split()
    return 200, [commit_of(call.hub, call.repository, sha) for sha in call.page(found)]


@answers("GET R/commits/{ref}", READ)
def commit(call: Call) -> Answer:
    return 200, commit_of(call.hub, call.repository, _commit(call, call.words["ref"]))


@answers("GET R/compare/{basehead}", READ)
def compared(call: Call) -> Answer:
    base, _, head = call.words["basehead"].partition("...")
    shas = [call.repository.sha(name) for name in (base, head)]
    if None in shas:
        raise Refusal(404, "Not Found")
    start, end = (str(sha) for sha in shas)
    common = call.repository.ask("merge-base", start, end)
    if common is None:
        raise Refusal(404, f"No common ancestor between {base} and {head}.")
    ahead = call.repository.git("rev-list", "--reverse", f"{start}..{end}").split()
    behind = int(call.repository.git("rev-list", "--count", f"{end}..{start}"))
    standing = {(False, False): "identical", (True, False): "ahead", (False, True): "behind"}
    listed = (
        call.page(ahead)
        if "page" in call.query or "per_page" in call.query
        else ahead[:MOST_COMMITS]
    )
    url = url_of(call.hub, call.repository, "compare", call.words["basehead"])
    return 200, {
        "url": url,
        "base_commit": commit_of(call.hub, call.repository, start),
        "merge_base_commit": commit_of(call.hub, call.repository, common),
        "status": standing.get((bool(ahead), bool(behind)), "diverged"),
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [commit_of(call.hub, call.repository, sha) for sha in listed],
        "files": [],
    }


@answers("GET R/contents/{path}", READ)
def content(call: Call) -> Answer:
    path, name = call.words["path"].strip("/"), _commit(call, call.query.get("ref", DEFAULT_BRANCH))
    kind = call.repository.ask("cat-file", "-t", f"{name}:{path}")
    if kind is None:
        raise Refusal(404, "Not Found")
    if kind == "tree":
        lines = call.repository.git("ls-tree", "-l", "-z", f"{name}:{path}").split("\0")
        return 200, [_entry_of(call, path, line) for line in lines if line]
    held = call.repository.git_bytes("cat-file", "blob", f"{name}:{path}")
    sha = call.repository.git("rev-parse", f"{name}:{path}")
    shown = _file_of(call, path, sha, len(held), "file")
    is_short = len(held) <= MOST_CONTENT_BYTES
    text = base64.encodebytes(held).decode() if is_short else ""
    return 200, shown | {"encoding": "base64" if is_short else "none", "content": text}


def _entry_of(call: Call, folder: str, line: str) -> dict[str, Any]:
    told, name = line.split("\t", 1)
    _, kind, sha, size = told.split()
    held = 0 if size == "-" else int(size)
    return _file_of(call, f"{folder}/{name}", sha, held, "dir" if kind == "tree" else "file")


def _file_of(call: Call, path: str, sha: str, size: int, kind: str) -> dict[str, Any]:
    url = url_of(call.hub, call.repository, "contents", path)
    return {
        "type": kind,
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "git_url": url_of(call.hub, call.repository, "git/blobs", sha),
        "html_url": url,
        "download_url": url,
        "_links": {"self": url, "git": url, "html": url},
    }
