"""One scenario as a person reads it: what the model is asked, and what it is judged by."""

import json

from modelsmith.documents.diagnostic import one_line
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.exam.verdict import pass_words


def scenario_page(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return the prompt as the model sees it, then the rubric with the criteria's ids."""
    lines = [
        f"{scenario.id}  ({scenario.outcome_type}, {scenario.operator_lens}, {scenario.category})",
        "",
        "The model sees:",
    ]
    for message in prompt_for(benchmark, scenario):
        lines += [f"  [{message.role}]", *(f"  {line}" for line in message.content.splitlines())]
    lines += ["", "It never sees:", f"  Objective: {one_line(scenario.test_objective)}"]
    if scenario.passes is not None:
        lines.append(f"  {pass_words(scenario)}.")
    for key, criterion in scenario.criteria().items():
        lines.append(f"  {key}  {one_line(criterion.text)}{term_words(key, criterion)}")
        numbered = enumerate(criterion.levels or (), start=1)
        lines += [f"      level {number}: {one_line(words)}" for number, words in numbered]
        lines.append(f"      {check_words(criterion)}")
    return "\n".join(lines)


def scenario_json(benchmark: Benchmark, scenario: Scenario) -> str:
    """Return the same as JSON: scenario id, prompt and rubric by criterion id."""
    page = {
        "id": scenario.id,
        "prompt": [message.model_dump(mode="json") for message in prompt_for(benchmark, scenario)],
        "rubric": {
            key: criterion.model_dump(mode="json", by_alias=True)
            for key, criterion in scenario.criteria().items()
        },
    }
    return json.dumps(page, indent=2)


def term_words(key: str, criterion: Criterion) -> str:
    """Return in brackets how much a criterion counts; nothing where it counts as most do."""
    if criterion.points is not None:
        return f" ({criterion.points:+g} points)"
    terms = [] if criterion.required or key.startswith("F") else ["not required"]
    terms += [f"weight {criterion.weight:g}"] if criterion.weight != 1 else []
    return f" ({', '.join(terms)})" if terms else ""


def check_words(criterion: Criterion) -> str:
    """Return what decides a criterion."""
    if criterion.check is None:
        return "decided by judges"
    terms = criterion.check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return f"check {json.dumps(terms, ensure_ascii=False)}"
