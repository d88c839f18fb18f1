"""How long does an audit take, and how does it grow with the number of runs?

    python -m tests.benchmarks.audit [RUNS]

Walks RUNS runs (100 by default) with a scripted model in one repository, four on each exam, and
audits a bare clone of it after a quarter, a half and all of them: every run replayed, every commit
held against its parents and its entry. Prints seconds, and how they grow; a lineage is traced too.
Walking is set-up and is not what is promised.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from modelsmith.audit.audit import Asked
from modelsmith.exam.benchmark import Exam
from modelsmith.wiring.audit import audit, lineage
from tests.support.runs import a_workshop, an_exam

SIZES = {"train": 6, "steer": 3, "sealed": 3}
RUNS_PER_EXAM = 4
"""The first run has the look at the sealed split; the others are blocked before it."""


def exam_of(number: int) -> Exam:
    """Return the exam of a run: the same questions under another name, so in another version."""
    exam = an_exam(SIZES)
    domain = f"adtech-{number // RUNS_PER_EXAM}"
    return exam.model_copy(
        update={"benchmark": exam.benchmark.model_copy(update={"domain": domain})}
    )


def audited(root: Path, folder: Path) -> float:
    """Return how many seconds the audit of a bare clone takes, and print what it looked at."""
    clone = folder / "clone.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(root), str(clone)], check=True)
    began, began_cpu = time.monotonic(), time.process_time()
    found = audit(clone, Asked())
    seconds, cpu = time.monotonic() - began, time.process_time() - began_cpu
    checked = found.checked
    print(
        f"{checked.runs:>4} runs, {checked.commits} commits, {checked.entries} entries, "
        f"{checked.evidence} files, {checked.decisions} decisions: {seconds:.1f} s "
        f"({cpu:.1f} s of processor time), {len(found.findings)} findings"
    )
    began = time.monotonic()
    lineage(clone, "run-000", "HEAD")
    print(f"     lineage of one run: {time.monotonic() - began:.1f} s")
    subprocess.run(["rm", "-rf", str(clone)], check=True)
    return seconds


def main() -> None:
    """Walk, audit and print."""
    (runs,) = (int(word) for word in (*sys.argv[1:], "100")[:1])
    taken: dict[int, float] = {}
    with tempfile.TemporaryDirectory() as name:
        root, began = Path(name) / "factory", time.monotonic()
        for number in range(runs):
            a_workshop(root, run=f"run-{number:03d}", exam=exam_of(number)).go()
            if number + 1 in {runs // 4, runs // 2, runs}:
                print(f"walked {number + 1} runs after {time.monotonic() - began:.0f} s")
                taken[number + 1] = audited(root, Path(name))
    first, *_, last = taken
    print(f"{last // first} times the runs take {taken[last] / taken[first]:.2f} times as long")


if __name__ == "__main__":
    main()
