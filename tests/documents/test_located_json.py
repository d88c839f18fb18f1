"""JSON is read as the standard says, with a place for every value."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelsmith.documents.diagnostic import is_error
from modelsmith.documents.located_json import parsed_json, parsed_json_lines

TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Z", "S")), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None)
@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_what_json_writes_is_read_back_and_each_place_begins_its_value(value, indent, is_ascii):
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    document, problems = parsed_json("a.json", text.encode())
    assert [one for one in problems if is_error(one)] == []
    assert document is not None
    assert document.value == value
    lines = text.split("\n")
    for loc, place in document.values_at.items():
        part = document.value
        for step in loc:
            part = part[step]
        begins = lines[place.line - 1][place.column - 1 :]
        assert begins.startswith(json.dumps(part, ensure_ascii=is_ascii)[:1])


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", (1, 1), "the file is empty"),
        ('{"a": 1', (1, 8), "a part does not end here"),
        ('{"a": 1,}', (1, 9), "`,` stands before `}`"),
        ("[1 2]", (1, 4), "a part does not end here"),
        ("{a: 1}", (1, 2), "no field name stands here"),
        ('{"a" 1}', (1, 6), "no colon stands behind a name"),
        ('{"a": }', (1, 7), "`}` begins no value"),
        ('{"a": 1} 2', (1, 10), "there is more behind the value"),
        ('{"a": 1,\n "a": 2}', (2, 2), "field `a` stands here a second time"),
        ('["a\nb"]', (1, 2), "a text is not closed on its line"),
        (r'["\x"]', (1, 3), r"invalid \\escape"),
        ("[NaN]", (1, 2), "NaN is no JSON"),
        ("[-Infinity]", (1, 2), "-Infinity is no JSON"),
        ("[1e999]", (1, 2), "1e999 is too large"),
        ("[01]", (1, 3), "a part does not end here"),
        ("[tru]", (1, 2), "`t` begins no value"),
        ("[" * 80, (1, 62), "nested more than 60 deep"),
    ],
)
def test_what_is_no_json_is_refused_at_its_place(text, place, what):
    document, problems = parsed_json("a.json", text.encode())
    assert document is None
    assert [(one.line, one.column) for one in problems] == [place]
    assert what.replace("\\\\", "\\") in problems[0].what


@pytest.mark.parametrize(("text", "kept"), [(r'"a\u0008b"', "ab"), (r'"\ud800x"', "x")])
def test_an_escape_that_no_yaml_can_hold_is_left_out_with_a_warning(text, kept):
    document, (warned,) = parsed_json("a.json", text.encode())
    assert document is not None
    assert document.value == kept
    assert "which is left out" in warned.what
    assert not is_error(warned)


def test_lines_are_read_one_by_one_with_the_places_of_the_file():
    documents, problems = parsed_json_lines("a.jsonl", b'{"a": 1}\n\n  {"b": [2]}\r\n{"c" 3}\n')
    assert [one.value for one in documents] == [{"a": 1}, {"b": [2]}]
    assert documents[1].place(("b", 0)) == (3, 10)
    assert [(one.line, one.column) for one in problems] == [(4, 6)]


def test_bytes_that_are_no_text_are_refused():
    assert parsed_json_lines("a.jsonl", b"\xff")[1][0].rule == "encoding"
    assert parsed_json_lines("a.jsonl", b"\n\n")[1][0].rule == "empty-file"
