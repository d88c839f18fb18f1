"""Everything that ever left for a run: to whom, what for, what of the exam, at what cost."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum
from typing import Annotated

from pydantic import Field

from modelsmith.boundary.call import Came, EgressEvent, Held, Refused, Sent, Served, Unpaid
from modelsmith.boundary.grants import BoundaryName, Provider, Purpose, Sendable
from modelsmith.boundary.hosted_model import Hosted
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.scenario import FAMILY_MARK, Split
from modelsmith.record import Amount, Count, Record, Sha256


class Crossing(Record):
    """What one model was sent for one purpose."""

    provider: Provider
    """To whom it went."""
    host: str
    """The host that was called."""
    purpose: Purpose
    """What for."""
    model: str
    """The run's name of the model."""
    inside: bool
    """Whether it runs on the customer's own hardware, so that nothing left."""
    calls: Count
    """Questions that were sent."""
    attempts: Count
    """Times that something was sent for them."""
    size_bytes: Count
    """Bytes that were sent."""
    lost: Count
    """Questions without a usable reply."""
    unended: Count
    """Questions of which nobody knows how they ended, since the process broke off; what they cost
    is in no figure here."""
    read_tokens: Count
    """Tokens of the prompts."""
    written_tokens: Count
    """Tokens generated."""
    cost_usd: Amount
    """What it cost."""


class LocalWork(Record):
    """What a local model answered for one purpose; nothing of it left."""

    model: str
    """The run's name of the model."""
    purpose: Purpose
    """What for."""
    asks: Count
    """Questions that it answered."""
    read_tokens: Count
    """Tokens of the prompts."""
    written_tokens: Count
    """Tokens generated."""


class SplitExposure(Record):
    """What of one split a provider was sent."""

    provider: Provider
    """Who."""
    split: Split
    """Which split, by the run's exam, whatever a question said."""
    scenarios: tuple[str, ...]
    """Scenarios of which it was sent something, a variant counted as its parent, sorted."""
    fields: tuple[Sendable, ...]
    """Their fields, of any of them."""
    answers: bool
    """Whether answers to them went along."""
    of: Count
    """Scenarios that the split has."""


class Exposure(Record):
    """Everything that left for one run."""

    run: str
    """Its name."""
    boundary: BoundaryName
    """What it was allowed by."""
    sealed_version: Sha256
    """The sealed version that it is measured on."""
    phases: Count
    """Phases whose journal was read."""
    is_under_way: bool
    """Whether the last of them is under way: no ledger entry names its journal yet."""
    crossings: tuple[Crossing, ...]
    """What each model was sent, for each purpose."""
    seen: tuple[SplitExposure, ...]
    """What each provider has seen; what was sent inside is seen by none."""
    losses: tuple[str, ...]
    """Why calls were lost, each reason once."""
    refusals: tuple[Refused, ...]
    """What was about to leave and did not."""
    unpaid: Count
    """Questions that were not asked for want of money."""
    held: tuple[Held, ...]
    """What held local work in, each way once."""
    local: Annotated[tuple[LocalWork, ...], Field(exclude_if=lambda local: not local)] = ()
    """What local models of the run answered where it is; nothing of it left."""

    @property
    def leaving(self) -> tuple[Crossing, ...]:
        """What went beyond the customer's own hardware."""
        return tuple(crossing for crossing in self.crossings if not crossing.inside)


def exposure_of(
    run: str,
    hosted: Hosted,
    exam: ExamSnapshot,
    journals: Sequence[Sequence[EgressEvent]],
    *,
    is_under_way: bool,
) -> Exposure:
    """Return everything that left for a run, from its journals.

    Args:
        run: Its name.
        hosted: Its boundary and its models, of which those inside are no exposure.
        exam: Its exam, as it was at intake.
        journals: One a phase, oldest first.
        is_under_way: Whether the last of them is of a phase that is under way.
    """
    inside = {model.name for model in hosted.models if model.inside}
    lines = [line for journal in journals for line in journal]
    leaving = [line for line in lines if isinstance(line, Sent) and line.model not in inside]
    held = {line.canonical(): line for line in lines if isinstance(line, Held)}
    lost = (line.reason for line in lines if isinstance(line, Came) and line.outcome == "lost")
    return Exposure(
        run=run,
        boundary=hosted.boundary.name,
        sealed_version=exam.sealed_version(),
        phases=len(journals),
        is_under_way=is_under_way,
        crossings=tuple(_crossings(journals, inside)),
        seen=tuple(_seen(exam, leaving)),
        losses=tuple(sorted(set(lost))),
        refusals=tuple(line for line in lines if isinstance(line, Refused)),
        unpaid=sum(isinstance(line, Unpaid) for line in lines),
        held=tuple(held[key] for key in sorted(held)),
        local=tuple(_local_work(lines)),
    )


