"""A judge names a level: what it is asked, what its reply is worth, what a panel says."""

import pytest

from modelsmith.boundary.grants import ASKED
from modelsmith.documents.json_schema import problems_of
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.prompt import question
from modelsmith.exam.scenario import Split
from modelsmith.exam.verdict import Judged
from modelsmith.judges.panel import JudgeVote, judged
from modelsmith.judges.prompt import inquiries_of
from modelsmith.judges.recheck import Drawn
from modelsmith.judges.recheck_sheet import recheck_sheet
from modelsmith.judges.reply import fault_in, opinion_of
from modelsmith.record import sha256
from tests.support.frontier import a_reply
from tests.support.graded import LEVELS, a_graded_benchmark, by_levels

BENCHMARK, SCENARIO = a_graded_benchmark(), by_levels()
ANSWER = "The discount went to 41 per cent: shading cuts bids too deep. Ease it."
(INQUIRY,) = inquiries_of(BENCHMARK, SCENARIO, Split.STEER, ANSWER, ["P1"], seed=1, allowed=ASKED)


def reply(verdict, *quotes):
    return {
        "criterion": "P1",
        "expectation": "It names cause and figure.",
        "quotes": list(quotes or ["shading cuts bids too deep"]),
        "reasoning": "Cause and figure are there.",
        "verdict": verdict,
    }


def test_each_level_is_described_and_the_least_one_is_not_told():
    asked = "\n".join(message.content for message in INQUIRY.ask.prompt)
    for number, words in enumerate(LEVELS, start=1):
        assert f"Level {number}: {words}" in asked
    assert "the number of the level whose description fits best" in asked
    assert "not_met" not in asked
    assert "from level" not in asked
    assert (INQUIRY.levels, INQUIRY.least_level) == (5, 4)


@pytest.mark.parametrize(
    ("verdict", "outcome", "level"),
    [("1", "not_met", 1), ("3", "not_met", 3), ("4", "met", 4), ("5", "met", 5),
     ("abstain", "unscored", None)],
)  # fmt: skip
def test_a_level_meets_the_criterion_from_the_least_one_on(verdict, outcome, level):
    assert problems_of(INQUIRY.ask.shape.schema_, reply(verdict)) == []
    said = a_reply(reply(verdict))
    assert fault_in(INQUIRY, said, question(BENCHMARK, SCENARIO)) == ""
    vote = opinion_of(INQUIRY, "a", said, "")
    assert (vote.outcome.value, vote.level) == (outcome, level)


@pytest.mark.parametrize("verdict", ["met", "not_met", "0", "6", "10", "level 4"])
def test_what_is_no_level_of_the_criterion_cannot_be_used(verdict):
    assert problems_of(INQUIRY.ask.shape.schema_, reply(verdict))
    assert fault_in(INQUIRY, a_reply(reply(verdict)), "") == (
        "it is not the JSON object that was asked for."
    )


def test_a_level_that_meets_the_criterion_rests_on_words_of_the_answer():
    good, invented = a_reply(reply("4") | {"quotes": []}), a_reply(reply("5", "words of nobody"))
    assert fault_in(INQUIRY, good, "") == (
        "the verdict is level 4, and no passage of the answer is quoted."
    )
    assert "is not in the answer, word for word" in fault_in(INQUIRY, invented, "")
    assert fault_in(INQUIRY, a_reply(reply("2") | {"quotes": []}), "") == ""


def votes(*levels):
    return [
        JudgeVote(
            scenario=SCENARIO.id,
            answer_sha256=sha256(ANSWER.encode()),
            criterion="P1",
            judge=f"judge-{number}",
            outcome=Outcome.MET if level >= 4 else Outcome.NOT_MET,
            level=level,
        )
        for number, level in enumerate(levels)
    ]


@pytest.mark.parametrize(
    ("levels", "passed", "level", "score"),
    [((5, 4, 1), True, 4, 0.75), ((2, 3, 5), False, 2, 0.25), ((5, 5, 4), True, 5, 1.0),
     ((1,), False, 1, 0.0)],
)  # fmt: skip
def test_a_panel_says_by_majority_whether_the_least_level_is_reached(levels, passed, level, score):
    given = votes(*levels)
    panel = [vote.judge for vote in given]
    verdict = judged(BENCHMARK, SCENARIO, ANSWER, given, panel, tie="against")
    assert isinstance(verdict, Judged)
    (one,) = verdict.criteria
    assert (verdict.passed, one.level, verdict.score) == (passed, level, score)
    assert one.seen.endswith(
        f"level{'s' if len(levels) > 1 else ''} " + ", ".join(map(str, levels))
    )


def test_a_person_who_rechecks_is_told_the_levels_and_from_which_on_it_is_met():
    drawn = Drawn(id="A1", scenario=SCENARIO.id, text=ANSWER, is_ours=True, passed=True)
    sheet = recheck_sheet("first", BENCHMARK, [drawn], {SCENARIO.id: SCENARIO})
    assert "It is met from level 4 on. Levels: 1: It answers another question.; 2:" in sheet
