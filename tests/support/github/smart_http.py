"""git over HTTP, by git's own backend, with the rules of branches in a hook."""

import os
import re
import subprocess
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult

from tests.support.github.moves import moved
from tests.support.github.repository import Repository
from tests.support.github.rights import LEVELS, Token
from tests.support.github.routing import Refusal
from tests.support.github.rules import Who

if TYPE_CHECKING:
    from email.message import Message

    from tests.support.github.state import GitHub

GIT_PATH = re.compile(r"/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")

HOOK = """#!/bin/sh
# Written by tests/support/github/smart_http.py; the lists come with the request.
status=0
while read old new ref; do
  case " $CLOSED_REFS " in *" $ref "*)
    echo "GH006: Protected branch update failed for $ref." >&2
    echo "Changes must be made through a pull request." >&2; status=1;; esac
  case "$new" in 0000000000*)
    case " $KEPT_REFS " in *" $ref "*)
      echo "GH006: Cannot delete this protected branch $ref." >&2; status=1;; esac
    continue;; esac
  case "$old" in 0000000000*) continue;; esac
  case " $STEADY_REFS " in *" $ref "*)
    git merge-base --is-ancestor "$old" "$new" || {
      echo "GH006: Cannot force-push to $ref." >&2; status=1; };; esac
done
exit $status
"""


class Request(Protocol):
    """What the backend takes from a request."""

    command: str
    headers: "Message"

    def bearer(self) -> Token: ...


def git_answer(
    hub: "GitHub", request: Request, match: re.Match[str], url: SplitResult, content: bytes
) -> tuple[int, dict[str, str], bytes]:
    """Answer a request of git."""
    service = match[2]
    pushes = service == "git-receive-pack" or "service=git-receive-pack" in url.query
    try:
        repository = hub.repository(match[1])
        token = _bearer(request)
        _require_right(hub, repository, token, pushes=pushes)
    except Refusal as no:
        return no.status, no.headers, f"{no}\n".encode()
    before = repository.branches() if service == "git-receive-pack" else {}
    answer = _backend(hub, repository, request, token, service, url, content)
    if service == "git-receive-pack":
        with hub.lock:
            after = repository.branches()
            for name in sorted(before.keys() | after.keys()):
                if before.get(name) != after.get(name):
                    ref = f"refs/heads/{name}"
                    moved(hub, repository, ref, before.get(name), after.get(name), token.login)
    return answer


def _bearer(request: Request) -> Token:
    if "Authorization" not in request.headers:
        raise Refusal(401, "Authenticate", headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
    return request.bearer()


def _require_right(hub: "GitHub", repository: Repository, token: Token, *, pushes: bool) -> None:
    role = hub.role(token, repository)
    if role == "none" or not token.allows("contents=read"):
        raise Refusal(404, "Repository not found.")
    if pushes and (LEVELS[role] < LEVELS["write"] or not token.allows("contents=write")):
        words = f"Permission to {repository.full_name}.git denied to {token.login}."
        raise Refusal(403, words)


def _backend(  # noqa: PLR0913, PLR0917 - a CGI program's environment
    hub: "GitHub",
    repository: Repository,
    request: Request,
    token: Token,
    service: str,
    url: SplitResult,
    content: bytes,
) -> tuple[int, dict[str, str], bytes]:
    hook = repository.folder / "hooks" / "pre-receive"
    if not hook.exists():
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(HOOK, encoding="utf-8")
        hook.chmod(0o755)
    done = subprocess.run(
        ["git", "http-backend"],
        input=content,
        capture_output=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(hub.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repository.full_name}.git/{service}",
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": request.command,
            "CONTENT_TYPE": request.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
            "REMOTE_USER": token.login,
            **_ruled_refs(repository, hub.who(token, repository)),
        },
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
    headers = dict(lines)
    return int(headers.pop("Status", "200").split()[0]), headers, body


def _ruled_refs(repository: Repository, who: Who) -> dict[str, str]:
    closed, steady, kept = [], [], []
    ruled = repository.protections or repository.rulesets
    for name in repository.branches() if ruled else ():
        rules, ref = repository.rules(name, who), f"refs/heads/{name}"
        closed += [ref] if rules.pull_request else []
        steady += [ref] if rules.no_force_push else []
        kept += [ref] if rules.no_deletion else []
    return {
        "CLOSED_REFS": " ".join(closed),
        "STEADY_REFS": " ".join(steady),
        "KEPT_REFS": " ".join(kept),
    }
