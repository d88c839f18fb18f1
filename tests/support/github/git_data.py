"""The git data API: blobs, trees, commits and refs, all made by git itself."""

import base64
import re
import tempfile
from pathlib import Path
from typing import Any

from tests.support.github.moves import moved
from tests.support.github.repository import Repository
from tests.support.github.routing import Answer, Call, Refusal, answers
from tests.support.github.rules import Rules
from tests.support.github.shapes import address_of, git_commit_of, url_of

MOST_BLOB_BYTES = 100 * 2**20
"""Largest blob that the API takes (GitHub's documentation of Create a blob: 100 MB)."""

READ, WRITE = "contents=read", "contents=write"


@answers("POST R/git/blobs", WRITE)
def blob_made(call: Call) -> Answer:
    text = call.body["content"]
    content = base64.b64decode(text) if call.body.get("encoding") == "base64" else text.encode()
    if len(content) > MOST_BLOB_BYTES:
        raise Refusal(422, "Sorry, your input was too large to process.")
    sha = call.repository.git("hash-object", "-w", "--stdin", stdin=content)
    return 201, {"sha": sha, "url": url_of(call.hub, call.repository, "git/blobs", sha)}


@answers("GET R/git/blobs/{file_sha}", READ)
def blob(call: Call) -> Answer:
    sha = call.words["file_sha"]
    if call.repository.ask("cat-file", "-t", sha) != "blob":
        raise Refusal(404, "Not Found")
    content = call.repository.git_bytes("cat-file", "blob", sha)
    said = {"sha": sha, "size": len(content), "encoding": "base64"}
    return 200, said | {"content": base64.b64encode(content).decode()}


def tree_of(call: Call, name: str, *, recursive: bool = False) -> dict[str, Any]:
    repository, listed = call.repository, []
    deep = ("-r", "-t") if recursive else ()
    for line in repository.git("ls-tree", "-l", "-z", *deep, name).split("\0"):
        if line:
            told, path = line.split("\t", 1)
            mode, kind, sha, size = told.split()
            url = url_of(call.hub, repository, f"git/{kind}s", sha)
            part = {"path": path, "mode": mode, "type": kind, "sha": sha, "url": url}
            listed.append(part | ({"size": int(size)} if size != "-" else {}))
    sha = repository.git("rev-parse", f"{name}^{{tree}}")
    return {"sha": sha, "tree": listed, "truncated": False}


@answers("GET R/git/trees/{tree_sha}", READ)
def tree(call: Call) -> Answer:
    name = call.words["tree_sha"]
    if call.repository.ask("rev-parse", "--verify", "--quiet", f"{name}^{{tree}}") is None:
        raise Refusal(404, "Not Found")
    return 200, tree_of(call, name, recursive="recursive" in call.query)


@answers("POST R/git/trees", WRITE)
def tree_made(call: Call) -> Answer:
    repository = call.repository
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        if call.body.get("base_tree"):
            repository.git("read-tree", call.body["base_tree"], more=index)
        lines = [_index_line(repository, part) for part in call.body["tree"]]
        listing = "".join(f"{line}\0" for line in lines).encode()
        repository.git("update-index", "-z", "--index-info", stdin=listing, more=index)
        sha = repository.git("write-tree", more=index)
    return 201, tree_of(call, sha)


def _index_line(repository: Repository, part: dict[str, Any]) -> str:
    path = part["path"]
    if path.startswith("/") or {"..", ".git", ""} & set(path.split("/")):
        raise Refusal(422, "tree.path contains a malformed path component")
    if "sha" in part and part["sha"] is None:
        return f"0 {'0' * 40}\t{path}"
    content = part.get("content", "").encode()
    sha = part.get("sha") or repository.git("hash-object", "-w", "--stdin", stdin=content)
    if repository.ask("cat-file", "-t", sha) is None:
        raise Refusal(422, f"tree.sha {sha} is not a valid blob")
    return f"{part['mode']} {sha}\t{path}"


