"""What training makes of a pool of which the leak gate refuses a part."""

from modelsmith.exam.all_variants import AllVariants
from modelsmith.loop.phases.train import clear_of
from tests.support.families import ScriptedFamilies
from tests.support.scenarios import a_benchmark, a_scenario

BENCHMARK, PARENT, OTHER = a_benchmark(), a_scenario("SHADING_ONE"), a_scenario("SHADING_TWO")


def pool_of(families):
    return [PARENT, *families.variants(PARENT, 3, seed=1, relation="any"), OTHER]


def test_a_variant_that_a_template_drew_stays_where_its_parent_is_refused():
    families = AllVariants(BENCHMARK, ScriptedFamilies((PARENT,)))
    parent, first, *others = pool_of(families)
    assert len(others) == 3
    assert clear_of({parent.id}, pool_of(families), families) == [first, *others]
    assert clear_of({parent.id, first.id}, pool_of(families), families) == others


def test_a_table_that_was_merely_changed_goes_with_its_parent():
    families = AllVariants(BENCHMARK, ScriptedFamilies(()))
    pool = pool_of(families)
    assert len(pool) == 5
    assert clear_of({PARENT.id}, pool, families) == [OTHER]
    assert clear_of((), pool, families) == pool
