import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import AnswerFormat, ExamSnapshot
from modelsmith.exam.checks.answer_form import FREE_TEXT, ChoiceField, FiguresField, TextField
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.prompt import prompt_for
from modelsmith.exam.scenario import OutcomeType
from modelsmith.exam.verdict import passes
from modelsmith.training.curriculum import TrainingRow
from modelsmith.training.rows import (
    guard_of,
    monotony_of,
    ordered,
    prompt_with_rubric,
    refuse_held_out,
    row_of,
)
from tests.support.scenarios import a_benchmark, a_scenario

BENCHMARK = a_benchmark()
SNAPSHOT = ExamSnapshot(
    benchmark=BENCHMARK,
    train=(a_scenario("TRAIN_ONE", figure=41),),
    steer=(a_scenario("STEER_ONE", figure=52),),
    sealed=(a_scenario("SEALED_ONE", figure=63),),
)


def composed_rows(scenarios):
    return [row_of(BENCHMARK, s, composed(BENCHMARK, s), "composed", ["checks"]) for s in scenarios]


def test_a_row_teaches_an_answer_and_says_who_accepted_it():
    (row,) = composed_rows([a_scenario()])
    assert (row.scenario, row.origin, row.accepted_by) == ("SHADING_ONE", "composed", ("checks",))
    assert row.scenario_sha256 == a_scenario().digest()
    assert passes(a_scenario(), row.target, FREE_TEXT)
    assert not passes(a_scenario(), "VERDICT: over-shading", FREE_TEXT)


def test_a_row_of_before_reads_and_writes_as_it_did():
    (row,) = composed_rows([a_scenario()])
    before = row.model_copy(update={"accepted_by": ()})
    assert b"accepted_by" not in before.canonical()
    assert TrainingRow.model_validate_json(before.canonical()) == before


def test_the_rubric_is_in_view_of_who_distils_and_in_no_row():
    scenario = a_scenario()
    seen = prompt_with_rubric(BENCHMARK, scenario)[-1].content
    assert seen.startswith(prompt_for(BENCHMARK, scenario)[-1].content)
    (row,) = composed_rows([scenario])
    for criterion in scenario.criteria().values():
        assert criterion.text in seen
        assert not any(criterion.text in turn.content for turn in row.prompt)


FORM = AnswerFormat(
    instruction="Answer as an ad operations analyst.",
    fields=(
        FiguresField(name="EVIDENCE"),
        TextField(name="CAUSE"),
        ChoiceField(name="VERDICT", clear="no-issue"),
    ),
)


def alike(texts, verdicts):
    """Return what is said of rows with these causes and verdicts, the right one over-shading."""
    scenarios = {f"A_{n}X": a_scenario(f"A_{n}X", figure=30 + n) for n in range(len(texts))}
    benchmark = a_benchmark(answer_format=FORM)
    rows = [
        row_of(
            benchmark,
            scenario,
            f"EVIDENCE: win_rate_pct is {30 + n}\nCAUSE: {text}\nVERDICT: {verdict}",
            "labelled",
        )
        for n, (scenario, text, verdict) in enumerate(
            zip(scenarios.values(), texts, verdicts, strict=True)
        )
    ]
    return monotony_of(benchmark, scenarios, rows)


def test_rows_of_which_more_than_half_say_the_same_are_told():
    right = ["over-shading"] * 10
    varied = [f"Cause number {word}." for word in "abcdefghij"]
    assert alike(varied, right) == ""
    assert alike(["It shades."] * 5 + varied[:5], right) == ""
    assert "6 of 10 rows say the same" in alike(["It shades."] * 6 + varied[:4], right)
    assert "6 of 10 rows say the same" in alike(
        [*(["It shades.", "It shades"] * 3), *varied[:4]], right
    )
    assert "4 of 4 rows" in alike(["It shades."] * 4, right[:4])
    assert alike(["It shades."] * 3, right[:3]) == ""
    masked = [f"It shades by {n} points." for n in range(10)]
    assert "10 of 10 rows say the same but for figures" in alike(masked, right)


def test_a_choice_that_is_given_oftener_than_it_is_right_is_told():
    varied = [f"Cause number {word}." for word in "abcdefghij"]
    assert alike(varied, ["no-issue"] * 1 + ["over-shading"] * 9) == ""
    assert alike(varied, ["no-issue"] * 2 + ["over-shading"] * 8) == (
        "VERDICT is no-issue in 2 of 10 rows, and right for 0 of 10 scenarios"
    )


def test_what_the_variants_of_one_scenario_share_is_no_monotony():
    scenarios = {f"A_X__V{n}": a_scenario(f"A_X__V{n}", figure=30 + n) for n in range(6)}
    rows = [row_of(BENCHMARK, one, "CAUSE: It shades.", "labelled") for one in scenarios.values()]
    benchmark = a_benchmark(answer_format=FORM)
    assert monotony_of(benchmark, scenarios, rows) == ""
    apart = {f"A_X{n}": a_scenario(f"A_X{n}", figure=30 + n) for n in range(6)}
    rows = [row_of(BENCHMARK, one, "CAUSE: It shades.", "labelled") for one in apart.values()]
    assert "6 of 6 rows say the same" in monotony_of(benchmark, apart, rows)


def test_rows_of_one_verdict_alone_are_told_where_others_were_wanted():
    flagged = {f"A_X{n}": a_scenario(f"A_X{n}", figure=30 + n) for n in range(5)}
    clear = {f"B_X{n}": a_scenario(f"B_X{n}", outcome_type=OutcomeType.TN) for n in range(5)}
    benchmark = a_benchmark(answer_format=FORM)
    rows = [
        row_of(benchmark, one, f"CAUSE: Cause {word}.\nVERDICT: over-shading", "sampled")
        for word, one in zip("abcde", flagged.values(), strict=True)
    ]
    assert monotony_of(benchmark, flagged, rows) == ""
    assert monotony_of(benchmark, flagged | clear, rows) == (
        "VERDICT is over-shading in 5 of 5 rows, and right for 5 of 10 scenarios"
    )


def test_rows_are_drawn_by_seed_and_round_and_each_stands_there_once():
    rows = composed_rows([a_scenario(f"A_{n}X", figure=30 + n) for n in range(8)])
    first = ordered([*rows, *rows], seed=1, iteration=1)
    assert len(first) == 8
    assert first == ordered(rows, seed=1, iteration=1)
    assert sorted(r.scenario for r in first) == [r.scenario for r in rows]
    assert ordered(rows, seed=2, iteration=1) != first != ordered(rows, seed=1, iteration=2)


@pytest.mark.parametrize("held_out", [*SNAPSHOT.steer, *SNAPSHOT.sealed], ids=lambda s: s.id)
def test_a_row_made_from_a_held_out_scenario_is_refused_by_name(held_out):
    rows = [
        row_of(BENCHMARK, scenario, "x", "composed") for scenario in (*SNAPSHOT.train, held_out)
    ]
    refuse_held_out(rows[:1], SNAPSHOT.held_out())
    message = f"training row of {held_out.id} was made from a held-out scenario"
    with pytest.raises(BrokenRecordError, match=message):
        refuse_held_out(rows, SNAPSHOT.held_out())


def test_a_copy_under_another_name_leaks():
    copy = a_scenario("TRAIN_COPY", figure=63)
    found = guard_of(SNAPSHOT).found([copy])
    assert ("TRAIN_COPY", "SEALED_ONE", "exact") in {
        (f.candidate, f.held_out, f.rule) for f in found
    }
