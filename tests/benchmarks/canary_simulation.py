"""How often the canary takes back for nothing, and how many answers it needs to see a drop.

Run: python -m tests.benchmarks.canary_simulation [runs]

20 questions, asked 100 times each: 2,000 answers, the change after 200. Floors lie 0.25 below a
category's reference. How a question stands with its reference:

- counted: pass rates from [0.5, 1], references counted from 20 answers a question;
- known: the same, with the true rates as references;
- greedy: references are 0 or 1 (four of five pass), and an answer comes out the other way twice in
  a hundred times, by another batch or kernel.
"""

import random
import sys
from math import sqrt
from statistics import median
from typing import NamedTuple

from modelsmith.promotion.rollback.contract import detector_of, floors_of
from modelsmith.promotion.rollback.drift_detector import CanaryOutcome, readings
from modelsmith.promotion.rollback.grader import JudgingError
from tests.support.canaries import a_contract

QUESTIONS, ROUNDS, CHANGE = 20, 100, 10
REFERENCE_ANSWERS = 20
FLOOR_BELOW = 0.25
FLIPS = 0.02
ERROR = JudgingError(fails_right=5 * 0.03, passes_wrong=0.03)
"""Of the judge (`modelsmith.promotion.rollback.grader`)."""
JUDGED = ("judged", "naive")
SEEN = 1 - ERROR.fails_right - ERROR.passes_wrong
"""How much of a drop a judge of that error shows."""
DROPS = (0.05, 0.10, 0.20, 0.40)
RESEARCH = "whole alone, counted: 0.10; 519 (0.78), 173, 64, 28"
"""One detector over all answers, judged after each (research: evalscience, section 4.3)."""


class Change(NamedTuple):
    """What is simulated."""

    categories: int
    """Categories of equal size."""
    reference: str
    """How a question stands with its reference."""
    drop: float = 0.0
    """By how much it is passed more rarely after the change."""
    is_of_one: bool = False
    """Whether only one category changes."""


def main(runs: int) -> None:
    """Print a row for each shape; the seed is fixed."""
    print(f"{runs} runs a figure; Monte Carlo error of a rate of 0.1: {sqrt(0.09 / runs):.3f}")
    print(f"research, {RESEARCH}")
    heads = ["false alarms", *(f"drop {drop:.2f}" for drop in DROPS), "one to 0"]
    print(f"{'':<34}{''.join(f'{head:>13}' for head in heads)}")
    for categories in (5, 10):
        for reference in ("counted", "known", "greedy", "judged", "naive"):
            still = Change(categories, reference)
            cells = [f"{sum(at is not None for at in _alarms(runs, still)) / runs:.3f}"]
            cells += [_delay(runs, still._replace(drop=drop)) for drop in DROPS]
            cells += [_delay(runs, still._replace(drop=1.0, is_of_one=True))]
            name = f"{categories} of {QUESTIONS // categories}, reference {reference}"
            print(f"{name:<34}{''.join(f'{cell:>13}' for cell in cells)}", flush=True)


def _delay(runs: int, change: Change) -> str:
    """Return the median number of answers until the alarm, and the share of runs that have one."""
    when = _alarms(runs, change)
    seen = [at - CHANGE for at in when if at is not None and at > CHANGE]
    falsely = sum(at is not None and at <= CHANGE for at in when)
    if not seen:
        return "- (0.00)"
    return f"{median(seen) * QUESTIONS:.0f} ({len(seen) / (runs - falsely):.2f})"


def _alarms(runs: int, change: Change) -> list[int | None]:
    """Return the round of the alarm of each run; none where there was none."""
    dice = random.Random(1)  # noqa: S311 - a simulation
    return [_run(dice, change) for _ in range(runs)]


def _run(dice: random.Random, change: Change) -> int | None:
    true: dict[str, list[float]] = {}
    references: dict[str, list[float]] = {}
    for number in range(change.categories):
        pairs = [_question(dice, change) for _ in range(QUESTIONS // change.categories)]
        true[f"C{number}"] = [rate for rate, _ in pairs]
        references[f"C{number}"] = [reference for _, reference in pairs]
    floors = {n: max(0.0, sum(got) / len(got) - FLOOR_BELOW) for n, got in references.items()}
    contract = a_contract(references, floors=floors)
    if change.reference in JUDGED:
        error = ERROR if change.reference == "judged" else None
        contract = a_contract(references, error=error)
        contract = a_contract(
            references,
            floors=floors_of(contract.canary),
            error=error,
            **detector_of(contract.canary).model_dump(),
        )
    seen = []
    for number in range(1, ROUNDS + 1):
        for name, rates in true.items():
            falls = number > CHANGE and (name == "C0" or not change.is_of_one)
            shown = SEEN if change.reference in JUDGED else 1.0
            drop = change.drop * shown if falls else 0.0
            passed = [dice.random() < rate - drop for rate in rates]
            seen += [CanaryOutcome(number, f"{name}_{at}", one) for at, one in enumerate(passed, 1)]
    due = (reading.due_in for reading in readings(contract, seen))
    return next((at for at in due if at is not None), None)


def _question(dice: random.Random, change: Change) -> tuple[float, float]:
    """Return how often a question is passed, and its reference."""
    if change.reference == "greedy":
        passes = dice.random() < 4 / 5
        return (1 - FLIPS, 1.0) if passes else (FLIPS, 0.0)
    if change.reference in JUDGED:
        rate = 1 - ERROR.fails_right if dice.random() < 4 / 5 else ERROR.passes_wrong
        return rate, float(dice.random() < rate)
    rate = dice.uniform(0.5, 1)
    if change.reference == "known":
        return rate, rate
    passed = sum(dice.random() < rate for _ in range(REFERENCE_ANSWERS))
    return rate, passed / REFERENCE_ANSWERS


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
