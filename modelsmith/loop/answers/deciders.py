"""Who decides the criteria of a run's exam, counted by split: for people who read of a run."""

from typing import NamedTuple

from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import deciding
from modelsmith.judges.panel import judged_and_deciding
from modelsmith.loop.answers.grading import steering_panel
from modelsmith.run.context import PhaseContext


class SplitDeciders(NamedTuple):
    """Who decides the criteria of one split by which an answer passes, variants left out."""

    split: str
    """The split."""
    scenarios: int
    """Its scenarios."""
    checks: int
    """Criteria that checks decide."""
    judges: int
    """Criteria that the run's certified judges decide."""
    nobody: int
    """Criteria that nobody decides."""
    labelled: int
    """Scenarios with an answer that people labelled right, which is trained on."""


class Deciders(NamedTuple):
    """Who decides in a run."""

    judges: tuple[str, ...]
    """Who decides while it steers what no check does; nobody where no judge is certified."""
    splits: tuple[SplitDeciders, ...]
    """That by split."""


def deciders_of(context: PhaseContext) -> Deciders:
    """Return who decides in a run, as it was at its intake."""
    judges = tuple(steering_panel(context).judges)
    return Deciders(judges, tuple(_split(context, split, bool(judges)) for split in Split))


def _split(context: PhaseContext, split: Split, has_judges: bool) -> SplitDeciders:  # noqa: FBT001
    snapshot = context.snapshot
    asked = [one for one in getattr(snapshot, split.value) if not one.is_variant]
    right = {label.scenario for label in snapshot.labelled}
    counts = {"checks": 0, "judges": 0, "nobody": 0}
    for scenario in asked:
        judged = judged_and_deciding(snapshot.benchmark, scenario) if has_judges else ()
        for key in deciding(scenario):
            has_check = scenario.criteria()[key].check is not None
            counts["judges" if key in judged else "checks" if has_check else "nobody"] += 1
    labelled = sum(scenario.id in right for scenario in asked)
    return SplitDeciders(split.value, len(asked), **counts, labelled=labelled)
