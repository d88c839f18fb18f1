"""Every shipped family keeps what it promises: worlds, verdicts, and everything that is drawn."""

from functools import cache
from pathlib import Path

import pytest

from modelsmith.exam.authoring.lint import remarks_on
from modelsmith.exam.benchmark import Exam, by_id
from modelsmith.exam.composed_answer import answerability_of
from modelsmith.exam.families.variants import JinjaFamilies, families_in
from modelsmith.exam.family import verdicts_of
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import Scenario, Table

REPOSITORY = Path(__file__).parents[1]
FOLDER = REPOSITORY / "benchmarks/adtech/families"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
DRAWN = 6
"""Variants of each family that are looked at."""


@cache
def the_exam() -> Exam:
    return ExamFolder(REPOSITORY, "adtech").exam()


@cache
def the_families() -> JinjaFamilies:
    return families_in(REPOSITORY, the_exam().benchmark)


def the_parent(name: str) -> Scenario:
    exam = the_exam()
    return by_id((*exam.train, *exam.steer, *exam.sealed))[name]


def drawn(name: str, relation: str, count: int = DRAWN) -> tuple[Scenario, ...]:
    return tuple(the_families().variants(the_parent(name), count, seed=1, relation=relation))


def test_each_scenario_has_a_family_and_each_held_out_one_an_invariant_world() -> None:
    exam = the_exam()
    assert {s.id for s in (*exam.train, *exam.steer, *exam.sealed)} == set(NAMES)
    assert all(drawn(s.id, "same", 1) for s in (*exam.steer, *exam.sealed))


def test_each_train_family_flips_too() -> None:
    assert all(drawn(scenario.id, "flip", 1) for scenario in the_exam().train)


@pytest.mark.parametrize("name", NAMES)
def test_same_keeps_the_verdict_and_flip_changes_it(name: str) -> None:
    verdict = verdicts_of(the_parent(name))
    assert {verdicts_of(v) for v in drawn(name, "same")} == {verdict}
    assert verdict not in {verdicts_of(v) for v in drawn(name, "flip")}


@pytest.mark.parametrize("name", NAMES)
def test_variants_are_scenarios_of_the_family_that_tell_right_from_wrong(name: str) -> None:
    benchmark, clear = the_exam().benchmark, the_exam().benchmark.answer_format.clear_verdict
    for variant in drawn(name, "any"):
        assert (variant.family, variant.category) == (name, the_parent(name).category)
        assert [*remarks_on(benchmark, variant)] == []
        assert variant.outcome_type.flags == (verdicts_of(variant) != (clear,))
        found = answerability_of(benchmark, variant)
        assert (found.right_passes, found.wrong_passing) == (True, ())


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_is_drawn_varies(name: str) -> None:
    variants = drawn(name, "same", 2 * DRAWN)
    tables = [v.domain_input for v in variants if isinstance(v.domain_input, Table)]
    assert len(tables) == len(variants)
    assert len({table.rows[-1] for table in tables}) == len(tables)
    assert len({v.description for v in variants}) > 1
    assert len({table.columns[1:] for table in tables}) > DRAWN
    source = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    if "cdn_latency_ms" in source:
        assert len({frozenset(table.columns) for table in tables}) > 1
    if "operatorLens:" in source:
        assert len({v.operator_lens for v in variants}) > 1
