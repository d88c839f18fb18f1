"""Training rows from scenarios and targets, and the proof that nothing held out is in them."""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from modelsmith.domain.benchmark import Benchmark
from modelsmith.domain.curriculum import Origin, Row, composed, shuffled
from modelsmith.domain.exam import ExamSnapshot
from modelsmith.domain.leak import Guard
from modelsmith.domain.prompt import prompt_for
from modelsmith.domain.scenario import Scenario
from modelsmith.domain.verdict import passes
from modelsmith.errors import BrokenRecordError


def row_of(benchmark: Benchmark, scenario: Scenario, target: str, origin: Origin) -> Row:
    """Return the row that teaches `target` as the answer to `scenario`."""
    return Row(
        scenario=scenario.id,
        scenario_sha256=scenario.digest(),
        origin=origin,
        prompt=prompt_for(benchmark, scenario),
        target=target,
    )


def composed_rows(benchmark: Benchmark, scenarios: Iterable[Scenario]) -> list[Row]:
    """Return a composed row for each scenario whose composed answer passes its own rubric."""
    rows = []
    for scenario in scenarios:
        target = composed(benchmark, scenario)
        if passes(scenario, target):
            rows.append(row_of(benchmark, scenario, target, "composed"))
    return rows


POOLED = 8
"""Batches among which rows of like length are brought together. Measured on the adtech exam at
batch 4: a quarter of what was read in drawn order was padding, a tenth of that in pools of 8."""


def ordered(rows: Sequence[Row], batch: int, seed: int, iteration: int) -> list[Row]:
    """Return the rows in training order, each once, drawn by seed and round.

    Padding is read like text, so neighbours in length share a batch: the drawn order is cut in
    pools of `POOLED` batches, each pool is sorted by length, and its batches are drawn again.
    """
    once = {(row.scenario_sha256, row.target): row for row in rows}
    drawn = shuffled(list(once.values()), "rows", seed, iteration)
    size = POOLED * batch
    batches: list[list[Row]] = []
    for start in range(0, len(drawn), size):
        pool = sorted(drawn[start : start + size], key=_length)
        cut = [pool[place : place + batch] for place in range(0, len(pool), batch)]
        batches += shuffled(cut, "batches", seed, iteration, start)
    batches.sort(key=len, reverse=True)  # a short batch last, or it would shift those after it
    return list(chain.from_iterable(batches))


def _length(row: Row) -> int:
    return sum(len(turn.content) for turn in row.prompt) + len(row.target)


def refuse_held_out(rows: Iterable[Row], held_out: Collection[str]) -> None:
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


def guard_of(snapshot: ExamSnapshot) -> Guard:
    """Return what tells where training scenarios resemble steer or sealed ones."""
    held_out = (*snapshot.steer, *snapshot.sealed)
    return Guard(held_out, (*snapshot.train, *held_out))
