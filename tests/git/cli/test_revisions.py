import pytest

from modelsmith.disk.repository_files import MAX_BYTES
from modelsmith.errors import ForgeError, UsageError
from modelsmith.git.cli.revisions import Blob, GitReading
from tests.support.git_commands import committed, git


@pytest.fixture
def repository(tmp_path):
    for name in ("kept", "edited", "removed"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(name)
    committed(tmp_path)
    return tmp_path


def test_what_differs_is_committed_staged_edited_new_or_gone(repository):
    git(repository, "checkout", "-q", "-b", "side")
    (repository / "in" / "committed").write_text("x")
    (repository / "out").write_text("x")
    committed(repository, "More")
    (repository / "in" / "edited").write_text("y")
    (repository / "in" / "removed").unlink()
    (repository / "in" / "new\nline").write_text("y")
    changed = GitReading(repository).changed_since("main", "in")
    assert changed == ("in/committed", "in/edited", "in/new\nline", "in/removed")


def test_what_the_other_side_did_since_does_not_count(repository):
    git(repository, "checkout", "-q", "-b", "side")
    (repository / "in" / "mine").write_text("x")
    mine = committed(repository, "Mine")
    git(repository, "checkout", "-q", "main")
    (repository / "in" / "theirs").write_text("x")
    theirs = committed(repository, "Theirs")
    assert GitReading(repository).changed_between(theirs, mine, "in") == ("in/mine",)


@pytest.mark.parametrize("revision", ["nowhere", "--help", "HEAD:in/kept"])
def test_a_revision_that_names_no_commit_is_a_usage_error(repository, revision):
    with pytest.raises(UsageError, match=f"git knows no commit '{revision}' here"):
        GitReading(repository).changed_since(revision, "in")


def test_histories_without_a_shared_commit_say_so(repository):
    git(repository, "checkout", "-q", "--orphan", "other")
    committed(repository, "Elsewhere")
    with pytest.raises(UsageError, match=r"that both .* and HEAD stand on\n  Fetch more history"):
        GitReading(repository).changed_since("main", "in")


def test_a_tree_is_read_without_following_or_loading_anything(repository):
    (repository / "in" / "link").symlink_to("/etc/passwd")
    (repository / "in" / "large").write_bytes(b"0" * (MAX_BYTES + 1))
    commit = committed(repository, "Hostile")
    assert list(GitReading(repository).blobs(commit, "in")) == [
        Blob("in/edited", is_file=True, size=6, content=b"edited"),
        Blob("in/kept", is_file=True, size=4, content=b"kept"),
        Blob("in/large", is_file=True, size=MAX_BYTES + 1, content=b""),
        Blob("in/link", is_file=False, size=11, content=b"/etc/passwd"),
        Blob("in/removed", is_file=True, size=7, content=b"removed"),
    ]


def test_a_commit_is_fetched_by_the_reference_that_leads_to_it(repository, tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", str(repository), ".")
    (repository / "in" / "edited").write_text("later")
    commit = committed(repository, "Later")
    git(repository, "update-ref", "refs/pull/7/head", commit)
    git(repository, "reset", "-q", "--hard", "HEAD^")
    assert GitReading(clone).fetch(commit, "refs/pull/7/head") == commit
    with pytest.raises(ForgeError, match="commit ffffffffffff of refs/pull/8/head could not be"):
        GitReading(clone).fetch("f" * 40, "refs/pull/8/head")
