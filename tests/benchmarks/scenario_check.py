"""How long an author waits: `scenario check` over 1,000 files, cold and warm, and `--help`.

Run it with `python -m tests.benchmarks.scenario_check [FILES]`. Promised: warm under 2 s, cold
under 20 s, help under 0.3 s; every tenth scenario has a family, drawn in both its worlds. A bare
parse of the same scenarios by ruamel.yaml in pure Python, which keeps places too but checks
nothing, stands beside it.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from ruamel.yaml import YAML

from tests.support.exam_files import write, write_scenario
from tests.support.family_files import PARENT, family_repository, family_text

ROW = "    - [2026-03-03, 180, 1.4]\n"
FAMILY_EACH = 10
COMMAND = [sys.executable, "-c", "import sys; from modelsmith.cli import main; sys.exit(main())"]


def seconds_of(*words: str) -> float:
    """Run the command in a process of its own and return how long it took, start-up included."""
    began = time.perf_counter()
    done = subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False)
    took = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(done.stdout[-2_000:] + done.stderr)
    return took


def filled(repository: Path, files: int) -> list[Path]:
    """Write a benchmark of `files` scenarios that differ in id and in their two weeks of rows."""
    family_repository(repository)
    written = []
    for number in range(files):
        earlier = "".join(
            f"    - [2026-02-{day:02}, {240 + (number * day) % 90}, 1.{day}]\n"
            for day in range(14, 28)
        )
        split = ("train", "train", "steer", "sealed")[number % 4]
        name = f"PUMP_BENCHMARK_{number}"
        phrase = ("inner seal fails", f"inner seal fails, inner seal number {number} fails")
        written.append(write_scenario(repository, name, split, (ROW, earlier + ROW), phrase))
        if number % FAMILY_EACH == 0:
            family = family_text().replace(PARENT, name)
            write(repository, f"benchmarks/pumps/families/{name}.yaml", family)
    return written


def main() -> None:
    """Print the figures."""
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(folder).resolve()
        written = filled(repository, files)
        families = len(list(repository.glob("benchmarks/pumps/families/*.yaml")))
        words = ("--repo", folder, "scenario", "check")
        cold, warm = seconds_of(*words), min(seconds_of(*words) for _ in range(3))
        began = time.perf_counter()
        for file in written:
            YAML(typ="rt", pure=True).load(file.read_text(encoding="utf-8"))
        bare = time.perf_counter() - began
    startup = min(seconds_of("--help") for _ in range(5))
    print(f"files                          {files}")
    print(f"families                       {families}")
    print(f"scenario check, cold           {cold:6.2f} s   (promised < 20)")
    print(f"scenario check, warm           {warm:6.2f} s   (promised < 2)")
    print(f"bare ruamel.yaml parse         {bare:6.2f} s")
    print(f"cold / bare parse              {cold / bare:6.2f}")
    print(f"warm / bare parse              {warm / bare:6.2f}")
    print(f"modelsmith --help              {startup:6.3f} s   (promised < 0.3)")


if __name__ == "__main__":
    main()
