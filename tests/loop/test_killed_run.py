"""Kill a run at any point and run it again: nothing finished is repeated, and no byte differs."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from tests.support.killed_run import EFFECTS, Log, a_mortal_workshop
from tests.support.models import ROOT
from tests.support.runs import files_in

pytestmark = pytest.mark.slow

POINTS = [
    ("ask", 1),
    ("ask", 6),
    ("before-keep", 2),
    ("after-keep", 7),
    ("before-write", 1),
    ("before-write", 9),
    ("after-write", 4),
    ("after-write", 30),
    ("before-append", 1),
    ("before-append", 3),
    ("before-append", 6),
    ("after-append", 2),
    ("step", 1),
    ("after-store", 1),
    ("after-branch", 1),
]


def refs(root):
    done = subprocess.run(
        ["git", "for-each-ref"], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a run that nobody killed."""
    workshop = a_mortal_workshop(tmp_path_factory.mktemp("whole"))
    workshop.go()
    return workshop


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Return a repository for each point, in which a process was killed there."""
    roots = {point: tmp_path_factory.mktemp("killed") for point in POINTS}
    plan = [[str(roots[effect, number]), effect, number] for effect, number in POINTS]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_run"],
        input=json.dumps(plan),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["-9"] * len(POINTS), done.stderr
    return roots


def test_every_effect_is_killed_at_and_the_whole_run_passes_through_every_phase(whole):
    assert {effect for effect, _ in POINTS} == set(EFFECTS)
    events = ["started", "evaluated", "trained", "expanded", "converged", "refused"]
    assert whole.events() == events


def test_the_model_is_asked_and_trained_behind_the_wall(whole):
    held = (whole.folder / "001-eval" / "outbound.jsonl").read_text()
    assert json.loads(held)["by"][0] == "hook"
    lines = Log(whole.root).lines()
    assert {line[1] for line in lines if line[0] == "behind"} == {"local-work"}
    assert len([line for line in lines if line[0] == "behind"]) == len(
        [line for line in lines if line[0] in {"asked", "stepped"}]
    )


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point[0]}-{point[1]}")
def test_a_killed_run_goes_on_to_the_same_bytes_and_repeats_nothing(whole, killed, point):
    before = Log(killed[point]).lines()
    workshop = a_mortal_workshop(killed[point])
    workshop.go()
    assert files_in(workshop.folder) == files_in(whole.folder)
    assert refs(workshop.root) == refs(whole.root)
    assert workshop.replay().differences == ()
    lines = Log(killed[point]).lines()
    assert lines[: len(before)] == before
    assert_nothing_finished_is_repeated(lines)
    assert_same_work(lines, Log(whole.root).lines())


def assert_nothing_finished_is_repeated(lines):
    kept = set()
    for word, key, *_ in lines:
        assert not (word == "asked" and key in kept), f"{key} was asked after it was kept"
        if word == "kept":
            kept.add(key)
    steps = Counter((key, step) for word, key, *rest in lines if word == "stepped" for step in rest)
    assert set(steps.values()) == {1}


def assert_same_work(lines, others):
    for work in ("kept", "stepped"):
        mine, theirs = (sorted(x[1:] for x in log if x[0] == work) for log in (lines, others))
        assert mine == theirs


def test_the_log_would_show_a_batch_that_is_asked_twice():
    with pytest.raises(AssertionError, match="a was asked after it was kept"):
        assert_nothing_finished_is_repeated([["asked", "a"], ["kept", "a"], ["asked", "a"]])


def test_a_run_killed_twice_still_ends_the_same(whole, tmp_path):
    plan = [[str(tmp_path), "after-keep", 3], [str(tmp_path), "before-append", 2]]
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_run"],
        input=json.dumps(plan),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["-9", "-9"]
    workshop = a_mortal_workshop(tmp_path)
    workshop.go()
    assert files_in(workshop.folder) == files_in(whole.folder)
    assert_nothing_finished_is_repeated(Log(tmp_path).lines())
