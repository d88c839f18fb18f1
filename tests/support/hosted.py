"""Hosted models in memory: they answer by a function, and keep the port's promises."""

import json
from collections.abc import Callable, Mapping

from modelsmith.boundary.call import Ask, Lost, Reply
from modelsmith.boundary.hosted_model import HostedModel, Price
from modelsmith.documents.json_schema import problems_of

Script = Callable[[HostedModel, Ask], str | Reply | Lost]
FREE = Price(read=0, written=0)


class ScriptedHosted:
    """Asks a function. Tokens are words; a text of the wrong shape is sent back once, then lost.

    `asks` keeps every question that left, repairs included.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asks: list[tuple[str, Ask]] = []

    def ask(
        self,
        model: HostedModel,
        asks: Mapping[str, Ask],
        *,
        leaving: Callable[[str, int, bytes], bool],
        came: Callable[[str, Reply | Lost], None],
    ) -> None:
        for key, ask in asks.items():
            came(key, self._one(model, key, ask, leaving))

    def _one(
        self,
        model: HostedModel,
        key: str,
        ask: Ask,
        leaving: Callable[[str, int, bytes], bool],
    ) -> Reply | Lost:
        read, written, wrong = 0, 0, ""
        price = model.price_usd_per_million or FREE
        for attempt in (1, 2):
            if not leaving(key, attempt, ask.model_dump_json(by_alias=True).encode()):
                reason = "it was not let out"
                cost = price.cost_usd(read, 0, written)
                return Lost(
                    reason=reason,
                    attempts=attempt - 1,
                    read_tokens=read,
                    written_tokens=written,
                    cost_usd=cost,
                )
            self.asks.append((model.name, ask))
            said = self.script(model, ask)
            if isinstance(said, Reply) and said.finish == "length" and _read(ask, said.text)[1]:
                return Lost(
                    reason=f"The reply was cut off after {ask.sampling.max_tokens} tokens",
                    attempts=attempt,
                    read_tokens=read + said.read_tokens,
                    written_tokens=written + said.written_tokens,
                    cost_usd=price.cost_usd(read, 0, written) + said.cost_usd,
                )
            if not isinstance(said, str):
                return said
            read += sum(len(turn.content.split()) for turn in ask.prompt)
            written += len(said.split())
            value, wrong = _read(ask, said)
            if not wrong:
                return Reply(
                    text=said,
                    value=value,
                    finish="stop",
                    model=model.model,
                    read_tokens=read,
                    written_tokens=written,
                    cost_usd=price.cost_usd(read, 0, written),
                    latency_s=0.0,
                    attempts=attempt,
                )
        return Lost(
            reason=wrong,
            attempts=2,
            read_tokens=read,
            written_tokens=written,
            cost_usd=price.cost_usd(read, 0, written),
        )


def _read(ask: Ask, text: str) -> tuple[object, str]:
    if not text.strip():
        return None, "the reply is empty"
    if ask.shape is None:
        return None, ""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        return None, f"the reply is not one JSON object: {error}"
    return value, "; ".join(problem.what for problem in problems_of(ask.shape.schema_, value))
