"""Training rows from scenarios and targets, and the proof that nothing held out is in them."""

from collections.abc import Collection, Iterable, Sequence

from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import Benchmark, ExamSnapshot, form_for, prompt_for
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.leakage import LeakGuard
from modelsmith.exam.scenario import Scenario
from modelsmith.exam.verdict import passes
from modelsmith.training.curriculum import Origin, TrainingRow, shuffled


def row_of(benchmark: Benchmark, scenario: Scenario, target: str, origin: Origin) -> TrainingRow:
    """Return the row that teaches `target` as the answer to `scenario`."""
    return TrainingRow(
        scenario=scenario.id,
        scenario_sha256=scenario.digest(),
        origin=origin,
        prompt=prompt_for(benchmark, scenario),
        target=target,
    )


def composed_rows(benchmark: Benchmark, scenarios: Iterable[Scenario]) -> list[TrainingRow]:
    """Return a composed row for each scenario whose composed answer passes its own rubric."""
    targets = [(scenario, composed(benchmark, scenario)) for scenario in scenarios]
    return [
        row_of(benchmark, scenario, target, "composed")
        for scenario, target in targets
        if passes(scenario, target, form_for(benchmark, scenario))
    ]


def ordered(rows: Sequence[TrainingRow], seed: int, iteration: int) -> list[TrainingRow]:
    """Return the rows in training order, each once, drawn by seed and round."""
    once = {(row.scenario_sha256, row.target): row for row in rows}
    return shuffled(list(once.values()), "rows", seed, iteration)


def refuse_held_out(rows: Iterable[TrainingRow], held_out: Collection[str]) -> None:
    """Check that no row was made from a steer or sealed scenario.

    Args:
        rows: What is to be trained on.
        held_out: Digests of the steer and sealed scenarios.

    Raises:
        BrokenRecordError: one was; the training must not count.
    """
    for row in rows:
        if row.scenario_sha256 in held_out:
            raise BrokenRecordError(
                f"training row of {row.scenario} was made from a held-out scenario",
                remedy="Halt the run; its adapter has seen the exam. Mend the rows' source first.",
            )


def guard_of(snapshot: ExamSnapshot) -> LeakGuard:
    """Return what tells where training scenarios resemble steer or sealed ones."""
    held_out = (*snapshot.steer, *snapshot.sealed)
    return LeakGuard(held_out, (*snapshot.train, *held_out))
