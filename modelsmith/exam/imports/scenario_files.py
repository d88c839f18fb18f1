"""Examples of another tool with an import map as the files of a benchmark, or why they are none."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue, ValidationError

from modelsmith.documents.diagnostic import Diagnostic, Loc, Remark, Severity, error, located
from modelsmith.documents.strict_yaml import Document
from modelsmith.documents.validation import validated
from modelsmith.documents.validation_messages import SchemaIndex, remark_beside_files
from modelsmith.documents.written_yaml import yaml_text
from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.authoring.scenario_file import CANARY, schema_line
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.imports.import_map import FIELDS, ImportMap, Shares, resolved
from modelsmith.exam.imports.imported import Imported, ImportedCriterion, ImportSource, parts_of
from modelsmith.exam.scenario import LONGEST_ID, Scenario, Split
from modelsmith.record import sha256

BENCHMARK_SCHEMA = "# yaml-language-server: $schema=../../schemas/benchmark.schema.json"


@dataclass(frozen=True)
class ImportedScenarios:
    """What an import makes of a file."""

    scenarios: tuple[tuple[Split, Scenario], ...] = ()
    """The scenarios by split and id."""
    problems: tuple[Diagnostic, ...] = ()
    """Why some are none."""
    told: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What the map made of the examples: how often each value of a field."""


class _Problems:
    """What is wrong; what a map says wrong of many examples is told once, at the first of them."""

    def __init__(self) -> None:
        self.of_file: list[Diagnostic] = []
        self._of_map: dict[Diagnostic, list[str]] = {}

    def of_map(self, problem: Diagnostic, example: Imported) -> None:
        begins = example.document.place(())
        where = f"{example.document.path}:{begins.line}:{begins.column}"
        self._of_map.setdefault(problem, []).append(where)

    def all(self) -> tuple[Diagnostic, ...]:
        told = []
        for problem, (first, *more) in self._of_map.items():
            others = f" and {len(more)} more" if more else ""
            what = f"{problem.what} (of {first}{others})"
            told.append(problem.model_copy(update={"what": what}))
        return (*self.of_file, *told)


@dataclass(frozen=True)
class MapFile:
    """An import map and its file."""

    says: ImportMap
    """What it says."""
    document: Document
    """Where."""


def benchmark_in(
    file: MapFile, domain: str, canary: str
) -> tuple[Benchmark | None, dict[str, JsonValue], list[Diagnostic]]:
    """Return the benchmark that a map describes, its fields and its problems."""
    part = parts_of(file.document)["benchmark"]
    fixed = {"domain": domain, "version": 1, "canary": canary}
    fields: dict[str, JsonValue] = dict(part.value)
    if taken := sorted(fixed.keys() & fields.keys()):
        what, remedy = f"the map says {taken[0]}", "delete it"
        remark = error("unknown-field", what, "the import to say it", remedy, (taken[0],))
        return None, fields, [part.diagnostic(remark)]
    whole = {"domain": domain, **fields, "version": 1, "canary": canary}
    document = Document(part.path, part.text, whole, part.values_at, part.keys_at)
    benchmark, problems = validated(document, Benchmark)
    return benchmark, whole, problems


def benchmark_text(fields: Mapping[str, JsonValue]) -> str:
    """Return the text of benchmark.yaml."""
    return f"{BENCHMARK_SCHEMA}\n{yaml_text(fields)}"


