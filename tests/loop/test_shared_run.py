"""One run, several clones: who was first, what a kill loses, and what upstream may not do."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from modelsmith.errors import (
    BrokenRecordError,
    ForgeDeniedError,
    ForgeError,
    ForgeRefusedError,
    InputError,
    RunBusyError,
)
from modelsmith.run.state_machine import Event
from tests.support.clock import START, FixedClock
from tests.support.clones import (
    CutOff,
    Overtaken,
    a_machine_of,
    an_upstream,
    git,
    shared_through,
    walk_in,
)
from tests.support.killed_run import EXAM, SKILL
from tests.support.local_site import signs
from tests.support.models import ROOT
from tests.support.runs import a_workshop, an_exam, files_in

pytestmark = pytest.mark.slow

WALK = "modelsmith/tiny/walk"
RECORDED = ["Record intake of run tiny: started", "Record eval of run tiny: evaluated"]


@pytest.fixture
def upstream(tmp_path):
    return an_upstream(tmp_path)


class LaterClock(FixedClock):
    """Another machine's clock, so that it records the same phase at another time."""

    def now(self):
        return START + timedelta(minutes=1)


def later(workshop):
    """Give a machine the other clock."""
    workshop.tools = replace(workshop.tools, clock=LaterClock())
    return workshop


def overtaken(workshop):
    """Return the shared run of a machine that fetched just before another one pushed."""
    return shared_through(workshop, Overtaken(workshop.root))


def settled(workshop):
    """Let a machine fetch and check the run's branch out, as a killed step does."""
    upstream = workshop.shared().upstream
    upstream.fetch("tiny")
    upstream.take("tiny")


# Alone


def test_each_step_is_pushed_to_the_runs_branch_and_the_default_branch_stays(upstream):
    one = a_machine_of(upstream, "one")
    main = git(upstream, "rev-parse", "main")
    assert one.shared().step().event is Event.STARTED
    assert one.shared().step().event is Event.EVALUATED
    assert walk_in(upstream) == RECORDED
    assert git(upstream, "rev-parse", "main") == main
    assert git(one.root, "rev-parse", "--abbrev-ref", "HEAD") == WALK
    assert git(one.root, "status", "--porcelain") == ""


def test_a_walk_upstream_ends_as_it_does_on_one_machine_and_is_then_left_as_it_is(upstream):
    one = a_machine_of(upstream, "one")
    entry = one.shared().go()
    alone = a_workshop(upstream.parent / "first", exam=EXAM, skill=SKILL)
    alone.go()
    assert entry.event is Event.REFUSED
    assert files_in(one.folder) == files_in(alone.folder)
    assert len(walk_in(upstream)) == len(alone.entries())
    assert one.replay().differences == ()
    before = git(upstream, "for-each-ref")
    assert one.shared().go() == entry
    assert a_machine_of(upstream, "two").shared().go() == entry
    assert git(upstream, "for-each-ref") == before


def test_what_an_entry_offers_is_pushed_with_it(upstream):
    one = a_machine_of(upstream, "one")
    for _ in range(4):
        entry = one.shared().step()
    assert entry.event is Event.EXPANDED
    branch, commit = entry.facts["branch"], entry.facts["commit"]
    assert branch == "modelsmith/tiny/expand-1"
    assert git(upstream, "rev-parse", branch) == commit


def test_a_staged_promotion_stands_on_the_whole_walk(tmp_path):
    upstream = an_upstream(tmp_path)
    exam = an_exam({"train": 2, "steer": 2, "sealed": 12})
    git(tmp_path, "clone", "-q", str(upstream), "one")
    one = a_workshop(tmp_path / "one", exam=exam, skill=SKILL)
    assert one.shared().go().event is Event.STAGED
    walk, promote = (
        git(upstream, "rev-parse", f"modelsmith/tiny/{n}") for n in ("walk", "promote")
    )
    assert git(upstream, "rev-parse", f"{promote}~1") == walk


# Several machines


def test_the_next_machine_goes_on_where_the_last_one_stopped(upstream):
    a_machine_of(upstream, "one").shared().step()
    two = a_machine_of(upstream, "two")
    assert two.shared().step().event is Event.EVALUATED
    one = a_machine_of(upstream, "one")
    assert one.shared().step().event is Event.TRAINED
    assert len(walk_in(upstream)) == 3


