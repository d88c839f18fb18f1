"""How often the gate promotes where a scenario passes by points, or by levels, of its rubric.

Run: python -m tests.benchmarks.graded_gate_simulation [gates]

A pass is yes or no in each: a share of points reached, a least level named (decision 37). A lead in
logits is one of each criterion by points, so the same lead is larger there.
"""

import sys
from math import sqrt

from tests.support.scenarios import a_benchmark
from tests.support.simulation import rates

NOMINAL = 0.05
FAMILIES = (12, 20)
LEADS = (0.0, 1.0)


def main(gates: int) -> None:
    """Print one row for each way of grading, number of families and true lead."""
    error = sqrt(NOMINAL * (1 - NOMINAL) / gates)
    print(f"{gates} gates a row; nominal {NOMINAL:.3f}, Monte Carlo error {error:.4f}")
    print(f"{'graded by':>9} {'families':>8} {'lead (logit)':>12} {'bound > 0':>10} {'gate':>7}")
    for graded in ("pass", "points", "levels"):
        for families in FAMILIES:
            for lead in LEADS:
                found = rates(a_benchmark(), families, gates, lead=lead, seed=1, graded=graded)
                row = f"{graded:>9} {families:>8} {lead:>12.1f} {found.bound:>10.3f}"
                print(f"{row} {found.gate:>7.3f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
