"""The server: one port, three wires."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from modelsmith.boundary.hosted_model import Api, HostedModel, Limits, Price
from tests.support.providers import anthropic_wire, gemini_wire, openai_wire
from tests.support.providers.call import BadRequestError, Call, Fault, Said, key_digest
from tests.support.providers.usage import PromptCache

Script = Callable[[Call], str | Said | Fault]
WIRES: Mapping[Api, Any] = {
    "anthropic": anthropic_wire,
    "gemini": gemini_wire,
    "openai": openai_wire,
}
BASES: Mapping[Api, str] = {"anthropic": "", "gemini": "/v1beta", "openai": "/v1"}
MODELS: Mapping[Api, str] = {
    "anthropic": "claude-opus-4-7-20260416",
    "gemini": "gemini-3.1-pro-preview",
    "openai": "gpt-5.5-2026-04-23",
}
PRICE = Price(read=2.0, written=10.0, cached=0.5)
LIMITS = Limits(concurrency=8, requests_per_minute=60_000, timeout_s=30.0, attempts=3)
SECRET = ("authorization", "x-api-key", "x-goog-api-key")
DRIP_S, PIECE = 0.02, b"a" * 65_536


@dataclass(frozen=True)
class Request:
    """What came over the wire, its key replaced by a digest."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class ProviderServer:
    """What a script answers with, and what was asked."""

    def __init__(self, script: Script, keys: Mapping[Api, str]) -> None:
        self.script, self._keys = script, keys
        self.calls: list[Call] = []
        self.requests: list[Request] = []
        self.refusals: list[str] = []
        self.arrivals: list[float] = []
        self.most_at_once = 0
        self.port = 0
        self.ended = threading.Event()
        self._under_way = 0
        self._lock = threading.RLock()
        self._cache = PromptCache()

    def model(self, name: str = "m", *, api: Api = "openai", **changes: object) -> HostedModel:
        """Return a hosted model at this server; it needs no key unless `key_env` is given."""
        fields: dict[str, Any] = {
            "name": name,
            "provider": api,
            "family": "m",
            "api": api,
            "model": MODELS[api],
            "url": f"http://127.0.0.1:{self.port}{BASES[api]}",
            "price_usd_per_million": PRICE,
            "limits": LIMITS,
        }
        changes = {"price_usd_per_million" if k == "price" else k: v for k, v in changes.items()}
        return HostedModel(**fields | changes)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request as under way."""
        with self._lock:
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1

    def answer(
        self, wire: ModuleType, request: Request, query: Mapping[str, str], key: str
    ) -> tuple[Fault, Mapping[str, Any]]:
        """Return how a request is answered, and the body of it."""
        call: Call | None = None
        try:
            call = self._call(wire, request, key)
            said = self.script(call)
        except BadRequestError as error:
            self.refusals.append(f"{error.status}: {error}")
            how = "key" if error.status == 401 else "status"
            said = Fault(how, status=error.status, message=str(error))
        if isinstance(said, Fault) and said.how in ("status", "key"):
            said = replace(said, message=said.message.replace("{key}", key))
            status, body = wire.error(said)
            return replace(said, status=status), body
        assert call is not None
        if isinstance(said, Fault) and said.how == "nothing":
            return said, wire.nothing(call)
        fault = said if isinstance(said, Fault) else Fault("status")
        text = said if isinstance(said, str | Said) else '{"yes": true}'
        told = Said(text) if isinstance(text, str) else text
        with self._lock:
            usage = self._cache.usage(call, told)
        return fault, wire.reply(call, told, usage)

    def _call(self, wire: ModuleType, request: Request, key: str) -> Call:
        if request.method != "POST":
            raise BadRequestError(f"{request.method} is not allowed", status=405)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise BadRequestError("content-type must be application/json")
        try:
            body = json.loads(request.body)
        except ValueError:
            raise BadRequestError("could not parse the JSON body") from None
        if not isinstance(body, dict):
            raise BadRequestError("the body must be an object")
        call: Call = wire.call_of(request.path, request.headers, body, key)
        known = self._keys.get(call.api)
        if known is not None and key != known:
            raise BadRequestError("the key is not known", status=401)
        with self._lock:
            call = replace(call, number=len(self.calls) + 1)
            self.calls.append(call)
        return call


@contextmanager
def provider_server(
    script: Script, keys: Mapping[Api, str] | None = None
) -> Iterator[ProviderServer]:
    """Serve on this machine for as long as the context lasts.

    Args:
        script: Says what each valid request is answered with; called in a thread of the request.
        keys: The key of each wire that is taken; any is where none is given.
    """
    server = ProviderServer(script, keys or {})

    class Handler(_Handler):
        providers = server

    with _Http(("127.0.0.1", 0), Handler) as http:
        server.port = http.server_port
        thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            http.shutdown()
            thread.join()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    providers: ProviderServer

    def handle(self) -> None:
        with suppress(ConnectionError):  # who asked was killed
            super().handle()

    def do_POST(self) -> None:
        with self.providers.counted(), suppress(ConnectionError):
            self._answered()

    do_GET = do_PUT = do_POST  # noqa: N815 - names that http.server calls

    def _answered(self) -> None:
        address = urlsplit(self.path)
        query = dict(parse_qsl(address.query))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        wire = next((one for one in WIRES.values() if one.PATH.match(address.path)), None)
        key = wire.key_of(headers, query) if wire else ""
        self.providers.arrivals.append(time.monotonic())
        request = Request(self.command, address.path, _without_key(headers), body)
        self.providers.requests.append(request)
        if wire is None:
            self.providers.refusals.append(f"404: no {address.path}")
            self._send(404, b'{"error": {"message": "not found"}}')
            return
        fault, reply = self.providers.answer(wire, request, query, key)
        self._told(fault, json.dumps(reply).encode())

    def _told(self, fault: Fault, data: bytes) -> None:
        if fault.how == "slow":
            self._begin(200, {"content-length": str(len(data))})
            pause = max(DRIP_S, fault.lasts_s / len(data))
            for byte in data:
                self.wfile.write(bytes([byte]))
                if self.providers.ended.wait(pause):
                    break
            self.close_connection = True
        elif fault.how == "endless":
            self._begin(200, {"transfer-encoding": "chunked"})
            piece = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)
            while not self.providers.ended.wait(DRIP_S):
                self.wfile.write(piece)
            self.close_connection = True
        elif fault.how == "reset":
            self._begin(200, {"content-length": str(len(data))})
            self.wfile.write(data[: len(data) // 2])
            linger = struct.pack("ii", 1, 0)  # closing sends a reset, not an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
        elif fault.how == "truncated":
            self._send(200, data[: len(data) // 2])
        elif fault.how == "page":
            page = b"<html><body>Sign in to the network</body></html>"
            self._send(200, page, {"content-type": "text/html"})
        else:
            more = {"retry-after": fault.retry_after} if fault.retry_after else {}
            self._send(fault.status, data, more)

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()

    def _send(self, status: int, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        self._begin(status, {"content-length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


def _without_key(headers: Mapping[str, str]) -> dict[str, str]:
    return {k: key_digest(v) if k in SECRET else v for k, v in headers.items()}
