"""A run in one screen: where it is, what it scores, what fails most, why it stopped."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field, JsonValue

from modelsmith.boundary.call import Held
from modelsmith.boundary.page import held_briefly
from modelsmith.git.refs import promotion_branch
from modelsmith.judges.panel_selection import PICKED
from modelsmith.loop.phases.intake_forecast import Forecast
from modelsmith.record import Amount, Count, Positive, Record
from modelsmith.run.config import RunConfig
from modelsmith.run.entry_facts import (
    AssessedFacts,
    EvaluatedFacts,
    ExpandedFacts,
    Line,
    PromotedFacts,
    StoppedFacts,
    Tally,
    TrainedFacts,
    event_facts_of,
    facts_of,
    latest,
    progress_of,
)
from modelsmith.run.ledger import Entry
from modelsmith.run.state_machine import PHASES, TERMINAL, Event, State
from modelsmith.statistics.cost_and_latency import Economy
from modelsmith.statistics.cost_and_latency_page import economy_line
from modelsmith.statistics.formatting import flaws

STAND_IN_WORDS = (
    "baselines are stand-ins: the untouched base model, no frontier model; sandbox only"
)
SOME_STAND_INS = (
    "some baselines are stand-ins: the untouched base model, no frontier model; sandbox only"
)
"""What is said where hosted models stand beside them."""

MORE_BUDGET = (
    "a new run with more under `budgets` finds what was answered again, at no cost "
    "(modelsmith run new)"
)
"""What can be done about a budget that ended a run."""

MORE_GRADERS = (
    "add checks to criteria of steer and sealed, or name certified judges in run.yaml (labelled "
    "answers in exam/ examine them), and start a new run (modelsmith run new)"
)
"""What can be done where nobody decides steer: labels decide train alone."""


class RunStatus(Record):
    """What `modelsmith run status` says."""

    run: str
    """The run's name."""
    phase: str
    """Present state of the loop."""
    iteration: Count
    """Present round."""
    iterations: Positive
    """Rounds that the budget allows."""
    train: Line | None
    """Latest scores on train."""
    steer: Line | None
    """Latest scores on steer."""
    stand_ins: dict[str, Line]
    """Stand-ins on steer."""
    hosted: Mapping[str, Line] = {}
    """Hosted baselines on steer."""
    floor: Line | None
    """Best constant policy on steer."""
    floor_name: Annotated[str, Field(exclude_if=lambda name: not name)] = ""
    """Which constant policy that is; nothing before the first evaluation."""
    weakest: str | None
    """Strongest failure cluster on train."""
    training: str | None
    """The last training in words."""
    decisions: tuple[str, ...]
    """What assess decided, round by round."""
    stopped: str | None
    """Why the run stopped or waits; none while it goes on."""
    gate: dict[str, JsonValue] | None
    """The gate's answer; none before a promotion attempt."""
    sealed: Line | None
    """The candidate on sealed; none before a promotion attempt."""
    baselines: dict[str, Line]
    """The baselines on sealed; empty before a promotion attempt."""
    economy: tuple[Economy, ...] = ()
    """What a decision costs and how long it takes, of candidate and baselines on sealed; empty
    before a promotion attempt."""
    council: Annotated[dict[str, Tally], Field(default_factory=dict)]
    """What each member of the council has proposed so far."""
    overridden: str = ""
    """Who overrode the gate's no and why, in one line; empty where nobody did."""
    promotion: str | None
    """The git branch on which a staged promotion waits for its approvers."""
    unwatched: Annotated[str, Field(exclude_if=lambda said: not said)] = ""
    """That the release cannot be watched, and why; nothing where it can, or nothing is staged."""
    alone: Annotated[tuple[str, ...], Field(exclude_if=lambda names: not names)] = ()
    """Judges that accepted training targets and decided at the gate with nobody beside them."""
    held: Held | None = None
    """What held local work in when a phase last began; none before the first."""
    spent_s: Amount
    """Seconds of work so far."""
    tokens: Count
    """Tokens read and written so far."""
    cost_usd: Amount
    """Money spent so far."""
    next: str
    """The command that goes on from here; of a blocked run, what unblocks it."""
    forecast: Annotated[Forecast | None, Field(exclude_if=lambda said: said is None)] = None
    """What the run lacks as it begins; none where nobody asked, or once it has done anything."""


