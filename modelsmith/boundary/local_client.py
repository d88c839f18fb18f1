"""Ask local models on behalf of a phase, on the machine of the run: nothing leaves.

The batch is the unit of work and of caching, as it is for the run's own model; its size is a
constant, since a judge is certified for the batches that it answers in. A reply is read leniently:
nothing holds a local model to a shape while it writes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder

from pydantic import JsonValue
from typing_extensions import override

from modelsmith.boundary.call import Ask, Lost, Reply, ResponseSchema, Served
from modelsmith.boundary.hosted_model import LocalJudge
from modelsmith.boundary.ports import Journal, Outbound
from modelsmith.documents.json_schema import is_valid
from modelsmith.errors import EngineError
from modelsmith.models.batching import answer_batch, batch_key, batches
from modelsmith.models.engine_port import Engine, Engines
from modelsmith.models.generation import Answer
from modelsmith.runtime import Progress
from modelsmith.store.port import Cache

BATCH = 16
"""Questions that are answered together: half a run's usual batch, for prompts about twice as long
(run/config.py, Evaluation)."""

THOUGHT = "</think>"
"""Where a model that thinks aloud begins to reply."""


@dataclass(frozen=True)
class LocalOutbound(Outbound):
    """Asks the local models of one run, or of one exam for judges."""

    judges: Sequence[LocalJudge]
    """Who may be asked."""
    engines: Engines
    """Opens them."""
    cache: Cache
    """Answers of before."""
    journal: Journal
    """Where what was answered is written down."""
    progress: Progress

    @override
    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        """Return what became of each question, in order.

        Raises:
            EngineError: the model cannot be opened, or it is not the one that the run knows.
        """
        if not asks:
            return ()
        (judge,) = (one for one in self.judges if one.name == model)
        outcomes: dict[int, Reply | Lost] = {}
        self.progress.track(label, 0, len(asks))
        with self.engines.open(judge.source, None, None) as engine:
            if changed := judge.changed_in(engine.identity):
                raise EngineError(
                    f"{judge.name} is not what it was when it was looked up: another "
                    f"{', another '.join(changed)}",
                    remedy="Put back what the run began with; another judge sits the exam anew, "
                    f"`modelsmith judge exam --judge {judge.name}`, and decides in a new run.",
                )
            for places in _planned(asks):
                answered = self._batch(engine, judge, [asks[at] for at in places])
                outcomes |= zip(places, answered, strict=True)
                self.progress.track(label, len(outcomes), len(asks))
        return [outcomes[at] for at in range(len(asks))]

    def _batch(
        self, engine: Engine, judge: LocalJudge, asks: Sequence[Ask]
    ) -> Sequence[Reply | Lost]:
        """Return what became of one batch; its answers are in the cache before they are told."""
        together, sampling = [ask.prompt for ask in asks], asks[0].sampling
        key = batch_key(engine.identity, sampling, together)
        said = answer_batch(engine, together, sampling, key, self.cache)
        told = {line.batch for line in self.journal.egress_events() if isinstance(line, Served)}
        given = [answer for answer in said if isinstance(answer, Answer)]
        if given and key not in told:
            self.journal.write(
                Served(
                    batch=key,
                    model=judge.name,
                    purpose=asks[0].purpose,
                    asks=len(given),
                    read_tokens=sum(answer.prompt_tokens for answer in given),
                    written_tokens=sum(answer.answer_tokens for answer in given),
                    duration_s=given[0].latency_s,
                )
            )
        return [_outcome(judge, ask, one) for ask, one in zip(asks, said, strict=True)]


def _planned(asks: Sequence[Ask]) -> Iterator[tuple[int, ...]]:
    """Yield the places of the questions of each batch: of one purpose and one way of drawing."""
    alike: dict[tuple[str, bytes], list[int]] = {}
    for at, ask in enumerate(asks):
        alike.setdefault((ask.purpose, ask.sampling.canonical()), []).append(at)
    for places in alike.values():
        for batch in batches([asks[at].prompt for at in places], BATCH):
            yield tuple(places[at] for at in batch)


def _outcome(judge: LocalJudge, ask: Ask, answer: Answer | str) -> Reply | Lost:
    if isinstance(answer, str):
        return Lost(reason=answer, attempts=1)
    return Reply(
        text=answer.text,
        value=None if ask.shape is None else value_in(ask.shape, answer.text),
        finish=answer.finish,
        model=judge.model,
        read_tokens=answer.prompt_tokens,
        written_tokens=answer.answer_tokens,
        cost_usd=0.0,
        latency_s=answer.latency_s,
    )


def value_in(shape: ResponseSchema, text: str) -> JsonValue:
    """Return the one JSON object of a text that is of the shape, whatever stands around it.

    None where there is none, and where there are several: which one is meant nobody knows.
    """
    found = list(_objects_in(text.rpartition(THOUGHT)[2]))
    return found[0] if len(found) == 1 and is_valid(shape.schema_, found[0]) else None


def _objects_in(text: str) -> Iterator[JsonValue]:
    decoder, at = JSONDecoder(strict=False), text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except (JSONDecodeError, RecursionError):
            end = at + 1
        else:
            yield value
        at = text.find("{", end)
