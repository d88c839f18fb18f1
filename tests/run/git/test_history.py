"""The history of a clone: what it reads is what git says, and nothing is written."""

import subprocess

import pytest

from modelsmith.errors import BrokenRecordError
from modelsmith.git.commits import BRANCHES, Change
from modelsmith.run.git.history import GitHistory

PERSON = ("-c", "user.name=Ann Ö", "-c", "user.email=ann@example.com")


def git(root, *words, **more):
    done = subprocess.run(
        ["git", *PERSON, *words], cwd=root, check=True, capture_output=True, text=True, **more
    )
    return done.stdout.strip()


def commit(root, message, **files):
    for name, text in files.items():
        file = root / name.replace("__", "/")
        if text is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    git(root, "add", "--all")
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture(params=["sha1", "sha256"])
def root(tmp_path, request):
    git(tmp_path, "init", "-q", "-b", "main", f"--object-format={request.param}", "clone")
    root = tmp_path / "clone"
    commit(root, "Begin", runs__a__one="1", other="x")
    git(root, "checkout", "-q", "-b", "side")
    commit(root, "On the side", runs__b__two="2")
    git(root, "checkout", "-q", "main")
    commit(root, "Go on", runs__a__one="1 more", other=None)
    git(root, "merge", "-q", "--no-ff", "side", "-m", "Merge side\n\nReviewed-by: Bob <b@x.org>")
    return root


@pytest.fixture
def history(root):
    with GitHistory(root) as opened:
        yield opened


def test_every_commit_is_walked_after_its_parents(root, history):
    walked = history.walk([git(root, "rev-parse", "main")])
    assert set(walked) == set(git(root, "rev-list", "main").split())
    places = {sha: at for at, sha in enumerate(walked)}
    for sha, one in walked.items():
        assert all(places[parent] < places[sha] for parent in one.parents)
        assert list(one.parents) == git(root, "log", "-1", "--format=%P", sha).split()


def test_a_commit_says_what_git_says(root, history):
    (sha,) = [git(root, "rev-parse", "main")]
    one = history.walk([sha])[sha]
    form = "--format=%T%n%an%n%ae%n%at%n%cn%n%ce%n%ct%n%s"
    said = git(root, "log", "-1", form, sha).split("\n")
    told = [one.tree, *one.author, str(one.authored_at), *one.committer, str(one.committed_at)]
    assert [*told, one.subject] == said
    assert one.author == ("Ann Ö", "ann@example.com")
    assert one.trailers("reviewed-by") == ["Bob <b@x.org>"]
    assert not one.is_signed


def test_changes_are_those_between_two_trees(root, history):
    walked = history.walk([git(root, "rev-parse", "main")])
    first, last = walked[git(root, "rev-parse", "main~2")], walked[git(root, "rev-parse", "main")]
    blob = {name: git(root, "rev-parse", name) for name in (
        "main:runs/a/one", "main~2:runs/a/one", "main:runs/b/two", "main~2:other")}  # fmt: skip
    changed = Change("runs/a/one", blob["main~2:runs/a/one"], blob["main:runs/a/one"])
    added = Change("runs/b/two", None, blob["main:runs/b/two"])
    removed = Change("other", blob["main~2:other"], None)
    assert list(history.changes(first.tree, last.tree)) == [removed, changed, added]
    assert list(history.changes(first.tree, last.tree, "runs")) == [changed, added]
    assert list(history.changes(last.tree, last.tree)) == []
    assert [c.path for c in history.changes(None, first.tree)] == ["other", "runs/a/one"]


def test_what_commits_write_is_what_their_parents_lack(root, history):
    walked = history.walk([git(root, "rev-parse", "main")])
    written = history.written(list(walked), "runs")
    assert list(written) == [sha for sha, one in walked.items() if len(one.parents) < 2]
    for sha, changes in written.items():
        parents = walked[sha].parents
        before = walked[parents[0]].tree if parents else None
        assert changes == list(history.changes(before, walked[sha].tree, "runs"))
    assert history.written([], "runs") == {}


def test_a_file_that_becomes_a_folder_is_both_a_loss_and_a_gain(root, history):
    before = git(root, "rev-parse", "main^{tree}")
    (root / "runs/a/one").unlink()
    commit(root, "Make it a folder", runs__a__one__inside="1")
    after = git(root, "rev-parse", "main^{tree}")
    found = {(c.path, c.before is None, c.after is None) for c in history.changes(before, after)}
    assert found == {("runs/a/one", False, True), ("runs/a/one/inside", True, False)}


def test_files_and_folders_are_found_by_path(root, history):
    tree = git(root, "rev-parse", "main^{tree}")
    assert history.object_at(tree, "runs/a/one") == git(root, "rev-parse", "main:runs/a/one")
    for nowhere in ("runs/a/two", "runs/x/one", "runs/a/one/two", "../runs"):
        assert history.object_at(tree, nowhere) is None
    assert history.folders(tree, "runs") == {
        name: git(root, "rev-parse", f"main:runs/{name}") for name in ("a", "b")
    }
    assert history.folders(tree, "runs/a/one") == history.folders(tree, "nowhere") == {}
    assert history.content(git(root, "rev-parse", "main:runs/b/two")) == b"2"


def test_a_run_reads_as_it_lies_in_the_commit(root, history):
    tree = git(root, "rev-parse", "main:runs/a")
    for run in (history.run("a", tree), history.whole_run("a", tree)):
        assert (run.name, list(run.files()), run.entries()) == ("a", ["one"], ())
        assert run.read("one") == b"1 more"
        with pytest.raises(BrokenRecordError, match=r"runs/a/two is not there"):
            run.read("two")


def test_branches_and_the_default_one_are_known(root, history, tmp_path):
    assert set(history.references(*BRANCHES)) == {"refs/heads/main", "refs/heads/side"}
    assert history.references("refs/tags") == {}
    assert history.default_branch() == "refs/heads/main"
    git(root, "checkout", "-q", "side")
    git(tmp_path, "clone", "-q", str(root), "other")
    with GitHistory(tmp_path / "other") as other:
        assert other.default_branch() == "refs/remotes/origin/side"
    assert history.merge_base("main", "side") == git(root, "rev-parse", "side")


def test_after_a_missing_object_others_are_still_read(root, history):
    blob = git(root, "rev-parse", "main:runs/b/two")
    with pytest.raises(BrokenRecordError, match="is not the tree that its name says"):
        history.files(blob)
    assert history.content(blob) == b"2"


def test_a_name_that_is_no_utf8_survives(root, history):
    name = b"runs/a/\xff"
    blob = git(root, "hash-object", "-w", "--stdin", input="odd")
    line = b"100644 " + blob.encode() + b"\t" + name + b"\n"
    subprocess.run(["git", "update-index", "--index-info"], cwd=root, input=line, check=True)
    git(root, "commit", "-q", "-m", "An odd name")
    files = history.files(git(root, "rev-parse", "main^{tree}"))
    assert files[name.decode(errors="surrogateescape")] == blob


def test_more_objects_than_fit_into_a_pipe_are_read_together(root, history):
    commit(
        root, "Many", **{f"runs__a__{number:04d}": "x" * 999 + f"{number}" for number in range(700)}
    )
    tree = git(root, "rev-parse", "main:runs/a")
    run = history.whole_run("a", tree)
    assert run.read("0699").endswith(b"x699")
    assert len(list(run.files())) == 701
