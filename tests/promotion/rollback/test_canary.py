"""What the live specialist was asked, kept so that each answer can be checked again."""

import pytest

from modelsmith.models.generation import Answer
from modelsmith.promotion.rollback.canary import (
    AnswerSeen,
    CanaryAnswer,
    WatchedRelease,
    answer_faults,
    answers_of_round,
    answers_since_live,
    questions_of,
    read_by,
    self_contained,
)
from modelsmith.record import lines_of, records_in
from tests.support.clock import START
from tests.support.runs import answer_to
from tests.support.watched import EXAM, QUESTIONS, a_promotion

REQUEST, CONTRACT = a_promotion("v1", None)
LIVE = WatchedRelease(REQUEST.release, CONTRACT, 1)
SCENARIOS = questions_of(CONTRACT, EXAM)


def answer(text, finish="stop"):
    return Answer(text=text, finish=finish, prompt_tokens=1, answer_tokens=1, latency_s=0.1)


def right(scenario, *, is_right=True):
    asked = f"{scenario.category}, seen\n{scenario.input_text()}"
    return answer(answer_to(asked, right=is_right))


def a_round(before=(), *, wrong=(), lost=(), standing=LIVE, engine="scripted/1"):
    answers = [
        "out of memory" if at in lost else right(scenario, is_right=at not in wrong)
        for at, scenario in enumerate(SCENARIOS)
    ]
    return answers_of_round(
        standing,
        before,
        SCENARIOS,
        answers,
        benchmark=EXAM.benchmark,
        engine={"engine": engine},
        at=START,
    )


def test_a_line_says_what_checks_decided():
    lines = a_round(wrong={1}, lost={2})
    outcomes = [one.outcome for one in lines]
    assert outcomes == ["passed", "failed", "lost", "passed", "passed", "passed"]
    assert (lines[2].lost_to, lines[2].answer_sha256, lines[2].answer) == (
        "out of memory",
        None,
        None,
    )


def test_a_refusal_fails_and_an_answer_that_no_check_decides_is_lost():
    scenario = SCENARIOS[0]
    [refused] = answers_of_round(
        LIVE,
        (),
        [scenario],
        [answer("I will not.", "refusal")],
        benchmark=EXAM.benchmark,
        engine={},
        at=START,
    )
    assert refused.outcome == "failed"
    open_criterion = scenario.pass_criteria[0].model_copy(update={"check": None})
    undecided = scenario.model_copy(
        update={"pass_criteria": (open_criterion, *scenario.pass_criteria[1:])}
    )
    [left] = answers_of_round(
        LIVE, (), [undecided], [right(scenario)], benchmark=EXAM.benchmark, engine={}, at=START
    )
    assert (left.outcome, left.lost_to) == ("lost", "checks alone do not decide this answer")


def test_an_answer_and_an_engine_are_told_once():
    first = a_round()
    second = a_round(first)
    third = a_round((*first, *second), wrong={0}, engine="scripted/2")
    assert all(one.answer for one in first)
    assert [one.engine for one in first] == [{"engine": "scripted/1"}, *[None] * 5]
    assert all(one.answer is None and one.engine is None for one in second)
    assert [bool(one.answer) for one in third] == [True, *[False] * 5]
    assert third[0].engine == {"engine": "scripted/2"}
    assert [one.round for one in (first[0], second[0], third[0])] == [1, 2, 3]


def test_lines_are_read_as_they_were_written():
    lines = a_round(wrong={1}, lost={2})
    assert records_in(lines_of(lines), CanaryAnswer) == lines


def test_rounds_of_another_time_that_it_was_live_are_not_its_own():
    first = a_round()
    again = WatchedRelease(REQUEST.release, CONTRACT, 3)
    later = a_round(first, standing=again)
    assert answers_since_live(again, (*first, *later)) == later
    assert later[0].round == 1
    other = WatchedRelease(a_promotion("v2", None)[0].release, CONTRACT, 1)
    assert answers_since_live(other, first) == ()


def test_sightings_that_are_taken_along_stand_alone():
    first = a_round()
    again = WatchedRelease(REQUEST.release, CONTRACT, 3)
    later = a_round(first, standing=again)
    everything = (*first, *later)
    alone = self_contained(answers_since_live(again, everything), everything)
    assert answer_faults(again, EXAM, later)[0].endswith("has no answer to check")
    assert answer_faults(again, EXAM, alone) == ()
    assert alone[0].engine == {"engine": "scripted/1"}
    assert self_contained(alone, alone) == alone


def test_the_detector_reads_what_passed_failed_and_was_lost():
    reading = read_by(CONTRACT, a_round(wrong={0, 1}, lost={2}))
    assert (reading.answers, reading.lost) == (5, 1)
    assert sum(one.passed for one in reading.categories.values()) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": "failed"}, "sighting 1 .* says failed, its checks say passed"),
        (
            {"answer": AnswerSeen(text="Another.", finish="stop")},
            "sighting 1 .* has no answer to check",
        ),
        ({"scenario": "NO_SUCH"}, r"sighting 1 \(NO_SUCH, round 1\) is no question"),
        ({"move": 2}, "sighting 1 .* is of another release, or of another time"),
        ({"bundle_sha256": "1" * 64}, "sighting 1 .* is of another release, or of another time"),
    ],
)
def test_an_altered_line_is_found(change, message):
    lines = a_round()
    altered = (lines[0].model_copy(update=change), *lines[1:])
    with pytest.raises(AssertionError, match=message):
        assert answer_faults(LIVE, EXAM, altered) == ()
    assert answer_faults(LIVE, EXAM, lines) == ()


def test_a_question_that_is_not_on_steer_is_none():
    fewer = EXAM.model_copy(update={"steer": EXAM.sealed})
    with pytest.raises(ValueError, match="does not stand on steer as it was signed"):
        questions_of(CONTRACT, fewer)
    assert answer_faults(LIVE, fewer, a_round())[0].endswith("as it was signed")


def test_questions_come_in_the_contracts_order():
    assert [one.id for one in SCENARIOS] == [one.scenario for one in CONTRACT.canary]
    assert sorted(one.id for one in SCENARIOS) == sorted(one.id for one in QUESTIONS)
