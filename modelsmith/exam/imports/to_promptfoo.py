"""A benchmark as promptfoo's YAML, and what of it promptfoo cannot say."""

import json
from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from modelsmith.documents.written_yaml import yaml_text
from modelsmith.exam.benchmark import Exam
from modelsmith.exam.checks.check import KINDS, Check, Regex
from modelsmith.exam.checks.phrases import AllOf, AnyOf, Contains, NoneOf
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import Criterion, Scenario, Split

ASKED = "messages"
"""The variable that holds the whole conversation."""


def as_promptfoo(exam: Exam, beside: Sequence[str] = ()) -> tuple[str, dict[str, int]]:
    """Return the file, and everything that is lost in it with how often it was there.

    Args:
        exam: The benchmark and its scenarios.
        beside: Paths of the files beside the scenarios.
    """
    lost: Counter[str] = Counter()
    tests: list[JsonValue] = [
        _test(exam, split, scenario, lost) for split in Split for scenario in exam.split(split)
    ]
    for folder, what in (("families/", "a file of families"), ("exam/", "a labelled sheet")):
        lost[what] += sum(path.startswith(folder) for path in beside)
    for name in ("version", "canary", "weights", "floors", "judging", "attempts", "columns"):
        value = getattr(exam.benchmark, name)
        lost[f"benchmark.yaml: {name}"] += 1 if value else 0
    lost["benchmark.yaml: the JSON Schema of the mechanic"] += 1
    config: dict[str, JsonValue] = {
        "description": exam.benchmark.title,
        "prompts": [f"{{{{{ASKED}}}}}"],
        "providers": ["echo"],
        "tests": tests,
    }
    kept = {what: count for what, count in sorted(lost.items()) if count}
    return yaml_text(config), kept


def _test(exam: Exam, split: Split, scenario: Scenario, lost: Counter[str]) -> JsonValue:
    messages = [one.model_dump(mode="json") for one in prompt_for(exam.benchmark, scenario)]
    kept: dict[str, JsonValue] = {
        "split": split.value,
        "outcomeType": scenario.outcome_type.value,
        "operatorLens": scenario.operator_lens,
        "category": scenario.category,
        exam.benchmark.mechanic.field: dict(scenario.mechanic),
        "testObjective": scenario.test_objective,
    }
    if scenario.least_share is not None:
        lost["the share of points that passes: promptfoo counts an avoided mistake as gained"] += 1
    asserted: list[JsonValue] = [
        _assertion(key, criterion, scenario, lost) for key, criterion in scenario.criteria().items()
    ]
    return {
        "description": scenario.id,
        "vars": {ASKED: json.dumps(messages, ensure_ascii=False)},
        "metadata": kept,
        "assert": asserted,
    }


def _assertion(key: str, criterion: Criterion, scenario: Scenario, lost: Counter[str]) -> JsonValue:
    kind, value = _sought(criterion.check, criterion, lost)
    if criterion.levels is not None:
        lost["levels: a rubric says the least one in words"] += 1
        listed = "\n".join(f"{n}: {words}" for n, words in enumerate(criterion.levels, start=1))
        least = scenario.least_level
        value = f"{criterion.text}\nIt passes from level {least} on.\n{listed}"
    elif not criterion.required and key.startswith("P") and scenario.least_share is None:
        lost["a criterion that is not required: it has weight 0"] += 1
        return {"type": kind, "value": value, "weight": 0, "metric": key}
    is_mistake = key.startswith("F")
    if is_mistake and kind.startswith("not-"):
        kind, is_mistake = kind.removeprefix("not-"), False
    return {
        "type": f"not-{kind}" if is_mistake else kind,
        "value": value,
        "weight": criterion.counts,
        "metric": key,
    }


def _sought(check: Check | None, criterion: Criterion, lost: Counter[str]) -> tuple[str, JsonValue]:
    """Return the assertion that looks for what a check does; a rubric where there is none."""
    if check is None:
        return "llm-rubric", criterion.text
    name = next(kind for kind, shape in KINDS.items() if isinstance(check, shape))
    if isinstance(check, Contains | AnyOf | AllOf | NoneOf | Regex):
        lost[f"the words of a criterion with a check of kind {name}"] += 1
        if getattr(check, "polarity", "any") != "any":
            lost["polarity: a phrase counts, denied or not"] += 1
        return _phrases(check)
    lost[f"a check of kind {name}: a model decides its words"] += 1
    return "llm-rubric", criterion.text


def _phrases(check: Contains | AnyOf | AllOf | NoneOf | Regex) -> tuple[str, JsonValue]:
    if isinstance(check, Contains):
        return "icontains", check.contains
    if isinstance(check, AnyOf):
        return "icontains-any", [*check.any_of]
    if isinstance(check, AllOf):
        return "icontains-all", [*check.all_of]
    if isinstance(check, NoneOf):
        return "not-icontains-any", [*check.none_of]
    return "regex", f"(?i){check.regex}"
