"""The local GitHub on the network: requests in, checked answers out."""

import base64
import json
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

import jwt

from tests.support.github import (  # noqa: F401 - what answers registers itself
    actions,
    branches,
    checks,
    git_data,
    issues,
    people,
    pulls,
    reviews,
    settings,
)
from tests.support.github.graphql import answered
from tests.support.github.rights import LEVELS, Token, role_for
from tests.support.github.routing import ROUTES, Call, Refusal, Route
from tests.support.github.smart_http import GIT_PATH, git_answer
from tests.support.github.spec import SpecError
from tests.support.github.state import Clock, GitHub

LIMITS = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-GitHub-Request-Id": "0"}

PREFIX = "/api/v3"
"""Where GitHub Enterprise has its API; the local one answers there too."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    hub: GitHub

    def log_message(self, *_: Any) -> None:
        """Write nothing: the requests are kept in `hub.requests`."""

    def _handle(self) -> None:
        url, content = urlsplit(self.path), self._content()
        match = GIT_PATH.fullmatch(url.path)
        if match:
            status, headers, body = git_answer(self.hub, self, match, url, content)
            self._send(status, body, headers)
            return
        path = url.path.removeprefix(PREFIX)
        fault = self.hub.faults.next(self.command, path)
        if fault and fault.kind == "dropped before":
            self._drop()
        elif fault and fault.kind == "half an answer":
            self._send(200, b'{"half', {"Content-Type": "application/json"})
        elif fault and fault.kind not in {"dropped after", "meanwhile"}:
            status, body, headers = fault.answer(self.hub.now().timestamp())
            self.hub.requests.append((self.command, path, status))
            self._send_json(status, body, headers)
        else:
            with self.hub.lock:
                if fault:
                    fault.act()
                status, body, headers = self._answer(path, url, content)
                self.hub.requests.append((self.command, path, status))
            if fault and fault.kind == "dropped after":
                self._drop()
            else:
                self._send_json(status, body, headers)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - http.server's names

    def _drop(self) -> None:
        """Go silent, as a network does."""
        self.close_connection = True
        self.connection.shutdown(2)

    def _content(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            content += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return content

    def _answer(
        self, path: str, url: SplitResult, content: bytes
    ) -> tuple[int, Any, dict[str, str]]:
        headers = dict(LIMITS)
        try:
            body = json.loads(content) if content else None
            token = self.bearer()
            if path in {"/graphql", "/api/graphql"}:
                return 200, answered(self.hub, token, body), headers
            status, answer = self._answer_rest(
                token, path, dict(parse_qsl(url.query, keep_blank_values=True)), body, headers
            )
        except Refusal as no:
            return no.status, no.body, headers | no.headers
        except SpecError as fault:
            self.hub.violations.append(str(fault))
            return 422, {"message": f"SPEC: {fault}"}, headers
        except Exception as fault:  # noqa: BLE001 - a defect of the local GitHub itself
            self.hub.violations.append("".join(traceback.format_exception(fault)))
            return 500, {"message": repr(fault)}, headers
        return status, answer, headers

    def _answer_rest(
        self, token: Token, path: str, query: Mapping[str, str], body: Any, headers: dict[str, str]
    ) -> tuple[int, Any]:
        hub, matched = self.hub, self.hub.spec.matched(self.command, path)
        if matched is None:
            raise SpecError(f"{self.command} {path} is not in the cut description")
        operation, words = matched
        route = ROUTES.get((operation.method, operation.path))
        if route is None:
            raise SpecError(f"{operation} is described and not answered")
        call = Call(hub, token, path, words, query, body, headers=headers)
        if "repo" in words and not token.secret.startswith("jwt of"):
            call.found = hub.repository(f"{words['owner']}/{words['repo']}")
        _require_right(call, route)
        hub.spec.check_request(operation, words, query, body)
        status, answer = route.handler(call)
        return status, hub.spec.answered(operation, status, answer)

    def bearer(self) -> Token:
        """Return whose request it is.

        Raises:
            Refusal: the token is unknown or has expired.
        """
        scheme, _, secret = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            secret = base64.b64decode(secret).decode().partition(":")[2]
        token = self.hub.tokens.get(secret) or _app_token(self.hub, secret)
        if token is None or (token.expires_at and token.expires_at <= self.hub.now()):
            raise Refusal(401, "Bad credentials")
        return token

    def _send_json(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        kind = {"Content-Type": "application/json; charset=utf-8"}
        self._send(status, b"" if body is None else json.dumps(body).encode(), {**kind, **headers})

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)


def _app_token(hub: GitHub, secret: str) -> Token | None:
    """Return what stands for an App whose JWT this is: signed, not expired, ten minutes at most."""
    for app in hub.apps.values():
        try:
            said = jwt.decode(secret, app.public_key, algorithms=["RS256"], issuer=str(app.id))
        except jwt.InvalidTokenError:
            continue
        if said["exp"] - hub.now().timestamp() <= 600 and said["iat"] <= hub.now().timestamp() + 60:
            return Token(f"jwt of {app.id}", app.login, "app", {})
    return None


def _require_right(call: Call, route: Route) -> None:
    """Refuse as GitHub does: 404 where a repository must not be known, 403 where a right lacks."""
    token, needs = call.token, route.needs
    if call.found is not None:
        role = call.hub.role(token, call.found)
        if role == "none":
            raise Refusal(404, "Not Found")
        if LEVELS[role] < LEVELS[role_for(needs)]:
            is_settings = "administration" in needs
            status, words = (
                (404, "Not Found") if is_settings else (403, "Must have push access to repository")
            )
            raise Refusal(status, words)
    if token.secret.startswith("jwt of") or token.allows(needs):
        return
    if token.kind == "classic":
        scopes = {"X-OAuth-Scopes": ", ".join(sorted(token.scopes))}
        wanted = {
            token.scope_for(one.split("=")[0].strip()) for one in needs.replace(";", ",").split(",")
        }
        scopes["X-Accepted-OAuth-Scopes"] = ", ".join(sorted(wanted))
        raise Refusal(404, "Not Found", headers=scopes)
    whose = "integration" if token.is_program else "personal access token"
    headers = {"X-Accepted-GitHub-Permissions": needs}
    raise Refusal(403, f"Resource not accessible by {whose}", headers=headers)


@contextmanager
def served(root: Path, *, port: int = 0, clock: Clock | None = None) -> Iterator[GitHub]:
    """Serve an empty GitHub whose repositories lie below `root`, until the block ends."""
    hub = GitHub(root, clock)
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.url = hub.api = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def github(root: Path, *, clock: Clock | None = None) -> Iterator[GitHub]:
    """Serve a GitHub to a test, and fail the test if anything broke GitHub's description."""
    with served(root, clock=clock) as hub:
        yield hub
    assert hub.violations == [], "\n".join(hub.violations)
