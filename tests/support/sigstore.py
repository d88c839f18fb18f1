"""A private Sigstore on loopback: identity provider, certificate authority and log.

It answers what GitHub's runner and Sigstore's services answer, so that signing goes the very way of
CI: the runner's token, a certificate for it, a line in the log. Its keys live in this process.
"""

import base64
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.support.fulcio import OPERATOR, Fulcio, id_of, public_der
from tests.support.rekor import Rekor

ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "acme/factory"
WORKFLOW = f"{REPOSITORY}/.github/workflows/promote.yml"
SHA = "0123456789abcdef0123456789abcdef01234567"
BEARER = "a runner's secret"
"""What the runner shows for a token."""

CLAIMS: Mapping[str, str] = {
    "iss": ISSUER,
    "sub": f"repo:{REPOSITORY}:ref:refs/heads/main",
    "repository": REPOSITORY,
    "repository_id": "4242",
    "repository_owner": "acme",
    "repository_owner_id": "42",
    "repository_visibility": "private",
    "workflow": "promote",
    "workflow_ref": f"{WORKFLOW}@refs/heads/main",
    "workflow_sha": SHA,
    "job_workflow_ref": f"{WORKFLOW}@refs/heads/main",
    "job_workflow_sha": SHA,
    "ref": "refs/heads/main",
    "sha": SHA,
    "event_name": "schedule",
    "run_id": "987654",
    "run_attempt": "1",
    "runner_environment": "self-hosted",
}
"""What GitHub says of a job of promote.yml on the default branch."""


class PrivateSigstore:
    """The services' keys, and what they answer."""

    def __init__(self) -> None:
        self._since = datetime.now(UTC) - timedelta(minutes=5)
        self._issuer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._fulcio = Fulcio(self._issuer.public_key(), self._since)
        self._rekor = Rekor()
        self.claims = CLAIMS
        """What the identity provider says of the job that asks for a token."""
        self.url = "http://127.0.0.1:1"
        self.is_logging = True
        """Whether the log takes entries."""

    def token(self, *, life_s: int = 600, **claims: str) -> str:
        """Return a token of the issuer; one that has ended where its life is negative."""
        now = int(time.time())
        times = {"iat": now - 900, "nbf": now - 900, "exp": now + life_s}
        stated = {**self.claims, "aud": "sigstore", **times, **claims}
        return jwt.encode(stated, self._issuer, algorithm="RS256")

    def environment(self) -> dict[str, str]:
        """Return the variables by which a job on GitHub gets its token."""
        return {
            "GITHUB_ACTIONS": "true",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": BEARER,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/oidc/token?api-version=2.0",
        }

    def root(self) -> dict[str, Any]:
        """Return the trusted root, which verifiers read."""
        since = {"start": self._since.isoformat()}
        authority = {
            "subject": {"organization": OPERATOR, "commonName": "fulcio"},
            "uri": self.url,
            "validFor": since,
            "certChain": {"certificates": [{"rawBytes": text(self._fulcio.root)}]},
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [self._log(self._rekor.key)],
            "ctlogs": [self._log(self._fulcio.log_key)],
            "timestampAuthorities": [],
            "certificateAuthorities": [authority],
        }

    def _log(self, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
        public = {
            "rawBytes": text(public_der(key)),
            "keyDetails": "PKIX_ECDSA_P256_SHA_256",
            "validFor": {"start": self._since.isoformat()},
        }
        return {
            "baseUrl": self.url,
            "hashAlgorithm": "SHA2_256",
            "logId": {"keyId": text(id_of(key))},
            "publicKey": public,
        }

    def trust(self) -> dict[str, Any]:
        """Return the client trust config, which signers read."""
        service = {
            "url": self.url,
            "majorApiVersion": 1,
            "validFor": {"start": self._since.isoformat()},
            "operator": OPERATOR,
        }
        signing = {
            "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
            "caUrls": [service],
            "oidcUrls": [service],
            "rekorTlogUrls": [service],
            "tsaUrls": [],
            "rekorTlogConfig": {"selector": "ANY"},
            "tsaConfig": {"selector": "ANY"},
        }
        return {
            "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
            "trustedRoot": self.root(),
            "signingConfig": signing,
        }

    def answer(self, path: str, bearer: str, body: bytes) -> tuple[int, Any]:
        """Return status and JSON for a request."""
        try:
            if path.startswith("/oidc/token") and bearer == BEARER:
                return 200, {"value": self.token()}
            if path == "/api/v2/signingCert":
                request = base64.b64decode(json.loads(body)["certificateSigningRequest"])
                chain = {"certificates": self._fulcio.chain(request, bearer)}
                return 201, {"signedCertificateEmbeddedSct": {"chain": chain}}
            if path == "/api/v1/log/entries" and self.is_logging:
                return 201, self._rekor.entry(json.loads(body), datetime.now(UTC))
        except (ValueError, KeyError, jwt.InvalidTokenError) as error:
            return 400, {"code": 400, "message": f"{type(error).__name__}: {error}"}
        return 404, {"code": 404, "message": f"there is no {path}"}


def text(content: bytes) -> str:
    """Return bytes as JSON has them."""
    return base64.b64encode(content).decode()


@contextmanager
def private_sigstore() -> Iterator[PrivateSigstore]:
    """Yield a Sigstore that answers until the end of the block."""
    services = PrivateSigstore()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            _, _, bearer = (self.headers.get("Authorization") or "").partition(" ")
            status, told = services.answer(self.path, bearer, body)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 - the library's names

        def log_message(self, *_words: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        services.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield services
        finally:
            listening.shutdown()
            thread.join()
