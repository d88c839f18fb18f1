# ruff: noqa: E501 - messages are matched whole
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.documents.diagnostic import Severity
from modelsmith.documents.edits import mended
from modelsmith.documents.strict_yaml import meaning, parsed

SIGNS = "a0é€𐀀 '\\\":#-[]{},&*!|>%@`~\n\t."
"""Letters of several lengths in UTF-8, and everything that YAML gives a meaning."""

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(SIGNS),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdef", min_size=1), inner),
    max_leaves=20,
)


def value(text):
    document, problems = parsed("x.yaml", text.encode())
    assert problems == []
    return document.value


def said(text):
    content = text if isinstance(text, bytes) else text.encode()
    document, problems = parsed("x.yaml", content)
    assert document is None
    return [str(problem).removeprefix("x.yaml:") for problem in problems]


@given(st.dictionaries(st.text("abcdef", min_size=1), VALUES, min_size=1))
def test_json_is_read_as_json(fields):
    assert value(json.dumps(fields, ensure_ascii=False)) == fields


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("true", True), ("False", False), ("TRUE", True), ("null", None), ("~", None), ("", None),
        ("7", 7), ("-7", -7), ("+7", 7), ("007", 7), ("0o17", 15), ("0x1F", 31),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-2", -0.015),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"),
        ("2026-01-05", "2026-01-05"), ("1:30", "1:30"), ("1_000", "1_000"), ("0b1", "0b1"),
        ("1.2.3", "1.2.3"), ("+", "+"), (".", "."), ("<<", "<<"), ("tRue", "tRue"), ("=", "="),
    ],
)  # fmt: skip
def test_plain_words_mean_what_yaml_1_2_says(word, read):
    assert meaning(word) == read
    assert type(meaning(word)) is type(read)


def test_infinities_and_nan_are_words_that_are_refused_later():
    assert math.isinf(meaning("-.inf"))
    assert math.isnan(meaning(".NaN"))


def test_quoted_words_are_text():
    assert value("a: '5'\nb: \"true\"\nc: |\n  7\n") == {"a": "5", "b": "true", "c": "7\n"}


def test_every_value_and_field_has_its_place():
    document, _ = parsed("x.yaml", b"# first\na: 1\nlist:\n  - {b: 2, c: x}\n  - y\n")
    assert document.place(()) == (2, 1)
    assert document.place(("list", 0, "c")) == (4, 15)
    assert document.place(("list", 0, "c"), key=True) == (4, 12)
    assert document.place(("list", 1)) == (5, 5)


def test_columns_count_characters_not_bytes():
    document, _ = parsed("x.yaml", "{ä€𝄞: 1, b: 2}".encode())
    assert document.place(("b",), key=True) == (1, 10)


def test_what_is_not_in_the_file_is_left_out_of_a_place():
    document, _ = parsed("x.yaml", b"check: {contains: abc, polarty: 1}")
    assert document.stepped(("check", "contains", "contains")) == ("check", "contains")
    assert document.stepped(("check", "contains", "polarty")) == ("check", "polarty")
    assert document.stepped(("nowhere", 5)) == ()


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "a: 1\na: 2\n",
            [
                (
                    "2:1: error: field `a` stands here a second time; expected it once; the first is on "
                    "line 1; fix: delete or rename one of the two"
                )
            ],
        ),
        (
            "b:\n  a: 1\n  a: {a: 1, a: 2}\n",
            [
                (
                    "3:3: error: field `a` stands here a second time; expected it once; the first is on "
                    "line 2; fix: delete or rename one of the two"
                )
            ],
        ),
        (
            "a: &x 1\nb: *x\n",
            [
                (
                    "1:4: error: anchor &x; expected neither anchors nor aliases: what a reviewer reads "
                    "is what is there; fix: delete the anchor"
                ),
                (
                    "2:4: error: alias *x; expected neither anchors nor aliases: what a reviewer reads "
                    "is what is there; fix: write the value out"
                ),
            ],
        ),
        (
            "a: !!python/object:os.system {}\n",
            [
                (
                    "1:4: error: tag `tag:yaml.org,2002:python/object:os.system`; expected no tags; "
                    "fix: delete it; put text that begins with `!`, or a number meant as text, in quotes"
                )
            ],
        ),
        (
            "5: 1\n",
            [
                (
                    "1:1: error: `5` is read as a value, not as a name; expected a field name that is "
                    'text; fix: put it in quotes: "5"'
                )
            ],
        ),
        (
            "? [a, b]\n: 1\n",
            [
                (
                    "1:3: error: a list, mapping or alias stands where a field name should; expected a "
                    "field name that is text; fix: write the name as a word"
                )
            ],
        ),
        (
            "a: 1\n---\nb: 2\n",
            [
                (
                    "2:1: error: a second YAML document begins; expected one document a file; "
                    "fix: move it to a file of its own, or delete the `---`"
                )
            ],
        ),
        ("", ["1:1: error: the file is empty; expected a mapping of fields; fix: write it"]),
        ("# a\n", ["1:1: error: the file is empty; expected a mapping of fields; fix: write it"]),
        ("---\n", ["1:1: error: the file is empty; expected a mapping of fields; fix: write it"]),
        (
            "a: b: c\n",
            [
                (
                    "1:5: error: mapping values are not allowed in this context; expected YAML 1.2; "
                    "fix: put a text that holds `: ` in quotes, or write it as a block after `>-`; if it is "
                    "a field of its own, indent it like the fields around it"
                )
            ],
        ),
        (
            "a: says this: b c\n",
            [
                (
                    "1:4: error: the colon in `says this: b c` makes a field of the words before it; "
                    "expected text in quotes, or as a block after `>-`; fix: put it in quotes"
                )
            ],
        ),
        (
            "a:\n\tb: c\n",
            [
                (
                    "2:1: error: a tab indents this line; expected spaces, which look the same "
                    "everywhere; fix: write 2 spaces for each tab"
                )
            ],
        ),
        (
            'a: "x\n',
            [
                (
                    '1:4: error: the quote in `"x` is not closed; expected text in quotes, or as a block '
                    "after `>-`; fix: close it at the end of the line"
                )
            ],
        ),
        (
            "a: .inf\nb: 12345678901234567890\n",
            [
                "1:4: error: inf; expected a finite figure; fix: write the figure",
                (
                    "2:4: error: a whole number of 20 digits; expected at most 9,007,199,254,740,991, "
                    "which JSON keeps exact; fix: write it as a decimal (1.5e20), or in quotes if it "
                    "is a name"
                ),
            ],
        ),
        (
            'a: "\\0"\n',
            [
                (
                    "1:4: error: an escape that makes a control character; expected text that can be "
                    "read; fix: delete it"
                )
            ],
        ),
        (
            "a: ok\nb: x\x00y\n",
            [
                (
                    "2:5: error: character U+0000; expected text without control characters; "
                    "fix: delete it"
                )
            ],
        ),
        (
            b"a: ok\nb: \xc3\xa4\xe9\n",
            [
                (
                    "2:5: error: byte 0xe9 is not UTF-8 here; expected a UTF-8 file; "
                    "fix: save it again with the encoding UTF-8"
                )
            ],
        ),
        (
            "a: 1".encode("utf-16"),
            [
                (
                    "1:1: error: the file is UTF-16, not UTF-8; expected a UTF-8 file; "
                    "fix: save it again with the encoding UTF-8"
                )
            ],
        ),
        (
            "a: " + "[" * 40 + "]" * 40,
            ["1:33: error: nested more than 30 deep; expected at most 30 levels; fix: flatten it"],
        ),
    ],
)
def test_what_may_not_be_in_a_file_is_refused_at_its_place(text, problems):
    assert said(text) == problems


