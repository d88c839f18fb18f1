"""A category that is answered in free text, in a benchmark whose other answers have fields."""

import pytest
from pydantic import ValidationError

from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.benchmark import AnswerFormat, Category
from modelsmith.exam.checks.answer_form import FREE_TEXT, ChoiceField, TextField
from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.prompt import answer_words, form_for
from modelsmith.exam.scenario import Criterion, OutcomeType
from modelsmith.judges.prompt import asked_with
from modelsmith.statistics.constant_policies import (
    ALWAYS_FLAG,
    NEVER_FLAG,
    constant_policies,
    examples_from,
)
from tests.support.scenarios import CLEAR, a_benchmark, a_scenario

FORM = AnswerFormat(
    instruction="Answer as an ad operations analyst.",
    fields=(
        TextField(name="CAUSE", opens=("Says that ",)),
        ChoiceField(name="VERDICT", clear=CLEAR),
    ),
)


def benchmark(**pacing):
    categories = {
        "BID_SHADING": Category(title="Shading", verdicts=("over-shading", CLEAR)),
        "PACING": Category(**{"title": "Pacing", "free_text": True} | pacing),
    }
    return a_benchmark(answer_format=FORM, categories=categories)


def scenario(name, category="PACING", kind=OutcomeType.TP, check=None):
    told = a_scenario(name, outcome_type=kind)
    said = {"text": "Says in your own words what the trader is to be told.", "check": check}
    changes = {"pass_criteria": (Criterion(**said),), "fail_criteria": (), "category": category}
    return told.model_copy(update=changes)


def test_its_prompt_states_no_form_and_the_others_do():
    free, formed = scenario("A_A"), scenario("B_B", "BID_SHADING")
    assert form_for(benchmark(), free).fields == FREE_TEXT.fields
    assert answer_words(benchmark(), free) == ""
    assert answer_words(benchmark(), formed).endswith("VERDICT: one of over-shading, no-issue")
    assert "VERDICT" not in asked_with(benchmark(), free, {"category", "description"})
    assert composed(benchmark(), free) == ""


def test_it_has_no_verdicts():
    with pytest.raises(ValidationError, match="category PACING is answered in free text and has"):
        benchmark(verdicts=("pacing-throttle", CLEAR))


def test_without_verdicts_a_category_says_that_it_is_free_text():
    with pytest.raises(ValidationError, match="of the field, or write `freeText: true`"):
        benchmark(free_text=False)


def test_a_check_of_its_verdict_is_refused():
    asked = scenario("A_A", check=Verdict(verdict=CLEAR))
    (remark,) = remarks_on(benchmark(), asked)
    assert (remark.rule, remark.what) == (
        "unknown-field",
        "the answer form has no choice of the category's verdicts",
    )


def test_a_benchmark_of_before_says_nothing_of_it():
    assert "freeText" not in a_benchmark().model_dump(by_alias=True)["categories"]["PACING"]


def test_constant_policies_recite_there_what_is_labelled_right_for_such_a_scenario():
    flags, clear = scenario("T_FLAG"), scenario("T_CLEAR", kind=OutcomeType.TN)
    told = [(flags, "Tell the trader."), (clear, "Tell nobody.")]
    found = constant_policies(
        benchmark(),
        [scenario("S_A"), scenario("S_B", kind=OutcomeType.TN)],
        examples_from(benchmark(), [flags, clear], told),
    )
    says = {policy.name: policy.says.get("PACING") for policy in found}
    assert (says[ALWAYS_FLAG], says[NEVER_FLAG]) == ("Tell the trader.", "Tell nobody.")


def test_constant_policies_are_there_where_nobody_labelled_an_answer():
    found = constant_policies(benchmark(), [scenario("S_A")], ())
    assert {policy.name for policy in found} >= {ALWAYS_FLAG, NEVER_FLAG}
