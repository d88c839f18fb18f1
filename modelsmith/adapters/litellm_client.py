"""The HTTP client that litellm is given: it shows each request's body before the body leaves."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from modelsmith.domain.hosted import HostedModel

Going = Callable[[bytes], bool]
"""Is shown a body; whether it may leave."""

going: ContextVar[Going] = ContextVar("going")
"""Who is shown what this task sends."""


class KeptInError(Exception):
    """A request did not leave: it was not let out, or a redirect would have taken it elsewhere."""


@asynccontextmanager
async def client_for(model: HostedModel, key: str) -> AsyncIterator[Any]:
    """Return the client that litellm's way to a model's API takes; closed on exit.

    A provider's SDK would try again by itself and hide it; both ways are told not to.
    """
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    async def shown(request: Any) -> None:  # noqa: ANN401 - httpx's own
        if request.url.host.strip("[]").lower() != model.host:
            raise KeptInError(f"a redirect to {request.url.host} was not followed")
        if not going.get()(await request.aread()):
            raise KeptInError("it was not let out")

    handler = AsyncHTTPHandler(timeout=model.limits.timeout_s, event_hooks={"request": [shown]})
    try:
        if model.api != "openai":
            yield handler
            return
        from openai import AsyncOpenAI

        yield AsyncOpenAI(
            api_key=key,
            base_url=model.address,
            http_client=handler.client,
            max_retries=0,
            timeout=model.limits.timeout_s,
        )
    finally:
        await handler.close()
