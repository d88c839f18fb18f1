"""The facts that each entry of a ledger carries, and what a run knows by them."""

import json
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Annotated, TypeVar

from pydantic import Field, JsonValue, ValidationError

from modelsmith.boundary.grants import Provider
from modelsmith.errors import BrokenRecordError
from modelsmith.exam.criteria_text import SPLITTERS
from modelsmith.models.generation import Usage
from modelsmith.record import Amount, Count, Positive, Rate, Record, Sha256
from modelsmith.run.ledger import Entry, position_after
from modelsmith.run.state_machine import Event, LoopPosition
from modelsmith.statistics.cost_and_latency import Economy
from modelsmith.statistics.scorecard import Scorecard
from modelsmith.training.curriculum import Strategy


class Line(Record):
    """A scorecard in one line, for the ledger and for people."""

    passes: Count
    """Canonical scenarios passed."""
    scenarios: Count
    """Canonical scenarios decided."""
    core: Rate | None
    """Balanced pass rate."""
    robust: Rate | None
    """pass^3 over variants; none where no variants were asked."""
    composite: Rate | None
    """Weighted aggregate; none while a part is missing."""
    mean_score: Rate | None
    """Mean weighted score."""
    cut: Annotated[Count, Field(exclude_if=lambda count: not count)] = 0
    """Answers that ran into the token limit, `maxTokens`, variants included."""
    unreadable: Annotated[Count, Field(exclude_if=lambda count: not count)] = 0
    """Answers that could not be read by their form, variants included."""


def line_of(card: Scorecard) -> Line:
    """Return the one line of a scorecard."""
    return Line(
        passes=sum(group.passes for group in card.categories),
        scenarios=sum(group.scenarios for group in card.categories),
        core=card.core.value if card.core else None,
        robust=card.robust,
        composite=card.composite.value if card.composite else None,
        mean_score=card.mean_score,
        cut=card.cut,
        unreadable=card.unreadable,
    )


RULES = 2
"""What phases conclude from evidence: 1 counts the answers that the token limit cut, and ends a run
whose steer nobody decides; 2 lets a criterion that is not required decide nothing, and no score
fall by one that nobody decided."""


class StartedFacts(Record):
    """What was fixed at intake."""

    config_sha256: Sha256
    """Digest of the bytes of run.yaml."""
    exam_sha256: Sha256
    """Digest of the exam snapshot."""
    sealed_version: Sha256
    """What a promotion attempt is counted against."""
    model_sha256: Sha256
    """Digest of the base model's files."""
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40,64}$")]
    """Git commit the run started from."""
    peak_gib: Amount
    """Memory that the planner expects."""
    price_usd_per_hour: Amount = 0.0
    """What an hour of the cluster costs."""
    providers: tuple[Provider, ...] = ()
    """Whose frontier models production asks for, by the policy in force."""
    splitter: Annotated[str, Field(exclude_if=lambda name: name == SPLITTERS[0])] = SPLITTERS[0]
    """Version of the rules that cut prose into criteria; the criteria are frozen with the exam."""
    rules: Annotated[Count, Field(exclude_if=lambda rules: not rules)] = 0
    """By which rules its phases conclude (`RULES`), so that a replay concludes by the same."""


class EvaluatedFacts(Record):
    """What one evaluation found."""

    adapter: Sha256 | None
    """The specialist evaluated; none for the untouched base model."""
    train: Line
    """Scores on train."""
    steer: Line
    """Scores on steer."""
    failed: tuple[str, ...]
    """Train scenarios that failed, sorted."""
    weakest: str | None
    """The strongest failure cluster on train, in words."""
    stand_ins: dict[str, Line]
    """Stand-ins on steer; only in the first round, they do not change."""
    baselines: Mapping[str, Line] = {}
    """Hosted baselines on steer; only in the first round."""
    floor: Line | None
    """Best constant policy on steer; only in the first round."""
    floor_name: str | None
    """Which constant policy that is."""
    usage: Usage
    """What the phase took."""


class TrainedFacts(Record):
    """What one training did."""

    strategy: Strategy
    """The rung that trained."""
    rung: Count
    """Its place on the ladder, counted from 0."""
    acceptance: Rate
    """Share of the failures for which the rung wrote a target that passes."""
    rows: Positive
    """Rows trained on."""
    steps: Positive
    """Optimiser steps."""
    first_loss: float
    """Mean loss of the first logged steps."""
    last_loss: float
    """Mean loss of the last logged steps."""
    adapter: Sha256
    """Manifest digest of the new adapter in the store."""
    usage: Usage
    """What the phase took."""


class Tally(Record):
    """What one member of a council offered."""

    proposed: Count
    """Its proposals, drafts that are no scenario included."""
    accepted: Count
    """Those that were accepted."""


class ExpandedFacts(Record):
    """What the council offered."""

    proposed: Count
    """Proposals made."""
    accepted: Count
    """Proposals accepted."""
    branch: str | None
    """Git branch that holds the accepted ones; none where nothing was accepted."""
    commit: str | None
    """Its commit."""
    members: Annotated[dict[str, Tally], Field(default_factory=dict)]
    """What each member offered."""
    categories: tuple[str, ...] = ()
    """Categories of the accepted ones, sorted."""
    usage: Usage = Usage()
    """What the phase took."""


class AssessedFacts(Record):
    """What assess decided."""

    decision: str
    """continue, escalate, converged or halt."""
    reason: str
    """Why, in one word of the rule book."""
    rule: str
    """Name of the rule."""
    steer: Line
    """Scores of the new candidate on steer."""
    adapter: Sha256
    """The specialist that the loop goes on from."""
    rung: Count
    """The rung that trains next."""
    usage: Usage
    """What the phase took."""