def status_of(  # noqa: PLR0913, PLR0917 - everything that a status tells
    run: str,
    config: RunConfig,
    entries: Sequence[Entry],
    live: str | None,
    held: Held | None = None,
    overridden: str = "",
    forecast: Forecast | None = None,
) -> RunStatus:
    """Return the status that the ledger gives.

    Args:
        run: The run's name.
        config: Its settings.
        entries: Its ledger.
        live: Progress of a training that is under way, in words, or none.
        held: What held local work in when a phase last began, or none.
        overridden: Who overrode the gate's no and why, in one line; empty where nobody did.
        forecast: What it lacks as it begins; none where that is not to be said.
    """
    position, progress = progress_of(entries)
    evaluated = [facts_of(e, EvaluatedFacts) for e in entries if e.event is Event.EVALUATED]
    first = evaluated[0] if evaluated else None
    assessed = [(e.iteration, facts_of(e, AssessedFacts)) for e in entries if "rule" in e.facts]
    trained = latest(entries, Event.TRAINED)
    attempt = latest(entries, Event.STAGED, Event.REFUSED)
    read = facts_of(attempt, PromotedFacts) if attempt else None
    told = [event_facts_of(e) for e in entries if e.event is Event.EVALUATED or "rule" in e.facts]
    steer = told[-1] if told else None
    return RunStatus(
        run=run,
        phase=position.state.value,
        iteration=progress.iteration,
        iterations=config.budgets.iterations,
        train=evaluated[-1].train if evaluated else None,
        steer=steer.steer if isinstance(steer, EvaluatedFacts | AssessedFacts) else None,
        stand_ins=dict(first.stand_ins) if first else {},
        hosted=first.baselines if first else {},
        floor=first.floor if first else None,
        floor_name=(first.floor_name or "") if first else "",
        weakest=evaluated[-1].weakest if evaluated else None,
        training=live or (_training(facts_of(trained, TrainedFacts)) if trained else None),
        decisions=tuple(
            f"round {number}: {facts.decision}: {facts.reason} ({facts.rule})"
            for number, facts in assessed
        ),
        stopped=_stopped(entries, position.state),
        gate=dict(attempt.facts) if attempt else None,
        sealed=read.candidate if read else None,
        baselines=dict(read.baselines) if read else {},
        economy=read.economy if read else (),
        council=_council(entries),
        overridden=overridden,
        promotion=promotion_branch(run) if position.state is State.STAGED else None,
        unwatched=read.unwatched if read else "",
        alone=read.alone if read else (),
        held=held,
        spent_s=progress.usage.seconds,
        tokens=progress.usage.tokens,
        cost_usd=progress.usage.cost_usd,
        next=_next(run, entries, position.state),
        forecast=forecast,
    )


def shown(status: RunStatus) -> str:
    """Return the status as text."""
    rounds = f"round {status.iteration} of {status.iterations}"
    spent = f"{status.spent_s:.0f} s of work, {status.tokens:,} tokens"
    spent += f", {status.cost_usd:.2f} USD" if status.cost_usd else ""
    branch = status.promotion and (
        f"git branch {status.promotion} waits for its approvers; once it is offered, "
        "`modelsmith promotion status` says who is missing"
    )
    lines = [
        *_scored("  train  ", status.train),
        *_scored("  steer  ", status.steer),
        *_named(status.stand_ins),
        *_named(status.hosted),
        *_labelled(f"    {'best constant policy':<30}", _floor_words(status)),
        *_labelled("  weakest", status.weakest),
        *_labelled("  training", status.training),
        *(f"  {said}" for said in status.decisions),
        *_scored("  sealed ", status.sealed),
        *_named(status.baselines),
        *(f"    {one.system:<30} {economy_line(one)}" for one in status.economy),
        *(
            f"  council: {name}: {tally.accepted} of {tally.proposed} proposals accepted"
            for name, tally in status.council.items()
        ),
        *_labelled("  stopped:", status.stopped),
        *_labelled("  remedy:", remedy_words(status)),
        *_labelled("  promotion:", branch),
        *_labelled("  watch:", status.unwatched),
        *_labelled(" ", status.overridden),
        *_labelled("  note:", stand_in_words(status)),
        *_labelled("  note:", alone_words(status)),
        *_labelled("  local work:", held_briefly(status.held) if status.held else None),
        *(f"  lacking: {said}" for said in (status.forecast.lines if status.forecast else ())),
        f"  next: {status.next}",
    ]
    return "\n".join([f"run {status.run}: {status.phase}, {rounds}, {spent}", *lines])


