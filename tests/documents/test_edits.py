import json

import pytest

from modelsmith.documents.diagnostic import Diagnostic, Edit, Severity
from modelsmith.documents.diagnostic_formats import as_json, as_sarif
from modelsmith.documents.edits import Lines, mended, with_edits
from modelsmith.documents.strict_yaml import parsed


def problem(*edits, rule="syntax"):
    return Diagnostic(
        path="a b.yaml", line=edits[0].line, column=1, severity=Severity.ERROR, rule=rule,
        what="this", expected="that", remedy="write it", edits=edits,
    )  # fmt: skip


def edit(line, column, end_line, end_column, text):
    return Edit(line=line, column=column, end_line=end_line, end_column=end_column, text=text)


def test_a_replacement_an_insertion_and_a_deletion_leave_the_rest():
    found = [
        problem(edit(1, 4, 1, 6, "xyz")),
        problem(edit(2, 1, 2, 1, "# new\n")),
        problem(edit(3, 1, 4, 1, "")),
    ]
    after = mended("a: bc  # kept\nd: e\ngone: 1\nlast: 2", found)
    assert after.text == "a: xyz  # kept\n# new\nd: e\nlast: 2"
    assert after.done == tuple(found)


def test_of_edits_that_overlap_the_first_is_made():
    first, second = problem(edit(1, 1, 1, 4, "x")), problem(edit(1, 3, 1, 6, "y"))
    assert mended("abcdef", [first, second]) == ("xdef", (first,))
    assert mended("abcdef", [second, first]) == ("aby" + "f", (second,))


def test_two_problems_with_one_edit_are_mended_once():
    same = problem(edit(1, 1, 1, 2, "xx"))
    assert mended("abc", [same, same]) == ("xxbc", (same,))


def test_the_edits_of_a_problem_are_made_together_or_not_at_all():
    pair = problem(edit(1, 1, 1, 2, "x"), edit(2, 1, 2, 2, "y"))
    assert mended("a\nb\n", [pair]).text == "x\ny\n"
    blocked = problem(edit(2, 1, 2, 2, "z"))
    assert mended("a\nb\n", [blocked, pair]) == ("a\nz\n", (blocked,))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_inserted_ends_its_lines_as_the_file_does(end):
    after = mended(f"a: 1{end}b: 2{end}", [problem(edit(2, 1, 2, 1, "c: 3\n"))])
    assert after.text == f"a: 1{end}c: 3{end}b: 2{end}"


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\nbc\n\nd", "a\r\nb\rc\x85d\u2028e\u2029f"])
def test_places_and_offsets_are_each_others_inverse(text):
    lines = Lines(text)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n":
            assert lines.offset(lines.place(offset)) == offset


def test_the_lines_are_those_of_the_parser():
    text = "a: x\x85b: y\u2028c: it says: oops z\n"
    _, (found,) = parsed("x.yaml", text.encode())
    assert (found.line, found.column) == (3, 4)
    assert with_edits(text, found.edits) == 'a: x\x85b: y\u2028c: "it says: oops z"\n'


def test_sarif_tells_the_edits_as_fixes():
    found = problem(edit(1, 4, 1, 6, "xyz"), edit(2, 1, 3, 1, ""))
    [result] = json.loads(as_sarif([found], 1))["runs"][0]["results"]
    assert result["fixes"] == [
        {
            "description": {"text": "write it"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "a%20b.yaml"},
                    "replacements": [
                        {
                            "deletedRegion": {
                                "startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 6,
                            },
                            "insertedContent": {"text": "xyz"},
                        },
                        {
                            "deletedRegion": {
                                "startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1,
                            },
                            "insertedContent": {"text": ""},
                        },
                    ],
                }
            ],
        }
    ]  # fmt: skip


def test_json_tells_the_edits():
    found = problem(edit(1, 4, 1, 6, "xyz"))
    [record] = json.loads(as_json([found], 1))
    assert record["edits"] == [
        {"line": 1, "column": 4, "end_line": 1, "end_column": 6, "text": "xyz"}
    ]
