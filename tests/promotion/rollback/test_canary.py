"""What the live specialist was asked, kept so that each answer can be checked again."""

import pytest

from modelsmith.exam.checks.result import Outcome
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
    wanted_of_round,
)
from modelsmith.record import lines_of, records_in
from tests.support.clock import START
from tests.support.frontier import Temper
from tests.support.runs import a_config, answer_to
from tests.support.watched import (
    EXAM,
    PLAIN,
    QUESTIONS,
    ScriptedJudge,
    a_promotion,
    plain_words,
)

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


# A release of plain words, whose contract names a judge


PLAIN_REQUEST, PLAIN_CONTRACT = a_promotion("v1", None, **plain_words())
JUDGED = WatchedRelease(PLAIN_REQUEST.release, PLAIN_CONTRACT, 1)
SENTENCES = questions_of(PLAIN_CONTRACT, PLAIN)


def a_judged_round(before=(), *, wrong=(), judge=None, answers=None):
    judge = judge or ScriptedJudge()
    given = answers or [right(one, is_right=at not in wrong) for at, one in enumerate(SENTENCES)]
    wanted = wanted_of_round(JUDGED, before, SENTENCES, given, PLAIN.benchmark)
    said = judge.opinions(PLAIN_CONTRACT.grader, PLAIN.benchmark, wanted, a_config())
    return answers_of_round(
        JUDGED,
        before,
        SENTENCES,
        given,
        benchmark=PLAIN.benchmark,
        engine={"engine": "scripted/1"},
        at=START,
        opinions=said,
    )


def test_a_grader_decides_what_checks_leave_open_and_its_opinions_are_kept():
    lines = a_judged_round(wrong={1})
    assert [one.outcome for one in lines] == ["passed", "failed", *["passed"] * 4]
    for line, scenario in zip(lines, SENTENCES, strict=True):
        assert [vote.criterion for vote in line.opinions] == sorted(scenario.criteria())
        assert {vote.judge for vote in line.opinions} == {"own-j"}
        assert {vote.scenario for vote in line.opinions} == {scenario.id}
    assert answer_faults(JUDGED, PLAIN, lines) == ()
    assert records_in(lines_of(lines), CanaryAnswer) == lines


def test_the_same_answer_is_not_judged_twice_and_decides_the_same():
    judge = ScriptedJudge()
    first = a_judged_round(judge=judge)
    asked = len(judge.asked)
    second = a_judged_round(first, judge=judge)
    assert len(judge.asked) == asked
    assert all(one.opinions == () for one in second)
    assert [one.outcome for one in second] == ["passed"] * 6
    third = a_judged_round((*first, *second), wrong={0}, judge=judge)
    assert {name.split("/")[0] for name in judge.asked[asked:]} == {SENTENCES[0].id}
    assert third[0].outcome == "failed"
    assert answer_faults(JUDGED, PLAIN, (*first, *second, *third)) == ()


def test_a_line_of_before_there_were_graders_has_the_same_bytes():
    assert all(b"opinions" not in one.canonical() for one in a_round())


def test_an_answer_that_is_empty_cut_off_or_declined_is_decided_without_the_judge():
    judge, scenario = ScriptedJudge(), SENTENCES[0]
    ends = [answer(" "), answer("FINDING: so", "length"), answer("No.", "refusal")]
    others = [right(one) for one in SENTENCES[1:]]
    for given in ends:
        line, *_ = a_judged_round(judge=judge, answers=[given, *others])
        assert (line.outcome, line.opinions) == ("failed", ())
        assert answer_faults(JUDGED, PLAIN, [line]) == ()
    assert not any(name.startswith(scenario.id) for name in judge.asked)


def test_what_the_judge_leaves_undecided_is_lost_and_asked_again():
    judge = ScriptedJudge()
    judge.temper = Temper(loses=1.0)
    first = a_judged_round(judge=judge)
    assert {one.outcome for one in first} == {"lost"}
    assert first[0].lost_to == "own-j leaves F1 undecided: the server broke down"
    judge.temper = Temper()
    second = a_judged_round(first, judge=judge)
    assert {one.outcome for one in second} == {"passed"}
    assert answer_faults(JUDGED, PLAIN, (*first, *second)) == ()


def test_checks_decide_what_they_decide_without_the_judge():
    lines, judge = a_round(), ScriptedJudge()
    given = [right(one) for one in SCENARIOS]
    assert wanted_of_round(LIVE, (), SCENARIOS, given, EXAM.benchmark) == []
    assert judge.asked == []
    held = lines[0].model_copy(update={"opinions": a_judged_round()[0].opinions})
    assert "the contract names nobody" in answer_faults(LIVE, EXAM, [held])[0]


def vote_of(lines, at, **changes):
    """Return the lines with one opinion of the first altered."""
    first, *others = lines
    votes = list(first.opinions)
    votes[at] = votes[at].model_copy(update=changes)
    return (first.model_copy(update={"opinions": tuple(votes)}), *others)


@pytest.mark.parametrize(
    ("at", "change", "message"),
    [
        (1, {"outcome": Outcome.NOT_MET}, "says passed, its checks and opinions say failed"),
        (0, {"outcome": Outcome.MET, "quote": ""}, "on F1, whose quote does not stand in the"),
        (1, {"quote": "words that nobody wrote"}, "on P1, whose quote does not stand in the"),
        (1, {"judge": "gpt-j"}, "holds an opinion of gpt-j on P1, the contract names own-j"),
        (1, {"answer_sha256": "1" * 64}, "on P1 that it was not asked: of another answer"),
        (1, {"scenario": "STEER_OTHER"}, "on P1 that it was not asked: of another answer"),
        (1, {"criterion": "P9"}, "on P9 that it was not asked"),
        (1, {"criterion": "P2"}, "on P2 that it was not asked: .* or twice"),
        (1, {"outcome": Outcome.UNSCORED}, "says passed, its checks and opinions say nothing"),
    ],
)
def test_a_forged_opinion_is_found(at, change, message):
    lines = a_judged_round()
    with pytest.raises(AssertionError, match=message):
        assert answer_faults(JUDGED, PLAIN, vote_of(lines, at, **change)) == ()


def test_an_opinion_that_is_left_out_or_changed_later_is_found():
    first = a_judged_round()
    bare = first[0].model_copy(update={"opinions": ()})
    assert "its checks and opinions say nothing" in answer_faults(JUDGED, PLAIN, [bare])[0]
    second = a_judged_round(first)
    flipped = tuple(
        vote.model_copy(update={"outcome": Outcome.NOT_MET, "quote": ""})
        for vote in first[0].opinions
    )
    later = second[0].model_copy(update={"opinions": flipped, "outcome": "failed"})
    [fault, *_] = answer_faults(JUDGED, PLAIN, (*first, later, *second[1:]))
    assert "that it was not asked: of another answer, decided already, or twice" in fault
