import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from modelsmith.exam.scenario import Scenario, Table, shown
from tests.support.scenarios import a_scenario

FIELDS = {
    "id": "PUMP_LEAKS",
    "outcomeType": "tp",
    "operatorLens": "operator",
    "category": "SEALS",
    "mechanic": {"drive": "electric"},
    "description": "The night shift saw the pressure sink.",
    "testObjective": "Finds out whether the table is read.",
    "passCriteria": ["Says that the seal leaks."],
    "failCriteria": [],
    "domainInput": {"columns": ["day", "kpa"], "rows": [["a", 240], ["b", 180.5]]},
}


def read(**changes):
    return Scenario.model_validate_json(json.dumps(FIELDS | changes))


def refusal(**changes):
    with pytest.raises(ValidationError) as refused:
        read(**changes)
    return [(error["loc"], error["msg"]) for error in refused.value.errors()]


def test_a_scenario_survives_writing_and_reading():
    for scenario in (read(), a_scenario()):
        assert Scenario.model_validate_json(scenario.canonical()) == scenario


def test_a_paragraph_is_split_into_sentences():
    paragraph = 'Says that 1.5 bar is low. Names the seal! "Isolate it" is recommended.'
    texts = [criterion.text for criterion in read(passCriteria=paragraph).pass_criteria]
    assert texts == ["Says that 1.5 bar is low.", "Names the seal!", '"Isolate it" is recommended.']


def test_sentences_and_mappings_mix_in_one_list():
    mixed = ["Says that it leaks.", {"text": "Names the seal.", "check": {"any_of": ["seal"]}}]
    criteria = read(passCriteria=mixed).criteria()
    assert list(criteria) == ["P1", "P2"]
    assert criteria["P1"].check is None
    assert criteria["P2"].check is not None


def test_a_short_sentence_of_a_paragraph_is_named():
    [(loc, message)] = refusal(passCriteria="Says that it leaks. Ab.")
    assert loc == ("passCriteria", "text")
    assert message == (
        "Value error, the sentence 'Ab.' has 3 characters, a criterion has 8 to 400; fix: reword it"
    )


@pytest.mark.parametrize("field", ["passCriteria", "failCriteria"])
def test_a_paragraph_without_a_sentence_is_told(field):
    [(_, message)] = refusal(**{field: "# Criteria\n----"})
    assert message == (
        "Value error, it holds no sentence and no item; fix: write them, or `[]` for none"
    )


def test_too_many_sentences_are_counted():
    [(_, message)] = refusal(passCriteria="Says that. " * 13)
    assert (
        message == "Value error, 13 sentences, a rubric has at most 12; fix: keep those that decide"
    )


def test_a_rubric_without_a_required_criterion_is_refused():
    [(_, message)] = refusal(passCriteria=[{"text": "Names the seal.", "required": False}])
    assert message == (
        "Value error, no pass criterion is required, so every answer would pass; fix: require one"
    )


def test_a_ragged_table_is_refused_with_its_row():
    [(_, message)] = refusal(domainInput={"columns": ["day", "kpa"], "rows": [["a", 1], ["b"]]})
    assert (
        message
        == "Value error, row 2 has 1 cells, the table has 2 columns; fix: write one cell a column"
    )


def test_a_family_is_the_id_before_the_mark():
    variant = read(id="PUMP_LEAKS__V1")
    assert (variant.family, variant.is_variant) == ("PUMP_LEAKS", True)
    assert (read().family, read().is_variant) == ("PUMP_LEAKS", False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("PUMP_LEAKS", (False, False)),
        ("PUMP_LEAKS__ROWS12V3", (True, False)),
        ("PUMP_LEAKS__OTHERSEAL", (False, True)),
        ("PUMP_LEAKS__V2SEAL", (False, True)),
    ],
)
def test_a_twin_is_what_somebody_wrote_beside_a_scenario_and_nobody_drew(name, kind):
    assert (read(id=name).is_variant, read(id=name).is_twin) == kind


@pytest.mark.parametrize("name", ["pump", "PUMP", "PUMP_", "_PUMP_A", "PUMP_A__B__C", "PUMP-A"])
def test_other_forms_of_an_id_are_refused(name):
    assert refusal(id=name)[0][0] == ("id",)


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        (("Bonn, NRW", "Ulm"), 'at: "Bonn, NRW", Ulm'),
        (("", 7), 'at: "" 7'),
        (("one\ntwo", "x: 5"), 'at: "one\\ntwo", x: 5'),
        (('"', " x"), 'at: "\\"", " x"'),
        (("a|b", 'say "hi"'), 'at: a|b, say "hi"'),
        (("1,200", "007"), "at: 1,200 007"),
        (("12 %", "3.5 ms"), "at: 12 %, 3.5 ms"),
    ],
)
def test_each_cell_of_a_table_can_be_told_from_the_next(cells, line):
    table = Table(columns=("pump", "at"), rows=tuple(zip(("inlet", "outlet"), cells, strict=True)))
    assert table.rendered() == f"pump: inlet outlet\n{line}"


def test_a_table_is_rendered_one_line_a_column():
    rows = (("2026-02-28", 240.0, "ok"), ("2026-03-01", 0.125, "low"))
    table = Table(columns=("day", "kpa", "note"), rows=rows)
    assert table.rendered() == "day: 2026-02-28 to 2026-03-01, 2 rows\nkpa: 240 0.125\nnote: ok low"


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        (("cart", "payments", "mail"), "label: cart payments mail"),
        (("cart", "pay ments", "mail"), "label: cart, pay ments, mail"),
        (("2026-03-01", "2026-03-02", "2026-03-04"), "label: 2026-03-01 2026-03-02 2026-03-04"),
        (("2026-03-01", "2026-03-02", "2026-03-03"), "label: 2026-03-01 to 2026-03-03, 3 rows"),
        (("2026-03-01T23", "2026-03-02T00"), "label: 2026-03-01T23 to 2026-03-02T00, 2 rows"),
        ((0, 1, 2), "label: 0 to 2, 3 rows"),
        ((30, 20, 10), "label: 30 to 10, 3 rows"),
        ((1, 1, 1), "label: 1 1 1"),
        ((1, 2, "total"), "label: 1 2 total"),
        (("Mon", "Tue", "Wed"), "label: Mon Tue Wed"),
    ],
)  # fmt: skip
def test_labels_that_do_not_count_on_are_all_shown(labels, line):
    table = Table(columns=("label", "kpa"), rows=tuple((label, 7) for label in labels))
    assert table.rendered() == f"{line}\nkpa: {' '.join('7' * len(labels))}"


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_is_shown_the_same_as_a_float(value):
    assert shown(value) == shown(float(value)) == str(value)


def test_the_digest_of_a_rubric_moves_with_the_rubric_alone():
    assert read().rubric_digest() == read(description="Another description of it.").rubric_digest()
    assert read().rubric_digest() != read(passCriteria=["Says otherwise."]).rubric_digest()
