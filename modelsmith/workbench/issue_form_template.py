"""The issue forms that experts fill in, one a benchmark, with its vocabularies to choose from."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from modelsmith.documents.json_schema import example_of
from modelsmith.exam.benchmark import VERDICT, Benchmark
from modelsmith.exam.checks.answer_form import ChoiceField
from modelsmith.exam.scenario import OutcomeType, Scenario, example_id
from modelsmith.record import JsonDict
from modelsmith.workbench.issue_form import (
    CONFIRMED,
    LABEL,
    NOT_CONFIRMED,
    OFFERED,
    QUESTIONS,
    TICKET_QUESTIONS,
)

OUTCOMES = (
    "tp: there is a problem. tn: there is none. fp-guard: it looks like one and is none. "
    "fn-guard: it looks harmless and is one."
)
CRITERIA = (
    "A list, one criterion an item; or prose, one criterion a sentence. They come back to you "
    "numbered. Plain words are enough: people's labels and certified judges decide them. To have "
    "one decided by a check, write the whole list as YAML: `- {text: %s, check: {%s}}`"
)
OPTIONAL = (
    "; beside checks a sentence that nobody has to decide: `- {text: Says it kindly., required: "
    "false}`"
)
WORDS = ("Names the gap.", "any_of: [the gap]")
"""An example of a check where answers are free text."""
INPUT = "Write prose over the example, or a table in its form."
TICKET = (
    "The case as you have it: what happened, and what a good and a bad answer do. Sentences are "
    "taken as they stand; what is missing or can be read in two ways is asked back."
)
TICKET_TABLE = "The table that belongs to it, as CSV, with its headings."
READ_FIRST = "A draft counts for nothing until you have read and confirmed it."
TABLE = """\
columns: [day, metric_to_read, other_metric]
rows:  # oldest first
  - [2026-01-05, 40, 7]
  - [2026-01-06, 58, 8]
"""


def _example(benchmark: Benchmark) -> tuple[str, str]:
    """Return a criterion with its check, as the form of this benchmark's answers has them."""
    form, field = benchmark.answer_format, benchmark.answer_format.category_choice
    if field is not None:
        first = next(iter(benchmark.categories.values())).verdicts
        value = field.clear or first[0]
        kind = "verdict" if field.name == VERDICT else "choice"
        return f"Gives the verdict {value}.", f"{kind}: {value}"
    chosen = next((one for one in form.fields if isinstance(one, ChoiceField)), None)
    if chosen is None:
        return WORDS
    value = chosen.choices[0]
    return f"Chooses {value} for {chosen.name}.", f"choice: {value}, field: {chosen.name}"


def issue_forms(benchmarks: Iterable[Benchmark]) -> dict[str, str]:
    """Return the text of each form by its name under `.github/ISSUE_TEMPLATE/`."""
    forms = {}
    for one in benchmarks:
        forms[f"scenario-{one.domain}.yml"] = issue_form(one)
        forms[f"scenario-{one.domain}_ticket.yml"] = issue_form(one, is_ticket=True)
    return forms


def issue_form(benchmark: Benchmark, *, is_ticket: bool = False) -> str:
    """Return the form for scenarios of one benchmark; for a pasted ticket if `is_ticket`."""
    import yaml

    more = ", from a ticket" if is_ticket else ""
    form = {
        "name": f"Scenario for {benchmark.domain}{more}",
        "description": f"Propose an exam question{more}: {benchmark.title}",
        "title": "Scenario: ",
        "labels": [LABEL],
        "body": _body(benchmark, is_ticket=is_ticket),
    }
    written = yaml.safe_dump(form, sort_keys=False, allow_unicode=True, width=100)
    return f"# Generated from benchmark.yaml by `modelsmith schema write`.\n{written}"


def _body(benchmark: Benchmark, *, is_ticket: bool) -> list[JsonDict]:
    properties = Scenario.model_json_schema(by_alias=True)["properties"]
    told = {name: shape["description"] for name, shape in properties.items()}
    schema = benchmark.mechanic.schema_
    example = example_of(schema)
    lines = example.items() if isinstance(example, Mapping) else ()
    mechanic = "".join(f"{key}: {json.dumps(value)}\n" for key, value in lines)
    criteria = CRITERIA % _example(benchmark)
    intro = (
        f"A question for the exam of `{benchmark.domain}`. It becomes a file and a pull request in "
        "your name; what is wrong with it is told here. Use made-up names and figures. A sealed "
        "scenario is never written in an issue."
    )
    asked = [
        {"type": "markdown", "attributes": {"value": intro}},
        _choice("benchmark", [benchmark.domain], "Whose exam it belongs to."),
        _choice("split", [*OFFERED], "`train` is learnt from, `steer` only measured."),
        _line("id", told["id"], example_id(benchmark.domain)),
        _choice("outcomeType", [*OutcomeType], OUTCOMES),
        _choice("operatorLens", benchmark.lenses, told["operatorLens"]),
        _choice("category", [*benchmark.categories], told["category"]),
        _text("mechanic", f"`{benchmark.mechanic.field}`: {told['mechanic']}", mechanic),
    ]
    if is_ticket:
        return [
            *asked,
            _text("ticket", TICKET, render="text"),
            _text("data", TICKET_TABLE, render="csv", is_required=False),
            _choice("confirmed", [NOT_CONFIRMED, CONFIRMED], READ_FIRST, first=True),
        ]
    return [
        *asked,
        _text("description", told["description"]),
        _text("testObjective", told["testObjective"]),
        _text("passCriteria", f"{told['passCriteria']} {criteria}{OPTIONAL}."),
        _text("failCriteria", f"{told['failCriteria']} {criteria}.", is_required=False),
        _text("domainInput", f"{told['domainInput']} {INPUT}", TABLE),
    ]


def _choice(name: str, options: Sequence[str], told: str, *, first: bool = False) -> JsonDict:
    chosen = {"default": 0} if first or len(options) == 1 else {}
    listed = {"options": [str(option) for option in options]} | chosen
    return _question("dropdown", name, told, listed)


def _line(name: str, told: str, placeholder: str) -> JsonDict:
    return _question("input", name, told, {"placeholder": placeholder})


def _text(
    name: str, told: str, value: str = "", *, render: str = "", is_required: bool = True
) -> JsonDict:
    """Return a question for a long text; one with a value to write over is in YAML."""
    more = {"value": value, "render": "yaml"} if value else {}
    more |= {"render": render} if render else {}
    return _question("textarea", name, told, more, is_required=is_required)


def _question(
    kind: str, name: str, told: str, more: Mapping[str, Any], *, is_required: bool = True
) -> JsonDict:
    return {
        "type": kind,
        "id": name,
        "attributes": {
            "label": {**TICKET_QUESTIONS, **QUESTIONS}[name],
            "description": told,
            **more,
        },
        "validations": {"required": is_required},
    }