def scenarios_of(source: ImportSource, file: MapFile, benchmark: Benchmark) -> ImportedScenarios:
    """Return the scenarios that a map makes of the examples of a file, all or with problems."""
    problems = _Problems()
    made: dict[str, tuple[Imported, dict[str, JsonValue]]] = {}
    told: dict[str, Counter[str]] = {}
    for example in source.examples:
        fields = _fields(example, file, problems)
        name = str(fields["id"])
        if name in made:
            what = f"{example.name} becomes the id {name}, and so does another example"
            remark = error("duplicate-id", what, "an id of its own", "rename one of the two")
            problems.of_file.append(example.document.diagnostic(remark))
        elif len(name) > LONGEST_ID:
            what = f"{example.name} becomes an id of {len(name)} characters"
            remark = error("out-of-range", what, f"at most {LONGEST_ID}", "shorten its name")
            problems.of_file.append(example.document.diagnostic(remark))
        else:
            made[name] = (example, fields)
    scenarios = []
    splits = _splits(file, made, problems)
    for name, (example, fields) in sorted(made.items()):
        scenario = _scenario(example, fields, file, benchmark, problems)
        if scenario is not None and name in splits:
            scenarios.append((splits[name], scenario))
            for key, value in _counted(scenario, splits[name]):
                told.setdefault(key, Counter())[value] += 1
    order = sorted(scenarios, key=lambda one: ([*Split].index(one[0]), one[1].id))
    return ImportedScenarios(tuple(order), problems.all(), told)


def _counted(scenario: Scenario, split: Split) -> Iterable[tuple[str, str]]:
    return (
        ("split", split.value),
        ("outcomeType", scenario.outcome_type.value),
        ("operatorLens", scenario.operator_lens),
        ("category", scenario.category),
    )


def id_of(prefix: str, name: str) -> str:
    """Return the id of an example: capitals, digits and single underscores."""
    words = re.findall(r"[A-Z0-9]+", name.upper())
    return "_".join([prefix, *words]) if words else f"{prefix}_"


def _fields(example: Imported, file: MapFile, problems: _Problems) -> dict[str, JsonValue]:
    """Return the fields of a scenario; those that the map does not say are noted and left out."""
    fields: dict[str, JsonValue] = {"id": id_of(file.says.id_prefix, example.name)}
    for attribute, name in FIELDS.items():
        value, fault = resolved(getattr(file.says, attribute), example.fields)
        if fault:
            problems.of_map(_of_map(file, name, fault), example)
        else:
            fields[name] = value
    fields["passCriteria"] = [_criterion(one) for one in example.passing]
    fields["failCriteria"] = [_criterion(one) for one in example.failing]
    given = example.given
    fields["domainInput"] = (
        given
        if isinstance(given, str)
        else {"turns": [{"role": role, "text": text} for role, text in given]}
    )
    return fields


def _criterion(one: ImportedCriterion) -> JsonValue:
    kept: dict[str, JsonValue] = {"text": one.text.strip()}
    if one.points is not None:
        kept["points"] = int(one.points) if one.points == int(one.points) else one.points
    if one.levels is not None:
        kept["levels"] = [level.strip() for level in one.levels]
    if one.check is not None:
        kept["check"] = dict(one.check)
    return kept if len(kept) > 1 else kept["text"]


def _splits(
    file: MapFile, made: Mapping[str, tuple[Imported, Mapping[str, JsonValue]]], problems: _Problems
) -> dict[str, Split]:
    """Return the split of each id; where the map says none, that is noted."""
    found: dict[str, Split] = {}
    if isinstance(file.says.split, Shares):
        ranked = sorted(made, key=lambda name: sha256(name.encode()))
        done, share = 0, 0.0
        for split in Split:
            share += file.says.split.shares.get(split, 0.0)
            ends = round(share * len(ranked))
            found |= dict.fromkeys(ranked[done:ends], split)
            done = max(done, ends)
        return found
    words = [split.value for split in Split]
    for name, (example, _) in made.items():
        value, fault = resolved(file.says.split, example.fields)
        if value in words:
            found[name] = Split(str(value))
        else:
            told = fault or f"split is {value}"
            problems.of_map(_of_map(file, "split", told, f"one of {', '.join(words)}"), example)
    return found


def _of_map(
    file: MapFile, name: str, fault: str, expected: str = "a value for every example"
) -> Diagnostic:
    remedy = "say it in the map, or take the example out of the file"
    return file.document.diagnostic(error("invalid-value", fault, expected, remedy, (name,)))