def test_a_runner_that_was_overtaken_says_so_and_takes_the_others_entry_over(upstream):
    one, two = a_machine_of(upstream, "one"), later(a_machine_of(upstream, "two"))
    one.shared().step()
    settled(two)  # two has seen entry 0 and works on entry 1
    theirs = one.shared().step()
    with pytest.raises(RunBusyError) as caught:
        overtaken(two).step()
    assert caught.value.what == "another runner recorded entry 1 of run tiny first"
    assert "The next step goes on from there" in caught.value.remedy
    left = git(two.root, "show", "refs/modelsmith/left/tiny:runs/tiny/ledger.jsonl")
    assert "09:01:00" in left
    assert list(two.entries())[-1] == theirs
    assert files_in(two.folder) == files_in(one.folder)
    assert git(two.root, "status", "--porcelain") == ""
    assert walk_in(upstream) == RECORDED
    assert two.shared().step().event is Event.TRAINED


def test_answers_of_the_runner_that_lost_are_kept(upstream):
    one, two = a_machine_of(upstream, "one"), later(a_machine_of(upstream, "two"))
    one.shared().step()
    settled(two)
    one.shared().step()
    with pytest.raises(RunBusyError):
        overtaken(two).step()
    assert [path for path in (two.root / ".modelsmith/cache").rglob("*") if path.is_file()]


def test_what_a_person_pushed_to_the_branch_meanwhile_is_kept_below_the_entry(upstream, tmp_path):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    git(tmp_path, "clone", "-q", "-b", WALK, str(upstream), "person")
    (tmp_path / "person" / "notes.md").write_text("mine")
    git(tmp_path / "person", "add", "-A")
    git(tmp_path / "person", "commit", "-q", "-m", "Add notes")
    git(tmp_path / "person", "push", "-q", "origin", WALK)
    overtaken(one).step()
    assert walk_in(upstream) == [RECORDED[0], "Add notes", RECORDED[1]]
    assert (one.root / "notes.md").read_text() == "mine"


def test_whatever_a_runner_with_a_key_pushes_is_signed_also_what_it_pushes_again(
    upstream, tmp_path
):
    one = a_machine_of(upstream, "one")
    for name, value in {"user.name": "Runner", "user.email": "runner@example.org"}.items():
        git(one.root, "config", name, value)
    allowed = signs(one.root, "runner@example.org")
    one.shared().step()
    git(tmp_path, "clone", "-q", "-b", WALK, str(upstream), "person")
    git(tmp_path / "person", "commit", "-q", "--allow-empty", "-m", "Add notes")
    git(tmp_path / "person", "push", "-q", "origin", WALK)
    overtaken(one).step()  # its commit is made anew on top of the person's
    one.shared().go()
    branches = git(upstream, "for-each-ref", "--format=%(refname:short)", "refs/heads/modelsmith")
    assert [name.split("/")[-1] for name in branches.splitlines()] == ["expand-1", "walk"]
    trust = ("-c", f"gpg.ssh.allowedSignersFile={allowed}")
    said = git(
        upstream, *trust, "log", "--format=%G? %GS|%ae|%ce|%s", "main..modelsmith/tiny/expand-1",
        "main..modelsmith/tiny/walk",
    ).splitlines()  # fmt: skip
    factory = "G runner@example.org|modelsmith@users.noreply.github.com|runner@example.org|"
    assert len(said) == 8
    assert [line for line in said if not line.startswith(factory)] == [
        "N |somebody@example.com|somebody@example.com|Add notes"
    ]


def test_two_processes_in_one_checkout_do_not_change_its_branch_at_once(upstream):
    one = a_machine_of(upstream, "one")
    with (
        one.shared().upstream.hold(),
        pytest.raises(RunBusyError, match="the branch of this checkout is being used by process"),
    ):
        one.shared().step()


def test_a_machine_that_was_lost_leaves_its_answers_and_its_adapter_to_the_next(upstream):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    one.stepper().step()  # and then it is gone, its entry with it
    two = a_machine_of(upstream, "two")
    assert two.shared().step().event is Event.EVALUATED
    assert [engine.asked for engine in two.engines.opened_engines if engine.asked] == []
    two.shared().step()
    three = a_machine_of(upstream, "three")
    assert three.shared().step().event is Event.EXPANDED
    assert three.shared().step().event is Event.CONVERGED  # with the adapter from the store


# Kills


@pytest.mark.parametrize("moment", ["pre-receive", "post-receive"])
def test_a_kill_during_the_push_loses_nothing(upstream, moment):
    """Upstream's hook kills the runner with signal 9, before or after it took the entry."""
    one = a_machine_of(upstream, "one")
    one.shared().step()
    killer = hook(upstream, f"kill -9 $(cat {one.root}/pid)", moment)
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from tests.support.clones import a_machine_of\n"
        "upstream = Path(sys.argv[1])\n"
        "(upstream.parent / 'one' / 'pid').write_text(str(os.getpid()))\n"
        "a_machine_of(upstream, 'one').shared().step()\n"
    )
    words = [sys.executable, "-c", script, str(upstream)]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -9
    (one.root / "pid").unlink()
    killer.unlink()
    assert one.shared().step().event is Event.TRAINED
    assert walk_in(upstream) == [*RECORDED, "Record train of run tiny: trained"]


