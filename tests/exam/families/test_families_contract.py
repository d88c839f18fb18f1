"""What every source of variants promises, the scripted one of the tests included."""

from types import SimpleNamespace

import pytest

from modelsmith.exam.checks.check import Verdict
from modelsmith.exam.composed_answer import answerability_of
from modelsmith.exam.families.variants import families_in
from modelsmith.exam.files.benchmark_folder import ExamFolder
from modelsmith.exam.scenario import FAMILY_MARK
from tests.support.models import ROOT
from tests.support.runs import an_exam, families_of
from tests.support.scenarios import a_scenario

PARENTS = (
    "ASSAY_ADTECH_BID_FLOOR_SHADING_VS_PACING_DISAMBIGUATION",
    "ADTECH_PACING_DINNER_ORDERS_DWINDLE",
)


def the_real_ones():
    folder = ExamFolder(ROOT, "adtech")
    parents = [folder.scenario(f"benchmarks/adtech/train/{name}.yaml") for name in PARENTS]
    benchmark = folder.benchmark()
    return SimpleNamespace(
        families=families_in(ROOT, benchmark), parents=parents, benchmark=benchmark
    )


def the_scripted_ones():
    exam = an_exam()
    return SimpleNamespace(
        families=families_of(exam), parents=exam.train[:2], benchmark=exam.benchmark
    )


@pytest.fixture(scope="module", params=[the_scripted_ones, the_real_ones], ids=["scripted", "real"])
def source(request):
    return request.param()


@pytest.fixture(scope="module")
def drawn(source):
    """Return four variants of each parent, by parent."""
    return [
        (parent, source.families.variants(parent, 4, seed=7, relation="any"))
        for parent in source.parents
    ]


def verdict_asked(scenario):
    (label,) = (c.check.verdict for c in scenario.pass_criteria if isinstance(c.check, Verdict))
    return label


def test_the_same_seed_draws_the_same_and_another_seed_other_variants(source, drawn):
    for parent, variants in drawn:
        assert source.families.variants(parent, 4, seed=7, relation="any") == variants
        other = source.families.variants(parent, 4, seed=8, relation="any")
        assert not {v.digest() for v in other} & {v.digest() for v in variants}


def test_fewer_variants_are_the_first_of_more(source, drawn):
    for parent, variants in drawn:
        assert source.families.variants(parent, 2, seed=7, relation="any") == variants[:2]
        assert source.families.variants(parent, 0, seed=7, relation="any") == ()


def test_each_variant_has_an_id_of_its_own_in_the_parents_family(drawn):
    for parent, variants in drawn:
        assert len({variant.id for variant in variants}) == len(variants) == 4
        for variant in variants:
            assert (variant.family, variant.is_variant) == (parent.id, True)
            assert variant.category == parent.category
            assert variant.input_text() != parent.input_text()


def test_each_variant_tells_the_world_it_was_drawn_in(source, drawn):
    for _, variants in drawn:
        worlds = [source.families.world_of(variant) for variant in variants]
        assert all(worlds)
        assert len(set(worlds)) > 1
        for world, variant in zip(worlds, variants, strict=True):
            suffix = variant.id.partition(FAMILY_MARK)[2]
            assert suffix.startswith(world.upper().replace("-", ""))


def test_same_keeps_the_verdict_and_flip_changes_it(source):
    for parent in source.parents:
        kept = source.families.variants(parent, 2, seed=3, relation="same")
        turned = source.families.variants(parent, 2, seed=3, relation="flip")
        assert [verdict_asked(v) for v in kept] == [verdict_asked(parent)] * 2
        assert len(turned) == 2
        assert verdict_asked(parent) not in {verdict_asked(v) for v in turned}


def test_every_variant_tells_right_from_wrong(source, drawn):
    for _, variants in drawn:
        for variant in variants:
            found = answerability_of(source.benchmark, variant)
            assert found.right_passes
            assert found.wrong_passing == ()


def test_what_has_no_family_has_no_variants(source):
    stranger = a_scenario("STRANGER_ONE")
    assert source.families.variants(stranger, 3, seed=1, relation="any") == ()
    assert source.families.world_of(a_scenario("STRANGER_ONE__V1")) == ""