@answers("POST R/git/commits", WRITE)
def commit_made(call: Call) -> Answer:
    repository, body = call.repository, call.body
    named = {"name": call.login, "email": address_of(call.login)}
    author = body.get("author") or named
    committer = body.get("committer") or author
    said = {}
    for role, who in (("AUTHOR", author), ("COMMITTER", committer)):
        said |= {f"GIT_{role}_NAME": who["name"], f"GIT_{role}_EMAIL": who["email"]}
        said |= {f"GIT_{role}_DATE": who["date"]} if "date" in who else {}
    parents = [word for sha in body.get("parents", ()) for word in ("-p", sha)]
    message = body["message"].encode()
    sha = repository.git("commit-tree", body["tree"], *parents, "-F", "-", stdin=message, more=said)
    return 201, git_commit_of(call.hub, repository, sha)


@answers("GET R/git/commits/{commit_sha}", READ)
def commit(call: Call) -> Answer:
    sha = call.repository.sha(call.words["commit_sha"])
    if sha is None:
        raise Refusal(404, "Not Found")
    return 200, git_commit_of(call.hub, call.repository, sha)


# Refs


def _ref_of(call: Call, ref: str, sha: str) -> dict[str, Any]:
    url = url_of(call.hub, call.repository, "git/commits", sha)
    named = {"type": "commit", "sha": sha, "url": url}
    return {"ref": ref, "url": url_of(call.hub, call.repository, "git", ref), "object": named}


def _rules_of(call: Call, ref: str) -> Rules:
    """Return what is asked of who calls before a ref moves."""
    who = call.hub.who(call.token, call.repository)
    return call.repository.rules(ref.removeprefix("refs/heads/"), who)


def _require_open(call: Call, ref: str) -> None:
    """Refuse to move a branch whose rules want a pull request."""
    if ref.startswith("refs/heads/") and _rules_of(call, ref).pull_request:
        words = "Changes must be made through a pull request."
        raise Refusal(422, f"Repository rule violations found\n\n{words}\n\n")


@answers("GET R/git/ref/{ref}", READ)
def ref(call: Call) -> Answer:
    name = f"refs/{call.words['ref']}"
    sha = call.repository.sha(name)
    if sha is None:
        raise Refusal(404, "Not Found")
    return 200, _ref_of(call, name, sha)


@answers("POST R/git/refs", WRITE)
def ref_made(call: Call) -> Answer:
    name, sha = call.body["ref"], call.body["sha"]
    if not re.fullmatch(r"refs/\w+/.+", name) or not _is_name(call, name):
        raise Refusal(422, f"{name} is not a valid ref name.")
    if call.repository.sha(name):
        raise Refusal(422, "Reference already exists")
    if call.repository.sha(sha) is None:
        raise Refusal(422, "Object does not exist")
    _require_open(call, name)
    call.repository.git("update-ref", name, sha, "0" * 40)
    moved(call.hub, call.repository, name, None, sha, call.login)
    return 201, _ref_of(call, name, sha)


def _is_name(call: Call, name: str) -> bool:
    return call.repository.ask("check-ref-format", name) is not None


@answers("PATCH R/git/refs/{ref}", WRITE)
def ref_moved(call: Call) -> Answer:
    name, sha = f"refs/{call.words['ref']}", call.body["sha"]
    before = call.repository.sha(name)
    if before is None:
        raise Refusal(422, "Reference does not exist")
    if call.repository.sha(sha) is None:
        raise Refusal(422, "Object does not exist")
    _require_open(call, name)
    follows = call.repository.ask("merge-base", "--is-ancestor", before, sha) is not None
    if not follows and (not call.body.get("force") or _rules_of(call, name).no_force_push):
        raise Refusal(422, "Update is not a fast forward")
    call.repository.git("update-ref", name, sha, before)
    if sha != before:
        moved(call.hub, call.repository, name, before, sha, call.login)
    return 200, _ref_of(call, name, sha)


@answers("DELETE R/git/refs/{ref}", WRITE)
def ref_removed(call: Call) -> Answer:
    name = f"refs/{call.words['ref']}"
    if call.repository.sha(name) is None:
        raise Refusal(422, "Reference does not exist")
    if _rules_of(call, name).no_deletion:
        raise Refusal(422, "Cannot delete this protected branch")
    call.repository.git("update-ref", "-d", name)
    return 204, None
