"""What the exam alone decides for every run on it."""

from modelsmith.exam.benchmark import Exam
from modelsmith.exam.scenario import Scenario
from modelsmith.run.reference_scores import ReferenceScores
from tests.support.runs import a_snapshot, an_exam

UNCHECKED = "Says why it happened."


def broken(exam: Exam) -> list[str]:
    found = ReferenceScores(a_snapshot(exam, 0)).checks
    assert found
    return [one.message for one in found if not one.holds]


def judged(scenario: Scenario) -> Scenario:
    """Return the scenario with no check on any criterion."""
    fields = {
        name: tuple(one.model_copy(update={"check": None}) for one in getattr(scenario, name))
        for name in ("pass_criteria", "fail_criteria")
    }
    return scenario.model_copy(update=fields)


def each(exam: Exam, change) -> Exam:
    splits = {
        name: tuple(map(change, getattr(exam, name))) for name in ("train", "steer", "sealed")
    }
    return exam.model_copy(update=splits)


def test_checks_that_people_agree_with_pass() -> None:
    assert broken(an_exam()) == []


def test_checks_that_nobody_labelled_an_answer_for_do_not() -> None:
    unlabelled = a_snapshot(an_exam(), 0).model_copy(update={"sheets": ()})
    (first, *_) = ReferenceScores(unlabelled).checks
    assert not first.holds
    assert first.message == "0 labelled criteria, at least 60 expected"


def test_what_judges_alone_decide_is_not_held_against_the_checks() -> None:
    def half(scenario: Scenario) -> Scenario:
        first, *others = scenario.pass_criteria
        asked = first.model_copy(update={"text": UNCHECKED, "check": None})
        return scenario.model_copy(update={"pass_criteria": (asked, *others)})

    assert broken(each(an_exam(), half)) == []


def test_an_exam_without_any_check_has_none_to_examine() -> None:
    found = ReferenceScores(a_snapshot(each(an_exam(), judged), 0)).checks
    assert [one.message for one in found] == ["no criterion has a check"]
