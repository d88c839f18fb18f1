import subprocess

import pytest

from modelsmith.errors import InputError
from modelsmith.git.cli import revisions
from modelsmith.git.cli.revisions import GitReading
from modelsmith.workbench.files.checkout import ExamSnapshots
from tests.support.exam_files import exam_repository, scenario_text
from tests.support.git_commands import committed, git

HERE = "benchmarks/pumps/train"


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    exam_repository(folder)
    committed(folder)
    return folder


def tree(folder, *entries):
    """Write a tree that git itself would refuse, and return it."""
    content = b"".join(
        f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for mode, name, sha in entries
    )
    words = ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"]
    done = subprocess.run(words, cwd=folder, input=content, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_the_folder_holds_the_commits_files_and_not_the_work_trees(repository):
    (repository / HERE / "PUMP_UNSAVED.yaml").write_text("id: x\n")
    with ExamSnapshots(repository).lay_out("HEAD") as (folder, problems):
        assert problems == []
        names = sorted(file.name for file in (folder / HERE).iterdir())
        assert names == ["PUMP_SEAL_LEAKS.yaml"]
    assert not folder.exists()


def test_a_tree_that_climbs_out_writes_nothing_outside(repository):
    blob = git(repository, "hash-object", "-w", f"{HERE}/PUMP_SEAL_LEAKS.yaml")
    inside = tree(repository, ("100644", "pwned", blob))
    up = tree(repository, ("40000", "..", inside))
    deep = tree(repository, ("40000", "..", up))
    top = tree(repository, ("40000", "benchmarks", deep))
    commit = git(repository, "commit-tree", top, "-m", "Climb")
    with ExamSnapshots(repository).lay_out(commit) as (folder, problems):
        assert [problem.what for problem in problems] == ["a path that leaves the benchmarks"]
        assert not (folder / "pwned").exists()
        assert not (folder.parent / "pwned").exists()


def test_a_name_that_no_file_system_takes_is_a_problem_and_no_defect(repository):
    blob = git(repository, "hash-object", "-w", f"{HERE}/PUMP_SEAL_LEAKS.yaml")
    name = "A" * 300 + ".yaml"
    train = tree(repository, ("100644", name, blob))
    top = tree(repository, ("40000", "benchmarks", tree(repository, ("40000", "pumps", train))))
    commit = git(repository, "commit-tree", top, "-m", "Long")
    with ExamSnapshots(repository).lay_out(commit) as (_, problems):
        assert [problem.what for problem in problems] == ["a path that no file system takes"]


def test_one_more_file_is_checked_among_the_others(repository):
    check = ExamSnapshots(repository).check
    path = f"{HERE}/PUMP_NEW.yaml"
    assert (
        check(git(repository, "rev-parse", "HEAD"), "main", path, scenario_text("PUMP_NEW")) == ()
    )
    [found] = check(git(repository, "rev-parse", "HEAD"), "main", path, "id: [\n")
    assert (found.path, found.rule) == (path, "syntax")
    assert not (repository / path).exists()


def test_more_than_anybody_would_write_is_not_read(repository):
    """One object of a mebibyte, named a thousand times: half a gibibyte and more."""
    (repository / "large").write_bytes(b"x" * (1 << 20))
    blob = git(repository, "hash-object", "-w", "large")
    many = tree(repository, *(("100644", f"{n:04}", blob) for n in range(513)))
    commit = git(repository, "commit-tree", tree(repository, ("40000", "in", many)), "-m", "Large")
    with pytest.raises(InputError, match="bytes, expected 536,870,912 at most"):
        list(GitReading(repository).blobs(commit, "in"))
    assert revisions.MOST_BYTES == 536_870_912
