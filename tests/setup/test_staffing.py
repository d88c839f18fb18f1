import pytest

from modelsmith.forge.records import Person
from modelsmith.setup.observation import ObservationState, Unread
from modelsmith.setup.role_holders import role_holders_of, teams_of
from tests.support.policies import changed, policy_in
from tests.support.settings import TEAMS, amiss, the_only

MONA = Person(login="mona", is_bot=False)


def test_a_role_lists_its_people_and_what_needs_it(tmp_path):
    seen = list(role_holders_of(policy_in(tmp_path), "github", MONA, TEAMS))
    assert amiss(seen) == []
    assert [one.found for one in seen] == [
        "programs that never approve: github-actions[bot], factory@example.com",
        "domain-owner (channel sandbox, channel production): mona",
        "engineering (channel production): ada, grace",
        "legal (channel production): lex",
        "compliance (tag regulated): cleo",
        "operator (overrides in sandbox): otto",
    ]


@pytest.mark.parametrize(
    ("old", "role", "reasons"),
    [
        ("logins: [mona], ", "domain-owner", "channel sandbox, channel production"),
        ("teams: [acme/platform], ", "engineering", "channel production"),
        ("logins: [cleo], ", "compliance", "tag regulated"),
        ("logins: [otto], ", "operator", "overrides in sandbox"),
    ],
)
def test_a_role_that_nobody_holds_is_a_gap(tmp_path, old, role, reasons):
    seen = the_only(role_holders_of(policy_in(tmp_path, changed((old, ""))), "github", MONA, TEAMS))
    assert (seen.state, seen.rule) == (ObservationState.GAP, "held-role")
    assert seen.found == f"nobody holds {role} on the github forge"
    assert seen.needed == f"somebody, for {reasons}"
    assert seen.remedy == (
        f"name people under `roles: {role}` of promotions/policy.yaml: `logins` or `teams`"
    )


def test_a_role_that_nothing_needs_may_be_empty(tmp_path):
    text = changed(("logins: [otto], ", ""), (", overrides: true", ""))
    assert amiss(role_holders_of(policy_in(tmp_path, text), "github", MONA, TEAMS)) == []


def test_a_team_that_is_not_there_is_a_gap_and_so_is_its_role(tmp_path):
    seen = amiss(role_holders_of(policy_in(tmp_path), "github", MONA, {"acme/platform": None}))
    assert seen == [
        ("gap", "team", "there is no team acme/platform"),
        ("gap", "held-role", "nobody holds engineering on the github forge"),
    ]


def test_a_team_that_the_token_may_not_read_is_unknown(tmp_path):
    unread = Unread(what="the members of acme/platform", right="give it Members: read")
    seen = role_holders_of(policy_in(tmp_path), "github", MONA, {"acme/platform": unread})
    assert amiss(seen) == [
        ("unknown", "team", "unknown: the members of acme/platform"),
        ("unknown", "held-role", "unknown: who holds engineering"),
    ]


def test_a_program_in_a_team_is_a_gap(tmp_path):
    teams = {"acme/platform": ("ada", "helper[bot]")}
    seen = the_only(role_holders_of(policy_in(tmp_path), "github", MONA, teams))
    assert seen.found == "helper[bot] is a member of acme/platform, and a program"
    assert seen.remedy == ("gh api -X DELETE orgs/acme/teams/platform/memberships/helper[bot]")


def test_a_factory_that_acts_as_an_unknown_program_is_a_gap(tmp_path):
    me = Person(login="stranger[bot]", is_bot=True)
    seen = the_only(role_holders_of(policy_in(tmp_path), "github", me, TEAMS))
    assert (seen.rule, seen.found) == ("known-bot", "the factory acts as stranger[bot]")
    known = Person(login="github-actions[bot]", is_bot=True)
    assert amiss(role_holders_of(policy_in(tmp_path), "github", known, TEAMS)) == []


def test_on_the_local_forge_addresses_count_and_who_has_no_key_is_told(tmp_path):
    seen = list(role_holders_of(policy_in(tmp_path), "local", MONA, {}))
    unsigned = "cleo@example.com, hubot@example.com, lex@example.com, otto@example.com"
    found = f"no key of {unsigned} is known: what they approve is not signed"
    assert amiss(seen) == [("note", "signing-key", found)]
    assert seen[1].found == ("domain-owner (channel sandbox, channel production): mona@example.com")


def test_somebody_on_github_alone_holds_nothing_on_the_local_forge(tmp_path):
    text = changed((", signers: [{email: lex@example.com}]", ""))
    gap, _ = amiss(role_holders_of(policy_in(tmp_path, text), "local", MONA, {}))
    assert gap == ("gap", "held-role", "nobody holds legal on the local forge")


def test_each_team_is_asked_for_once(tmp_path):
    text = changed(("logins: [lex]", "teams: [acme/law, acme/platform]"))
    assert teams_of(policy_in(tmp_path, text)) == ["acme/law", "acme/platform"]
