"""Each row of the table of attacks names a test that is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROWS = re.findall(
    r"^\| (.+?) \| `(tests/\S+\.py)::(test_\w+)` \|$",
    (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
    re.MULTILINE,
)


def test_there_is_a_table():
    assert len(ROWS) > 20
    assert len({attack for attack, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("attack", "file", "name"), ROWS)
def test_the_test_of_an_attack_is_there(attack, file, name):
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    assert name in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}, attack
