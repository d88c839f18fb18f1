"""What the settings of a repository say, and what they say to who may not read them."""

import pytest

from modelsmith.errors import ForgeDeniedError, InputError
from modelsmith.forge.records import BranchRules, Environment, ForgeSettings, Runner
from modelsmith.forge.ruleset import Passer, strictest
from tests.support.forges import BASE, EXPERT, FACTORY, push
from tests.support.github import repository as kept
from tests.support.github.rules import Bypass, Rules, Ruleset
from tests.support.github.site import github_site

EVERYTHING = BranchRules(
    requires_pull_request=True,
    approvals=2,
    requires_code_owners=True,
    dismisses_stale=True,
    requires_last_push_approval=True,
    required_checks=("exam", "gate"),
    blocks_force_push=True,
    blocks_deletion=True,
    requires_signatures=True,
    keeps_commits=True,
)

STRICT = Rules(
    pull_request=True,
    approvals=2,
    code_owners=True,
    dismiss_stale=True,
    last_push=True,
    checks=("gate", "exam"),
    no_force_push=True,
    no_deletion=True,
    signatures=True,
    keeps_commits=True,
)


@pytest.fixture
def site(tmp_path):
    with github_site(tmp_path) as made:
        made.repository.roles["owner"] = "admin"
        made.tokens["owner"] = made.hub.token("owner")
        yield made


@pytest.fixture
def forge(site):
    return site.forge("owner")


def test_settings_are_read(site, forge):
    site.repository.actions = kept.ActionsSettings(
        allowed="selected",
        pinned=True,
        token="write",  # noqa: S106 - what it may do
        may_approve=True,
        fork_approval="all_external_contributors",
    )
    site.repository.private = False
    push(site, EXPERT, BASE, {".github/CODEOWNERS": "* @owner\n/exam/ @nobody\n"})
    assert forge.settings() == ForgeSettings(
        forge="github",
        default_branch=BASE,
        is_public=True,
        allowed_actions="selected",
        requires_pinned_actions=True,
        default_token="write",  # noqa: S106 - what it may do
        token_may_approve=True,
        fork_approval="all_external_contributors",
        codeowners_errors=(".github/CODEOWNERS:2:1: Unknown owner on line 2: @nobody",),
    )


def test_actions_that_are_switched_off_are_none(site, forge):
    site.repository.actions.enabled = False
    settings = forge.settings()
    assert (settings.allowed_actions, settings.requires_pinned_actions) == ("none", None)


@pytest.mark.parametrize("kind", ["role", "permission"])
def test_what_may_not_be_read_is_named_with_the_right_that_would_let_it(site, kind):
    token = site.hub.token("owner", permissions={"contents": "read"})
    settings = (site.forge(EXPERT) if kind == "role" else site.forge_with(token)).settings()
    assert settings.allowed_actions is None
    assert settings.default_token is None
    assert settings.fork_approval is None
    named = [line.split(":")[0] for line in settings.unknown]
    assert named == ["allowed actions", "rights of a workflow's token", "approval of forks"]
    assert all("administration=read" in line for line in settings.unknown)


def test_rules_of_rulesets_are_read(site, forge):
    site.repository.rulesets.append(Ruleset(1, "main", STRICT))
    assert forge.branch_rules(BASE) == EVERYTHING
    assert not forge.branch_rules("topic").requires_pull_request


def test_classic_protection_is_read(site, forge):
    site.repository.protections[BASE] = STRICT
    told = forge.branch_rules(BASE)
    assert told == EVERYTHING.model_copy(update={"keeps_commits": False})  # it cannot say so


def test_the_strictest_of_all_rules_counts(site, forge):
    site.repository.protections[BASE] = Rules(pull_request=True, approvals=1, checks=("exam",))
    site.repository.rulesets += [
        Ruleset(1, "one", Rules(pull_request=True, approvals=2, checks=("gate",))),
        Ruleset(2, "two", Rules(pull_request=True, code_owners=True, no_deletion=True)),
        Ruleset(3, "off", STRICT, enforcement="evaluate"),
        Ruleset(4, "other", STRICT, include=("refs/heads/release/*",)),
    ]
    rules = forge.branch_rules(BASE)
    assert (rules.approvals, rules.requires_code_owners) == (2, True)
    assert rules.required_checks == ("exam", "gate")
    assert (rules.blocks_deletion, rules.blocks_force_push) == (True, False)
    assert not rules.dismisses_stale
    assert forge.branch_rules("release/1") == EVERYTHING


