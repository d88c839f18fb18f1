"""What asking through our adapter adds to bare litellm, and how many calls it keeps under way.

    python -m tests.benchmarks.hosted_calls

Both ask the same local server, in turns, in the same run; the server answers at once in the first
part and after `THINKS_S` in the second, where 64 calls are under way together.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable

from modelsmith.boundary.call import Ask, Lost, Reply, ResponseSchema
from modelsmith.boundary.hosted_model import Api, HostedModel, Limits
from modelsmith.boundary.litellm.client import LitellmModels
from modelsmith.boundary.litellm.library import library
from modelsmith.models.generation import Message, Sampling
from tests.support.providers import Call, ProviderServer, provider_server

CALLS, ROUNDS = 100, 5
TOGETHER, THINKS_S = 64, 0.25
SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
PROMPT = (
    Message(role="system", content="Judge one criterion."),
    Message(role="user", content="Is it so? " * 200),
)
ASK = Ask(purpose="judge", prompt=PROMPT, shape=ResponseSchema(name="verdict", schema=SCHEMA))


def ours(model: HostedModel, count: int) -> float:
    """Return the seconds that `count` calls take through the adapter."""
    outcomes: list[Reply | Lost] = []
    begun = time.perf_counter()
    LitellmModels().ask(
        model,
        {str(n): ASK for n in range(count)},
        leaving=lambda *_: True,
        came=lambda _, outcome: outcomes.append(outcome),
    )
    took = time.perf_counter() - begun
    assert all(isinstance(one, Reply) for one in outcomes), outcomes[0]
    return took


def bare(model: HostedModel, count: int) -> float:
    """Return the seconds that they take by litellm alone, with as many under way."""
    litellm = library()
    places = asyncio.Semaphore(model.limits.concurrency)

    async def one() -> None:
        async with places:
            reply = await litellm.acompletion(
                model=f"{model.api}/{model.model}",
                messages=[turn.model_dump() for turn in PROMPT],
                max_tokens=Sampling().max_tokens,
                api_key="none",
                api_base=model.address,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "verdict", "schema": SCHEMA, "strict": True},
                },
                drop_params=True,
                num_retries=0,
                max_retries=0,
            )
            json.loads(reply.choices[0].message.content)

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one())

    begun = time.perf_counter()
    asyncio.run(all_of_them())
    return time.perf_counter() - begun


def at_once(_: Call) -> str:
    return '{"yes": true}'


def thinking(_: Call) -> str:
    time.sleep(THINKS_S)
    return '{"yes": true}'


def a_model(server: ProviderServer, api: Api, concurrency: int) -> HostedModel:
    limits = Limits(concurrency=concurrency, requests_per_minute=100_000, attempts=1)
    return server.model(api, api=api, limits=limits)


def compared(script: Callable[[Call], str], api: Api, calls: int, concurrency: int) -> str:
    with provider_server(script) as server:
        model = a_model(server, api, concurrency)
        ours(model, 2)
        bare(model, 2)  # both have loaded what they load late
        pairs = [(ours(model, calls), bare(model, calls)) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    each = (mine - theirs) / calls * 1000
    return (
        f"{api:10} {concurrency:3} at once: {calls / mine:6.1f} calls a second, bare litellm "
        f"{calls / theirs:6.1f}; time ratio {ratio:.2f}, {each:+.2f} ms a call"
    )


def main() -> None:
    apis: tuple[Api, ...] = ("anthropic", "gemini", "openai")
    for api in apis:
        print(compared(at_once, api, CALLS, 1))
    for api in apis:
        print(compared(thinking, api, 4 * TOGETHER, TOGETHER))


if __name__ == "__main__":
    main()
