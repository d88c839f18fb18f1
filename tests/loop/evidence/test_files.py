"""Each evidence file has its name in one place, and a name that nobody leaves is refused."""

import ast
import json
from pathlib import Path

import pytest
from mypy import api

from modelsmith.decisions.attempt import SealedAttempt
from modelsmith.exam.scenario import Split
from modelsmith.loop.evidence import files
from modelsmith.loop.evidence.files import (
    JOINED,
    OF_A_BUNDLE,
    RECONCILIATION,
    ROWS,
    SEALED_ATTEMPT,
    answers,
    answers_alone,
    opinions,
    scorecard,
)
from modelsmith.promotion import bundle
from modelsmith.run import evidence
from modelsmith.run.config import StandIn
from modelsmith.run.evidence import CONFIG, INTAKE, File, evidence_of, place_of
from modelsmith.run.ledger import entry_after
from modelsmith.run.state_machine import Event, State
from tests.support.clock import START as AT

PACKAGE = Path(files.__file__).parents[2]
NAMED = {**vars(evidence), **vars(files)}
"""What the two modules hold that name evidence: what any run has, and what each phase leaves."""


def an_entry(*paths):
    digests = dict.fromkeys(paths, "0" * 64)
    return entry_after((), Event.STARTED, iteration=0, facts={}, evidence=digests, at=AT)


def test_answers_and_opinions_are_named_by_split_and_system():
    names = [
        answers(Split.TRAIN),
        answers(Split.SEALED, "gpt-1"),
        answers(Split.STEER, StandIn.FEW_SHOT),
        answers_alone(Split.STEER),
        opinions(Split.SEALED, "candidate"),
        scorecard(Split.STEER),
    ]
    assert [file.name for file in names] == [
        "answers-train.jsonl",
        "answers-sealed-gpt-1.jsonl",
        "answers-steer-few-shot.jsonl",
        "alone-steer.jsonl",
        "opinions-sealed-candidate.jsonl",
        "scorecard-steer.json",
    ]
    assert answers(Split.TRAIN) == names[0]
    assert answers(Split.STEER) not in names


def test_what_a_file_holds_is_read_back():
    left = SEALED_ATTEMPT.of(SealedAttempt(number=2)) | ROWS.of(())
    assert SEALED_ATTEMPT.read(left) == SealedAttempt(number=2)
    assert (ROWS.read(left), JOINED.read(left, ())) == ((), ())
    assert left[SEALED_ATTEMPT] == json.dumps({"number": 2}, separators=(",", ":")).encode()


def test_a_file_that_is_not_there_is_told_by_its_name():
    with pytest.raises(KeyError, match=r"^'rows\.jsonl'$"):
        ROWS.read({})


def test_a_file_that_holds_something_else_is_refused():
    with pytest.raises(ValueError, match="number"):
        SEALED_ATTEMPT.read({SEALED_ATTEMPT: b'{"nubmer": 2}'})


def test_the_evidence_of_an_entry_is_read_when_it_is_asked_for():
    asked = []

    def read(path):
        asked.append(path)
        return b'{"number":3}'

    entry = an_entry("005-promote/look.json", "005-promote/rows.jsonl", "005-promote/aside/x")
    found = evidence_of(entry, read)
    assert (asked, len(found), SEALED_ATTEMPT in found, RECONCILIATION in found) == (
        [],
        3,
        True,
        False,
    )
    assert SEALED_ATTEMPT.read(found) == SealedAttempt(number=3)
    assert asked == ["005-promote/look.json"]
    assert [file.name for file in found] == ["look.json", "rows.jsonl", "aside/x"]
    assert list(SEALED_ATTEMPT.held_by(entry, read)) == [SealedAttempt(number=3)]
    assert list(RECONCILIATION.paths_in(entry)) == []
    with pytest.raises(KeyError, match="reconciliation"):
        RECONCILIATION.read(found)


def test_where_a_phase_leaves_its_evidence_is_told_by_its_number_and_state():
    assert place_of(12, State.ASSESS) == "012-assess"
    assert CONFIG.at(INTAKE) == "000-intake/run.json"


def test_a_bundle_is_what_its_request_names_and_the_request():
    assert tuple(file.name for file in OF_A_BUNDLE) == (*bundle.EVIDENCE, bundle.REQUEST)


def test_no_two_kinds_of_evidence_share_a_name():
    named = [one for one in NAMED.values() if isinstance(one, File)]
    assert len({file.name for file in named}) == len(named)


def test_no_other_module_writes_the_name_of_an_evidence_file():
    names = {one.name for one in NAMED.values() if isinstance(one, File)}
    names -= {value for value in vars(bundle).values() if isinstance(value, str)}
    prefixes = ("answers-", "opinions-", "alone-", "scorecard-", INTAKE)
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}: {node.value}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path not in {Path(evidence.__file__), Path(files.__file__)}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.rpartition("/")[2] in names or node.value.startswith(prefixes)
    ]
    assert found == []


WRONG = {
    "from modelsmith.loop.evidence.files import ROSW": 'has no attribute "ROSW"',
    "def a(left: Evidence) -> bytes: return left['rows.jsonl']": "Invalid index type",
    "def b(left: Evidence) -> bool: return 'rows.jsonl' in left": "Non-overlapping container",
    "def c() -> Evidence: return {'rows.jsonl': b''}": "Dict entry 0 has incompatible type",
    "answers('steeer', 'gpt-1')": 'expected "Split"',
    "def d(left: Evidence) -> SealedAttempt: return ROWS.read(left)": "Incompatible return value",
    "ROWS.of((SealedAttempt(number=1),))": "incompatible type",
}
"""What nobody may write, and what mypy says of it."""


@pytest.mark.slow
def test_a_misspelt_name_is_an_error_of_mypy(tmp_path):
    known = "from modelsmith.decisions.attempt import SealedAttempt\n"
    known += "from modelsmith.loop.evidence.files import ROWS, answers\n"
    known += "from modelsmith.run.evidence import Evidence\n"
    path, config = tmp_path / "wrong.py", PACKAGE.parent / "pyproject.toml"
    path.write_text(known + "\n".join(WRONG), encoding="utf-8")
    said, _, _ = api.run(["--config-file", str(config), "--follow-imports=silent", str(path)])
    errors = [line for line in said.splitlines() if ": error: " in line]
    assert len(errors) == len(WRONG)
    for error, words in zip(errors, WRONG.values(), strict=True):
        assert words in error
