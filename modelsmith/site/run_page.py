"""What the page of a run says, phase by phase, in words and figures."""

from collections.abc import Iterator, Mapping, Sequence
from functools import singledispatch
from typing import NamedTuple

from modelsmith.judges.certification.panel_agreement import PhaseJudging
from modelsmith.record import Record, short
from modelsmith.run.entry_facts import (
    AssessedFacts,
    EvaluatedFacts,
    ExpandedFacts,
    PromotedFacts,
    StartedFacts,
    StoppedFacts,
    TrainedFacts,
)
from modelsmith.run.state_machine import TRANSITIONS, Event
from modelsmith.site.charts import Curve, curve
from modelsmith.site.model import RunStory, Scored, Step
from modelsmith.statistics.scorecard import FailureCluster

PHASE_OF: Mapping[Event, str] = {
    event: phase.value
    for phase, row in TRANSITIONS.items()
    for event in row
    if event is not Event.HALTED
}
"""The phase that each event ends; one may halt in any."""


class TimelineEntry(NamedTuple):
    """One entry in the timeline."""

    entry: int
    """Its place in the ledger."""
    recorded_at: str
    """When it was recorded."""
    round: int
    """The round."""
    phase: str
    """The phase that it ends; empty where it says only that the run waits."""
    event: str
    """What happened."""
    seconds: float | None
    """Seconds of work; none where no work is counted."""
    tokens: int | None
    """Tokens read and written."""
    words: str
    """The figures that decided."""


class TrainingView(NamedTuple):
    """One training."""

    round: int
    """The round."""
    facts: TrainedFacts
    """Its figures."""
    curve: Curve
    """Its loss."""
    first: tuple[int, float]
    """Step and loss at the beginning."""
    last: tuple[int, float]
    """Step and loss at the end."""


class ClusterView(NamedTuple):
    """The failure that was seen most in one evaluation of train."""

    round: int
    """The round."""
    cluster: FailureCluster
    """The failure."""


class ScoresView(NamedTuple):
    """The scores of one phase on one split."""

    entry: int
    """Place of the entry in the ledger."""
    round: int
    """The round."""
    phase: str
    """The phase."""
    scored: Scored
    """The systems and their scores."""


def timeline(run: RunStory) -> tuple[TimelineEntry, ...]:
    """Return the run's entries in their order."""
    return tuple(_row(step) for step in run.steps)


def scores(run: RunStory) -> tuple[ScoresView, ...]:
    """Return the tables of scores, the newest first.

    Assess asks steer of each new candidate, and the next round's eval finds the same; it is shown
    once.
    """
    found: list[ScoresView] = []
    for step in run.steps:
        phase = PHASE_OF.get(step.entry.event, "")
        is_known = any(view.phase == "assess" for view in found)
        found += [
            ScoresView(step.entry.index, step.entry.iteration, phase, scored)
            for scored in step.scored
            if not (is_known and phase == "eval" and scored.split == "steer")
        ]
    return tuple(reversed(found))


def trainings(run: RunStory) -> Iterator[TrainingView]:
    """Yield the run's trainings in their order."""
    for step in run.steps:
        if step.training and isinstance(step.facts, TrainedFacts) and step.training.losses:
            losses = step.training.losses
            line = curve([(float(at), loss) for at, loss in losses])
            yield TrainingView(step.entry.iteration, step.facts, line, losses[0], losses[-1])


def clusters(run: RunStory) -> Iterator[ClusterView]:
    """Yield the strongest failure on train of each round; those on other splits are held out."""
    for step in run.steps:
        for scored in step.scored:
            weakest = scored.systems[0].card.weakest
            if scored.split == "train" and weakest:
                yield ClusterView(step.entry.iteration, weakest)


class HearingsView(NamedTuple):
    """How judges agreed in one phase."""

    entry: int
    """Place of the entry in the ledger."""
    round: int
    """The round."""
    phase: str
    """The phase."""
    found: PhaseJudging
    """System by system."""


def hearings(run: RunStory) -> Iterator[HearingsView]:
    """Yield how judges agreed, phase by phase, the newest first."""
    for step in reversed(run.steps):
        if step.judging:
            phase = PHASE_OF.get(step.entry.event, "")
            yield HearingsView(step.entry.index, step.entry.iteration, phase, step.judging)


def evidence(run: RunStory) -> Sequence[tuple[int, str, str]]:
    """Return every evidence file: entry, path and digest, in the ledger's order."""
    return [
        (step.entry.index, path, digest)
        for step in run.steps
        for path, digest in sorted(step.entry.evidence.items())
    ]


def _row(step: Step) -> TimelineEntry:
    entry, usage = step.entry, getattr(step.facts, "usage", None)
    return TimelineEntry(
        entry=entry.index,
        recorded_at=entry.recorded_at.strftime("%Y-%m-%d %H:%M:%S"),
        round=entry.iteration,
        phase=PHASE_OF.get(entry.event, ""),
        event=entry.event.value,
        seconds=usage.seconds if usage else None,
        tokens=usage.tokens if usage else None,
        words=_words(step.facts),
    )


@singledispatch
def _words(_facts: Record) -> str:
    return ""


@_words.register
def _(facts: StartedFacts) -> str:
    return f"began with commit {short(facts.commit)}; {facts.peak_gib:.1f} GiB expected"


@_words.register
def _(facts: EvaluatedFacts) -> str:
    train, steer = facts.train, facts.steer
    return (
        f"train {train.passes}/{train.scenarios} passed, "
        f"steer {steer.passes}/{steer.scenarios} passed"
    )


@_words.register
def _(facts: TrainedFacts) -> str:
    loss = f"loss {facts.first_loss:.2f} to {facts.last_loss:.2f}"
    return f"{facts.strategy.value}: {facts.rows} rows, {facts.steps} steps, {loss}"


@_words.register
def _(facts: ExpandedFacts) -> str:
    return f"{facts.accepted} of {facts.proposed} proposals accepted"


@_words.register
def _(facts: AssessedFacts) -> str:
    return f"{facts.decision}: {facts.reason} ({facts.rule})"


@_words.register
def _(facts: PromotedFacts) -> str:
    failing = ", ".join(facts.failing) or "none"
    return f"the gate says {facts.decision}; findings that do not hold: {failing}"


@_words.register
def _(facts: StoppedFacts) -> str:
    return f"{facts.reason}: {facts.words}"
