"""What is written as YAML is read back as just that value."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelsmith.documents.strict_yaml import parsed
from modelsmith.documents.written_yaml import yaml_text

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")))
TEXTS = WORDS | st.lists(WORDS, max_size=6).map("\n".join) | st.lists(
    st.sampled_from(["no", "one", "12", "- a", "# b", "a: b", "---", "'", '"', "{", "", " ", "é"]),
    max_size=40,
).map(" ".join)  # fmt: skip
NAMES = st.sampled_from(["id", "passCriteria", "yes", "no", "1", "a b", "a: b", "# b", "é"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False, width=32),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
@example({"a": "no", "b": "1.0", "c": "null", "d": "~", "e": "true", "yes": "x", "1": "y"})
@example({"a": "first\n\n  second\n", "b": " begins\nwith a space", "c": "ends \nwith a space"})
@example({"a": "word " * 60, "b": ["word " * 60], "c": {"d": [{"text": "one\ntwo"}]}})
@example({"a": [], "b": {}, "c": [[]], "d": [[1, [2]], {"e": {}}]})
@example({"a": "x\u2028y\u0085z\xa0", "b": "tab\there", "c": "\ufeff", "d": "🔧" * 60})
def test_what_is_written_is_read_back(value):
    document, problems = parsed("a.yaml", yaml_text(value).encode())
    assert document is not None, problems
    assert document.value == value


def test_long_texts_are_blocks_and_words_stand_bare():
    text = yaml_text({"id": "A_B", "said": "word " * 30 + "end", "lines": "one\ntwo", "n": [1, 2]})
    assert text.splitlines()[0] == "id: A_B"
    assert "said: >" in text
    assert "lines: |-\n  one\n  two\n" in text
    assert text.endswith("n: [1, 2]\n")
    assert max(map(len, text.splitlines())) <= 102  # the word that passes 96 is the last


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("a\x07", "f.a.0 holds U+0007"),
        ("x\ud800", "f.a.0 holds U+D800"),
        (10**30, "f.a.0 holds a whole number of 31 digits"),
        (float("nan"), "f.a.0 holds nan"),
    ],
)
def test_what_no_file_holds_is_refused_with_its_place(value, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        yaml_text({"f": {"a": [value]}})
