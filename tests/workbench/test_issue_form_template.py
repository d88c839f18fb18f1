"""The examples in a benchmark's issue form hold in that benchmark."""

import json
import re

import pytest
import yaml

from modelsmith.exam.authoring.form_lint import form_remarks
from modelsmith.exam.benchmark import AnswerFormat
from modelsmith.exam.checks.answer_form import ChoiceField, TextField
from modelsmith.exam.scenario import Criterion
from modelsmith.workbench.issue_form_template import issue_form
from tests.support.plain_words import FORM, a_plain_benchmark
from tests.support.scenarios import a_benchmark, a_scenario

OWN_CHOICE = AnswerFormat(
    instruction="Answer as a pump engineer.",
    fields=(TextField(name="CAUSE"), ChoiceField(name="URGENCY", choices=("now", "later"))),
)
BENCHMARKS = {
    "free text": a_plain_benchmark(),
    "sections": a_benchmark(),
    "fields": a_benchmark(answer_format=FORM),
    "a choice of its own": a_plain_benchmark().model_copy(update={"answer_format": OWN_CHOICE}),
}


def questions(benchmark):
    return {
        one["id"]: one["attributes"]
        for one in yaml.safe_load(issue_form(benchmark))["body"]
        if "id" in one
    }


@pytest.mark.parametrize("benchmark", BENCHMARKS.values(), ids=list(BENCHMARKS))
def test_each_example_of_a_criterion_is_one_that_this_benchmark_takes(benchmark):
    asked = questions(benchmark)
    for name, count in (("passCriteria", 2), ("failCriteria", 1)):
        examples = re.findall(r"`- (\{.+?\})`", asked[name]["description"])
        assert len(examples) == count
        for example in examples:
            written = json.dumps(yaml.safe_load(example))
            criterion = Criterion.model_validate_json(written)
            if criterion.check is None:
                assert not criterion.required
                continue
            scenario = a_scenario(category=next(iter(benchmark.categories)))
            assert not [*form_remarks(benchmark, scenario, criterion.check, ("check",))], example


def test_a_form_of_free_text_speaks_of_no_verdict_and_says_that_prose_is_enough():
    asked = questions(BENCHMARKS["free text"])
    assert "verdict" not in asked["passCriteria"]["description"]
    assert "Plain words are enough" in asked["passCriteria"]["description"]
    assert asked["domainInput"]["description"].endswith(
        "Write prose over the example, or a table in its form."
    )
