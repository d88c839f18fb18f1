"""`modelsmith promotion status` on GitHub: logins, teams, dismissed reviews, what a token may."""

import json

import pytest

from modelsmith.cli import main
from tests.support.factory_site import from_fork
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.github.site import github_site, point_at
from tests.support.staged import HEAD, staged_clone, submitted

pytestmark = pytest.mark.slow

CHECK = "modelsmith/promotion"


@pytest.fixture(scope="module")
def staged(tmp_path_factory):
    return staged_clone(tmp_path_factory.mktemp("staged"))


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        made.hub.teams["acme/legal"] = [APPROVER]
        yield made


@pytest.fixture
def run(site, capsys, monkeypatch):
    point_at(site, monkeypatch)

    def run(token, *words, code=0):
        monkeypatch.setenv("GITHUB_TOKEN", token)
        ended = main(["--repo", str(clone_of(site, EXPERT)), "promotion", "status", *words])
        out, err = capsys.readouterr()
        assert ended == code, (ended, out, err)
        return err or out

    return run


def test_holders_and_teams_approve_and_a_dismissal_takes_it_back(site, staged, run):
    token, forge = site.tokens[FACTORY], site.forge(EXPERT)
    pull = submitted(site, staged)
    said = run(token, "--pull", "1", code=1)
    assert said.startswith("## Promotion: waits for: domain-owner, legal\n")
    assert "- **legal**: one of `lex, approver`" in said
    assert "one of `lex, approver`: `modelsmith promotion approve 1 --as legal`" in said
    assert f"or approve on GitHub: {pull.url}/files, Review changes, Approve." in said
    assert "counts by its signature" not in said
    site.review(EXPERT, 1, "approved")
    site.review(APPROVER, 1, "approved")
    assert "everything holds" in run(token)
    for _ in range(2):
        run(token, "--post")
    assert forge.statuses(pull.head_sha)[CHECK].state == "success"
    assert len(forge.comments(1)) == 1
    review = site.repository.threads[1].pull.reviews[-1].id
    forge.access.call("PUT", f"pulls/1/reviews/{review}/dismissals", {"message": "Wait."})
    run(token, "--post")
    assert forge.statuses(pull.head_sha)[CHECK].state == "pending"
    assert "approver's review was dismissed" in forge.comments(1)[0]


def test_a_team_that_the_token_may_not_read_counts_for_nobody_and_says_so(site, staged, run):
    submitted(site, staged)
    site.review(APPROVER, 1, "approved")
    token = site.hub.actions_token(
        {"contents": "read", "pull_requests": "write", "statuses": "write", "metadata": "read"}
    )
    [told] = json.loads(run(token, "--json", code=1))
    [note] = told["notes"]
    assert note.startswith("nobody of acme/legal counts as legal: ")
    legal = next(one for one in told["findings"] if one["rule"] == "legal")
    assert (legal["state"], legal["people"]) == ("waits", ["lex"])
    assert "approver approved and does not hold legal" in legal["what"]


def test_an_author_whom_github_does_not_know_may_be_an_approver(site, staged, run):
    submitted(site, staged)
    folder = clone_of(site, EXPERT)
    git(folder, "checkout", "--quiet", "-B", HEAD, f"origin/{HEAD}")
    who = ("-c", "user.email=somebody@example.com")
    git(folder, *who, "commit", "--quiet", "--allow-empty", "-m", "Nothing")
    git(folder, "push", "--quiet", "origin", HEAD)
    said = run(site.tokens[FACTORY], code=1)
    assert "the forge knows nobody by somebody@example.com" in said


def test_a_token_that_may_not_publish_is_told_which_right_is_missing(site, staged, run):
    submitted(site, staged)
    token = site.hub.actions_token({"contents": "read", "pull_requests": "read"})
    assert "statuses" in run(token, "--post", code=5)


def test_what_is_no_runs_branch_here_is_looked_at_only_when_it_is_named(site, run):
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    site.forge(EXPERT).offer("topic", base=BASE, title="Two", body="", is_draft=False)
    pull = from_fork(site, {"README.md": "Mine.\n"}, branch=HEAD)
    token = site.tokens[FACTORY]
    assert run(token, code=1) == "no promotion is open\n"
    said = run(token, "--pull", str(pull.number), code=1)
    assert "DOES NOT HOLD: **branch**: `it comes from another repository`" in said
    said = run(token, "--pull", "1", code=1)
    assert "`its branch is topic, expected modelsmith/RUN/promote`" in said
