"""A blind recheck: what is drawn, what people find, and how it is written down."""

from collections.abc import Mapping

import pytest

from modelsmith.documents.validation import record_in
from modelsmith.errors import InputError
from modelsmith.exam.checks.result import Outcome
from modelsmith.exam.seeded_random import Draws
from modelsmith.judges.panel import JudgeVote
from modelsmith.judges.recheck import Drawn, Pair, RecheckSheet, drawn, recheck_of
from modelsmith.judges.recheck_sheet import recheck_page, recheck_sheet
from modelsmith.loop.phases.recheck import recheck_finding
from modelsmith.record import sha256
from tests.support.scenarios import a_benchmark, a_scenario

SCENARIO = a_scenario()
SCENARIOS = {SCENARIO.id: SCENARIO}
MET = dict.fromkeys(("P1", "P2", "P3", "P4"), Outcome.MET) | {"F1": Outcome.NOT_MET}
NOT_MET = MET | {"P1": Outcome.NOT_MET}


def pair(number: int, *, ours: bool, theirs: bool | None = None) -> Pair:
    return Pair(
        baseline="gpt",
        scenario=SCENARIO.id,
        ours=f"our answer {number}",
        theirs=f"their answer {number}",
        ours_passed=ours,
        theirs_passed=(not ours) if theirs is None else theirs,
    )


def pairs(wins: int, losses: int) -> list[Pair]:
    return [
        *(pair(n, ours=True) for n in range(wins)),
        *(pair(100 + n, ours=False) for n in range(losses)),
        *(pair(200 + n, ours=True, theirs=True) for n in range(5)),
    ]


def labels_of(answers: tuple[Drawn, ...], *wrong: str) -> dict[str, Mapping[str, Outcome]]:
    """Return labels that agree with every outcome but those of `wrong`."""
    return {one.id: MET if one.passed != (one.id in wrong) else NOT_MET for one in answers}


def found(answers: tuple[Drawn, ...], *wrong: str, opinions: tuple[JudgeVote, ...] = ()):
    families = {"claude-a": "claude", "gpt-a": "gpt"}
    return recheck_of(answers, labels_of(answers, *wrong), SCENARIOS, opinions, families)


def test_ten_of_each_direction_are_drawn_from_pairs_that_differ_sides_hidden() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)
    assert [one.id for one in answers] == [f"A{n:02d}" for n in range(1, 21)]
    won = [one for one in answers if one.passed == one.is_ours]
    assert len(won) == 10
    assert 0 < sum(one.is_ours for one in answers) < 20
    assert not any(" 20" in one.text for one in answers)  # 200 to 204 agree


def test_the_draw_is_the_attempts_and_nobodys() -> None:
    every = pairs(30, 30)
    assert drawn(every, "a" * 64) == drawn(reversed(every), "a" * 64)
    assert drawn(every, "a" * 64) != drawn(every, "b" * 64)


@pytest.mark.parametrize(
    ("wins", "losses", "size", "won"),
    [(10, 10, 20, 10), (40, 3, 20, 17), (7, 6, 12, 6), (11, 1, 12, 11), (6, 5, 0, 0), (0, 0, 0, 0)],
)
def test_a_small_suite_has_twelve_and_one_direction_fills_up_for_the_other(
    wins: int, losses: int, size: int, won: int
) -> None:
    answers = drawn(pairs(wins, losses), "c" * 64)
    assert len(answers) == size
    assert sum(one.passed == one.is_ours for one in answers) == won


def test_the_same_answer_in_two_comparisons_is_asked_about_once() -> None:
    twice = [p._replace(baseline=name) for p in pairs(15, 15) for name in ("gpt", "opus")]
    texts = [one.text for one in drawn(twice, "d" * 64)]
    assert len(set(texts)) == len(texts) == 20


def test_three_wrong_outcomes_of_twenty_are_allowed_and_four_are_not() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)
    ours = [one.id for one in answers if one.passed == one.is_ours]
    theirs = [one.id for one in answers if one.passed != one.is_ours]
    assert found(answers, *ours[:2], *theirs[:1]).holds
    four = found(answers, *ours[:2], *theirs[:2])
    assert (four.agreed, four.needed, four.skew, four.holds) == (16, 17, 0, False)


def test_wrong_outcomes_that_all_favour_the_specialist_fail_sooner() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)
    ours = [one.id for one in answers if one.passed == one.is_ours]
    skewed = found(answers, *ours[:3])
    assert (skewed.agreed, skewed.skew, skewed.holds) == (17, 3, False)
    assert "wrong ones favour the specialist 3 and baselines 0 times" in skewed.words
    theirs = [one.id for one in answers if one.passed != one.is_ours]
    assert found(answers, *theirs[:3]).holds


