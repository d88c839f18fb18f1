"""`modelsmith pull` on GitHub: the same words, where the environment says so."""

import json

import pytest

from modelsmith.cli import main
from modelsmith.policy import POLICY, Protection
from modelsmith.setup.ruleset_templates import wanted_ruleset
from tests.support.factory_site import from_fork
from tests.support.forges import APPROVER, EXPERT, clone_of, files_at, push
from tests.support.github.site import github_site, point_at
from tests.support.policies import TEXT


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        yield made


@pytest.fixture
def run(site, capsys, monkeypatch):
    point_at(site, monkeypatch)

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


def test_a_fork_that_loosens_the_policy_waits_for_the_owners_that_the_base_names(site, run):
    owners = {".github/CODEOWNERS": f"/.github/ @{APPROVER}\n/promotions/ @{APPROVER}\n"}
    push(site, EXPERT, "main", {POLICY: TEXT, **owners})
    asked = wanted_ruleset("reviews", Protection(name="main", approvals=1, checks=()), 7)
    site.repository.roles["admin"] = "admin"
    site.forge_with(site.hub.token("admin")).access.call("POST", "rulesets", asked)
    theirs = {
        POLICY: TEXT.replace("approvals: 1", "approvals: 0"),
        ".github/CODEOWNERS": "/.github/ @stranger\n/promotions/ @stranger\n",
    }
    pull = from_fork(site, theirs, title="Tidy up")
    refused = ("merge", str(pull.number))
    assert "approving review is required" in run(EXPERT, *refused, code=5)
    run("stranger", "review", str(pull.number), "--approve", code=5)
    run(EXPERT, "review", str(pull.number), "--approve")
    assert f"Waiting on code owner review from {APPROVER}" in run(EXPERT, *refused, code=5)
    run("stranger", *refused, code=5)
    assert files_at(site, "main")[POLICY] == TEXT.strip()
