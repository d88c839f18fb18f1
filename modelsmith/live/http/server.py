"""The server's HTTP side: an OpenAI-compatible API, `/healthz` and `/metrics`, by aiohttp.

aiohttp, since it is both a server and the client that vLLM is asked with, and the lock file has it
already (litellm brings it): no package is added.
"""

import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from modelsmith.errors import BlockedError, InputError, ModelsmithError
from modelsmith.live.http.metrics import Figures
from modelsmith.live.http.openai_api import (
    ChatRequest,
    CompletionReply,
    WireError,
    error_event,
    model,
    models,
    request_in,
)
from modelsmith.live.serving.channel_follower import ChannelFollower
from modelsmith.live.serving.health import Health, names_of
from modelsmith.models.chat import End, Piece, Said
from modelsmith.record import short
from modelsmith.runtime import Clock

if TYPE_CHECKING:
    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

RETRY_AFTER_S = 5
"""Seconds after which to ask again: about what a batch of the embedded model takes on two cores."""
MOST_BYTES = 8 << 20
"""Longest body; no model here reads as much."""
BUNDLE = "X-Modelsmith-Bundle"
"""Header of every answer: digest of the bundle of what answered."""


class HttpServer:
    """Routes, bound to the follower that hands requests to what is live."""

    def __init__(self, follower: ChannelFollower, clock: Clock) -> None:
        """Take the follower and the time."""
        self._follower = follower
        self._clock = clock
        self._figures = Figures()

    @asynccontextmanager
    async def run(self, host: str, port: int, drain_s: float) -> AsyncIterator[int]:
        """Listen, and give the port; on exit what was begun is finished, at most for `drain_s`.

        Raises:
            OSError: nothing can listen there.
        """
        from aiohttp import web

        @web.middleware
        async def in_openai_form(request: web.Request, handler: "Handler") -> web.StreamResponse:
            """Answer whatever goes wrong as OpenAI's API does."""
            try:
                return await handler(request)
            except ConnectionError:
                raise  # the client is gone
            except web.HTTPException as error:
                words = f"{request.method} {request.path}: {error.reason}."
                told = WireError(words, status=error.status)
            except Exception as error:  # noqa: BLE001 - a defect is logged, and told as one
                told = _told(error, request.path)
            self._figures.count(told.status)
            waits = told.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
            headers = {"Retry-After": str(RETRY_AFTER_S)} if waits else {}
            return _json(told.body, told.status, headers)

        application = web.Application(middlewares=[in_openai_form], client_max_size=MOST_BYTES)
        application.router.add_get("/healthz", self._health)
        application.router.add_get("/metrics", self._measured)
        application.router.add_get("/v1/models", self._models)
        application.router.add_get("/v1/models/{name}", self._model)
        application.router.add_post("/v1/chat/completions", self._completed)
        runner = web.AppRunner(
            application, shutdown_timeout=drain_s, access_log=None, handler_cancellation=True
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()

    async def _health(self, _request: "web.Request") -> "web.StreamResponse":
        health = self._follower.health()
        status = HTTPStatus.OK if health.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return _json(health.model_dump(mode="json", by_alias=True), status)

    async def _measured(self, _request: "web.Request") -> "web.StreamResponse":
        from aiohttp import web

        return web.Response(text=self._figures.text(self._follower.health()))

    async def _models(self, _request: "web.Request") -> "web.StreamResponse":
        return _json(models(_named(self._follower.health())))

    async def _model(self, request: "web.Request") -> "web.StreamResponse":
        name, known = request.match_info["name"], _named(self._follower.health())
        _require(name, tuple(known))
        return _json(model(name, known[name]))

    async def _completed(self, request: "web.Request") -> "web.StreamResponse":
        asked = request_in(await request.read())
        chat = asked.chat()
        with self._follower.lease() as leased:
            live = leased.release
            names = names_of(live.request.release, live.pointer.channel)
            _require(asked.model, names)
            bundle = live.request.release.bundle_sha256
            reply = CompletionReply(
                id=f"chatcmpl-{secrets.token_hex(12)}",
                created=int(self._clock.now().timestamp()),
                model=names[-1],
                fingerprint=f"fp_{short(bundle)}",
            )
            async with aclosing(leased.engine.stream(chat)) as events:
                if asked.stream:
                    return await self._stream(request, events, asked, reply, bundle)
                return await self._whole(events, asked, reply, bundle)

    async def _whole(
        self, stream: AsyncIterator[Said], asked: ChatRequest, reply: CompletionReply, bundle: str
    ) -> "web.StreamResponse":
        events = [event async for event in stream]
        pieces = [event for event in events if isinstance(event, Piece)]
        end = next(event for event in events if isinstance(event, End))
        self._figures.count(HTTPStatus.OK, end)
        body = reply.whole(pieces, end, logprobs=bool(asked.logprobs))
        return _json(body, headers={BUNDLE: bundle})

    async def _stream(
        self,
        request: "web.Request",
        events: AsyncIterator[Said],
        asked: ChatRequest,
        reply: CompletionReply,
        bundle: str,
    ) -> "web.StreamResponse":
        from aiohttp import web

        first = await anext(events)  # what cannot be answered at all has a status of its own
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", BUNDLE: bundle}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        await response.write(reply.first())
        try:
            async for event in _after(first, events):
                if isinstance(event, End):
                    self._figures.count(HTTPStatus.OK, event)
                    await response.write(reply.last(event, usage=asked.wants_usage))
                else:
                    await response.write(reply.piece(event, logprobs=bool(asked.logprobs)))
        except ConnectionError:
            raise  # the client is gone
        except Exception as error:  # noqa: BLE001 - told in the stream, whose status was sent
            told = _told(error, request.path)
            self._figures.count(told.status)
            await response.write(error_event(told))
        await response.write_eof()
        return response


def _json(
    body: Any,  # noqa: ANN401 - any JSON
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> "web.StreamResponse":
    from aiohttp import web

    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")


async def _after(first: Said, events: AsyncIterator[Said]) -> AsyncIterator[Said]:
    yield first
    async for event in events:
        yield event


def _named(health: Health) -> dict[str, int]:
    if health.release is None or health.since is None:
        return {}
    since = int(health.since.timestamp())
    return dict.fromkeys(names_of(health.release, health.channel), since)


def _require(name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise WireError(
            f"The model '{name}' does not exist here; live: {', '.join(known) or 'nothing'}.",
            status=HTTPStatus.NOT_FOUND,
            param="model",
            code="model_not_found",
        )


def _told(error: Exception, path: str) -> WireError:
    """Return an error as a client is told: whose it is, and whether to ask again."""
    if isinstance(error, WireError):
        return error
    if not isinstance(error, ModelsmithError):
        from aiohttp.log import server_logger

        server_logger.error("a defect in modelsmith, in %s", path, exc_info=error)
        return WireError("A defect in the server.", status=500, kind="server_error")
    words = f"{error.what}. {error.remedy}"
    if isinstance(error, InputError):
        return WireError(words, param="messages", code="context_length_exceeded")
    if isinstance(error, BlockedError) and error.reason == "busy":
        return WireError(
            words, status=HTTPStatus.TOO_MANY_REQUESTS, kind="rate_limit_error", code="busy"
        )
    if isinstance(error, BlockedError):
        code = f"channel_{error.reason}"
        return WireError(
            words, status=HTTPStatus.SERVICE_UNAVAILABLE, kind="server_error", code=code
        )
    return WireError(words, status=HTTPStatus.INTERNAL_SERVER_ERROR, kind="server_error")
