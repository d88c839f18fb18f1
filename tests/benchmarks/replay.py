"""How long does a long run take to replay?

    python -m tests.benchmarks.replay [ITERATIONS] [SCENARIOS]

Walks a run with a scripted model, 40 rounds over an exam of 1,000 scenarios by default, and then
replays it from disk: every answer graded again, every decision and every file compared. Prints the
seconds of both, and the graded answers a second. The walk is set-up and is not what is promised.
"""

import sys
import tempfile
import time
from pathlib import Path

from modelsmith.exam.answers import Answered
from modelsmith.record import records_in
from tests.support.runs import Workshop, a_workshop, an_exam, learning

SHARES = {"train": 0.6, "steer": 0.2, "sealed": 0.2}
"""How the scenarios are split; steer and sealed are asked with two variants each."""


def a_learning_workshop(root: Path, rounds: int, scenarios: int) -> Workshop:
    """Return a run of `rounds` rounds, not started, in which the model learns a little in each."""
    exam = an_exam({split: round(scenarios * share) for split, share in SHARES.items()})
    skills = [0.05 + 0.55 * number / rounds for number in range(rounds + 1)]
    return a_workshop(
        root,
        exam=exam,
        skill=learning(*skills),
        ladder=["rubric-composition"],
        budgets={"iterations": rounds, "tokens": 10**12, "wallTimeS": 10**9},
        training={"variants": 1, "replay": 0.0, "batch": 64},
        evaluation={"variants": 2, "batch": 64, "votes": 3, "maxTokens": 64},
    )


def answers_of(workshop: Workshop) -> int:
    """Return how many answers lie in the run's evidence."""
    return sum(
        len(records_in(workshop.tools.folder.read(path), Answered))
        for path in workshop.tools.folder.files()
        if path.endswith(".jsonl") and "/answers-" in path
    )


def main() -> None:
    """Walk, replay and print."""
    given = sys.argv[1:3]
    rounds, scenarios = (int(word) for word in [*given, *("40", "1000")[len(given) :]])
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        workshop = a_learning_workshop(Path(folder), rounds, scenarios)
        workshop.go()
        walk_s = time.monotonic() - began
        began, began_cpu = time.monotonic(), time.process_time()
        found = workshop.replay()
        replay_s, cpu_s = time.monotonic() - began, time.process_time() - began_cpu
        answers = answers_of(workshop)
    print(f"walked   {rounds} rounds over {scenarios} scenarios: {walk_s:.1f} s")
    print(
        f"replayed {found.entries} entries, {found.files} files, {found.decisions} decisions, "
        f"{answers} answers: {replay_s:.1f} s ({cpu_s:.1f} s of processor time), "
        f"{answers / replay_s:.0f} answers a second, "
        f"{scenarios * rounds / replay_s:.0f} scenarios a second"
    )
    print(f"differences: {len(found.differences)}")


if __name__ == "__main__":
    main()
