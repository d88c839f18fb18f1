import subprocess

import pytest

from modelsmith.promotion.bundle import EVIDENCE, REQUEST
from tests.support.runs import a_workshop


def git(root, *words):
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    workshop = a_workshop(tmp_path_factory.mktemp("offered"))
    workshop.go()
    return workshop


def test_a_staged_promotion_is_offered_on_a_branch_with_its_record(staged):
    place = f"promotions/{staged.config.specialist}/tiny-2"
    files = git(
        staged.root, "ls-tree", "-r", "--name-only", "modelsmith/tiny/promote", "promotions"
    )
    assert files.split() == sorted(f"{place}/{name}" for name in (*EVIDENCE, REQUEST))
    for name in (*EVIDENCE, REQUEST):
        shown = git(staged.root, "show", f"modelsmith/tiny/promote:{place}/{name}")
        assert shown == (staged.folder / "009-promote" / name).read_text().strip()
    subject = git(staged.root, "show", "-s", "--format=%s", "modelsmith/tiny/promote")
    assert subject == f"Stage {staged.config.specialist} tiny-2 for sandbox"


def test_the_work_tree_and_the_present_branch_are_left_alone(staged):
    assert not (staged.root / "promotions").exists()
    assert git(staged.root, "rev-parse", "--abbrev-ref", "HEAD") == "main"
