"""Where things lie in a repository, relative to its top."""

LEDGER = "ledger.jsonl"
"""The file in a run's folder that holds its entries."""

RUNS, PROMOTIONS, CHANNELS = "runs", "promotions", "channels"

BENCHMARKS, BENCHMARK = "benchmarks", "benchmark.yaml"
"""The folder of every benchmark, and the file in each that says what it is."""

IMPORTS, TO_LABEL = "imports", "to-label.yaml"
"""Beside a benchmark's file: the maps of imports, and a sheet that people are labelling."""

SETTINGS = "run.yaml"
"""A run's settings, reviewed before it starts."""

STATE = ".modelsmith"
"""What a clone keeps to itself: logs, caches, the store, half-done work."""


def run_folder(run: str) -> str:
    """Return the folder of a run."""
    return f"{RUNS}/{run}"


def in_run(run: str, name: str) -> str:
    """Return where a file of a run lies that is called `name` there."""
    return f"{RUNS}/{run}/{name}"


def ledger_path(run: str) -> str:
    """Return where a run's ledger lies."""
    return in_run(run, LEDGER)


def settings_path(run: str) -> str:
    """Return where a run's settings lie."""
    return in_run(run, SETTINGS)


def promotion_folder(specialist: str, version: str) -> str:
    """Return the folder of a promotion."""
    return f"{PROMOTIONS}/{specialist}/{version}"


CLUSTERS = "runners/clusters.yaml"
"""The machines a run may name."""
