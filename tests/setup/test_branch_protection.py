import pytest

from modelsmith.git.refs import run_branch
from modelsmith.setup.branch_protection import (
    ANY_RUN_BRANCH,
    REVIEWS,
    protection_of,
    run_branch_rules_of,
)
from modelsmith.setup.observation import ObservationState, Unread
from modelsmith.setup.ruleset_templates import applied
from tests.support.policies import changed, policy_in
from tests.support.settings import HELD, REVIEWED, RULES, SETTINGS, amiss, the_only

LOCAL = SETTINGS.model_copy(update={"forge": "local"})


@pytest.fixture
def wanted(tmp_path):
    return policy_in(tmp_path, changed(("approvals: 1", "approvals: 1, signatures: true"))).branch


def test_a_branch_that_asks_for_everything_is_in_order(wanted):
    seen = list(protection_of(wanted, SETTINGS, RULES))
    assert amiss(seen) == []
    assert len(seen) == 10


@pytest.mark.parametrize(
    ("field", "value", "rule", "needed"),
    [
        ("requires_pull_request", False, "pull-request", "changes come by pull request"),
        ("approvals", 0, "approvals", "approving reviews: 1 or more (now 0)"),
        ("requires_code_owners", False, "code-owners", "the owners of a changed file approve"),
        ("dismisses_stale", False, "stale-approvals", "a new commit takes approvals away"),
        (
            "requires_last_push_approval",
            False,
            "last-push",
            "somebody else than the last pusher approves",
        ),
        ("requires_signatures", False, "signatures", "commits are signed"),
        ("blocks_force_push", False, "force-push", "nobody rewrites history"),
        ("blocks_deletion", False, "deletion", "nobody deletes it"),
        ("keeps_commits", False, "merge-commits", "a pull request is merged with its commits"),
        ("required_checks", ("lint",), "required-check", "the check all-green has passed"),
    ],
)
def test_what_is_not_asked_is_a_gap_with_the_command_that_closes_it(
    wanted, field, value, rule, needed
):
    seen = the_only(protection_of(wanted, SETTINGS, RULES.model_copy(update={field: value})))
    assert (seen.state, seen.rule, seen.found) == (ObservationState.GAP, rule, "main: not asked")
    kind = "reviews" if rule in REVIEWS else "branch"
    assert (seen.needed, seen.remedy) == (needed, applied(kind))
    assert seen.why


def test_a_ruleset_of_ours_that_is_there_is_brought_up_to_date(wanted):
    for field, known in (("approvals", REVIEWED), ("blocks_deletion", HELD)):
        rules = RULES.model_copy(update={field: 0 if field == "approvals" else False})
        seen = the_only(protection_of(wanted, SETTINGS, rules, (HELD, REVIEWED), 7))
        assert f"-X PUT repos/{{owner}}/{{repo}}/rulesets/{known.number} " in seen.remedy


def test_what_the_policy_does_not_want_is_not_asked_for(tmp_path):
    lax = "approvals: 1, codeOwners: false, dismissStale: false, lastPush: false"
    wanted = policy_in(tmp_path, changed(("approvals: 1", lax))).branch
    rules = RULES.model_copy(
        update={
            "requires_code_owners": False,
            "dismisses_stale": False,
            "requires_last_push_approval": False,
            "requires_signatures": False,
        }
    )
    assert amiss(protection_of(wanted, SETTINGS, rules)) == []


def test_the_protected_branch_is_the_default_one(wanted):
    settings = SETTINGS.model_copy(update={"default_branch": "trunk"})
    seen = the_only(protection_of(wanted, settings, RULES))
    assert (seen.rule, seen.found) == ("default-branch", "the default branch is trunk")
    assert seen.remedy == "gh repo edit --default-branch main"


@pytest.mark.parametrize("change", [("approvals: 1", "approvals: 0"), ("[all-green]", "[]")])
def test_on_github_a_policy_asks_for_approvals_and_checks(tmp_path, change):
    wanted = policy_in(tmp_path, changed(change)).branch
    seen = the_only(protection_of(wanted, SETTINGS, RULES))
    assert (seen.state, seen.rule) == (ObservationState.GAP, "lax-policy")
    assert amiss(protection_of(wanted, LOCAL, RULES)) == []


def test_plain_git_cannot_ask_and_what_it_can_refuse_is_said(wanted):
    rules = RULES.model_copy(update={"requires_pull_request": False, "blocks_force_push": False})
    first, second = (
        s for s in protection_of(wanted, LOCAL, rules) if s.state is not ObservationState.OK
    )
    assert (first.state, first.rule) == (ObservationState.NOTE, "pull-request")
    assert first.remedy == "`modelsmith audit` finds it afterwards"
    assert second.remedy == "where one pushes to: git config receive.denyNonFastForwards true"


def test_rules_that_the_token_may_not_read_are_unknown(wanted):
    unread = Unread(what="the rules of main", right="give it Metadata: read")
    seen = the_only(protection_of(wanted, SETTINGS, unread))
    assert (seen.state, seen.found) == (ObservationState.UNKNOWN, "unknown: the rules of main")
    assert seen.remedy == "give it Metadata: read"


# The branches that runs walk on


@pytest.mark.parametrize("field", ["blocks_force_push", "blocks_deletion"])
def test_a_ledger_that_walks_can_be_neither_rewritten_nor_deleted(field):
    assert amiss(run_branch_rules_of(SETTINGS, RULES)) == []
    seen = the_only(run_branch_rules_of(SETTINGS, RULES.model_copy(update={field: False})))
    assert (seen.state, seen.rule, seen.remedy) == (ObservationState.GAP, "walks", applied("walks"))
    assert "--ruleset walks | gh api" in seen.remedy
    assert list(run_branch_rules_of(LOCAL, RULES.model_copy(update={field: False}))) == []


def test_rules_of_walks_that_the_token_may_not_read_are_unknown():
    seen = the_only(run_branch_rules_of(SETTINGS, Unread(what="the rules of it", right="ask")))
    assert (seen.state, seen.found) == (ObservationState.UNKNOWN, "unknown: the rules of it")


def test_any_walk_is_a_branch_that_a_run_walks_on():
    assert run_branch("any") == ANY_RUN_BRANCH
