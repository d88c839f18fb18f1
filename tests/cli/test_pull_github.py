"""`modelsmith pull` on GitHub: the same words, where the environment says so."""

import json

import pytest

from modelsmith.cli import main
from tests.support.forges import APPROVER, EXPERT, clone_of, files_at, push
from tests.support.github.site import FULL_NAME, github_site


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        yield made


@pytest.fixture
def run(site, capsys, monkeypatch):
    monkeypatch.setenv("MODELSMITH_FORGE", "github")
    monkeypatch.setenv("GITHUB_REPOSITORY", FULL_NAME)
    monkeypatch.setenv("GITHUB_API_URL", site.hub.api)
    for name in ("GH_TOKEN", "MODELSMITH_APP_ID", "MODELSMITH_APP_PRIVATE_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(person, *words, code=0):
        monkeypatch.setenv("GITHUB_TOKEN", site.tokens.get(person, ""))
        ended = main(["--repo", str(clone_of(site, EXPERT)), "pull", *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return " ".join((err if code else out).split())

    return run


def test_the_same_commands_walk_a_pull_request_on_github(site, run):
    sha = push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    assert run(EXPERT, "list") == "no pull requests on the github forge"
    for did in ("opened", "unchanged"):
        assert run(EXPERT, "open", "topic", "--label", "exam") == (
            f"pull request 1: {did}; topic -> main, Change exam/two.yaml"
        )
    for _ in range(2):
        assert f"1: approved at {sha[:12]}" in run(APPROVER, "review", "1", "--approve")
    shown = json.loads(run(EXPERT, "show", "1", "--json"))
    assert [review["verdict"] for review in shown["reviews"]] == ["approved"]
    assert shown["pull"]["labels"] == ["exam"]
    assert "its own" not in run(EXPERT, "show", "1")
    assert "1: merged as" in run(APPROVER, "merge", "1")
    assert "1: was merged already as" in run(APPROVER, "merge", "1")
    assert files_at(site, "main")["exam/two.yaml"] == "id: TWO"


def test_refusals_are_told_in_the_same_words(site, run):
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    run(EXPERT, "open", "topic")
    assert "it is expert's own" in run(EXPERT, "review", "1", "--approve", code=5)
    assert "7" in run(EXPERT, "show", "7", code=3)
    assert "no token is set Give a token in GH_TOKEN" in run("nobody", "list", code=5)
