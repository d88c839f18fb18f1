"""A scenario as a model writes it: JSON by a schema that every provider can hold it to."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import JsonValue, ValidationError

from modelsmith.boundary.call import ResponseSchema
from modelsmith.council.proposal import Proposal, Reason, Statement
from modelsmith.documents.json_schema import problems_of
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.scenario import OutcomeType, Scenario
from modelsmith.record import canonical, digest_of

MOST_DRAFTS = 10
"""Drafts of one reply that are looked at: as many as run.yaml may ask for."""

SLUG_WORDS, SLUG_LETTERS = 3, 12
"""Words of the description in an id, and letters of each: enough to tell files apart by eye."""

DIGITS = 6
"""Hex digits that keep two ids apart: 24 bits over a few hundred scenarios."""

TEXT: JsonValue = {"type": "string"}
CHECK_KINDS = ("none", "verdict", "number", "contains", "any_of", "all_of", "none_of")
PHRASES = ("any_of", "all_of", "none_of")


class DraftedScenario(NamedTuple):
    """What came of one draft."""

    name: str
    """The id that it was given, or where it stands."""
    author: str
    """Who wrote it."""
    proposal: Proposal | None
    """The scenario; none where it is none."""
    reasons: tuple[Reason, ...]
    """Why it is none."""


def shape_of(benchmark: Benchmark) -> ResponseSchema:
    """Return the object in which a member answers with its drafts."""
    drafts: JsonValue = {"type": "array", "items": _draft(benchmark)}
    return ResponseSchema(name="proposals", schema_=_closed({"proposals": drafts}))


def drafted(benchmark: Benchmark, statement: Statement) -> tuple[DraftedScenario, ...]:
    """Return what came of each draft in a reply; one fault where the reply is none."""
    if statement.error:
        return ()
    place = f"{statement.about} by {statement.member}"
    value = statement.value()
    items = value.get("proposals") if isinstance(value, dict) else None
    if not isinstance(items, list):
        return (_unusable(statement, place, ["the reply is no JSON object with `proposals`"]),)
    return tuple(
        _drafted(benchmark, statement, item, f"{place}, draft {number}")
        for number, item in enumerate(items[:MOST_DRAFTS], start=1)
    )


def _drafted(
    benchmark: Benchmark, statement: Statement, item: JsonValue, place: str
) -> DraftedScenario:
    problems = problems_of(_draft(benchmark), item)
    if problems or not isinstance(item, dict):
        told = (
            f"{'.'.join(map(str, p.loc)) or 'draft'}: {p.what}, expected {p.expected}"
            for p in problems
        )
        return _unusable(statement, place, told)
    fields: Mapping[str, Any] = item
    try:
        scenario = Scenario.model_validate_json(canonical(_fields(benchmark, statement, fields)))
        proposal = Proposal(
            scenario=scenario,
            author=statement.member,
            parent=statement.about,
            world=f"{scenario.operator_lens}/{scenario.outcome_type}",
            why=fields["why"],
            answer=fields["answer"],
        )
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        told = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)
        return _unusable(statement, place, told)
    return DraftedScenario(scenario.id, statement.member, proposal, ())


def _unusable(statement: Statement, place: str, messages: Iterable[str]) -> DraftedScenario:
    reasons = tuple(Reason(gate="schema", message=message) for message in messages)
    return DraftedScenario(place, statement.member, None, reasons)


def _fields(
    benchmark: Benchmark, statement: Statement, item: Mapping[str, Any]
) -> dict[str, JsonValue]:
    table = item["domainInput"]
    given: JsonValue = table["text"]
    if table["rows"]:
        rows: JsonValue = [[_cell(cell) for cell in row] for row in table["rows"]]
        given = {"columns": table["columns"], "rows": rows}
    return {
        "id": _id(benchmark, statement, item),
        "outcomeType": item["outcomeType"],
        "operatorLens": item["operatorLens"],
        "category": statement.about,
        "mechanic": item["mechanic"],
        "description": item["description"],
        "testObjective": item["testObjective"],
        "passCriteria": [_criterion(one) for one in item["passCriteria"]],
        "failCriteria": [_criterion(one) for one in item["failCriteria"]],
        "domainInput": given,
    }


def _id(benchmark: Benchmark, statement: Statement, item: Mapping[str, Any]) -> str:
    """Return an id that the author and the content decide: two drafts never share one."""
    words = re.findall(r"[A-Z0-9]{4,}", str(item["description"]).upper())[:SLUG_WORDS]
    parts = re.findall(r"[A-Z0-9]+", f"{benchmark.domain}_{statement.about}".upper())
    tail = digest_of([statement.member, statement.about, dict(item)])[:DIGITS].upper()
    return "_".join([*parts, *(word[:SLUG_LETTERS] for word in words), tail])


def _cell(cell: str) -> JsonValue:
    for kind in (int, float):
        try:
            value = kind(cell)
        except ValueError:
            continue
        if value == value and abs(value) != float("inf"):  # noqa: PLR0124 - NaN differs from itself
            return value
    return cell


def _criterion(one: Mapping[str, Any]) -> JsonValue:
    check = one["check"]
    kind, phrases = check["kind"], check["phrases"]
    made: JsonValue = None
    if kind == "verdict":
        made = {"verdict": check["verdict"]}
    elif kind == "number":
        sought = {"value": check["value"], "tolerance": check["tolerance"]}
        made = {"number": sought | ({"metric": check["metric"]} if check["metric"] else {})}
    elif kind == "contains":
        made = {"contains": "".join(phrases[:1])}
    elif kind in PHRASES:
        made = {kind: phrases}
    return {
        "text": one["text"],
        "weight": one["weight"],
        "required": one["required"],
        "check": made,
    }


def _draft(benchmark: Benchmark) -> dict[str, JsonValue]:
    texts: JsonValue = {"type": "array", "items": TEXT}
    number: JsonValue = {"type": "number"}
    check = _closed(
        {
            "kind": {"type": "string", "enum": list(CHECK_KINDS)},
            "verdict": TEXT,
            "value": number,
            "tolerance": number,
            "metric": TEXT,
            "phrases": texts,
        }
    )
    criterion = _closed(
        {"text": TEXT, "weight": number, "required": {"type": "boolean"}, "check": check}
    )
    criteria: JsonValue = {"type": "array", "items": criterion}
    return _closed(
        {
            "why": TEXT,
            "description": TEXT,
            "testObjective": TEXT,
            "outcomeType": {"type": "string", "enum": [kind.value for kind in OutcomeType]},
            "operatorLens": TEXT,
            "mechanic": _held(dict(benchmark.mechanic.schema_)),
            "domainInput": _closed(
                {"text": TEXT, "columns": texts, "rows": {"type": "array", "items": texts}}
            ),
            "passCriteria": criteria,
            "failCriteria": criteria,
            "answer": TEXT,
        }
    )


def _held(schema: JsonValue) -> JsonValue:
    """Return the schema with every object closed and every property required."""
    if not isinstance(schema, dict):
        return schema
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return _closed({name: _held(value) for name, value in properties.items()})
    items = {"items": _held(schema["items"])} if "items" in schema else {}
    typed = {"type": "string"} if "enum" in schema and "type" not in schema else {}
    return typed | schema | items


def _closed(properties: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
