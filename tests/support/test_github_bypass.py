"""Whom a ruleset of the local GitHub does not bind: it lets past it whole, and no other one."""

import subprocess

import pytest

from modelsmith.errors import ForgeNotYetError, ForgeRefusedError
from modelsmith.forge.github.responses import AbsentError, UnfitError
from modelsmith.forge.records import CommitStatus
from tests.support.forges import APPROVER, BASE, EXPERT, FACTORY, clone_of, git, push
from tests.support.github.shapes import number_for
from tests.support.github.site import github_site

pytestmark = pytest.mark.slow

ADMIN = "admin"
APP = 7
REVIEW = {
    "required_approving_review_count": 1,
    "dismiss_stale_reviews_on_push": True,
    "require_code_owner_review": False,
    "require_last_push_approval": True,
    "required_review_thread_resolution": False,
}
REVIEWED = {"type": "pull_request", "parameters": REVIEW}
CHECKED = {
    "type": "required_status_checks",
    "parameters": {
        "strict_required_status_checks_policy": False,
        "required_status_checks": [{"context": "all-green"}],
    },
}
HELD = [{"type": "deletion"}, {"type": "non_fast_forward"}]


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        made.repository.roles[ADMIN] = "admin"
        made.tokens[ADMIN] = made.hub.token(ADMIN)
        yield made


def ruled(site, name, rules, *bypass):
    """Make a ruleset of the default branch, through the API."""
    asked = {
        "name": name,
        "enforcement": "active",
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}},
        "rules": rules,
        "bypass_actors": [
            {"actor_type": kind, "actor_id": number, "bypass_mode": mode}
            for kind, number, mode in bypass
        ],
    }
    return site.forge(ADMIN).access.call("POST", "rulesets", asked)["id"]


def offered(site):
    push(site, EXPERT, "topic", {"exam/two.yaml": "id: TWO\n"})
    return site.forge(EXPERT).offer("topic", base=BASE, title="Two", body="", is_draft=False)


def merged(site, person):
    sha = site.forge(EXPERT).pull_request(1).head_sha
    return site.forge(person).merge(1, sha=sha, message="Take two")


def said(site, state):
    sha = site.forge(EXPERT).pull_request(1).head_sha
    site.forge(FACTORY).set_status(
        sha, CommitStatus(context="all-green", state=state, description="")
    )


