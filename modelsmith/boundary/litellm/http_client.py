"""The HTTP client that litellm is given: it shows each request's body before the body leaves."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from modelsmith.boundary.hosted_model import HostedModel

Going = Callable[[bytes], bool]
"""Is shown a body; whether it may leave."""

going: ContextVar[Going] = ContextVar("going")
"""Who is shown what this task sends."""


LARGEST_REPLY = 16 << 20
"""Bytes of the largest body that is read; a reply of 100,000 tokens has less than one MiB."""


class KeptInError(Exception):
    """A request did not leave: it was not let out, or a redirect would have taken it elsewhere."""


class NoReplyError(Exception):
    """A server answered and said nothing; another attempt may do better."""


class _Capped:
    """A body that ends with an error where it is larger than any reply."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 - httpx's own
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > LARGEST_REPLY:
                raise NoReplyError(f"the server sent more than {LARGEST_REPLY >> 20} MiB")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


@asynccontextmanager
async def client_for(model: HostedModel, key: str) -> AsyncIterator[Any]:
    """Return the client that litellm's way to a model's API takes; closed on exit.

    A provider's SDK would try again by itself and hide it; both ways are told not to.
    """
    import httpx
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    capped = type("Capped", (_Capped, httpx.AsyncByteStream), {})

    async def let_out(request: Any) -> None:  # noqa: ANN401 - httpx's own
        if request.url.host.strip("[]").lower() != model.host:
            raise KeptInError(f"a redirect to {request.url.host} was not followed")
        if not going.get()(await request.aread()):
            raise KeptInError("it was not let out")

    async def read_whole(response: Any) -> None:  # noqa: ANN401 - httpx's own
        response.stream = capped(response.stream)
        content = await response.aread()
        if response.status_code == HTTPStatus.OK and not _is_json(content):
            kind = response.headers.get("content-type", "nothing")
            raise NoReplyError(f"the server answered 200 with {kind}, which is no JSON to the end")

    hooks = {"request": [let_out], "response": [read_whole]}
    handler = AsyncHTTPHandler(timeout=model.limits.timeout_s, event_hooks=hooks)
    try:
        if model.api != "openai":
            yield handler
            return
        from openai import AsyncOpenAI

        client = AsyncOpenAI(
            api_key=key,
            base_url=model.address,
            http_client=handler.client,
            max_retries=0,
            timeout=model.limits.timeout_s,
        )
        client._platform = "Unknown"  # noqa: SLF001 - else it starts a program to find out
        yield client
    finally:
        await handler.close()


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
