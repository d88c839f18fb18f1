import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.exam.benchmark import ExamSnapshot
from modelsmith.exam.checks.answer_form import FREE_TEXT
from modelsmith.exam.checks.phrases import Contains
from modelsmith.exam.scenario import Criterion
from modelsmith.exam.verdict import passes
from modelsmith.training.rows import composed_rows, guard_of, ordered, refuse_held_out, row_of
from tests.support.scenarios import a_benchmark, a_scenario

BENCHMARK = a_benchmark()
SNAPSHOT = ExamSnapshot(
    benchmark=BENCHMARK,
    train=(a_scenario("TRAIN_ONE", figure=41),),
    steer=(a_scenario("STEER_ONE", figure=52),),
    sealed=(a_scenario("SEALED_ONE", figure=63),),
)


def test_a_composed_row_teaches_an_answer_that_passes_its_own_rubric():
    (row,) = composed_rows(BENCHMARK, [a_scenario()])
    assert (row.scenario, row.origin) == ("SHADING_ONE", "composed")
    assert row.scenario_sha256 == a_scenario().digest()
    assert passes(a_scenario(), row.target, FREE_TEXT)
    assert not passes(a_scenario(), "VERDICT: over-shading", FREE_TEXT)


def test_a_scenario_whose_composed_answer_fails_gives_no_row():
    hidden = Criterion(text="Names the exchange by its name.", check=Contains(contains="Kestrel"))
    unanswerable = a_scenario().model_copy(update={"pass_criteria": (hidden,)})
    assert composed_rows(BENCHMARK, [unanswerable]) == []


def test_rows_are_drawn_by_seed_and_round_and_each_stands_there_once():
    rows = composed_rows(BENCHMARK, [a_scenario(f"A_{n}X", figure=30 + n) for n in range(8)])
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
