import pytest

from modelsmith.errors import InputError
from modelsmith.git.cli.command import Git
from modelsmith.git.cli.objects import contents_of, files_at, tree_with
from tests.support.forges import git


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "clone"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


def test_a_hooks_variables_do_not_send_it_elsewhere(clone, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, str(other / ".git"))
    assert Git(clone).text("rev-parse", "--show-toplevel") == str(clone.resolve())


def test_the_way_to_a_remote_is_kept_and_nothing_is_asked(clone, tmp_path, monkeypatch):
    told = tmp_path / "told"
    ssh = tmp_path / "ssh"
    ssh.write_text(f'#!/bin/sh\necho "$GIT_TERMINAL_PROMPT" > {told}\nexit 1\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    assert Git(clone).tried("ls-remote", "ssh://nobody@example.invalid/x").code
    assert told.read_text() == "0\n"


def test_without_git_it_says_what_to_install(clone, monkeypatch):
    monkeypatch.setenv("PATH", str(clone))
    with pytest.raises(InputError, match="git is not installed") as refusal:
        Git(clone).tried("status")
    assert refusal.value.remedy == "Install git."


def test_an_empty_file_is_told_from_one_that_is_not_there(clone):
    repository = Git(clone)
    files = {"empty": b"", "bytes": bytes(range(256)), "line": b"a\n"}
    tree = tree_with(repository, None, files)
    names = [f"{tree}:{name}" for name in ("empty", "missing", "bytes", "line")]
    assert contents_of(repository, names) == [b"", None, bytes(range(256)), b"a\n"]
    assert contents_of(repository, []) == []
    assert files_at(repository, tree) == files
    assert files_at(repository, tree, "nowhere") == {}


def test_names_of_any_characters_are_files_like_others(clone):
    repository = Git(clone)
    files = {"é ü/a\tb": b"1", 'a"b': b"2", "line\nfeed": b"3"}
    assert files_at(repository, tree_with(repository, None, files)) == files
