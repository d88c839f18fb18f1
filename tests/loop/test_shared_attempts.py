"""Looks at the sealed split by runs on several machines: claimed once, counted everywhere."""

import json
import shutil

import pytest

from modelsmith.errors import BrokenRecordError, ForgeError
from modelsmith.git.refs import SEALED_ATTEMPTS
from modelsmith.run.ports import Claimant
from modelsmith.run.state_machine import Event
from tests.support.clones import Overtaken, a_machine_of, an_upstream, git, shared_through

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def converged(tmp_path_factory):
    """Return an upstream with two runs before their look, each on a machine of its own."""
    upstream = an_upstream(tmp_path_factory.mktemp("converged"))
    for name, run in (("one", "tiny"), ("two", "other")):
        machine = a_machine_of(upstream, name, run=run)
        while machine.events()[-1:] != ["converged"]:
            machine.shared().step()
    return upstream.parent


@pytest.fixture
def race(converged, tmp_path):
    """Return a copy of that upstream and its two machines."""
    base = shutil.copytree(converged, tmp_path / "race")
    for name in ("one", "two"):
        git(base / name, "remote", "set-url", "origin", str(base / "upstream.git"))
    upstream = base / "upstream.git"
    return upstream, a_machine_of(upstream, "one"), a_machine_of(upstream, "two", run="other")


def claims(root):
    return git(root, "for-each-ref", "--format=%(refname)", SEALED_ATTEMPTS).splitlines()


def test_a_look_is_claimed_upstream_before_the_split_is_read(race):
    upstream, one, _ = race
    version = one.snapshot.sealed_version()

    class Watching(type(one.engines)):
        def open(self, *words):
            assert claims(upstream) == [f"{SEALED_ATTEMPTS}/{version}/1"]
            return super().open(*words)

    one.engines.__class__ = Watching
    assert one.shared().step().event is Event.REFUSED
    claim = git(upstream, "show", "-s", "--format=%B", f"{SEALED_ATTEMPTS}/{version}/1")
    assert claim.splitlines()[2:] == [
        "Modelsmith-Run: tiny",
        f"Modelsmith-Intake: sha256:{one.entries()[0].digest()}",
    ]


def test_of_two_runs_that_race_for_one_look_the_second_is_blocked_with_the_reason(race):
    upstream, one, two = race
    assert one.shared().step().event is Event.REFUSED
    entry = shared_through(two, Overtaken(two.root)).step()
    assert entry.event is Event.BLOCKED
    assert "sealed version 1 was looked at 1 times, 1 allowed" in entry.facts["words"]
    assert two.engines.opened_engines == []
    assert len(claims(upstream)) == 1


def test_a_run_takes_its_own_claim_up_again_after_its_machine_was_lost(race):
    upstream, one, _ = race
    looks = one.shared().stepper().attempts
    claimant = claimant_of(one)
    version = one.snapshot.sealed_version()
    assert looks.claim(version, claimant, 1) == 1  # and then the machine is lost
    two = a_machine_of(upstream, "three")
    assert two.shared().step().event is Event.REFUSED
    assert json.loads((two.folder / "005-promote/look.json").read_text()) == {"number": 1}
    assert len(claims(upstream)) == 1


def test_a_claim_that_no_attempt_followed_still_counts_for_others(race):
    _, one, two = race
    looks = one.shared().stepper().attempts
    assert looks.claim(one.snapshot.sealed_version(), claimant_of(one), 1) == 1
    assert two.shared().step().event is Event.BLOCKED


def test_an_attempt_on_a_branch_that_is_not_checked_out_counts_without_a_claim(race):
    upstream, one, two = race
    one.stepper().step()  # without claiming
    git(one.root, "push", "-q", "origin", "modelsmith/tiny/walk")
    assert claims(upstream) == []
    entry = two.shared().step()
    assert entry.event is Event.BLOCKED
    assert "was looked at 1 times, 1 allowed" in entry.facts["words"]


def test_a_look_is_not_taken_where_upstream_cannot_be_asked(race):
    upstream, one, _ = race
    shared = one.shared()
    away = upstream.with_name("away.git")
    stepper = shared.stepper()
    upstream.rename(away)
    with pytest.raises(ForgeError, match="git push did not reach origin"):
        stepper.step()
    assert one.events()[-1] == "converged"
    away.rename(upstream)
    assert one.shared().step().event is Event.REFUSED


def test_a_claim_that_was_rewritten_upstream_is_refused(race):
    upstream, one, _ = race
    one.shared().step()
    (name,) = claims(upstream)
    git(upstream, "update-ref", name, "main")
    with pytest.raises(BrokenRecordError, match="a claimed look was rewritten upstream"):
        one.shared().go()


def claimant_of(workshop):
    entries = workshop.entries()
    return Claimant("tiny", entries[0].digest(), entries[-1].recorded_at)


def test_a_blocked_run_is_tried_again_by_going_and_by_stepping(race):
    _, one, _ = race
    one.looks = 1
    assert one.shared().step().event is Event.BLOCKED
    assert one.shared().go().event is Event.BLOCKED
    one.looks = 0
    assert one.shared().go().event is Event.REFUSED
