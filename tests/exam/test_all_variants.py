"""Variants of any scenario: templates first, then changes of the table, then repeats."""

import pytest
from pydantic import ValidationError

from modelsmith.exam.all_variants import AllVariants
from modelsmith.exam.family import Family
from modelsmith.exam.scenario import FAMILY_MARK, Table
from modelsmith.exam.table_variants import table_variants
from tests.support.families import ScriptedFamilies
from tests.support.scenarios import a_benchmark, a_scenario

BENCHMARK, TABLE = a_benchmark(), a_scenario("SHADING_ONE")
TEXT = a_scenario("SHADING_TEXT", domain_input="Wins went from 18 to 11 in three days.")
BARE = AllVariants(BENCHMARK, ScriptedFamilies(()))


@pytest.mark.parametrize("relation", ["same", "flip", "any"])
def test_with_a_template_nothing_changes(relation):
    templates = ScriptedFamilies((TABLE,))
    drawn = AllVariants(BENCHMARK, templates).variants(TABLE, 3, seed=1, relation=relation)
    assert drawn == templates.variants(TABLE, 3, seed=1, relation=relation)


@pytest.mark.parametrize("relation", ["same", "any"])
def test_a_table_without_a_template_is_changed(relation):
    drawn = BARE.variants(TABLE, 3, seed=1, relation=relation)
    assert drawn == table_variants(BENCHMARK, TABLE, 3, seed=1)
    assert len(drawn) == 3
    assert not any(one.is_repeat for one in drawn)
    assert {BARE.world_of(one) for one in drawn} <= {"columns", "format", "extra"}


def test_a_held_out_text_is_asked_again_in_the_same_words():
    drawn = BARE.variants(TEXT, 3, seed=4, relation="same")
    assert [one.id for one in drawn] == [f"SHADING_TEXT__AGAIN4V{n}" for n in range(3)]
    for number, one in enumerate(drawn):
        assert (one.is_variant, one.is_repeat, one.repeat_number) == (True, True, number)
        assert {**dict(one), "id": TEXT.id} == dict(TEXT)
    assert BARE.world_of(drawn[0]) == ""


def test_a_table_is_never_asked_again_in_the_same_words():
    columns = ("day", *(f"n_{year}" for year in range(1950, 1989)))
    rows = (("monday", *["x"] * 39), ("friday", *["y"] * 39))
    full = a_scenario(domain_input=Table(columns=columns, rows=rows))
    assert BARE.variants(full, 3, seed=1, relation="same") == ()


def test_nothing_is_learned_from_a_repeat_nor_turned():
    assert BARE.variants(TEXT, 3, seed=4, relation="any") == ()
    assert BARE.variants(TEXT, 3, seed=4, relation="flip") == ()
    assert BARE.variants(TABLE, 3, seed=4, relation="flip") == ()


def test_a_variant_has_no_variants_since_its_family_has_them():
    again = BARE.variants(TEXT, 1, seed=0, relation="same")[0]
    assert BARE.variants(again, 2, seed=0, relation="same") == ()


@pytest.mark.parametrize(
    "suffix", ["", "V1", "AGAIN", "AGAIN0", "STEADY0V1", "AGAINV1", "XAGAIN0V1"]
)
def test_no_other_id_is_a_repeat(suffix):
    one = a_scenario(f"SHADING_ONE{FAMILY_MARK}{suffix}" if suffix else "AGAIN_0V1")
    assert not one.is_repeat


@pytest.mark.parametrize("world", ["again", "a-gain"])
def test_no_world_of_a_template_is_called_as_a_repeat_is(world):
    message = f"{world} is what a repeat of a question is called; fix: rename the world"
    with pytest.raises(ValidationError, match=message):
        Family(parent="SHADING_ONE", worlds={world: "same"}, template="operatorLens: dsp")
