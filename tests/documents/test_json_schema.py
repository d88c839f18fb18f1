import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.documents.json_schema import example_of, is_valid, problems_of, require_usable

PUMP = {
    "type": "object",
    "additionalProperties": False,
    "required": ["drive", "seals"],
    "properties": {
        "drive": {"enum": ["electric", "diesel"]},
        "seals": {"type": "array", "minItems": 2, "items": {"type": "integer", "minimum": 1}},
        "code": {"type": "string", "pattern": "^[A-Z]+$"},
    },
}
GOOD = {"drive": "diesel", "seals": [1, 2]}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"drive": "disel"}, (("drive",), "`disel`", "one of electric, diesel", "write `diesel`")),
        ({"drve": 1}, (("drve",), "unknown field `drve`", "one of drive, seals, code",
                       "rename it to `drive`")),
        ({"seals": [1, "2"]}, (("seals", 1), "`2`", "type integer", "write a value of that type")),
        ({"code": "abc"}, (("code",), "'abc' does not match '^[A-Z]+$'", "pattern ^[A-Z]+$",
                           "change the value")),
    ],
)  # fmt: skip
def test_each_problem_says_where_what_and_how(changes, problem):
    assert [
        (found.loc, found.what, found.expected, found.remedy)
        for found in problems_of(PUMP, GOOD | changes)
    ] == [problem]


def test_every_missing_field_is_named():
    assert [found.what for found in problems_of(PUMP, {})] == [
        "`drive` is missing",
        "`seals` is missing",
    ]


def test_an_example_keeps_its_schema():
    assert example_of(PUMP) == {"drive": "electric", "seals": [1, 1]}
    assert is_valid(PUMP, example_of(PUMP))


def test_defaults_and_constants_are_examples():
    assert example_of({"default": 3}) == 3
    assert example_of({"const": "a"}) == "a"
    assert example_of({"type": "boolean"}) is False


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"type": "nonsense"}, "not a JSON Schema"),
        ({"items": [{"$ref": "https://example.org/s"}]}, "not a JSON Schema"),
        ({"anyOf": [{"$ref": "https://example.org/s"}]}, r"may not use \$ref"),
        ({"properties": {"a": {"pattern": "(?=a)"}}}, r"RE2 refuses the pattern '\(\?=a\)'"),
    ],
)
def test_a_schema_that_cannot_be_used_safely_is_refused(schema, reason):
    with pytest.raises(ValueError, match=reason):
        require_usable(schema)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_value_is_valid_exactly_when_it_has_no_problem(value):
    assert is_valid(PUMP, value) is (problems_of(PUMP, value) == [])
