import pytest

from modelsmith.errors import InputError
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.labelled_answers import AnswerKind, ExamAnswer, ExamSheet
from modelsmith.exam.prompt import prompt_for
from modelsmith.loop.phases.prompt_length import TokenLimits, refuse_too_long, too_long
from modelsmith.training.rows import prompt_with_rubric
from tests.support.runs import a_config, a_snapshot, an_exam

SNAPSHOT = a_snapshot(an_exam({"train": 2, "steer": 1, "sealed": 1}))
FIRST, SECOND = SNAPSHOT.train


def words(prompt):
    return sum(len(turn.content.split()) for turn in prompt)


def limits(window=None):
    return TokenLimits(words, window)


def asked(scenario):
    return words(prompt_for(SNAPSHOT.benchmark, scenario))


def row(scenario):
    return asked(scenario) + len(composed(SNAPSHOT.benchmark, scenario).split())


def settings(max_length=1024, **changes):
    training = {"variants": 2, "replay": 0.5, "batch": 4, "samples": 2, "maxLength": max_length}
    composing = {"ladder": ["rubric-composition"]}  # nothing is drawn, so no drawn row is long
    return a_config(training=training, **composing | changes)


def test_what_fits_is_let_through():
    refuse_too_long(settings(), SNAPSHOT, limits(), str)
    longest = max(map(row, SNAPSHOT.train))
    assert list(too_long(settings(longest), SNAPSHOT, limits())) == []


def test_a_row_above_the_setting_is_refused_located_with_its_tokens():
    longest = max(SNAPSHOT.train, key=row)
    most = row(longest) - 1
    with pytest.raises(InputError) as refusal:
        refuse_too_long(settings(most), SNAPSHOT, limits(), lambda name: f"train/{name}.yaml:9:1")
    assert refusal.value.problems[0] == (
        f"train/{longest.id}.yaml:9:1: error: {longest.id} takes {row(longest)} tokens with its "
        f"answer, `training.maxLength` is {most}"
    )
    assert "raise `training.maxLength`" in refusal.value.remedy


def test_a_labelled_right_answer_counts_as_the_row_that_it_becomes():
    met = {key: Outcome.MET if key[0] == "P" else Outcome.NOT_MET for key in FIRST.criteria()}
    right = ExamAnswer(id="R1", kind=AnswerKind.RIGHT, text="so " * 300, labels=met)
    sheet = ExamSheet(scenario=FIRST.id, answers=(right,))
    labelled = SNAPSHOT.model_copy(update={"sheets": (sheet,)})
    (found,) = too_long(settings(max(map(row, SNAPSHOT.train))), labelled, limits())
    assert found.scenario == FIRST.id
    assert f"takes {asked(FIRST) + 300} tokens" in found.words


def test_a_row_that_may_be_drawn_counts_with_the_longest_answer_and_the_rubric_in_view():
    drawing = {"ladder": ["rubric-composition", "self-distillation"]}
    longest = max(SNAPSHOT.train, key=asked)
    most = asked(longest) + 63
    found = list(too_long(settings(most, **drawing), SNAPSHOT, limits()))
    said = f"{longest.id} takes {asked(longest) + 64} tokens with its answer, "
    assert [one.words for one in found if one.scenario == longest.id] == [
        f"{said}`training.maxLength` is {most}"
    ]
    seen = max(words(prompt_with_rubric(SNAPSHOT.benchmark, one)) for one in SNAPSHOT.train)
    found = list(too_long(settings(**drawing), SNAPSHOT, limits(seen + 63)))
    assert any(f"with its rubric in view is asked in {seen} tokens" in one.words for one in found)


def test_a_question_beyond_the_models_window_is_refused_whatever_the_setting():
    window = max(map(row, SNAPSHOT.train))
    found = list(too_long(settings(), SNAPSHOT, limits(window)))
    steer = SNAPSHOT.steer[0]
    assert {one.scenario for one in found} >= {steer.family, SNAPSHOT.sealed[0].family}
    assert any(
        one.words == f"{steer.id} is asked in {asked(steer)} tokens and its answer may take 64, "
        f"the model reads {window}"
        for one in found
    )
    (shorter, *_) = too_long(settings(), SNAPSHOT, limits(window - 1))
    assert shorter.words.endswith(f"the model reads {window - 1}")


def test_stand_ins_with_worked_examples_are_asked_longer_questions():
    roomy = max(map(asked, (*SNAPSHOT.train, *SNAPSHOT.steer, *SNAPSHOT.sealed))) + 64
    found = list(too_long(settings(), SNAPSHOT, limits(roomy)))
    assert found
    assert all(" with the stand-ins' worked examples is asked in " in one.words for one in found)


def test_many_are_counted_and_the_first_are_told():
    snapshot = a_snapshot(an_exam({"train": 8, "steer": 1, "sealed": 1}))
    with pytest.raises(InputError) as refusal:
        refuse_too_long(settings(16), snapshot, limits(), str)
    assert refusal.value.what.startswith("8 scenarios are too long for this run:")
    assert len(refusal.value.problems) == 6
    assert refusal.value.problems[-1] == "and 3 more"
