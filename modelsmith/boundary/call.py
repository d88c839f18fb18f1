"""One question to a hosted model, what came back, and what left for it."""

from collections.abc import Iterable, Mapping
from math import fsum
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, JsonValue, TypeAdapter

from modelsmith.boundary.grants import Provider, Purpose, Sendable
from modelsmith.boundary.hosted_model import HostedModel
from modelsmith.exam.scenario import Split
from modelsmith.models.generation import Prompt, Sampling, Usage
from modelsmith.record import Amount, Count, Positive, Record, Seconds, Sha256, digest_of


class QuestionSubject(Record):
    """What of one scenario of the exam a question carries."""

    scenario: str
    """Id of the scenario."""
    split: Split
    """Where it lies."""
    fields: tuple[Sendable, ...]
    """Which of its fields."""
    with_answer: bool = False
    """Whether an answer to it goes along."""


class ResponseSchema(Record):
    """The JSON object that a reply must be."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    """What the provider is told it is called."""
    schema_: Annotated[Mapping[str, JsonValue], Field(alias="schema")]
    """JSON Schema, draft 2020-12; every object closed and every property required, which is what
    all three providers can hold a model to."""


class Ask(Record):
    """One question to a hosted model."""

    purpose: Purpose
    """What for."""
    prompt: Prompt
    """The conversation."""
    shape: ResponseSchema | None = None
    """What the reply must be; none for plain text."""
    sampling: Sampling = Sampling()
    """How the reply is drawn."""
    subjects: tuple[QuestionSubject, ...] = ()
    """What of the exam is in it: what the boundary is asked about."""


class Reply(Record):
    """What a hosted model said."""

    kind: Literal["reply"] = "reply"
    text: str
    """The reply as generated."""
    value: JsonValue = None
    """The object in it, valid for the shape that was asked; none for plain text."""
    finish: Literal["stop", "length", "refusal"]
    """Whether the model ended by itself, ran into the token limit, or declined."""
    model: str
    """What the provider says it is."""
    read_tokens: Count
    """Tokens of the prompt, over the call's attempts."""
    cached_tokens: Count = 0
    """Those that the provider had cached."""
    written_tokens: Count
    """Tokens generated, over the call's attempts."""
    cost_usd: Amount
    """What the call cost, its repair included."""
    latency_s: Seconds
    """From the last attempt's start until it was read whole."""
    attempts: Positive = 1
    """Times it was sent: a repair and each retry count."""


class Lost(Record):
    """A call without a usable reply. Never a zero, never a verdict."""

    kind: Literal["lost"] = "lost"
    reason: str
    """What broke, without any key."""
    attempts: Count
    """Times it was sent."""
    read_tokens: Count = 0
    """Tokens of prompts that were paid for."""
    written_tokens: Count = 0
    """Tokens generated and paid for."""
    cost_usd: Amount = 0.0
    """What was paid for nothing."""


Outcome = Annotated[Reply | Lost, Field(discriminator="kind")]
"""How a call ended."""


class Sent(Record):
    """Something left: written, and on disk, before the first byte of it goes."""

    kind: Literal["sent"] = "sent"
    call: Sha256
    """Key of the call: the model's identity and the whole question."""
    attempt: Positive
    """Which attempt at it."""
    at: AwareDatetime
    """When, UTC."""
    provider: Provider
    """To whom."""
    model: str
    """The run's name of the model."""
    host: str
    """The host that was called."""
    purpose: Purpose
    """What for."""
    subjects: tuple[QuestionSubject, ...]
    """What of the exam was in it."""
    sha256: Sha256
    """Digest of what was sent."""
    size_bytes: Count
    """Size of what was sent."""


