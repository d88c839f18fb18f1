"""Does a late round of a run cost more than an early one?

    python -m tests.benchmarks.round_cost [ITERATIONS] [SCENARIOS]

Walks a run with a scripted model, 40 rounds over an exam of 300 scenarios by default. Prints the
processor time of every fifth round, git's included, and how many times that of rounds 2 and 3 the
last two rounds take. Round 1 is left out, since it also pays for what a run computes only once.

Measured on 2026-12-01 on two busy cores: 1.03 and 1.18 times, 2.41 before a step parsed the ledger
once. What is left is work: the train side grows by accepted proposals.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from modelsmith.disk.console import NoProgress
from modelsmith.run.state_machine import State
from tests.benchmarks.replay import a_learning_workshop

EVERY = 5
"""Rounds between two that are printed."""


class RoundMarks(NoProgress):
    """Notes how much processor time had passed when each round began."""

    def __init__(self) -> None:
        """Note nothing yet."""
        self.marks: list[float] = []

    def phase(self, title: str, facts: Mapping[str, str]) -> None:
        """Note the beginning of a round, which is that of its evaluation."""
        del facts
        if title == State.EVAL:
            self.marks.append(processor_s())


def processor_s() -> float:
    """Return the seconds of processor time that this process and its children took so far."""
    return sum(os.times()[:4])


def round_costs(root: Path, rounds: int, scenarios: int) -> list[float]:
    """Return the seconds of processor time that each round of a run took."""
    workshop, progress = a_learning_workshop(root, rounds, scenarios), RoundMarks()
    workshop.tools = replace(workshop.tools, progress=progress)
    workshop.go()
    return [after - before for before, after in pairwise([*progress.marks, processor_s()])]


def main() -> None:
    """Walk and print."""
    given = sys.argv[1:3]
    rounds, scenarios = (int(word) for word in [*given, *("40", "300")[len(given) :]])
    with tempfile.TemporaryDirectory() as folder:
        costs = round_costs(Path(folder), rounds, scenarios)
    for number, cost in enumerate(costs, start=1):
        if number in {1, 2, 3, len(costs) - 1} or number % EVERY == 0:
            print(f"round {number:3d}  {cost:6.2f} s of processor time")
    late, early = median(costs[-2:]), median(costs[1:3])
    print(
        f"{len(costs)} rounds over {scenarios} scenarios, {sum(costs):.0f} s: "
        f"the last two rounds take {late / early:.2f} times what rounds 2 and 3 take"
    )


if __name__ == "__main__":
    main()
