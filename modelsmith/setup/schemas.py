"""The JSON Schemas of the files that people write, for editors and for reading."""

import json
from collections.abc import Iterable

from modelsmith.boundary.grants import Boundaries
from modelsmith.boundary.hosted_model import Models
from modelsmith.exam.authoring.to_confirm import SCHEMA, TO_CONFIRM
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.family import Family
from modelsmith.exam.labelled_answers import ExamSheet
from modelsmith.exam.scenario import Scenario
from modelsmith.policy import Policy
from modelsmith.record import JsonDict, Record
from modelsmith.run.clusters import Clusters
from modelsmith.run.config import RunConfig

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_files(benchmarks: Iterable[Benchmark]) -> dict[str, str]:
    """Return every schema file of a repository by its name under `schemas/`."""
    schemas = {
        "benchmark.schema.json": _titled(Benchmark, "A benchmark"),
        "boundaries.schema.json": _titled(Boundaries, "What may leave the hardware"),
        "clusters.schema.json": _titled(Clusters, "The machines that a run may name"),
        "models.schema.json": _titled(Models, "The models that a run may name"),
        "exam.schema.json": _titled(ExamSheet, "Labelled answers to one scenario"),
        "family.schema.json": _titled(Family, "A family of variants"),
        "policy.schema.json": _titled(Policy, "Who approves, and what the forge must enforce"),
        "run.schema.json": _titled(RunConfig, "A run"),
        "scenario.schema.json": _any_scenario(),
    }
    for benchmark in benchmarks:
        schemas[f"{benchmark.domain}.scenario.schema.json"] = _scenario_in(benchmark)
    return {name: json.dumps(s, indent=2) + "\n" for name, s in sorted(schemas.items())}


def _titled(kind: type[Record], title: str) -> JsonDict:
    schema = kind.model_json_schema(by_alias=True)
    return {"$schema": DIALECT} | schema | {"title": title}


def _any_scenario() -> JsonDict:
    """Return the schema of a scenario of any domain: nine known fields, the mechanic, the marks."""
    schema = _titled(Scenario, "A scenario")
    mechanic = schema["properties"].pop("mechanic")
    schema["additionalProperties"] = {"type": "object", "description": mechanic["description"]}
    schema["required"] = [name for name in schema["required"] if name != "mechanic"]
    schema["minProperties"] = len(schema["required"]) + 1
    schema["maxProperties"] = len(schema["required"]) + 2
    schema["properties"][TO_CONFIRM] = SCHEMA
    return schema


def _scenario_in(benchmark: Benchmark) -> JsonDict:
    """Return the schema of a scenario of one domain, with its vocabularies and its mechanic."""
    field = benchmark.mechanic.field
    schema = _titled(Scenario, f"A scenario of {benchmark.domain}")
    properties: JsonDict = {
        field if name == "mechanic" else name: shape for name, shape in schema["properties"].items()
    }
    described = {"description": properties[field]["description"]}
    properties[field] = described | dict(benchmark.mechanic.schema_)
    properties["operatorLens"]["enum"] = list(benchmark.lenses)
    properties["category"]["enum"] = list(benchmark.categories)
    properties["category"]["enumDescriptions"] = [c.title for c in benchmark.categories.values()]
    schema["properties"] = properties | {TO_CONFIRM: SCHEMA}
    schema["required"] = [field if name == "mechanic" else name for name in schema["required"]]
    labels = {label for category in benchmark.categories.values() for label in category.verdicts}
    schema["$defs"]["Verdict"]["properties"]["verdict"]["enum"] = sorted(labels)
    return schema
