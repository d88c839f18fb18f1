import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.exam.authoring.mutation import (
    MutantKind,
    mutants_of,
    negated,
    passing,
    weak_checks,
    with_other_figures,
)
from modelsmith.exam.checks.answer_form import FREE_TEXT, ChoiceField
from modelsmith.exam.checks.text import figures
from modelsmith.exam.composed_answer import composed
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.verdict import graded
from tests.support.exam_files import exam_repository, write_scenario

CHECKS = {
    "number": "{number: {metric: barrier_kpa, value: 180}}",
    "phrase": "{any_of: [lets barrier fluid through, inner seal fails]}",
    "action": "{contains: isolate the pump}",
}


@pytest.fixture
def exam(tmp_path):
    return ExamFolder(exam_repository(tmp_path), "pumps"), tmp_path


def read(exam, *changes):
    folder, repository = exam
    write_scenario(repository, "PUMP_SEAL_LEAKS", "train", *changes)
    return folder.benchmark(), folder.scenario("benchmarks/pumps/train/PUMP_SEAL_LEAKS.yaml")


def mutants(exam, *changes):
    benchmark, scenario = read(exam, *changes)
    return scenario, mutants_of(benchmark, scenario, composed(benchmark, scenario))


def weaknesses(exam, *changes):
    scenario, made = mutants(exam, *changes)
    return {(weak.criterion, weak.kind.value) for weak in weak_checks(scenario, made, FREE_TEXT)}


def test_the_right_answer_passes_and_no_mutant_does(exam):
    benchmark, scenario = read(exam)
    right = composed(benchmark, scenario)
    assert graded(scenario, right, FREE_TEXT).passed
    made = mutants_of(benchmark, scenario, right)
    assert {mutant.kind for mutant in made} == set(MutantKind)
    assert passing(scenario, made, FREE_TEXT) == ()
    assert list(weak_checks(scenario, made, FREE_TEXT)) == []


@pytest.mark.parametrize(
    ("old", "new", "weak"),
    [
        (CHECKS["phrase"], "{contains: barrier fluid, polarity: any}", ("P2", "negated")),
        (CHECKS["phrase"], "{regex: barrier fluid}", ("P2", "negated")),
        (
            CHECKS["number"],
            "{number: {metric: barrier_kpa, value: 180, tolerance: 500}}",
            ("P1", "numbers"),
        ),
        (CHECKS["number"], "{number: {value: 180}}", ("P1", "every-option")),
        (CHECKS["phrase"], "{contains: barrier pressure}", ("P2", "prompt-echo")),
        (CHECKS["phrase"], "{regex: 'the|passed'}", ("P2", "injection")),
        (
            "check: {contains: wait for the next shift}",
            "check: {contains: wait for the next shift, polarity: any}",
            ("F1", "negated"),
        ),
    ],
)
def test_a_check_that_holds_on_its_mutant_is_weak(exam, old, new, weak):
    assert weak in weaknesses(exam, (old, new))


def test_phrases_that_any_order_gives_are_weak(exam):
    new = "{ordered: [the, the]}"
    assert ("P2", "reordered") in weaknesses(exam, (CHECKS["phrase"], new))


def test_without_a_verdict_check_the_opposite_verdict_passes(exam):
    verdict = "  - text: Gives the verdict seal-failure.\n    check: {verdict: seal-failure}\n"
    scenario, made = mutants(exam, (verdict, ""))
    assert MutantKind.OPPOSITE in {mutant.kind for mutant in passing(scenario, made, FREE_TEXT)}


def test_the_opposite_of_a_flagging_verdict_is_the_clear_one(exam):
    _, made = mutants(exam)
    text = next(m.text for m in made if m.kind is MutantKind.OPPOSITE)
    assert text.splitlines()[-1] == "VERDICT: no-issue"


def test_the_opposite_has_another_value_of_every_choice(exam):
    benchmark, scenario = read(exam)
    fields = (ChoiceField(name="WHERE"), ChoiceField(name="SURE", choices=("yes", "no")))
    form = benchmark.answer_format.model_copy(update={"fields": fields, "sections": ()})
    asked = benchmark.model_copy(update={"answer_format": form})
    made = mutants_of(asked, scenario, "WHERE: seal-failure\nSURE: yes")
    (text,) = (mutant.text for mutant in made if mutant.kind is MutantKind.OPPOSITE)
    assert text.splitlines()[0] != "WHERE: seal-failure"
    assert set(text.splitlines()).isdisjoint({"WHERE: seal-failure", "SURE: yes"})


def test_every_statement_is_denied_and_the_verdict_line_stays():
    assert negated(
        "CAUSE: The seal leaks; it is old.\nVERDICT: seal-failure", ChoiceField(name="VERDICT")
    ) == (
        "CAUSE: It is not true that the seal leaks; It is not true that it is old.\n"
        "VERDICT: seal-failure"
    )


@given(st.lists(st.integers(0, 10**9), max_size=6))
def test_no_figure_survives_the_change_of_figures(values):
    answer = "; ".join(f"p50 is {value}" for value in values)
    changed = [figure.value for figure in figures(with_other_figures(answer))]
    assert len(changed) == len(values)
    assert all(new != old for new, old in zip(changed, values, strict=True))


def test_a_mutant_equal_to_the_right_answer_is_left_out(exam):
    benchmark, scenario = read(exam)
    kinds = {mutant.kind for mutant in mutants_of(benchmark, scenario, "No figure here")}
    assert MutantKind.NUMBERS not in kinds
