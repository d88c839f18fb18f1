import pytest

from modelsmith.exam.prompt import form_for
from modelsmith.exam.verdict import passes
from modelsmith.statistics.shortcuts.filled_answer import FilledAnswers
from modelsmith.statistics.shortcuts.lessons import Lessons
from modelsmith.statistics.shortcuts.plain_learners import (
    PLAIN_LEARNERS,
    answering,
    rows_of,
    without_its_family,
)
from tests.support.toy_exams import toy_benchmark, toy_exam, toy_scenario

EACH = pytest.mark.parametrize("learner", PLAIN_LEARNERS, ids=lambda one: one.name)


def taught(learner, benchmark, train, split=None):
    lessons = Lessons(benchmark, train)
    written, rows = FilledAnswers(lessons), rows_of(lessons, train)
    if split is None:
        return answering(learner, lessons, written, rows)
    return without_its_family(learner, lessons, written, rows, rows_of(lessons, split))


@EACH
@pytest.mark.parametrize("what", ["table", "text", "both"])
def test_a_learner_passes_all_whatever_decides(learner, what):
    exam = toy_exam(what)
    answer = taught(learner, exam.benchmark, exam.train)
    assert all(passes(s, answer(s), form_for(exam.benchmark, s)) for s in exam.sealed)


@EACH
def test_a_learner_says_the_same_each_time(learner):
    exam = toy_exam("both")
    said = [
        [answer(one) for one in exam.sealed]
        for answer in (taught(learner, exam.benchmark, exam.train) for _ in range(2))
    ]
    assert said[0] == said[1]


@EACH
def test_a_learner_that_saw_one_class_says_it_and_one_that_saw_none_the_first(learner):
    one = taught(learner, toy_benchmark(), [toy_scenario("T_A", "worn-seal")])
    assert one(toy_scenario("S_A", "leak")).endswith("VERDICT: worn-seal")
    none = taught(learner, toy_benchmark(), [])
    assert none(toy_scenario("S_A", "leak")).endswith("VERDICT: blocked-inlet")


@EACH
def test_the_upper_bound_learns_of_the_other_families_of_a_split_and_never_of_its_own(learner):
    train = [toy_scenario("T_A", "leak", fell=True)]
    split = [
        toy_scenario("S_A", "worn-seal"),
        toy_scenario("S_B", "worn-seal"),
        toy_scenario("S_C", "blocked-inlet", note="A word that is nowhere else: zebra."),
        toy_scenario("S_C__TWIN", "blocked-inlet", note="A word that is nowhere else: zebra."),
    ]
    answer = taught(learner, toy_benchmark(), train, split)
    assert answer(split[0]).endswith("VERDICT: worn-seal")
    assert not answer(split[2]).endswith("VERDICT: blocked-inlet")