def test_a_kill_between_commit_and_push_loses_nothing_the_next_step_pushes_first(upstream):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    one.stepper().step()  # recorded and committed, not pushed
    assert walk_in(upstream) == RECORDED[:1]
    assert one.shared().step().event is Event.TRAINED
    assert walk_in(upstream) == [*RECORDED, "Record train of run tiny: trained"]


def test_a_kill_between_entry_and_commit_loses_nothing_either(upstream):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    one.stepper().step()
    git(one.root, "reset", "--quiet", "--mixed", "HEAD~1")
    one.shared().step()
    assert walk_in(upstream) == [*RECORDED, "Record train of run tiny: trained"]


def test_a_machine_that_was_overtaken_before_its_push_takes_the_others_entry_over(upstream):
    one, two = a_machine_of(upstream, "one"), later(a_machine_of(upstream, "two"))
    one.shared().step()
    settled(two)
    two.stepper().step()  # killed before its push
    one.shared().step()
    with pytest.raises(RunBusyError, match="another runner recorded entry 1 of run tiny first"):
        two.shared().step()
    assert two.shared().step().event is Event.TRAINED
    assert len(walk_in(upstream)) == 3


def test_files_of_a_killed_step_that_no_entry_names_give_way(upstream):
    one, two = a_machine_of(upstream, "one"), a_machine_of(upstream, "two")
    one.shared().step()
    settled(two)
    folder = two.folder / "001-eval"
    folder.mkdir()
    (folder / "report.md").write_text("half of it")
    (folder / "mine.txt").write_text("not upstream's")
    one.shared().step()
    assert two.shared().step().event is Event.TRAINED
    assert (folder / "report.md").read_bytes() == (one.folder / "001-eval/report.md").read_bytes()
    assert (folder / "mine.txt").read_text() == "not upstream's"


def test_entries_that_git_has_never_seen_are_left_to_people(upstream, tmp_path):
    one, two = a_machine_of(upstream, "one"), a_machine_of(upstream, "two")
    two.folder.joinpath("ledger.jsonl").write_text("somebody's")
    (two.folder / "000-intake").mkdir()
    (two.folder / "000-intake/fit.json").write_text("mine")
    one.shared().step()
    with pytest.raises(InputError, match=r"(?s)git switch failed in two: .*/ledger\.jsonl"):
        two.shared().step()
    assert (two.folder / "000-intake/fit.json").read_text() == "mine"


# What upstream may do to a push


def test_upstream_gone_after_the_step_loses_nothing_the_next_step_pushes_first(upstream):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    away = upstream.with_name("away.git")
    shared = shared_through(one, CutOff(one.root, lambda: upstream.rename(away)))
    with pytest.raises(
        ForgeError, match=r"git push did not reach origin: .*does not appear"
    ) as told:
        shared.step()
    assert "the next step pushes first" in told.value.remedy
    assert [entry.event for entry in one.entries()] == [Event.STARTED, Event.EVALUATED]
    with pytest.raises(ForgeError, match="git ls-remote did not reach origin"):
        one.shared().step()
    away.rename(upstream)
    assert one.shared().step().event is Event.TRAINED
    assert len(walk_in(upstream)) == 3


def hook(upstream, text, name="pre-receive"):
    file = upstream / "hooks" / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


def test_a_hook_that_refuses_is_told_in_its_words_and_nothing_is_lost(upstream):
    one = a_machine_of(upstream, "one")
    file = hook(upstream, "echo 'runs rest on Sundays' >&2; exit 1")
    with pytest.raises(ForgeRefusedError) as caught:
        one.shared().step()
    assert caught.value.what == (
        f"upstream refused refs/heads/{WALK}: [remote rejected] (pre-receive hook declined): "
        "runs rest on Sundays"
    )
    file.unlink()
    one.shared().step()
    assert walk_in(upstream) == RECORDED


def test_credentials_that_may_not_push_are_told_which_right_is_missing(upstream):
    one = a_machine_of(upstream, "one")
    hook(upstream, "echo 'Permission to a/b.git denied to runner-bot.' >&2; exit 1")
    with pytest.raises(ForgeDeniedError, match="denied to runner-bot") as caught:
        one.shared().step()
    assert "`contents: write`" in caught.value.remedy


def test_without_a_remote_a_shared_step_says_so(tmp_path):
    alone = a_workshop(tmp_path, exam=EXAM)
    with pytest.raises(ForgeError, match=r"ls-remote did not reach origin: .*'origin' does not"):
        alone.shared().step()


