"""How long a pull request of three files waits for its check in a repository of 10,000 scenarios.

Run it with `python -m tests.benchmarks.changed_check [FILES]`. Promised: under 2 s from a fresh
clone, without any cache. The same command over everything, cold, stands beside it.
"""

import sys
import tempfile
from pathlib import Path

from tests.benchmarks.scenario_check import filled, seconds_of
from tests.support.git_commands import committed

CHANGED = 3


def main() -> None:
    """Print the figures."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder).resolve()
        written = filled(repository, files)
        committed(repository, "The exam as it was")
        for file in written[:: len(written) // CHANGED][:CHANGED]:
            file.write_text(file.read_text("utf-8").replace("night shift", "late shift"), "utf-8")
        committed(repository, "Say which shift it was")
        words = ("--repo", folder, "scenario", "check", "--changed-since", "HEAD^1")
        changed = min(seconds_of(*words) for _ in range(3))
        print(f"scenario files                 {files}")
        print(f"files of the pull request      {CHANGED}")
        print(f"scenario check --changed-since {changed:6.2f} s   (promised < 2)")


if __name__ == "__main__":
    main()