def test_rules_are_told_set_by_set_with_whom_each_lets_past(site, forge):
    site.repository.rulesets += [
        Ruleset(1, "held", Rules(no_deletion=True, no_force_push=True)),
        Ruleset(
            2,
            "reviews",
            Rules(pull_request=True, approvals=2),
            bypass=(Bypass("Integration", 7, "pull_request"), Bypass("OrganizationAdmin", 1)),
        ),
        Ruleset(3, "other", STRICT, include=("refs/heads/release/*",)),
    ]
    site.repository.protections[BASE] = STRICT
    held, reviews, classic = forge.rulesets(BASE)
    assert (held.number, held.name, held.passers, held.me) == (1, "held", (), "never")
    assert (held.rules.blocks_deletion, held.rules.approvals) == (True, 0)
    assert (reviews.rules.approvals, reviews.rules.blocks_deletion) == (2, False)
    assert reviews.passers == (
        Passer(kind="Integration", number=7, mode="pull_request"),
        Passer(kind="OrganizationAdmin", number=1, mode="always"),
    )
    assert (classic.number, classic.name, classic.passers) == (None, "classic protection", ())
    assert strictest([one.rules for one in (held, reviews, classic)]) == forge.branch_rules(BASE)


def test_whom_a_ruleset_lets_past_is_not_taken_for_nobody_where_it_is_not_told(site):
    bypass = (Bypass("Integration", 7, "pull_request"),)
    rules = Rules(pull_request=True, approvals=1)
    site.repository.rulesets.append(Ruleset(1, "reviews", rules, bypass=bypass))
    site.app.permissions = {"contents": "write", "pull_requests": "write"}
    (seen,) = site.forge(EXPERT).rulesets(BASE)
    assert (seen.passers, seen.me) == (None, "never")
    (seen,) = site.forge(FACTORY).rulesets(BASE)
    assert (seen.passers, seen.me) == (None, "pull_requests_only")
    assert list(site.forge(EXPERT).rulesets("topic")) == []


def test_protection_that_may_not_be_read_is_not_taken_for_none(site):
    token = site.hub.token("owner", permissions={"contents": "read"})
    assert not site.forge_with(token).branch_rules(BASE).requires_pull_request
    site.repository.protections[BASE] = STRICT
    with pytest.raises(ForgeDeniedError, match="it needs administration=read"):
        site.forge_with(token).branch_rules(BASE)


def test_environments_are_read_with_people_teams_and_branches(site, forge):
    site.repository.protections[BASE] = STRICT
    for one in (
        kept.Environment(
            "promotion",
            ("owner", "acme/approvers"),
            prevents_self_review=True,
            branches=("main", "release/*"),
        ),
        kept.Environment("council"),
        kept.Environment("site", protected_alone=True),
    ):
        site.repository.environments[one.name] = one
    assert list(forge.environments()) == [
        Environment(name="council", reviewers=(), prevents_self_review=False, branches=None),
        Environment(
            name="promotion",
            reviewers=("acme/approvers", "owner"),
            prevents_self_review=True,
            branches=("main", "release/*"),
        ),
        Environment(name="site", reviewers=(), prevents_self_review=False, branches=("main",)),
    ]


def test_runners_of_repository_and_organisation_are_read(site, forge):
    assert list(forge.runners()) == []
    site.repository.runners += [
        kept.Runner("gpu-2", ("self-hosted", "gpu"), ephemeral=True),
        kept.Runner("gpu-1", ("gpu",), online=False),
        kept.Runner("gpu-3", ("gpu",), ephemeral=False),
    ]
    site.hub.runners["acme"] = [kept.Runner("arc", ("arc",))]
    assert list(forge.runners()) == [
        Runner(name="arc", labels=("arc",), is_online=True, is_ephemeral=None),
        Runner(name="gpu-1", labels=("gpu",), is_online=False, is_ephemeral=None),
        Runner(name="gpu-2", labels=("gpu", "self-hosted"), is_online=True, is_ephemeral=True),
        Runner(name="gpu-3", labels=("gpu",), is_online=True, is_ephemeral=False),
    ]


def test_runners_that_may_not_be_known_are_not_taken_for_none(site):
    assert site.forge(EXPERT).runners() is None
    token = site.hub.token("owner", permissions={"administration": "read"})
    assert site.forge_with(token).runners() is None
    site.repository.runners.append(kept.Runner("gpu-1", ("gpu",)))
    assert [one.name for one in site.forge_with(token).runners()] == ["gpu-1"]


def test_members_of_a_team_are_read_on_all_pages(site, forge):
    site.hub.teams["acme/approvers"] = ("owner", "approver", "expert")
    assert list(forge.members("acme/approvers")) == ["approver", "expert", "owner"]
    with pytest.raises(InputError, match="no team acme/nobody"):
        forge.members("acme/nobody")
    with pytest.raises(InputError, match="'approvers' does not name a team"):
        forge.members("approvers")
    with pytest.raises(ForgeDeniedError, match="members=read"):
        site.forge_with(site.hub.token("owner", permissions={})).members("acme/approvers")