def _scenario(
    example: Imported,
    fields: Mapping[str, JsonValue],
    file: MapFile,
    benchmark: Benchmark,
    problems: _Problems,
) -> Scenario | None:
    mechanic = benchmark.mechanic.field
    fields = {**fields, "domainInput": _unsaid(benchmark, fields["domainInput"])}
    try:
        scenario = Scenario.model_validate_json(json.dumps(fields)).ruled(benchmark.passes)
    except ValidationError as failure:
        shape, seen = SchemaIndex(Scenario, {}), set[tuple[Loc, str]]()
        for detail in failure.errors(include_url=False):
            here = _stepped(fields, detail["loc"])
            is_echo = detail["type"] == "too_short" and len(seen) > 0
            if detail["type"] == "missing" or is_echo or (here, detail["type"]) in seen:
                continue  # what a map does not say is noted already, and so is what is in a list
            seen.add((here, detail["type"]))
            remark = remark_beside_files(detail, here, shape, dict(fields))
            _place(remark._replace(loc=here), example, file, mechanic, problems)
        return None
    errors = [one for one in remarks_on(benchmark, scenario) if one.severity is Severity.ERROR]
    for remark in errors:
        _place(remark, example, file, mechanic, problems)
    return None if errors else scenario


def _unsaid(benchmark: Benchmark, given: JsonValue) -> JsonValue:
    """Return an input without what the benchmark says at the beginning of every prompt."""
    turns = given.get("turns") if isinstance(given, dict) else None
    if not isinstance(turns, list) or len(turns) == 1:
        return given
    said = {"role": "system", "text": benchmark.answer_format.instruction}
    return {"turns": turns[1:]} if turns[0] == said else given


def _stepped(value: Any, loc: Sequence[str | int]) -> Loc:  # noqa: ANN401 - a JSON value
    """Return the part of `loc` that is in a value; what is a union's tag is left out."""
    found: list[str | int] = []
    for step in loc:
        is_there = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if is_there:
            value = value[step]
            found.append(step)
    return tuple(found)


def _place(
    remark: Remark, example: Imported, file: MapFile, mechanic: str, problems: _Problems
) -> None:
    """Note a problem of a scenario where its cause stands: in the file, or in the map."""
    first, at = (remark.loc[0] if remark.loc else ""), remark.loc[1:2]
    if first in {*FIELDS.values(), mechanic}:
        name = "mechanic" if first == mechanic else str(first)
        problems.of_map(file.document.diagnostic(remark._replace(loc=(name,))), example)
        return
    told = {"passCriteria": example.passing, "failCriteria": example.failing}
    document, there = example.document, example.loc
    if first in told and at:
        criterion = told[str(first)][int(at[0])]
        document, there = criterion.document or document, criterion.loc
    elif first == "domainInput":
        turn = remark.loc[2:3] if at == ("turns",) else ()
        there = (*example.given_loc, *turn)
    problems.of_file.append(located(remark, document.path, document.place(there)))


def file_texts(benchmark: Benchmark, scenarios: Iterable[tuple[Split, Scenario]]) -> dict[str, str]:
    """Return the text of each scenario file by its path in the benchmark's folder."""
    return {
        f"{split}/{scenario.id}.yaml": scenario_text(benchmark, split, scenario)
        for split, scenario in scenarios
    }


def scenario_text(benchmark: Benchmark, split: Split, scenario: Scenario) -> str:
    """Return a scenario as its file: the two comment lines, and the fields in their order."""
    lines = [schema_line(benchmark.domain)]
    if split is Split.SEALED:
        lines.append(CANARY.format(guid=benchmark.canary))
    fields: dict[str, JsonValue] = scenario.model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )
    fields.pop("passes", None)
    named = {
        (benchmark.mechanic.field if name == "mechanic" else name): _plain(value)
        for name, value in fields.items()
    }
    return "\n".join([*lines, yaml_text(named)])


def _plain(value: JsonValue) -> JsonValue:
    """Return a value as people write it: whole figures as such, a criterion's words first."""
    if isinstance(value, dict):
        ranked = sorted(value, key=lambda name: name != "text")  # a criterion's words come first
        return {name: _plain(value[name]) for name in ranked}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
