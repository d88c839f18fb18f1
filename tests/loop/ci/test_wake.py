"""Which runs CI is asked to go on with; the asking itself is tested in tests/workflows."""

import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.loop.ci.dispatch import wake
from modelsmith.run.git.branch_sync import ledgers_on_branches
from tests.support.clones import a_machine_of, an_upstream, git
from tests.support.killed_run import SKILL
from tests.support.runs import a_workshop, learning


def never(branch, commit):
    """Keep no closing: no run here waits for a review."""
    raise AssertionError(branch, commit)


class Asking:
    """A forge that is only asked for CI."""

    def __init__(self):
        self.asked = []

    def settings(self):
        return self

    default_branch = "main"

    def dispatch(self, workflow, *, ref, inputs):
        self.asked.append((workflow, ref, dict(inputs)))


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    """Return the ledgers of runs in each position, by name."""
    base = tmp_path_factory.mktemp("runs")
    walking = a_workshop(base / "walking", skill=learning(0.05))
    walking.steps(2)
    blocked = a_workshop(base / "blocked", skill=SKILL)
    blocked.looks = 1
    blocked.go()
    over = a_workshop(base / "over", budgets={"iterations": 3, "tokens": 10}, skill=SKILL)
    over.go()
    shops = {"walking": walking, "blocked": blocked, "over": over}
    return {name: tuple(shop.entries()) for name, shop in shops.items()} | {"new": ()}


def test_the_clock_wakes_what_began_and_neither_ended_nor_waits(ledgers):
    forge = Asking()
    lines = list(wake(forge, ledgers, "iterate.yml", None, never))
    assert forge.asked == [("iterate.yml", "main", {"run": "walking", "after": "3"})]
    assert lines == [
        "run walking: asked CI for its next phase, after 3 entries",
        "run blocked: waits for somebody",
        "run over: is over: halted",
        "run new: has not begun; a push of its settings begins it",
    ]


def test_a_push_begins_the_runs_that_it_changed(ledgers):
    forge = Asking()
    assert list(wake(forge, ledgers, "iterate.yml", {"new", "over"}, never)) == [
        "run over: is over: halted",
        "run new: asked CI for its next phase, after 0 entries",
    ]
    assert forge.asked == [("iterate.yml", "main", {"run": "new", "after": "0"})]


def test_no_run_is_no_question():
    forge = Asking()
    assert list(wake(forge, {}, "iterate.yml", None, never)) == []
    assert forge.asked == []


def test_a_ledger_that_was_altered_keeps_no_other_run_waiting(ledgers):
    entries, forge, lines = ledgers["over"], Asking(), []
    altered = {"altered": (entries[0], *entries[2:]), **ledgers}
    with pytest.raises(BrokenRecordError, match="ledger entry 1: "):
        lines.extend(wake(forge, altered, "iterate.yml", None, never))
    assert [inputs["run"] for _, _, inputs in forge.asked] == ["walking"]


def test_what_somebody_pushed_in_a_ledgers_place_is_told_for_its_run_alone(tmp_path):
    upstream = an_upstream(tmp_path)
    a_machine_of(upstream, "one").shared().step()
    git(tmp_path, "clone", "-q", "-b", "modelsmith/tiny/walk", str(upstream), "person")
    (tmp_path / "person/runs/tiny/ledger.jsonl").write_text("no entry\n")
    git(tmp_path / "person", "commit", "-q", "-a", "-m", "Write something else")
    (found,) = ledgers_on_branches(tmp_path / "person").values()
    assert len(found) == 1
    git(tmp_path / "person", "push", "-q", "origin", "HEAD")
    forge, runs = Asking(), {**ledgers_on_branches(tmp_path / "person"), "new": ()}
    told = wake(forge, runs, "iterate.yml", {"tiny", "new"}, never)
    assert next(told).startswith("run tiny: is left alone: refs/remotes/origin/modelsmith/tiny/")
    assert next(told) == "run new: asked CI for its next phase, after 0 entries"
    with pytest.raises(BrokenRecordError, match=r"ledger\.jsonl:1"):
        next(told)
