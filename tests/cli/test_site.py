"""`modelsmith site build` as somebody runs it."""

import json
import shutil

import pytest

from modelsmith.cli import main
from modelsmith.site.files.folder import MARK
from tests.support.pages import Page
from tests.support.runs import files_in, git_repository
from tests.support.sites import a_factory, commit, merged

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def factory(tmp_path_factory):
    return a_factory(tmp_path_factory.mktemp("site") / "factory")


@pytest.fixture
def root(factory, tmp_path):
    return shutil.copytree(factory, tmp_path / "factory")


def said(capsys, *words):
    code = main([str(word) for word in words])
    return code, capsys.readouterr()


def test_a_site_is_built_and_a_second_time_nothing_changes(root, tmp_path, capsys):
    out = tmp_path / "out"
    code, printed = said(capsys, "--repo", root, "site", "build", out)
    assert (code, printed.err) == (0, "")
    assert "12 files of " in printed.out
    assert f"12 changed, 0 removed; open {out}/index.html" in printed.out
    first = files_in(out)
    code, printed = said(capsys, "--repo", root, "site", "build", out)
    assert (code, files_in(out)) == (0, first)
    assert "0 changed, 0 removed" in printed.out


def test_json_names_every_page(root, tmp_path, capsys):
    out = tmp_path / "out"
    code, printed = said(capsys, "--repo", root, "site", "build", out, "--json")
    told = json.loads(printed.out)
    assert code == 0
    assert sorted(told) == ["changed", "commit", "left_out", "pages", "removed"]
    assert set(told["pages"]) == set(files_in(out)) - {MARK}
    assert told["changed"] == told["pages"]
    assert (told["removed"], told["left_out"]) == ([], [])


def test_what_is_not_committed_is_not_shown(root, tmp_path, capsys):
    (root / "benchmarks/adtech/benchmark.yaml").write_text("nonsense")
    (root / "runs/unheard-of").mkdir()
    (root / "runs/unheard-of/run.yaml").write_text("benchmark: adtech\n")
    assert said(capsys, "--repo", root, "site", "build", tmp_path / "out")[0] == 0
    assert not (tmp_path / "out/runs/unheard-of.html").exists()


def test_an_earlier_revision_is_shown_in_place_of_the_newest(root, tmp_path, capsys):
    out = tmp_path / "out"
    merged(root)
    said(capsys, "--repo", root, "site", "build", out)
    assert (out / "promotions/adtech-tiny/tiny-2.html").exists()
    code, printed = said(capsys, "--repo", root, "site", "build", out, "--revision", "HEAD^1")
    assert code == 0
    assert "1 removed" in printed.out
    assert not (out / "promotions").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("{root}",), "holds what is no page of a site"),
        (("{root}/README.md",), "README.md is a file"),
        (("{out}", "--revision", "no-such"), "no-such names no commit of this repository"),
        ((), "Missing argument 'DIR'"),
    ],
)
def test_what_cannot_be_built_is_refused(root, tmp_path, capsys, words, expected):
    (root / "README.md").write_text("Read me.\n")
    given = [word.format(root=root, out=tmp_path / "out") for word in words]
    found, printed = said(capsys, "--repo", root, "site", "build", *given)
    assert (found, expected in printed.err) == (2, True), printed.err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_repository_and_one_without_a_commit_are_refused(tmp_path, capsys):
    code, printed = said(capsys, "--repo", tmp_path, "site", "build", tmp_path / "out")
    assert code == 3
    assert "is no git repository that this user may read" in printed.err
    git_repository(tmp_path / "empty")
    shutil.rmtree(tmp_path / "empty/.git/refs/heads")
    (tmp_path / "empty/.git/refs/heads").mkdir()
    code, printed = said(capsys, "--repo", tmp_path / "empty", "site", "build", tmp_path / "out")
    assert code == 2
    assert "there is no commit yet, so there is nothing to show" in printed.err


def test_a_run_whose_evidence_was_altered_shows_no_figure_and_gives_4(root, tmp_path, capsys):
    file = root / "runs/tiny/008-assess/scorecard-steer.json"
    file.write_text(file.read_text().replace('"passes":4', '"passes":3', 1))
    commit(root)
    out = tmp_path / "out"
    code, printed = said(capsys, "--repo", root, "site", "build", out)
    assert code == 4
    assert "LEFT OUT: run tiny: 008-assess/scorecard-steer.json has sha256 " in printed.out
    page = Page((out / "runs/tiny.html").read_text())
    assert "It cannot be shown 008-assess/scorecard-steer.json has sha256" in page.words
    assert "Scores" not in page.words
    assert page.faults == []
    index = Page((out / "index.html").read_text())
    assert "Not shown" in index.words
    assert "unreadable" in index.words


@pytest.mark.parametrize(
    "wrong",
    [
        ("runs/stuck/ledger.jsonl", '{"entry": 1}\n', "run stuck: runs/stuck/ledger.jsonl"),
        ("runs/tiny/ledger.jsonl", "{}\n", "modelsmith/tiny/promote tell different stories"),
        ("runs/new/run.yaml", "benchmark: 5\n", "run new: runs/new/run.yaml cannot be used"),
        ("benchmarks/adtech/benchmark.yaml", "a: 1\n", "benchmark.yaml cannot be used"),
        ("benchmarks/adtech/sealed/DARK_ONE.yaml", "a: 1\n", "adtech: 1 files cannot be used"),
        ("promotions/a/b/record.json", "{}", "promotions/a/b/record.json is no promotion's record"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_told(root, tmp_path, capsys, wrong):
    path, content, expected = wrong
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content)
    commit(root)
    code, printed = said(capsys, "--repo", root, "site", "build", tmp_path / "out")
    assert (code, printed.err) == (4, "")
    assert expected in printed.out
    assert "DARK_ONE" not in printed.out
    for page in (tmp_path / "out").rglob("*.html"):
        assert Page(page.read_text()).faults == [], page
        assert "DARK_ONE" not in page.read_text()


def test_a_record_in_the_place_of_another_is_left_out(root, tmp_path, capsys):
    merged(root)
    shutil.copytree(root / "promotions/adtech-tiny/tiny-2", root / "promotions/adtech-tiny/tiny-3")
    commit(root)
    code, printed = said(capsys, "--repo", root, "site", "build", tmp_path / "out")
    assert code == 4
    assert "promotions/adtech-tiny/tiny-3/record.json is the record of another" in printed.out
    assert not (tmp_path / "out/promotions/adtech-tiny/tiny-3.html").exists()


def test_a_bare_clone_will_do(root, tmp_path, capsys):
    shutil.copytree(root / ".git", tmp_path / "bare.git")
    (tmp_path / "bare.git/config").write_text("[core]\n\tbare = true\n")
    out = tmp_path / "out"
    assert said(capsys, "--repo", tmp_path / "bare.git", "site", "build", out)[0] == 0
    assert (out / "runs/tiny.html").exists()