def refused_push(site, person, *words):
    done = subprocess.run(
        ["git", "push", "--quiet", "origin", *words],
        cwd=clone_of(site, person),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    return done.stderr


def test_a_seal_takes_approvals_away_and_only_who_may_pass_the_reviews_merges(site):
    offered(site)
    ruled(site, "reviews", [REVIEWED], ("Integration", APP, "pull_request"))
    site.review(APPROVER, 1, "approved")
    push(site, FACTORY, "topic", {"promotions/approvals.json": "{}\n"})
    assert [one.verdict for one in site.forge(EXPERT).reviews(1)] == ["dismissed"]
    for person in (EXPERT, APPROVER, ADMIN):
        with pytest.raises(ForgeRefusedError, match="At least 1 approving review is required"):
            merged(site, person)
    made = merged(site, FACTORY)
    assert site.repository.sha(f"refs/heads/{BASE}") == made


def test_what_another_ruleset_asks_binds_who_passes_one(site):
    offered(site)
    ruled(site, "reviews", [REVIEWED], ("Integration", APP, "pull_request"))
    ruled(site, "firm", [*HELD, CHECKED])
    for state, kind in (("pending", ForgeNotYetError), ("failure", ForgeRefusedError)):
        said(site, state)
        with pytest.raises(ForgeRefusedError, match="all-green") as caught:
            merged(site, FACTORY)
        assert type(caught.value) is kind
    said(site, "success")
    assert merged(site, FACTORY)


def test_classic_protection_binds_who_passes_a_ruleset(site):
    offered(site)
    ruled(site, "reviews", [REVIEWED], ("Integration", APP, "pull_request"))
    asked = {
        "required_status_checks": None,
        "enforce_admins": True,
        "required_pull_request_reviews": {"required_approving_review_count": 1},
        "restrictions": None,
    }
    site.forge(ADMIN).access.call("PUT", f"branches/{BASE}/protection", asked)
    with pytest.raises(ForgeRefusedError, match="At least 1 approving review"):
        merged(site, FACTORY)


def test_who_passes_on_pull_requests_alone_moves_the_branch_by_no_other_way(site):
    sha = offered(site).head_sha
    before = site.repository.sha(f"refs/heads/{BASE}")
    bypass = ("Integration", APP, "pull_request")
    ruled(site, "reviews", [REVIEWED], bypass)
    ruled(site, "held", HELD, bypass)
    api = site.forge(FACTORY).access
    for body in ({"sha": sha}, {"sha": sha, "force": True}):
        with pytest.raises(UnfitError, match="Changes must be made through a pull request"):
            api.call("PATCH", f"git/refs/heads/{BASE}", body)
    with pytest.raises(UnfitError, match="Cannot delete this protected branch"):
        api.call("DELETE", f"git/refs/heads/{BASE}")
    git(clone_of(site, FACTORY), "fetch", "--quiet", "origin")
    for words in (f"origin/topic:{BASE}", f"+origin/topic:{BASE}", f":{BASE}"):
        assert "GH006" in refused_push(site, FACTORY, words)
    assert site.repository.sha(f"refs/heads/{BASE}") == before


@pytest.mark.parametrize("mode", ["always", "exempt"])
def test_who_always_passes_pushes_too_unless_another_ruleset_holds_them(site, mode):
    sha = offered(site).head_sha
    ruled(site, "reviews", [REVIEWED], ("Integration", APP, mode))
    firm = ruled(site, "firm", [{"type": "pull_request", "parameters": REVIEW}])
    move = ("PATCH", f"git/refs/heads/{BASE}", {"sha": sha})
    with pytest.raises(UnfitError, match="Changes must be made through a pull request"):
        site.forge(FACTORY).access.call(*move)
    site.forge(ADMIN).access.call("PUT", f"rulesets/{firm}", {"enforcement": "disabled"})
    with pytest.raises(UnfitError, match="Changes must be made through a pull request"):
        site.forge(EXPERT).access.call(*move)
    site.forge(FACTORY).access.call(*move)
    assert site.repository.sha(f"refs/heads/{BASE}") == sha


@pytest.mark.parametrize(
    ("kind", "number", "passes"),
    [
        ("RepositoryRole", 5, {ADMIN}),
        ("RepositoryRole", 4, {EXPERT, APPROVER}),
        ("Team", number_for("acme/legal"), {APPROVER}),
        ("User", number_for(EXPERT), {EXPERT}),
    ],
)
def test_people_pass_by_role_team_or_name(site, kind, number, passes):
    site.hub.teams["acme/legal"] = (APPROVER,)
    number = ruled(site, "reviews", [REVIEWED], (kind, number, "pull_request"))
    told = {}
    for person in (EXPERT, APPROVER, ADMIN, FACTORY):
        shown = site.forge(person).access.call("GET", f"rulesets/{number}")
        told[person] = shown["current_user_can_bypass"]
    assert {person for person, can in told.items() if can == "pull_requests_only"} == passes
    assert set(told.values()) == {"pull_requests_only", "never"}
    offered(site)
    for person in set(told) - passes:
        with pytest.raises(ForgeRefusedError, match="At least 1"):
            merged(site, person)
    assert merged(site, passes.pop())


def test_whom_a_ruleset_lets_past_is_told_to_who_may_change_it(site):
    number = ruled(site, "reviews", [REVIEWED], ("Integration", APP, "pull_request"))
    told = site.forge(ADMIN).access.call("GET", f"rulesets/{number}")
    assert told["bypass_actors"] == [
        {"actor_type": "Integration", "actor_id": APP, "bypass_mode": "pull_request"}
    ]
    reader = site.hub.token(ADMIN, permissions={"administration": "read"})
    for forge in (site.forge(EXPERT), site.forge_with(reader)):
        assert "bypass_actors" not in forge.access.call("GET", f"rulesets/{number}")


def test_an_app_that_is_not_installed_passes_nothing(site):
    with pytest.raises(UnfitError, match="Actor integration 15368 must be part of the ruleset"):
        ruled(site, "reviews", [REVIEWED], ("Integration", 15368, "pull_request"))
    with pytest.raises(UnfitError, match="not applicable for deploy keys"):
        ruled(site, "reviews", [REVIEWED], ("DeployKey", None, "pull_request"))
    ruled(site, "reviews", [REVIEWED])
    with pytest.raises(UnfitError, match="Name must be unique"):
        ruled(site, "reviews", [REVIEWED])
    with pytest.raises(AbsentError, match="404"):
        site.forge(ADMIN).access.call("PUT", "rulesets/1", {"name": "nothing"})