def test_twelve_allow_two() -> None:
    answers = drawn(pairs(6, 6), "a" * 64)
    wrong = [one.id for one in answers][:3]
    assert found(answers, *wrong[:2]).agreed == 10
    assert not found(answers, *wrong).holds


def test_nothing_drawn_is_no_recheck() -> None:
    with pytest.raises(ValueError, match="0 answers are no recheck"):
        recheck_of((), {}, SCENARIOS, (), {})


def test_a_family_that_is_milder_to_the_specialist_than_people_is_measured() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)
    labels = {one.id: NOT_MET for one in answers}
    opinions = tuple(
        JudgeVote(
            scenario=one.scenario,
            answer_sha256=sha256(one.text.encode()),
            criterion="P1",
            judge=judge,
            outcome=Outcome.MET if judge == "gpt-a" and one.is_ours else Outcome.NOT_MET,
        )
        for one in answers
        for judge in ("claude-a", "gpt-a")
    )
    families = {"claude-a": "claude", "gpt-a": "gpt"}
    claude, gpt = recheck_of(answers, labels, SCENARIOS, opinions, families).leniency
    assert (claude.family, claude.lean) == ("claude", 0)
    assert (gpt.family, gpt.lean) == ("gpt", 1)
    assert gpt.ours == sum(one.is_ours for one in answers)
    assert found(answers).leniency[0].lean is None


def test_a_fair_judge_passes_and_a_lenient_one_fails_as_often_as_was_simulated() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)

    def rate(error: float) -> float:
        passed = 0
        for trial in range(400):
            draws = Draws("recheck-rate", error, trial)
            wrong = [one.id for one in answers if draws.share() < error]
            passed += found(answers, *wrong).agreed >= 17
        return passed / 400

    assert rate(0.05) == pytest.approx(0.98, abs=0.03)  # S-10: .98, .41; 3 sd at 400
    assert rate(0.20) == pytest.approx(0.41, abs=0.075)


def test_the_sheet_hides_whose_an_answer_is_and_reads_back_what_people_wrote() -> None:
    odd = 'As Claude, I say:\n  - ease: "it"\n\tnow: #1\x07 \U0001f642'
    every = [p._replace(ours=f"{p.ours}\n{odd}") for p in pairs(30, 30)]
    answers = drawn(every, "a" * 64)
    text = recheck_sheet("first", a_benchmark(), answers, SCENARIOS)
    assert "claude" not in text.lower()
    assert "passed" not in text
    with pytest.raises(InputError, match=r"recheck\.yaml cannot be used"):
        record_in("recheck.yaml", text.encode(), RecheckSheet)
    filled = text.replace("      F1:\n", "      F1: not_met\n")
    for key in ("P1", "P2", "P3", "P4"):
        filled = filled.replace(f"      {key}:\n", f"      {key}: met\n")
    sheet = record_in("recheck.yaml", filled.encode(), RecheckSheet)
    assert [one.id for one in sheet.answers] == [one.id for one in answers]
    assert sheet.answers[0].labels == MET
    assert "[name left out], I say:" in "".join(one.answer for one in sheet.answers)
    assert "\U0001f642" in "".join(one.answer for one in sheet.answers)


def test_what_people_found_is_told_with_its_figures() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)
    page = recheck_page("first", found(answers))
    assert "people agree with 20 of 20 outcomes, 17 needed" in page
    assert page.endswith("passed: the judges' outcomes stand")
    wrong = recheck_page("first", found(answers, "A01", "A02", "A03", "A04"))
    assert "decided otherwise by people: A01, A02, A03, A04" in wrong
    assert wrong.endswith("FAILED: the judges' outcomes do not stand")


def test_a_promotion_waits_for_its_recheck_and_falls_with_it() -> None:
    answers = drawn(pairs(30, 30), "a" * 64)
    waits = recheck_finding(None, "first")
    assert (waits.rule, waits.state) == ("recheck", "waits")
    assert waits.remedy.endswith("to this branch: modelsmith judge audit first")
    assert recheck_finding(found(answers), "first").state == "holds"
    fails = recheck_finding(found(answers, "A01", "A02", "A03", "A04"), "first")
    assert fails.state == "fails"
    assert fails.what.startswith("people agree with 16 of 20 outcomes, 17 needed")
