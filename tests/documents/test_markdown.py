import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsmith.documents.markdown import code, fenced

HOSTILE = st.text(alphabet="`~\n\r a<@#!\u202e\x1b\\$}{", max_size=60)


@given(HOSTILE)
def test_nothing_closes_its_fence(text):
    first, *inside, last = fenced(text).split("\n")
    assert first == f"{last}text"
    assert set(last) == {"`"}
    assert not any(line.strip().startswith(last) for line in inside)


@given(HOSTILE)
def test_code_in_a_line_stays_in_it(text):
    shown = code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))]
    assert "\n" not in shown
    assert shown.endswith(fence)
    assert fence not in shown[len(fence) : -len(fence)].replace(fence + "`", "")


@pytest.mark.parametrize("text", ["\u202egnirts", "\x1b[2J", "\u200b"])
def test_what_nobody_sees_is_written_out(text):
    assert f"\\u{ord(text[0]):04x}" in fenced(text)
    assert f"\\u{ord(text[0]):04x}" in code(text)


def test_what_is_too_long_is_cut_at_the_end_of_a_line():
    assert fenced("one\ntwo\nthree", 9) == "```text\none\ntwo\n... (cut)\n```"
