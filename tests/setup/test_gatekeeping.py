import pytest

from modelsmith.setup.github_actions import environments_of
from modelsmith.setup.observation import ObservationState, Unread
from tests.support.policies import changed, policy_in
from tests.support.settings import ENVIRONMENT, amiss, the_only

COMMAND = (
    "gh api -X PUT repos/{owner}/{repo}/environments/promotion"
    " -F prevent_self_review=true -f 'reviewers[][type]=User'"
    ' -F "reviewers[][id]=$(gh api users/LOGIN --jq .id)"'
    " -F 'deployment_branch_policy[protected_branches]=false'"
    " -F 'deployment_branch_policy[custom_branch_policies]=true' && "
    "gh api -X POST repos/{owner}/{repo}/environments/promotion/deployment-branch-policies"
    " -f name=main"
)


def test_a_guarded_environment_is_in_order(tmp_path):
    seen = list(environments_of(policy_in(tmp_path), [ENVIRONMENT]))
    assert amiss(seen) == []
    assert seen[0].found == (
        "environment promotion: open to main alone, "
        "and a person lets each job in that somebody else started"
    )


def test_an_environment_that_is_not_there_is_a_gap(tmp_path):
    seen = the_only(environments_of(policy_in(tmp_path), []))
    assert (seen.state, seen.found) == (ObservationState.GAP, "there is no environment promotion")
    assert seen.remedy == COMMAND


def test_an_optional_environment_may_be_missing_and_is_guarded_where_it_is_not(tmp_path):
    policy = policy_in(tmp_path, changed((", reviewed: true", ", optional: true")))
    (seen,) = environments_of(policy, [])
    assert seen.state is ObservationState.OK
    assert seen.found == "there is no environment promotion, which is optional"
    open_one = ENVIRONMENT.model_copy(update={"branches": None})
    assert the_only(environments_of(policy, [open_one])).found.endswith("is open to any branch")


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("branches", None, "is open to any branch"),
        ("branches", (), "is open to no branch"),
        ("branches", ("main", "release/*"), "is open to main, release/*"),
        ("reviewers", (), "lets jobs in unseen"),
        ("prevents_self_review", False, "lets people let in what they started"),
    ],
)
def test_an_open_environment_is_a_gap(tmp_path, field, value, found):
    lax = ENVIRONMENT.model_copy(update={field: value})
    seen = the_only(environments_of(policy_in(tmp_path), [lax]))
    assert (seen.found, seen.remedy) == (f"environment promotion {found}", COMMAND)


def test_nobody_must_look_where_the_policy_does_not_ask(tmp_path):
    policy = policy_in(tmp_path, changed((", reviewed: true", "")))
    lax = ENVIRONMENT.model_copy(update={"reviewers": (), "prevents_self_review": False})
    assert amiss(environments_of(policy, [lax])) == []
    assert "prevent_self_review" not in the_only(environments_of(policy, [])).remedy


def test_environments_that_the_token_may_not_read_are_unknown(tmp_path):
    unread = Unread(what="the environments", right="give it Environments: read")
    seen = the_only(environments_of(policy_in(tmp_path), unread))
    assert (seen.state, seen.found) == (ObservationState.UNKNOWN, "unknown: the environments")
    none = policy_in(tmp_path, changed(("[{name: promotion, reviewed: true}]", "[]")))
    assert list(environments_of(none, unread)) == []
