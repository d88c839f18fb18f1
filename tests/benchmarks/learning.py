"""Does the loop teach? The whole demo under several seeds, each in a clone of its own.

    python -m tests.benchmarks.learning [SEED ...]

Prints, for each seed, how the final specialist stands on steer and on sealed against the untouched
model, the other stand-ins and the best constant policy, what the gate said, and the time.
Seeds 0 1 2 take about three quarters of an hour on two cores. Each clone may look at sealed once.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from modelsmith.decisions.gate import GateVerdict
from modelsmith.statistics.scorecard import Scorecard

ROOT = Path(__file__).resolve().parents[2]


def walked(seed: int, folder: Path) -> tuple[Path, float]:
    """Return the run folder of a finished run under `seed`, and its wall time in seconds."""
    clone = folder / f"seed-{seed}"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    models = ROOT / ".modelsmith" / "models"
    if models.is_dir():  # converted once; the loop is what is timed
        (clone / ".modelsmith").mkdir()
        (clone / ".modelsmith" / "models").symlink_to(models)
    run = clone / "runs" / f"seed-{seed}"
    run.mkdir()
    settings = (clone / "runs" / "demo" / "run.yaml").read_text()
    (run / "run.yaml").write_text(settings.replace("seed: 0", f"seed: {seed}"))
    began = time.monotonic()
    words = [sys.executable, "-m", "modelsmith", "--repo", str(clone), "run", "go", run.name]
    subprocess.run(words, check=False)
    return run, time.monotonic() - began


def latest(run: Path, name: str) -> dict[str, object] | None:
    """Return the last evidence file called `name`."""
    found = sorted(run.glob(f"*/{name}"))
    return json.loads(found[-1].read_text()) if found else None


def shown(card: dict[str, object] | None) -> str:
    """Return a scorecard in one line."""
    if card is None:
        return "not reached"
    read = Scorecard.model_validate_json(json.dumps(card))
    passes = sum(group.passes for group in read.categories)
    asked = sum(group.scenarios for group in read.categories)
    core = "-"
    if read.core:
        core = f"{read.core.value:.2f} [{read.core.low:.2f}, {read.core.high:.2f}]"
    composite = f"{read.composite.value:.2f}" if read.composite else "-"
    return f"{passes}/{asked} passed, core {core}, composite {composite}"


def report(seed: int, run: Path, seconds: float) -> None:
    """Print how one seed ended."""
    print(f"seed {seed}: {seconds / 60:.1f} minutes")
    assessment = latest(run, "assessment.json") or {}
    print(f"  steer   candidate {shown(latest(run, 'scorecard-steer.json'))}")
    readiness = assessment.get("readiness", {})
    for lead in readiness.get("leads", []):
        gain = lead["gain"]
        words = f"core {gain['mean']:+.2f}, bound {gain['low']:+.2f}"
        print(f"          over {lead['baseline']}: {words}")
    print(
        f"          best constant {readiness.get('constant')}: composite "
        f"{readiness.get('constant_composite')}; assess says {assessment.get('decision')}, "
        f"{assessment.get('reason')}"
    )
    record = latest(run, "record.json")
    if record is None:
        print("  sealed  not read")
        return
    print(f"  sealed  candidate {shown(record['candidate'])}")
    for compared in record["baselines"]:
        print(f"          {compared['system']} {shown(compared['card'])}")
    gate = GateVerdict.model_validate_json(json.dumps(record["gate"]))
    for lead in gate.leads:
        print(f"          over {lead.baseline}: {lead.difference:+.3f}, bound {lead.low:+.3f}")
    failing = ", ".join(found.rule for found in gate.failed()) or "none"
    print(
        f"          best constant {gate.constant}: composite {gate.constant_composite}; "
        f"the gate says {gate.decision}; findings that do not hold: {failing}"
    )


def main() -> None:
    seeds = [int(word) for word in sys.argv[1:]] or [0, 1, 2]
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            report(seed, *walked(seed, Path(folder)))


if __name__ == "__main__":
    main()
