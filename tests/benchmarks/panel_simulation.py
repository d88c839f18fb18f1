"""How often the gate promotes where the specialist is no better, by who judges whom.

Run: python -m tests.benchmarks.panel_simulation [gates]
"""

import sys
from math import sqrt

from tests.support.panels import NULLS, World, promoted

NOMINAL = 0.05
WORLDS = NULLS | {
    "better by .15 (power)": World(rates=(0.75, 0.6, 0.55, 0.5)),
    "better by .15, own leniency .20": World(rates=(0.75, 0.6, 0.55, 0.5), own=0.2),
}


def main(gates: int) -> None:
    """Print one row a world; the seed is fixed."""
    error = sqrt(NOMINAL * (1 - NOMINAL) / gates)
    print(f"{gates} gates a row; nominal {NOMINAL:.3f}, Monte Carlo error {error:.4f}")
    print(f"{'world':34}{'everybody':>10}{'own only':>10}{'own, 1/2':>10}{'matched':>9}{'1/2':>7}")
    for name, world in WORLDS.items():
        share = promoted(world, gates, seed=13)
        print(
            f"{name:34}{share('everybody', 'against'):>10.3f}"
            f"{share('own family only', 'against'):>10.3f}"
            f"{share('own family only', 'unscored'):>10.3f}"
            f"{share('matched', 'against'):>9.3f}{share('matched', 'unscored'):>7.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_500)
