"""A small benchmark on disk: one scenario a split, and ways to spoil it."""

from pathlib import Path

DOMAIN = "pumps"
CANARY = "0b5c7a52-9f0e-4c55-8f6a-2a4d1c3e7f90"
SCHEMA_LINE = "# yaml-language-server: $schema=../../../schemas/pumps.scenario.schema.json"
CANARY_LINE = (
    f"# MODELSMITH BENCHMARK DATA - MUST NOT APPEAR IN TRAINING CORPORA. canary GUID {CANARY}"
)

BENCHMARK = f"""\
# yaml-language-server: $schema=../../schemas/benchmark.schema.json
domain: pumps
title: Reading pumps from their daily figures
owner: pump-owners
version: 1
canary: {CANARY}
mechanic:
  field: pumpMechanic
  schema:
    type: object
    additionalProperties: false
    required: [drive, seal]
    properties:
      drive: {{enum: [electric, diesel]}}
      seal: {{enum: [single, double]}}
lenses: [operator, planner]
categories:
  SEALS:
    title: Seals
    verdicts: [seal-failure, dry-running, no-issue]
  BEARINGS:
    title: Bearings
    verdicts: [bearing-wear, no-issue]
answerFormat:
  instruction: "Answer in four lines: EVIDENCE, CAUSE, ACTION, VERDICT."
  clearVerdict: no-issue
  sections:
    - {{heading: EVIDENCE, opens: ["Cites "]}}
    - {{heading: CAUSE, opens: ["Says that "]}}
    - {{heading: ACTION, opens: ["Recommends to "]}}
    - {{heading: VERDICT, opens: ["Gives the verdict "]}}
"""

SCENARIO = """\
id: PUMP_SEAL_LEAKS
outcomeType: tp
operatorLens: operator
category: SEALS
pumpMechanic: {drive: electric, seal: double}
description: >-
  The night shift at pump seal leaks saw the barrier pressure sink for three days and asks what to do.
testObjective: >-
  Finds out whether the model reads the table and not only the story.
passCriteria:
  - text: Cites barrier_kpa at its latest value, 180.
    check: {number: {metric: barrier_kpa, value: 180}}
  - text: Says that the inner seal lets barrier fluid through.
    check: {any_of: [lets barrier fluid through, inner seal fails]}
  - text: Recommends to isolate the pump.
    check: {contains: isolate the pump}
  - text: Gives the verdict seal-failure.
    check: {verdict: seal-failure}
failCriteria:
  - text: Recommends to wait for the next shift.
    check: {contains: wait for the next shift}
domainInput:
  columns: [day, barrier_kpa, vibration_mm_s]
  rows:
    - [2026-03-01, 240, 1.4]
    - [2026-03-02, 210, 1.5]
    - [2026-03-03, 180, 1.4]
"""  # noqa: E501 - the places of problems count on its lines


def scenario_text(scenario_id: str = "PUMP_SEAL_LEAKS", split: str = "train") -> str:
    """Return a valid scenario file of one split, comments included."""
    comments = [SCHEMA_LINE, *([CANARY_LINE] if split == "sealed" else [])]
    named = SCENARIO.replace("PUMP_SEAL_LEAKS", scenario_id)
    told = named.replace("pump seal leaks", scenario_id.lower().replace("_", " "))
    return "\n".join(comments) + "\n" + told


def exam_repository(folder: Path) -> Path:
    """Write a benchmark without problems below `folder` and return `folder`."""
    write(folder, "benchmarks/pumps/benchmark.yaml", BENCHMARK)
    for split, scenario_id in (
        ("train", "PUMP_SEAL_LEAKS"),
        ("steer", "PUMP_SEAL_STEER"),
        ("sealed", "PUMP_SEAL_SEALED"),
    ):
        write_scenario(folder, scenario_id, split)
    return folder


def write_scenario(folder: Path, scenario_id: str, split: str, *changes: tuple[str, str]) -> Path:
    """Write one scenario with `changes` made to its text, and return the file."""
    text = scenario_text(scenario_id, split)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return write(folder, f"benchmarks/pumps/{split}/{scenario_id}.yaml", text)


def write(folder: Path, path: str, text: str) -> Path:
    """Write one file and return it."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
