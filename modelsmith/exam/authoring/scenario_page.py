"""One scenario as a person reads it: what the model is asked, and what it is judged by."""

import json

from modelsmith.documents.diagnostic import one_line
from modelsmith.documents.written_yaml import yaml_text
from modelsmith.exam.authoring.to_confirm import Marked
from modelsmith.exam.benchmark import Benchmark
from modelsmith.exam.checks.check import Check
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Criterion, Scenario
from modelsmith.exam.verdict import pass_words


def scenario_page(benchmark: Benchmark, scenario: Scenario, *, as_before: bool = False) -> str:
    """Return the prompt as the model sees it, then the rubric with the criteria's ids.

    Args:
        benchmark: Its vocabularies.
        scenario: The question.
        as_before: Whether to say who decides in the words that runs of before recorded.
    """
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
        by = _words_of_before(criterion) if as_before else decider_words(benchmark, key, criterion)
        lines.append(f"      {by}")
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


def draft_page(draft: Marked) -> str:
    """Return a draft that nobody has confirmed: its fields as they stand, and what is asked."""
    value = {name: said for name, said in draft.document.value.items() if said is not None}
    lines = [
        f"{value.get('id', 'no id')}  DRAFT: nobody has confirmed it, so it counts for nothing",
        "",
        yaml_text(value).rstrip("\n"),
        "",
        "Waits to be confirmed:",
    ]
    for name, asked in draft.questions.items():
        state = "" if name in value else " (open)"
        lines += [f"  {name}{state}", *(f"    {one_line(question)}" for question in asked)]
    return "\n".join(lines)


def draft_json(draft: Marked) -> str:
    """Return the same as JSON: that it is a draft, its fields and questions."""
    page = {"draft": True, "fields": draft.document.value, "questions": draft.questions}
    return json.dumps(page, indent=2, ensure_ascii=False)


def term_words(key: str, criterion: Criterion) -> str:
    """Return in brackets how much a criterion counts; nothing where it counts as most do."""
    if criterion.points is not None:
        return f" ({criterion.points:+g} points)"
    terms = [] if criterion.required or key.startswith("F") else ["not required"]
    terms += [f"weight {criterion.weight:g}"] if criterion.weight != 1 else []
    return f" ({', '.join(terms)})" if terms else ""


def decider_words(benchmark: Benchmark, key: str, criterion: Criterion) -> str:
    """Return who decides a criterion: its check, people and judges, or nobody."""
    if criterion.check is None:
        is_deciding = criterion.required or key.startswith("F")
        return BY_PEOPLE if is_deciding else BY_NOBODY
    said = _check_words(criterion.check)
    return said + (BESIDE_JUDGES if benchmark.judging.takes(criterion.check) else "")


def _words_of_before(criterion: Criterion) -> str:
    return "decided by judges" if criterion.check is None else _check_words(criterion.check)


def _check_words(check: Check) -> str:
    terms = check.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return f"check {json.dumps(terms, ensure_ascii=False)}"


BY_PEOPLE = "no check: decided by labels in exam/, and by certified judges where a run has them"
BY_NOBODY = "no check, not required: decides nothing"
BESIDE_JUDGES = "; certified judges in its place where a run has them"
"""Who decides a criterion without a check, and one whose check reads wording alone."""
