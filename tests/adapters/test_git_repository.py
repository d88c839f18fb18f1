import subprocess
from datetime import UTC, datetime

import pytest

from modelsmith.adapters.git_repository import GitRepository
from modelsmith.errors import InputError

AT = datetime(2030, 1, 1, tzinfo=UTC)
MESSAGE = "Offer two variants\n\nModelsmith-Run: demo"


def git(folder, *words):
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "kept.txt").write_text("kept")
    git(tmp_path, "add", "-A")
    git(
        tmp_path,
        *("-c", "user.name=Expert", "-c", "user.email=expert@example.org"),
        *("commit", "-q", "-m", "Begin"),
    )
    return tmp_path


def test_a_branch_holds_the_files_and_leaves_the_work_tree_alone(checkout):
    commit = GitRepository(checkout).branch_with("offer/one", {"a/b.yaml": b"x: 1\n"}, MESSAGE, AT)
    assert git(checkout, "rev-parse", "offer/one") == commit
    assert git(checkout, "ls-tree", "-r", "--name-only", commit).split() == ["a/b.yaml", "kept.txt"]
    assert git(checkout, "show", f"{commit}:a/b.yaml") == "x: 1"
    assert git(checkout, "status", "--porcelain") == ""
    assert not (checkout / "a").exists()


def test_the_commit_carries_its_trailers_date_and_author(checkout):
    commit = GitRepository(checkout).branch_with("offer/one", {"a.yaml": b"1"}, MESSAGE, AT)
    shown = git(checkout, "show", "-s", "--format=%an|%aI|%(trailers:key=Modelsmith-Run)", commit)
    assert shown.strip() == "Modelsmith|2030-01-01T00:00:00+00:00|Modelsmith-Run: demo"


def test_a_second_call_changes_nothing(checkout):
    repository = GitRepository(checkout)
    first = repository.branch_with("offer/one", {"a.yaml": b"1"}, MESSAGE, AT)
    later = datetime(2031, 1, 1, tzinfo=UTC)
    assert repository.branch_with("offer/one", {"a.yaml": b"1"}, MESSAGE, later) == first


def test_other_files_make_a_new_commit_on_the_same_branch(checkout):
    repository = GitRepository(checkout)
    first = repository.branch_with("offer/one", {"a.yaml": b"1"}, MESSAGE, AT)
    assert repository.branch_with("offer/one", {"a.yaml": b"2"}, MESSAGE, AT) != first


def test_a_folder_that_is_no_repository_is_refused_in_words(tmp_path):
    with pytest.raises(InputError, match="git rev-parse failed") as refusal:
        GitRepository(tmp_path).head()
    assert "git repository with at least one commit" in refusal.value.remedy
