import errno
import subprocess
from datetime import UTC, datetime

import pytest

from modelsmith.errors import InputError
from modelsmith.run.git.repository import GitRepository

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


# Commits on the branch that is checked out

RECORD = "Record eval of run demo: evaluated\n\nModelsmith-Run: demo\nModelsmith-Phase: eval\n"


def changed(checkout, path, content):
    file = checkout / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


def test_a_commit_holds_the_named_files_and_leaves_what_a_person_has_staged(checkout):
    changed(checkout, "runs/demo/ledger.jsonl", "{}\n")
    changed(checkout, "runs/demo/notes.txt", "mine")
    changed(checkout, "kept.txt", "staged by a person")
    git(checkout, "add", "kept.txt")
    commit = GitRepository(checkout).commit(["runs/demo/ledger.jsonl"], RECORD, at=AT)
    assert commit == git(checkout, "rev-parse", "main")
    assert git(checkout, "show", "--name-only", "--format=", commit) == "runs/demo/ledger.jsonl"
    assert git(checkout, "status", "--porcelain").split("\n") == [
        "M  kept.txt",
        "?? runs/demo/notes.txt",
    ]


def test_the_factory_is_the_author_and_the_operator_commits(checkout):
    git(checkout, "config", "user.name", "Operator")
    git(checkout, "config", "user.email", "operator@example.org")
    changed(checkout, "a.json", "1")
    commit = GitRepository(checkout).commit(["a.json"], RECORD, at=AT)
    shown = git(
        checkout, "show", "-s", "--format=%an|%cn|%aI|%cI|%(trailers:key=Modelsmith-Phase)", commit
    )
    day = "2030-01-01T00:00:00+00:00"
    assert shown.strip() == f"Modelsmith|Operator|{day}|{day}|Modelsmith-Phase: eval"


def test_the_same_files_at_the_same_moment_are_the_same_commit(checkout):
    changed(checkout, "a.json", "1")
    repository = GitRepository(checkout)
    first = repository.commit(["a.json"], RECORD, at=AT)
    assert repository.commit(["a.json"], RECORD, at=AT) is None
    git(checkout, "reset", "--quiet", "--mixed", "HEAD~1")
    assert repository.commit(["a.json"], RECORD, at=AT) == first


def test_a_hook_of_the_clone_does_not_stop_a_run(checkout):
    hook = checkout / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    changed(checkout, "a.json", "1")
    assert GitRepository(checkout).commit(["a.json"], RECORD, at=AT)


def test_what_git_refuses_is_told_in_its_words(checkout):
    changed(checkout, "a.json", "1")
    (checkout / ".git" / "index.lock").touch()
    with pytest.raises(InputError, match=r"git add failed in .*index\.lock.*File exists") as told:
        GitRepository(checkout).commit(["a.json"], RECORD, at=AT)
    assert told.value.remedy == (
        "Put right what git names, then run the same command again; it goes on from there."
    )
    assert (checkout / "a.json").read_text() == "1"


def test_a_disk_that_is_full_is_told_from_what_git_refuses(checkout):
    git(checkout, "config", "filter.onto-a-full-disk.clean", "cat > /dev/full")
    git(checkout, "config", "filter.onto-a-full-disk.required", "true")
    changed(checkout, ".gitattributes", "*.json filter=onto-a-full-disk\n")
    changed(checkout, "a.json", "1")
    with pytest.raises(OSError, match="No space left on device") as full:
        GitRepository(checkout).commit(["a.json"], RECORD, at=AT)
    assert (full.value.errno, full.value.filename) == (errno.ENOSPC, str(checkout))


def test_a_look_at_what_is_to_commit_writes_nothing(checkout):
    repository = GitRepository(checkout)
    changed(checkout, "kept.txt", "kept")  # the same words at another time
    before = (checkout / ".git" / "index").read_bytes()
    assert repository.commit(["kept.txt"], RECORD, at=AT) is None
    assert (checkout / ".git" / "index").read_bytes() == before


def test_a_commit_is_signed_where_a_key_is_configured(checkout, tmp_path_factory):
    key = tmp_path_factory.mktemp("keys") / "key"
    made = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", str(key))
    subprocess.run(made, check=True)
    public = key.with_suffix(".pub").read_text()
    allowed = key.with_name("allowed")
    allowed.write_text(f"operator@example.org {public}")
    settings = {
        "user.name": "Operator",
        "user.email": "operator@example.org",
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "commit.gpgsign": "true",
        "gpg.ssh.allowedSignersFile": str(allowed),
    }
    for name, value in settings.items():
        git(checkout, "config", name, value)
    changed(checkout, "a.json", "1")
    commit = GitRepository(checkout).commit(["a.json"], RECORD, at=AT)
    assert git(checkout, "show", "-s", "--format=%G? %GS", commit) == "G operator@example.org"


def test_a_file_of_the_default_branch_is_read_and_nothing_that_is_not_merged(checkout):
    repository = GitRepository(checkout)
    repository.branch_with("offer/one", {"a.yaml": b"1"}, MESSAGE, AT)
    (checkout / "kept.txt").write_text("edited")
    assert repository.on_default_branch("kept.txt") == b"kept"
    assert repository.on_default_branch("a.yaml") is None


def test_the_default_branch_is_upstreams_as_it_is_now(checkout, tmp_path):
    clone = tmp_path / "clone"
    git(checkout, "clone", "-q", str(checkout), str(clone))
    (checkout / "kept.txt").write_text("merged since")
    person = ("-c", "user.name=Expert", "-c", "user.email=expert@example.org")
    git(checkout, *person, "commit", "-q", "-am", "Merge it")
    assert GitRepository(clone).on_default_branch("kept.txt") == b"merged since"