class PromotedFacts(Record):
    """What the gate decided."""

    decision: str
    """promote, reject or insufficient_evidence."""
    sealed_version: Sha256
    """The sealed version that was read; each such entry is one attempt."""
    candidate: Line
    """Scores of the candidate on sealed."""
    baselines: dict[str, Line]
    """Scores of the baselines on sealed."""
    failing: tuple[str, ...]
    """Names of the findings that do not hold."""
    adapter: Sha256
    """The candidate."""
    economy: tuple[Economy, ...] = ()
    """What a decision costs and how long it takes, of candidate and baselines."""
    unwatched: Annotated[str, Field(exclude_if=lambda said: not said)] = ""
    """Why the release could not be watched; nothing where it can."""
    alone: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Judges that accepted training targets and decided a comparison with nobody beside them."""
    usage: Usage
    """What the phase took."""


class StoppedFacts(Record):
    """Why the run waits or ended without a gate."""

    reason: str
    """One word: budget, errors, hardware, ..."""
    words: str
    """What happened and what unblocks it."""
    remedy: Annotated[str, Field(exclude_if=lambda remedy: not remedy)] = ""
    """What unblocks it, alone."""
    usage: Usage = Usage()
    """What hosted models were paid for before it stopped."""


FACTS: dict[Event, type[Record]] = {
    Event.STARTED: StartedFacts,
    Event.EVALUATED: EvaluatedFacts,
    Event.TRAINED: TrainedFacts,
    Event.EXPANDED: ExpandedFacts,
    Event.CONTINUED: AssessedFacts,
    Event.ESCALATED: AssessedFacts,
    Event.CONVERGED: AssessedFacts,
    Event.HALTED: StoppedFacts,
    Event.STAGED: PromotedFacts,
    Event.REFUSED: PromotedFacts,
    Event.BLOCKED: StoppedFacts,
    Event.UNBLOCKED: StoppedFacts,
}
"""The shape of each event's facts; `halted` by assess carries `AssessedFacts`."""

F = TypeVar("F", bound=Record)


def facts_of(entry: Entry, shape: type[F]) -> F:
    """Return the facts of `entry` as `shape`.

    Raises:
        BrokenRecordError: they are something else; entry and field are named.
    """
    try:
        return shape.model_validate_json(json.dumps(dict(entry.facts)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(("facts", *(str(part) for part in first["loc"])))
        raise BrokenRecordError(
            f"ledger entry {entry.index}: field {field} of {entry.event}: {first['msg']}",
            remedy="Restore the ledger from git; entries are never edited, moved or removed.",
        ) from None


def event_facts_of(entry: Entry) -> Record:
    """Return the facts of `entry` in the shape of its event.

    Raises:
        BrokenRecordError: they have another shape.
    """
    by_assess = entry.event is Event.HALTED and "rule" in entry.facts
    return facts_of(entry, AssessedFacts if by_assess else FACTS[entry.event])


def facts_as_json(facts: Record) -> dict[str, JsonValue]:
    """Return the facts as an entry holds them."""
    values: dict[str, JsonValue] = facts.model_dump(mode="json", by_alias=True)
    return values


class RunProgress(Record):
    """What a run goes on from."""

    iteration: Count
    """Present round, counted from 1; 0 before the first evaluation."""
    adapter: Sha256 | None
    """Specialist that the next phase works with; none is the untouched base model."""
    rung: Count
    """Rung of the ladder that trains next."""
    usage: Usage
    """All work so far, the cluster's hours paid for."""
    price_usd_per_hour: Amount = 0.0
    """What an hour of the cluster costs."""


BEGINNING = RunProgress(iteration=0, adapter=None, rung=0, usage=Usage())
"""Before the first entry."""


def rules_of(entries: Sequence[Entry]) -> int:
    """Return by which rules the phases of a run conclude."""
    return facts_of(entries[0], StartedFacts).rules


def latest(entries: Sequence[Entry], *events: Event) -> Entry | None:
    """Return the last entry with one of `events`, or none."""
    return next((entry for entry in reversed(entries) if entry.event in events), None)


def adapters_of(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return the digest of every adapter that a run trained, oldest first."""
    trained = (entry for entry in entries if entry.event is Event.TRAINED)
    return tuple(facts_of(entry, TrainedFacts).adapter for entry in trained)


def progress_after(progress: RunProgress, entry: Entry) -> RunProgress:
    """Return the progress after `entry`; an evaluation begins a round, nothing else does.

    Raises:
        BrokenRecordError: the entry's facts are not what its event says.
    """
    facts = event_facts_of(entry)
    adapter, rung, price = progress.adapter, progress.rung, progress.price_usd_per_hour
    if isinstance(facts, StartedFacts):
        price = facts.price_usd_per_hour
    elif isinstance(facts, TrainedFacts):
        adapter = facts.adapter
    elif isinstance(facts, AssessedFacts):
        adapter, rung = facts.adapter, facts.rung
    spent = getattr(facts, "usage", Usage())
    return RunProgress(
        iteration=progress.iteration + (entry.event is Event.EVALUATED),
        adapter=adapter,
        rung=rung,
        usage=progress.usage.plus(spent.paid(price)),
        price_usd_per_hour=price,
    )


def progress_of(entries: Sequence[Entry]) -> tuple[LoopPosition, RunProgress]:
    """Return the position and the progress that `entries` lead to.

    Raises:
        BrokenRecordError: the ledger was altered.
    """
    return position_after(entries), reduce(progress_after, entries, BEGINNING)
