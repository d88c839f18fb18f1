"""Ask hosted models on behalf of a phase: within the boundary, from the cache, within the budget.

1. The boundary: what a question says that it carries, then what it does carry. One question that
   may not go keeps all of them in; each refusal is written down.
2. The cache: a question that was answered before costs nothing, in any run, on any machine that
   shares the store. What was lost is asked again.
3. The budget: as many questions are handed on as what is left pays for at their worst.
4. The journal: a line before each attempt leaves; one after its reply is in the cache.
5. A provider that is down: after some calls without any reply nobody else is asked, so that an
   outage neither ends a run nor lasts for hours.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import ValidationError
from typing_extensions import override

from modelsmith.boundary.budget import UNLIMITED, Worst, unpaid_words, worst_of
from modelsmith.boundary.call import (
    Ask,
    Came,
    EgressEvent,
    Lost,
    Refused,
    Reply,
    Sent,
    Unpaid,
    call_key,
)
from modelsmith.boundary.egress_filter import EgressFilter
from modelsmith.boundary.hosted_model import MODELS, Hosted, HostedModel, Limits
from modelsmith.boundary.ports import HostedModels, Journal, Outbound, Wall
from modelsmith.errors import BoundaryError, BudgetError, HostedError
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.record import sha256
from modelsmith.runtime import Clock, Progress
from modelsmith.store.port import Cache

REMEDY = "Have runners/boundaries.yaml reviewed with a boundary that grants it, for a new run."

SILENT = Limits().concurrency
"""Calls in a row without any reply after which a model is not asked further, or as many as it may
be asked at once: by then each place has tried a call as often as the limits allow."""


@dataclass(frozen=True)
class BoundedOutbound(Outbound):
    """Asks the hosted models of one run, or of one exam for judges."""

    hosted: Hosted
    """Who may be asked, and what may leave."""
    exam: ExamSnapshot
    """What the boundary speaks of."""
    models: HostedModels
    """Does the asking."""
    cache: Cache
    """Replies of before."""
    journal: Journal
    """Where what leaves is written down."""
    wall: Wall
    """Opened towards the model's host while it is asked."""
    clock: Clock
    progress: Progress
    remaining: Callable[[Sequence[EgressEvent]], Worst] = lambda _: UNLIMITED
    """Returns what may still be spent after what the journal says."""
    _silent: Counter[str] = field(default_factory=Counter)
    """Calls in a row to each model that had no reply."""

    @override
    def ask(self, model: str, asks: Sequence[Ask], label: str) -> Sequence[Reply | Lost]:
        chosen = self.hosted.model(model)
        self._require_within(chosen, asks)
        keyed = {call_key(chosen, ask): ask for ask in asks}
        outcomes: dict[str, Reply | Lost] = dict(self._take_known(keyed))
        open_asks = {key: ask for key, ask in keyed.items() if key not in outcomes}
        done, total = len(outcomes), len(keyed)
        self.progress.track(label, done, total)

        def leaving(key: str, attempt: int, body: bytes) -> bool:
            self.journal.write(
                Sent(
                    call=key,
                    attempt=attempt,
                    at=self.clock.now(),
                    provider=chosen.provider,
                    model=chosen.name,
                    host=chosen.host,
                    purpose=keyed[key].purpose,
                    subjects=keyed[key].subjects,
                    sha256=sha256(body),
                    size_bytes=len(body),
                )
            )
            return True

        def came(key: str, outcome: Reply | Lost) -> None:
            if isinstance(outcome, Reply):
                self.cache.put(_place(key), outcome.model_dump_json(by_alias=True).encode())
            self.journal.write(_came(key, outcome))
            outcomes[key] = outcome
            lost = sum(isinstance(one, Lost) for one in outcomes.values())
            note = f"{lost} lost" if lost else ""
            self.progress.track(label, len(outcomes), total, note)
            if keyed[key].purpose != "council":  # which goes on without a member
                self._require_reply(chosen, outcome)

        while open_asks:
            wave = self._take_payable(chosen, open_asks)
            with self.wall.towards({chosen.host}):
                self.models.ask(chosen, wave, leaving=leaving, came=came)
            open_asks = {key: ask for key, ask in open_asks.items() if key not in wave}
        return [outcomes[call_key(chosen, ask)] for ask in asks]

    def _require_within(self, model: HostedModel, asks: Sequence[Ask]) -> None:
        """Refuse all the questions where one may not go.

        Raises:
            BoundaryError: one may not; each that may not is in the journal.
        """
        refusals = dict.fromkeys(why for ask in asks if (why := self._filter.why_not(model, ask)))
        for why in refusals:
            target = f"{model.provider} {model.host}"
            self.journal.write(Refused(at=self.clock.now(), what="content", target=target, why=why))
        if refusals:
            more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
            raise BoundaryError(f"kept in: {next(iter(refusals))}{more}", remedy=REMEDY)

    def _require_reply(self, model: HostedModel, outcome: Reply | Lost) -> None:
        """Ask a model no further that does not answer at all.

        Raises:
            HostedError: the last calls had no reply; what was answered before is kept.
        """
        if isinstance(outcome, Reply) or outcome.read_tokens:
            self._silent[model.name] = 0
            return
        self._silent[model.name] += 1
        if (times := self._silent[model.name]) >= max(SILENT, model.limits.concurrency):
            raise HostedError(
                f"{model.name} does not answer: {times} calls in a row to {model.address} had no "
                f"reply, the last one: {outcome.reason}",
                remedy="Run the same command again when it answers: what was answered is kept and "
                f"costs nothing. If it never did, look at its `url`, `model` and `limits` in "
                f"{MODELS}; a run that has begun keeps those that it began with.",
            )

    @cached_property
    def _filter(self) -> EgressFilter:
        return EgressFilter(self.hosted.boundary, self.exam)

    def _take_known(self, keyed: Mapping[str, Ask]) -> Iterator[tuple[str, Reply]]:
        """Yield the replies of before; one whose end a killed process did not write is written."""
        lines = self.journal.egress_events()
        ended = {line.call for line in lines if isinstance(line, Came)}
        begun = {line.call for line in lines if isinstance(line, Sent)} - ended
        for key in keyed:
            content = self.cache.get(_place(key))
            if content is None:
                continue
            try:
                reply = Reply.model_validate_json(content)
            except ValidationError:
                continue
            if key in begun:
                self.journal.write(_came(key, reply))
            yield key, reply

    def _take_payable(self, model: HostedModel, asks: Mapping[str, Ask]) -> dict[str, Ask]:
        """Return the first questions that what is left pays for, all at their worst.

        Raises:
            BudgetError: not even for the next one.
        """
        remaining, taken = self.remaining(self.journal.egress_events()), Worst(0.0, 0)
        wave: dict[str, Ask] = {}
        for key, ask in asks.items():
            worst = worst_of(model, ask)
            if not taken.plus(worst).fits(remaining):
                break
            taken, wave[key] = taken.plus(worst), ask
        if not wave:
            ask = next(iter(asks.values()))
            worst = worst_of(model, ask)
            line = Unpaid(
                at=self.clock.now(),
                model=model.name,
                purpose=ask.purpose,
                cost_usd=worst.cost_usd,
                tokens=worst.tokens,
            )
            self.journal.write(line)
            raise BudgetError(
                unpaid_words(line, remaining),
                remedy="What was answered is kept. A new run with a larger `costUsd` or `tokens` "
                "under `budgets` finds it again at no cost.",
            )
        return wave


def _came(key: str, outcome: Reply | Lost) -> Came:
    return Came(
        call=key,
        outcome=outcome.kind,
        reason="" if isinstance(outcome, Reply) else outcome.reason,
        attempts=outcome.attempts,
        read_tokens=outcome.read_tokens,
        cached_tokens=outcome.cached_tokens if isinstance(outcome, Reply) else 0,
        written_tokens=outcome.written_tokens,
        cost_usd=outcome.cost_usd,
        latency_s=outcome.latency_s if isinstance(outcome, Reply) else 0.0,
    )


def _place(key: str) -> str:
    return f"call/{key}"