def test_several_problems_are_all_reported():
    assert [line.split(":")[0] for line in said("a: 1\na: 2\nb: &x 3\nc: !t 4\n")] == [
        "2",
        "3",
        "4",
    ]


def test_an_alias_bomb_is_refused_without_being_lit():
    rungs = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 30)]
    found = said("x0: &x0 [lol]\n" + "\n".join(rungs))
    assert len(found) == 50
    assert found[0].startswith("1:5: error: anchor &x0; expected neither anchors nor aliases")


@pytest.mark.parametrize("unit", ["[", "{a: ", "? ", "- ", "&a ", "!t "])
def test_a_megabyte_of_openings_is_refused(unit):
    assert said("a: " + unit * (900_000 // len(unit)))


def test_hidden_characters_are_pointed_out_and_do_not_refuse_the_file():
    document, [problem] = parsed("x.yaml", "a: 1\nb: x\u202ey\n".encode())
    assert document.value["b"] == "x\u202ey"
    assert str(problem) == (
        "x.yaml:2:5: warning: character U+202E, which nobody sees; "
        "expected text that reads as it is; fix: delete it"
    )


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert value("\ufeffa: 1") == {"a": 1}


@pytest.mark.parametrize(
    ("text", "mended_text"),
    [
        ("a: pump #12 fails\n", 'a: "pump #12 fails"\n'),
        ("- pump #12 fails\n- b\n", '- "pump #12 fails"\n- b\n'),
        ("a: \u201cx y\u201d\n", 'a: "x y"\n'),
        ("a: [\u201ex\u201c, \u2018y\u2019, \u00ab\u00a0z\u00a0\u00bb]\n", 'a: ["x", "y", "z"]\n'),
        ("a: \u00a0x\n", "a: x\n"),
    ],
)
def test_what_reads_otherwise_than_it_looks_is_warned_of_with_the_edit(text, mended_text):
    document, problems = parsed("x.yaml", text.encode())
    assert document is not None
    assert {problem.severity for problem in problems} == {Severity.WARNING}
    assert mended(text, problems).text == mended_text
    assert parsed("x.yaml", mended_text.encode())[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "a: x # a comment\n",
        "a: x #comment\n",
        "a: 2 #1 of the weights\n",
        "a: 'x #12'\n",
        "a: |\n  pump #12\n",
        "a: \u201cx\u201d is said, and \u201cy\u201d\n",
        "a: it\u2019s\n",
        "a: 58\u00a0%\n",
    ],
)
def test_what_reads_as_it_looks_is_not_warned_of(text):
    assert parsed("x.yaml", text.encode())[1] == []


@pytest.mark.parametrize(
    "text",
    [
        "operatorLens: operatorcategory: SEALS\n",
        "a: b: {c: d}\n",
        "a: {b: c,\nd: e}\nf\n",
    ],
)
def test_no_edit_is_offered_where_two_lines_may_have_run_together(text):
    document, problems = parsed("x.yaml", text.encode())
    assert document is None
    assert [problem.edits for problem in problems] == [()]