class Came(Record):
    """A call ended."""

    kind: Literal["came"] = "came"
    call: Sha256
    """Key of the call."""
    outcome: Literal["reply", "lost"]
    """How."""
    reason: str = ""
    """What broke; empty for a reply."""
    attempts: Count
    """Times it was sent."""
    read_tokens: Count
    """Tokens of the prompt."""
    cached_tokens: Count = 0
    """Those that the provider had cached."""
    written_tokens: Count
    """Tokens generated."""
    cost_usd: Amount
    """What it cost."""
    latency_s: Seconds
    """How long the reply took; 0 for a lost one."""


class Refused(Record):
    """Something was about to leave and did not."""

    kind: Literal["refused"] = "refused"
    at: AwareDatetime
    """When, UTC."""
    what: Literal["content", "connection", "lookup", "process"]
    """A question's content, a network connection, a name looked up, a process started."""
    target: str
    """Where it would have gone: provider, host and port, name, or program."""
    why: str
    """What the boundary says of it."""


class Held(Record):
    """What holds local work in while a phase is under way."""

    kind: Literal["held"] = "held"
    by: tuple[Literal["hook", "namespace"], ...]
    """An audit hook in the process, and a network namespace where the kernel permits one."""


class Unpaid(Record):
    """A question was not asked, since the budget left would not pay for its worst case."""

    kind: Literal["unpaid"] = "unpaid"
    at: AwareDatetime
    """When, UTC."""
    model: str
    """The run's name of who would have been asked."""
    purpose: Purpose
    """What for."""
    cost_usd: Amount
    """What the call could cost."""
    tokens: Count
    """Tokens that it could take."""


class Served(Record):
    """A local model answered a batch of questions on the machine of the run: nothing left."""

    kind: Literal["served"] = "served"
    batch: Sha256
    """Name of the answers: who answered, how, and what they were asked together."""
    model: str
    """The run's name of the model."""
    purpose: Purpose
    """What for."""
    asks: Positive
    """Questions of the batch."""
    read_tokens: Count
    """Tokens of the prompts."""
    written_tokens: Count
    """Tokens generated."""
    duration_s: Seconds
    """How long the machine worked on it."""


EgressEvent = Annotated[Held | Sent | Came | Refused | Unpaid | Served, Field(discriminator="kind")]
"""One line of a phase's `outbound.jsonl`."""

_LINE = TypeAdapter[EgressEvent](EgressEvent)


def egress_events_of(content: bytes) -> tuple[EgressEvent, ...]:
    """Return the lines of a phase's `outbound.jsonl`.

    Raises:
        ValueError: a line is not what is written there.
    """
    return tuple(_LINE.validate_json(line) for line in content.splitlines() if line)


def call_key(model: HostedModel, ask: Ask) -> str:
    """Return the key of a call: whose reply it is and the whole question.

    What the question says that it is about, and what for, is part of it: a reply that was given
    under one grant is not found under another. The price and the run's name of the model are not.
    """
    return digest_of({"model": dict(model.identity()), "ask": ask.model_dump(mode="json")})


def paid_for(events: Iterable[EgressEvent]) -> Usage:
    """Return what calls took that were not answered before: tokens and money, lost ones too.

    Waiting for a provider is no work of the machine, so it takes no seconds; answers of a local
    model do, and no money.
    """
    listed = list(events)
    ended = [event for event in listed if isinstance(event, Came)]
    served = [event for event in listed if isinstance(event, Served)]
    took: list[Came | Served] = [*ended, *served]
    return Usage(
        seconds=round(fsum(one.duration_s for one in served), 6),
        tokens=sum(one.read_tokens + one.written_tokens for one in took),
        cost_usd=round(fsum(came.cost_usd for came in ended), 6),
    )


def paid_for_judges(events: Iterable[EgressEvent]) -> float:
    """Return what asking judges cost, in USD."""
    listed = list(events)
    judging = {one.call for one in listed if isinstance(one, Sent) and one.purpose == "judge"}
    return paid_for(d for d in listed if isinstance(d, Came) and d.call in judging).cost_usd