def _local_work(lines: Iterable[EgressEvent]) -> Iterable[LocalWork]:
    served: dict[tuple[str, Purpose], list[Served]] = {}
    for line in lines:
        if isinstance(line, Served):
            served.setdefault((line.model, line.purpose), []).append(line)
    for (model, purpose), batches in sorted(served.items()):
        yield LocalWork(
            model=model,
            purpose=purpose,
            asks=sum(batch.asks for batch in batches),
            read_tokens=sum(batch.read_tokens for batch in batches),
            written_tokens=sum(batch.written_tokens for batch in batches),
        )


def _crossings(
    journals: Sequence[Sequence[EgressEvent]], inside: Collection[str]
) -> Iterable[Crossing]:
    sent: dict[tuple[str, str, Purpose, str], list[tuple[int, Sent]]] = {}
    came: dict[tuple[int, str], list[Came]] = {}
    for phase, journal in enumerate(journals):
        for line in journal:
            if isinstance(line, Sent):
                key = (line.provider, line.host, line.purpose, line.model)
                sent.setdefault(key, []).append((phase, line))
            elif isinstance(line, Came):
                came.setdefault((phase, line.call), []).append(line)
    for (provider, host, purpose, model), lines in sorted(sent.items()):
        calls = {(phase, line.call) for phase, line in lines}
        ends = [came[call] for call in sorted(calls) if call in came]
        ended = [line for one in ends for line in one]
        yield Crossing(
            provider=provider,
            host=host,
            purpose=purpose,
            model=model,
            inside=model in inside,
            calls=len(calls),
            attempts=len(lines),
            size_bytes=sum(line.size_bytes for _, line in lines),
            lost=sum(one[-1].outcome == "lost" for one in ends),
            unended=len(calls) - len(ends),
            read_tokens=sum(line.read_tokens for line in ended),
            written_tokens=sum(line.written_tokens for line in ended),
            cost_usd=round(fsum(line.cost_usd for line in ended), 6),
        )


def _seen(exam: ExamSnapshot, sent: Iterable[Sent]) -> Iterable[SplitExposure]:
    splits: Mapping[str, Split] = {
        scenario.id: split for split in Split for scenario in getattr(exam, split.value)
    }
    sizes = {
        split: sum(not scenario.is_variant for scenario in getattr(exam, split.value))
        for split in Split
    }
    found: dict[tuple[str, Split], tuple[set[str], set[Sendable], list[bool]]] = {}
    for line in sent:
        for subject in line.subjects:
            family = subject.scenario.split(FAMILY_MARK, maxsplit=1)[0]
            said = splits.get(family, subject.split)
            place = (line.provider, splits.get(subject.scenario, said))
            scenarios, fields, answers = found.setdefault(place, (set(), set(), []))
            scenarios.add(family)
            fields.update(subject.fields)
            answers.append(subject.with_answer)
    for (provider, split), (scenarios, fields, answers) in sorted(found.items()):
        yield SplitExposure(
            provider=provider,
            split=split,
            scenarios=tuple(sorted(scenarios)),
            fields=tuple(sorted(fields)),
            answers=any(answers),
            of=sizes[split],
        )


class SealedExposure(Record):
    """How much of one sealed version a provider has seen, over all runs."""

    sealed_version: Sha256
    """The version."""
    provider: Provider
    """Who has seen it."""
    scenarios: Count
    """How many of its scenarios."""
    of: Count
    """How many there are."""
    runs: tuple[str, ...]
    """Runs that showed them."""


def sealed_exposure(exposures: Iterable[Exposure]) -> tuple[SealedExposure, ...]:
    """Return how much of each sealed version each provider has seen, over these runs."""
    found: dict[tuple[str, str], tuple[set[str], set[str], int]] = {}
    for exposure in exposures:
        for seen in exposure.seen:
            if seen.split is Split.SEALED:
                place = (exposure.sealed_version, seen.provider)
                scenarios, runs, _ = found.get(place, (set(), set(), 0))
                found[place] = (scenarios | set(seen.scenarios), runs | {exposure.run}, seen.of)
    return tuple(
        SealedExposure(
            sealed_version=version,
            provider=provider,
            scenarios=len(scenarios),
            of=of,
            runs=tuple(sorted(runs)),
        )
        for (version, provider), (scenarios, runs, of) in sorted(found.items())
    )
