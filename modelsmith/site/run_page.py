"""What the page of a run says, phase by phase, in words and figures."""

from collections.abc import Iterator, Sequence
from functools import singledispatch

from modelsmith.record import Record, short
from modelsmith.run.entry_facts import (
    AssessedFacts,
    EvaluatedFacts,
    ExpandedFacts,
    Line,
    PromotedFacts,
    StartedFacts,
    StoppedFacts,
    TrainedFacts,
)
from modelsmith.site.charts import Curve, curve
from modelsmith.site.model import RunStory, Scored, Step
from modelsmith.statistics.formatting import flaws
from modelsmith.statistics.scorecard import FailureCluster
from modelsmith.training.curriculum import Trained


def scores(run: RunStory) -> tuple[tuple[Step, Scored], ...]:
    """Return each table of scores with its step, the newest first.

    Assess asks steer of each new candidate, and the next round's eval finds the same; it is shown
    once.
    """
    found: list[tuple[Step, Scored]] = []
    for step in run.steps:
        is_known = step.phase == "eval" and any(one.phase == "assess" for one, _ in found)
        found += [
            (step, scored) for scored in step.scored if not (is_known and scored.split == "steer")
        ]
    return tuple(reversed(found))


def trainings(run: RunStory) -> Iterator[tuple[Step, Trained, Curve]]:
    """Yield the run's trainings in their order, each with its step and the curve of its loss."""
    for step in run.steps:
        if step.training and step.training.losses:
            yield step, step.training, curve(step.training.losses)


def clusters(run: RunStory) -> Iterator[tuple[int, FailureCluster]]:
    """Yield each round and its strongest failure on train; those on other splits are held out."""
    for step in run.steps:
        for scored in step.scored:
            weakest = scored.systems[0].card.weakest
            if scored.split == "train" and weakest:
                yield step.entry.iteration, weakest


def evidence(run: RunStory) -> Sequence[tuple[int, str, str]]:
    """Return every evidence file: entry, path and digest, in the ledger's order."""
    return [
        (step.entry.index, path, digest)
        for step in run.steps
        for path, digest in sorted(step.entry.evidence.items())
    ]


@singledispatch
def facts_words(_facts: Record) -> str:
    """Return the figures of an entry that decided, in words; nothing where none did."""
    return ""


@facts_words.register
def _(facts: StartedFacts) -> str:
    return f"began with commit {short(facts.commit)}; {facts.peak_gib:.1f} GiB expected"


@facts_words.register
def _(facts: EvaluatedFacts) -> str:
    return f"train {_passed(facts.train)}, steer {_passed(facts.steer)}"


def _passed(line: Line) -> str:
    flawed = flaws(line.cut, line.unreadable)
    said = f"{line.passes}/{line.scenarios} passed" if line.scenarios else "decided by nobody"
    return said + (f" ({flawed})" if flawed else "")


@facts_words.register
def _(facts: TrainedFacts) -> str:
    loss = f"loss {facts.first_loss:.2f} to {facts.last_loss:.2f}"
    return f"{facts.strategy.value}: {facts.rows} rows, {facts.steps} steps, {loss}"


@facts_words.register
def _(facts: ExpandedFacts) -> str:
    return f"{facts.accepted} of {facts.proposed} proposals accepted"


@facts_words.register
def _(facts: AssessedFacts) -> str:
    return f"{facts.decision}: {facts.reason} ({facts.rule})"


@facts_words.register
def _(facts: PromotedFacts) -> str:
    failing = ", ".join(facts.failing) or "none"
    return f"the gate says {facts.decision}; findings that do not hold: {failing}"


@facts_words.register
def _(facts: StoppedFacts) -> str:
    return f"{facts.reason}: {facts.words}"
