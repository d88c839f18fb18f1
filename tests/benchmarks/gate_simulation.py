"""How often the gate promotes when there is no true lead, and when there is one.

Run: python -m tests.benchmarks.gate_simulation [gates]
"""

import sys
from math import sqrt

from tests.support.scenarios import a_benchmark
from tests.support.simulation import rates

NOMINAL = 0.05
FAMILIES = (12, 16, 20, 40)
LEADS = (0.0, 1.0, 2.0)


def main(gates: int) -> None:
    """Print one row for each number of families and true lead; the seed is fixed."""
    error = sqrt(NOMINAL * (1 - NOMINAL) / gates)
    print(f"{gates} gates a row; nominal {NOMINAL:.3f}, Monte Carlo error {error:.4f}")
    print(f"{'families':>8} {'lead (logit)':>12} {'composite >':>12} {'bound > 0':>10} {'gate':>7}")
    for families in FAMILIES:
        for lead in LEADS:
            found = rates(a_benchmark(), families, gates, lead=lead, seed=1)
            print(
                f"{families:>8} {lead:>12.1f} {found.point:>12.3f} {found.bound:>10.3f} "
                f"{found.gate:>7.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