def stand_in_words(status: RunStatus) -> str | None:
    """Return what must be said of a run's stand-ins; nothing where none of its baselines is one."""
    if not status.stand_ins:
        return None
    return SOME_STAND_INS if status.hosted else STAND_IN_WORDS


def alone_words(status: RunStatus) -> str | None:
    """Return what must be said of judges that pick and decide; nothing where others decide too."""
    if not status.alone:
        return None
    return f"judged by {', '.join(status.alone)} alone, {PICKED}; sandbox only"


def _floor_words(status: RunStatus) -> str | None:
    """Return what the best constant policy scores, with its name; nothing where nobody decides."""
    if status.floor is None or not status.floor.scenarios:
        return None
    named = status.floor_name.removeprefix("constant:")
    return line_words(status.floor) + (f" ({named})" if named else "")


def remedy_words(status: RunStatus) -> str | None:
    """Return what can be done about what ended a run; nothing where its end says it all."""
    remedies = {"budget": MORE_BUDGET, "undecided": MORE_GRADERS}
    reason = (status.stopped or "").partition(" ")[0].rstrip(":")
    return remedies.get(reason) if status.phase == State.HALTED else None


def _council(entries: Sequence[Entry]) -> dict[str, Tally]:
    found: dict[str, Tally] = {}
    for entry in entries:
        if entry.event is Event.EXPANDED:
            for name, one in facts_of(entry, ExpandedFacts).members.items():
                before = found.get(name, Tally(proposed=0, accepted=0))
                found[name] = Tally(
                    proposed=before.proposed + one.proposed, accepted=before.accepted + one.accepted
                )
    return dict(sorted(found.items()))


def _labelled(label: str, words: str | None) -> list[str]:
    return [f"{label} {words}"] if words else []


def _scored(label: str, line: Line | None) -> list[str]:
    return _labelled(label, line_words(line) if line else None)


def _named(lines: Mapping[str, Line]) -> list[str]:
    return [f"    {name:<30} {line_words(line)}" for name, line in lines.items()]


def line_words(line: Line) -> str:
    """Return a line of scores as text."""

    def rate(value: float | None) -> str:
        return "-" if value is None else f"{value:.2f}"

    flawed = flaws(line.cut, line.unreadable)
    if not line.scenarios:
        return f"nobody decides whether an answer is right{flawed and f', {flawed}'}"
    return (
        f"{line.passes}/{line.scenarios} passed, core {rate(line.core)}, robust "
        f"{rate(line.robust)}, composite {rate(line.composite)}, score {rate(line.mean_score)}"
        f"{flawed and f', {flawed}'}"
    )


def _training(facts: TrainedFacts) -> str:
    return (
        f"{facts.strategy}: {facts.rows} rows, {facts.steps} steps, "
        f"loss {facts.first_loss:.2f} to {facts.last_loss:.2f}"
    )


def _stopped(entries: Sequence[Entry], state: State) -> str | None:
    if state not in TERMINAL | {State.BLOCKED}:
        return None
    entry = entries[-1]
    if entry.event in (Event.STAGED, Event.REFUSED):
        facts = facts_of(entry, PromotedFacts)
        failing = ", ".join(facts.failing) or "none"
        return f"the gate says {facts.decision}; findings that do not hold: {failing}"
    if "rule" in entry.facts:
        assessed = facts_of(entry, AssessedFacts)
        return f"{assessed.reason} ({assessed.rule})"
    stopped = facts_of(entry, StoppedFacts)
    return f"{stopped.reason}: {stopped.words}"


def remedy_of(run: str, stopped: StoppedFacts) -> str:
    """Return what unblocks a run; where its record is of before remedies were kept, that it is due.

    A step that is asked for again before that is done blocks again.
    """
    return stopped.remedy or f"see to what it waits for, then: modelsmith run go {run}"


def _next(run: str, entries: Sequence[Entry], state: State) -> str:
    if state is State.INTAKE:
        return f"modelsmith run start {run}"
    if state is State.BLOCKED:
        return remedy_of(run, facts_of(entries[-1], StoppedFacts))
    if state in PHASES:
        return f"modelsmith run go {run}"
    return f"modelsmith run {'offer' if state is State.STAGED else 'replay'} {run}"
