"""How long an import takes, from the file to the written benchmark, start-up left out.

Run: python -m tests.benchmarks.importing [FOLDER]

FOLDER holds HealthBench's and BiGGen's public files (healthbench.jsonl, biggen.json); without one
the repository's own small file is imported 100 times over. Promised: both under 5 s in all.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from modelsmith.exam.files.imported_benchmark import BenchmarkImporter
from modelsmith.exam.imports.biggen import read_biggen
from modelsmith.exam.imports.healthbench import read_healthbench
from modelsmith.exam.imports.imported import told_by
from tests.exam.imports.test_samples import a_map
from tests.support.foreign_files import CANARY, map_of, text_of

COPIES = 100


def sample(folder: Path, form: str) -> tuple[bytes, str]:
    """Return a public file and a map for it."""
    if form == "biggen":
        content = (folder / "biggen.json").read_bytes()
        known, name = told_by(read_biggen("", content).examples)["capability"], "capability"
    else:
        content = (folder / "healthbench.jsonl").read_bytes()
        told = told_by(read_healthbench("", content).examples)["example_tags"]
        known, name = {one: 1 for one in told if one.startswith("theme:")}, "example_tags"
    values = {one: one.upper().replace(":", "_") for one in known}
    return content, a_map(form, {"from": name, "values": values}, {"share": 0.6, "level": 4})


def made() -> tuple[bytes, str]:
    """Return the repository's own HealthBench file many times over, and its map."""
    lines = [json.loads(line) for line in text_of("healthbench").splitlines() if line]
    many = [
        one | {"prompt_id": f"{one['prompt_id']}-{at}"} for at in range(COPIES) for one in lines
    ]
    return "\n".join(map(json.dumps, many)).encode(), map_of("healthbench")


def main(folder: Path | None) -> None:
    """Print the seconds of each import, and of all."""
    forms = ("healthbench", "biggen") if folder else ("healthbench",)
    total = 0.0
    for form in forms:
        content, map_text = sample(folder, form) if folder else made()
        with tempfile.TemporaryDirectory() as made_in:
            began, worked = time.perf_counter(), time.process_time()
            importer = BenchmarkImporter(Path(made_in).resolve(), "benchmarks/pumps", CANARY)
            done = importer.with_map(form, form, content, "map.yaml", map_text.encode())
            took, worked = time.perf_counter() - began, time.process_time() - worked
        total += took
        print(f"{form}: {done.scenarios} scenarios in {took:.2f} s, {worked:.2f} s of them work")
    print(f"all: {total:.2f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
