import ast
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from modelsmith.documents.diagnostic import RULES, Diagnostic, Severity, one_line, quoted

ROOT = Path(__file__).parents[2]

FIELDS = {"path": "a.yaml", "line": 3, "column": 5, "severity": Severity.ERROR, "rule": "syntax",
          "what": "a tab", "expected": "spaces", "remedy": "indent with spaces"}  # fmt: skip


def test_a_diagnostic_is_one_line_as_compilers_print_it():
    assert str(Diagnostic(**FIELDS)) == (
        "a.yaml:3:5: error: a tab; expected spaces; fix: indent with spaces"
    )


def test_line_breaks_and_terminal_codes_are_not_printed():
    printed = str(Diagnostic(**FIELDS | {"what": "\x1b[31mred\nline\u202e"}))
    assert "\\u001b[31mred line\\u202e" in printed
    assert printed.isprintable()


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValidationError, match="no-such-rule is not one of the rules"):
        Diagnostic(**FIELDS | {"rule": "no-such-rule"})


@pytest.mark.parametrize("field", ["line", "column"])
def test_places_count_from_one(field):
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        Diagnostic(**FIELDS | {field: 0})


def test_long_text_of_a_file_is_cut():
    assert quoted("x" * 61) == f"`{'x' * 60}...`"
    assert quoted("x" * 60) == f"`{'x' * 60}`"


def test_one_line_keeps_letters_of_any_script():
    assert one_line("größe\n 東京") == "größe 東京"


def test_every_rule_is_a_sentence():
    assert all(text[0].isupper() and text.endswith(".") for text in RULES.values())


def test_every_rule_that_is_told_of_is_known():
    """A rule without its line would end a check in a traceback, only where somebody breaks it."""
    told = {"error", "warning", "note", "unknown", "refuse"}
    used = set()
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "modelsmith").rglob("*.py")]
    for source in sources:
        if "from modelsmith.documents.diagnostic import" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                texts = [
                    one.value
                    for one in node.args[:2]
                    if isinstance(one, ast.Constant) and isinstance(one.value, str)
                ]
                used |= {text for text in texts[:1] if name in told}
    assert {"syntax", "too-many", "wrong-direction", "spacing"} <= used
    assert {rule for rule in used if re.fullmatch("[a-z]+(-[a-z]+)*", rule)} <= RULES.keys()