def test_an_empty_upstream_has_nothing_to_start_from(tmp_path):
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    alone = a_workshop(tmp_path / "one", exam=EXAM)
    git(alone.root, "remote", "add", "origin", str(tmp_path / "empty.git"))
    with pytest.raises(InputError, match="origin has no default branch with a commit"):
        alone.shared().step()


def test_a_change_that_stands_in_the_way_is_told_and_kept(upstream):
    one, two = a_machine_of(upstream, "one"), a_machine_of(upstream, "two")
    one.shared().step()
    settled(two)
    (two.root / ".gitignore").write_text("mine")
    (one.root / ".gitignore").write_text("theirs")
    git(one.root, "commit", "-q", "-a", "-m", "Ignore something else")
    git(one.root, "push", "-q", "origin", WALK)
    with pytest.raises(InputError, match=r"git reset failed in two: .*gitignore"):
        two.shared().step()
    assert (two.root / ".gitignore").read_text() == "mine"


# History that was rewritten


def test_a_forced_push_that_drops_an_entry_is_refused_and_the_entry_named(upstream):
    one = a_machine_of(upstream, "one")
    for _ in range(3):
        one.shared().step()
    lost = one.entries()[1]
    git(upstream, "update-ref", f"refs/heads/{WALK}", f"{WALK}~2")
    for _ in range(2):  # also when plain git has seen the forced push before
        with pytest.raises(BrokenRecordError) as caught:
            one.shared().step()
        assert caught.value.what == (
            f"run tiny: upstream lost entry 1 (evaluated, {lost.digest()[:12]}...): it had "
            "3 entries, of which 1 are left"
        )
        assert "restore the branch from refs/modelsmith/known/tiny" in caught.value.remedy
        git(one.root, "fetch", "-q", "origin")
    assert len(one.entries()) == 3
    git(one.root, "push", "-q", "origin", f"refs/modelsmith/known/tiny:refs/heads/{WALK}")
    assert one.shared().step().event is Event.EXPANDED


def test_a_forced_push_that_edits_an_entry_is_refused(upstream):
    one, two = a_machine_of(upstream, "one"), later(a_machine_of(upstream, "two"))
    one.shared().step()
    settled(two)
    two.stepper().step()
    one.shared().step()
    git(two.root, "push", "-q", "--force", "origin", WALK)  # entry 1 at another time
    with pytest.raises(BrokenRecordError, match=r"upstream lost entry 1 \(evaluated, "):
        one.shared().step()


def test_a_rewritten_branch_that_kept_every_entry_is_refused_too(upstream):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    one.shared().step()
    git(one.root, "commit", "-q", "--amend", "-m", "Other words")
    git(one.root, "push", "-q", "--force", "origin", WALK)
    with pytest.raises(BrokenRecordError, match="rewritten upstream; all 2 entries are there"):
        one.shared().step()


def test_a_branch_that_was_deleted_upstream_is_missed_by_its_first_entry(upstream):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    git(upstream, "update-ref", "-d", f"refs/heads/{WALK}")
    with pytest.raises(BrokenRecordError, match=r"upstream lost entry 0 \(started, .*of which 0"):
        one.shared().step()


def test_a_branch_that_was_merged_and_deleted_goes_on_from_the_default_branch(upstream, tmp_path):
    one = a_machine_of(upstream, "one")
    one.shared().step()
    git(tmp_path, "clone", "-q", str(upstream), "person")
    git(tmp_path / "person", "merge", "-q", "--no-ff", "-m", "Merge", f"origin/{WALK}")
    git(tmp_path / "person", "push", "-q", "origin", "main", f":{WALK}")
    assert one.shared().step().event is Event.EVALUATED
    assert walk_in(upstream) == RECORDED[1:]
    assert a_machine_of(upstream, "two").shared().step().event is Event.TRAINED


def test_a_shallow_and_detached_checkout_is_completed(upstream, tmp_path):
    a_machine_of(upstream, "one").shared().step()
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{upstream}", "shallow")
    git(tmp_path / "shallow", "checkout", "-q", "--detach")  # as CI checks out
    shallow = a_workshop(tmp_path / "shallow", exam=EXAM, skill=SKILL)
    assert shallow.shared().step().event is Event.EVALUATED
    assert walk_in(upstream) == RECORDED


# Budget


def test_a_phase_that_spent_the_budget_is_followed_by_the_entry_that_says_so(tmp_path):
    upstream = an_upstream(tmp_path, budgets={"iterations": 3, "tokens": 10})
    one = a_machine_of(upstream, "one", budgets={"iterations": 3, "tokens": 10})
    one.shared().step()
    assert one.shared().step().event is Event.HALTED
    assert one.events() == ["started", "evaluated", "halted"]
    assert len(walk_in(upstream)) == 3
