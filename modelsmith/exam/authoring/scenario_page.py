"""One scenario as a person reads it: what the model is asked, and what it is judged by."""

import json

from modelsmith.documents.diagnostic import one_line
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Criterion, Scenario


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
    for key, criterion in scenario.criteria().items():
        lines.append(f"  {key}  {one_line(criterion.text)}{term_words(key, criterion)}")
        lines.append(f"      {decider_words(benchmark, key, criterion)}")
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
    terms = [] if criterion.required or key.startswith("F") else ["not required"]
    terms += [f"weight {criterion.weight:g}"] if criterion.weight != 1 else []
    return f" ({', '.join(terms)})" if terms else ""


def decider_words(benchmark: Benchmark, key: str, criterion: Criterion) -> str:
    """Return who decides a criterion: its check, people and judges, or nobody."""
    if criterion.check is None:
        is_deciding = criterion.required or key.startswith("F")
        return BY_PEOPLE if is_deciding else BY_NOBODY
    terms = criterion.check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    said = f"check {json.dumps(terms, ensure_ascii=False)}"
    return said + (BESIDE_JUDGES if benchmark.judging.takes(criterion.check) else "")


BY_PEOPLE = "no check: decided by labels in exam/, and by certified judges where a run has them"
BY_NOBODY = "no check, not required: decides nothing"
BESIDE_JUDGES = "; certified judges in its place where a run has them"
"""Who decides a criterion without a check, and one whose check reads wording alone."""
