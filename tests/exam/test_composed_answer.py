"""What can be composed from a rubric, and what that says of it."""

from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.composed_answer import answerability_of, composed, is_composable
from modelsmith.exam.prompt import form_for
from modelsmith.exam.scenario import Criterion
from tests.support.plain_words import a_plain_benchmark, plainly
from tests.support.scenarios import a_benchmark, a_scenario


def test_a_rubric_whose_own_sentences_pass_it_is_answerable():
    found = answerability_of(a_benchmark(), a_scenario())
    assert (found.right_passes, found.wrong_passing) == (True, ())


def test_a_check_that_the_rubrics_own_sentence_fails_is_told():
    hidden = Criterion(text="Says that it is so.", check=Contains(contains="Kestrel"))
    changed = a_scenario().model_copy(update={"pass_criteria": (hidden,)})
    assert not answerability_of(a_benchmark(), changed).right_passes


def test_plain_words_are_for_others_to_decide_and_no_fault_of_the_rubric():
    benchmark, scenario = a_plain_benchmark(), plainly(a_scenario())
    assert not is_composable(form_for(benchmark, scenario))
    assert composed(benchmark, scenario) == ""
    found = answerability_of(benchmark, scenario)
    assert (found.right_passes, found.wrong_passing) == (True, ())
    checked = answerability_of(a_benchmark(), plainly(a_scenario()))
    assert checked.right_passes


def test_a_choice_alone_tells_a_wrong_answer_also_beside_plain_words():
    label = Criterion(text="Concludes over-shading.", check=Verdict(verdict="over-shading"))
    mixed = plainly(a_scenario()).model_copy(
        update={"pass_criteria": (label,), "fail_criteria": ()}
    )
    assert answerability_of(a_benchmark(), mixed).wrong_passing == ()
