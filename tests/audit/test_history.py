"""An entry is a commit: each way in which a commit is not its entry's."""

import pytest

from modelsmith.audit.history import commit_findings
from modelsmith.git.commits import FACTORY, Commit, Identity
from modelsmith.run.state_machine import Event
from tests.support.entries import AT, an_entry

FIRST = an_entry(0, Event.STARTED, evidence={"000-intake/exam.json": "e" * 64})
SECOND = an_entry(
    1, Event.EVALUATED, past=[FIRST], iteration=1, evidence={"001-eval/report.md": "f" * 64}
)
ENTRIES = (FIRST, SECOND)
CHANGED = ("runs/tiny/ledger.jsonl", "runs/tiny/001-eval/report.md")
SAID = {
    "Modelsmith-Run": "tiny",
    "Modelsmith-Phase": "eval",
    "Modelsmith-Iteration": "1",
    "Modelsmith-Evidence": f"sha256:{SECOND.digest()}",
}


RECORDED = int(AT.timestamp())


def a_commit(*, author=FACTORY, at=RECORDED, more=(), **said):
    trailers = {**SAID, **{name.replace("_", "-"): value for name, value in said.items()}}
    lines = [f"{name}: {value}" for name, value in trailers.items() if value is not None]
    return Commit(
        sha="c" * 40,
        tree="t" * 40,
        parents=("p" * 40,),
        author=author,
        authored_at=at,
        committer=Identity("Runner", "runner@example.com"),
        committed_at=at,
        message="\n".join(["Record eval of run tiny: evaluated", "", *lines, *more, ""]),
        is_signed=False,
    )


def found(commit, *, entries=ENTRIES, changed=CHANGED):
    return [
        (one.rule, one.field or one.path)
        for one in commit_findings(commit, "tiny", entries, changed)
    ]


def test_the_factorys_commit_has_no_finding():
    assert found(a_commit()) == []


@pytest.mark.parametrize(
    ("trailer", "value"),
    [
        ("Modelsmith-Run", "other"),
        ("Modelsmith-Phase", "train"),
        ("Modelsmith-Iteration", "2"),
        ("Modelsmith-Evidence", "sha256:" + "0" * 64),
        ("Modelsmith-Evidence", "f" * 64),
        *((name, None) for name in SAID),
    ],
)
def test_each_trailer_is_held_against_the_entry(trailer, value):
    commit = a_commit(**{trailer.replace("-", "_"): value})
    assert found(commit) == [("commit-trailers", trailer)]


def test_a_trailer_that_stands_there_twice_is_no_answer():
    assert found(a_commit(more=["Modelsmith-Run: other"])) == [
        ("commit-trailers", "Modelsmith-Run")
    ]


def test_single_files_may_be_named_beside_the_entry():
    assert found(a_commit(more=[f"Modelsmith-Evidence: sha256:{'f' * 64} report.md"])) == []
    strange = [f"Modelsmith-Evidence: sha256:{'a' * 64}"]
    assert found(a_commit(more=strange)) == [("commit-trailers", "Modelsmith-Evidence")]


def test_what_stands_above_the_last_paragraph_is_no_trailer():
    commit = a_commit(more=["", "Signed-off-by: Ann <ann@example.com>"])
    assert found(commit) == [("commit-trailers", name) for name in SAID]


def test_the_author_is_the_factory():
    assert found(a_commit(author=Identity("Modelsmith", "eve@example.com"))) == [
        ("commit-author", "runs/tiny/ledger.jsonl")
    ]


def test_both_dates_are_the_entrys_to_the_second():
    assert found(a_commit(at=RECORDED + 1)) == [
        ("commit-dates", "runs/tiny/ledger.jsonl"),
        ("commit-dates", "runs/tiny/ledger.jsonl"),
    ]


def test_run_yaml_comes_with_the_first_entry_only():
    path = "runs/tiny/run.yaml"
    assert found(a_commit(), changed=[*CHANGED, path]) == [("entry-commit", path)]
    said = {"Modelsmith_Phase": "intake", "Modelsmith_Iteration": "0"}
    first = a_commit(**said, Modelsmith_Evidence=f"sha256:{FIRST.digest()}")
    changed = ["runs/tiny/ledger.jsonl", "runs/tiny/000-intake/exam.json", path]
    assert found(first, entries=[FIRST], changed=changed) == []


def test_evidence_that_was_there_before_need_not_change_again():
    assert found(a_commit(), changed=CHANGED[:1]) == []


def test_a_story_that_no_run_can_have_has_no_phase_to_compare():
    odd = an_entry(1, Event.STAGED, past=[FIRST])
    after = an_entry(2, Event.EVALUATED, past=[FIRST, odd], iteration=1)
    commit = a_commit(Modelsmith_Evidence=f"sha256:{after.digest()}", Modelsmith_Phase="any")
    assert found(commit, entries=[FIRST, odd, after], changed=CHANGED[:1]) == []
