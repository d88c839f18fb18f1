import pytest

from modelsmith.boundary.grants import Boundaries
from modelsmith.setup.repository_state import Broken, files_of
from tests.support.policies import changed, policy_in
from tests.support.settings import PREMISES, amiss, the_only

GIT = PREMISES.git


def premises(**changes):
    return PREMISES.model_copy(update=changes)


def test_files_that_hold_are_in_order_and_say_what_leaves(tmp_path):
    seen = list(files_of(policy_in(tmp_path), PREMISES))
    assert amiss(seen) == []
    found = [one.found for one in seen]
    assert found[:2] == ["clusters: local-cpu, gpu-box", "boundary sealed: nothing leaves"]
    assert found[2].startswith("boundary council: description of train to anthropic as council; ")
    assert found[3] == "git commits as Mona <mona@example.com>, signs commits"


@pytest.mark.parametrize("field", ["clusters", "boundaries"])
def test_a_file_that_cannot_be_used_is_a_gap_with_its_places(tmp_path, field):
    broken = Broken(path=f"runners/{field}.yaml", problems=("x:1:2: error: one", "x:3:4: two"))
    seen = the_only(files_of(policy_in(tmp_path), premises(**{field: broken})))
    assert seen.found == (f"runners/{field}.yaml cannot be used: x:1:2: error: one; x:3:4: two")


def test_a_provider_that_nothing_may_reach_is_worth_knowing(tmp_path):
    seen = the_only(files_of(policy_in(tmp_path), premises(boundaries=Boundaries())))
    assert (seen.state.value, seen.rule) == ("note", "production-baselines")
    assert seen.found == (
        "no boundary lets anything go to anthropic, google, openai, "
        "so nothing can be promoted to production"
    )


@pytest.mark.parametrize("field", ["name", "email"])
def test_git_without_an_identity_is_a_gap(tmp_path, field):
    git = GIT.model_copy(update={field: ""})
    seen = the_only(files_of(policy_in(tmp_path), premises(git=git)))
    assert (seen.found, seen.remedy) == (
        f"git knows no user.{field}",
        f"git config user.{field} '...'",
    )


def test_whoever_the_policy_knows_a_key_of_signs_with_one(tmp_path):
    git = GIT.model_copy(update={"signing_key": "", "signs": False})
    seen = the_only(files_of(policy_in(tmp_path), premises(git=git)))
    assert (seen.rule, seen.found) == ("git-signing", "git has no signing key here")
    other = git.model_copy(update={"email": "somebody@example.com"})
    assert amiss(files_of(policy_in(tmp_path), premises(git=other))) == []


def test_a_branch_that_wants_signed_commits_gets_them(tmp_path):
    policy = policy_in(tmp_path, changed(("approvals: 1", "approvals: 1, signatures: true")))
    git = GIT.model_copy(update={"signs": False})
    seen = the_only(files_of(policy, premises(git=git)))
    assert (seen.found, seen.remedy) == (
        "commits are not signed here",
        "git config commit.gpgsign true",
    )


def test_in_ci_nobodys_identity_is_asked_for(tmp_path):
    seen = list(files_of(policy_in(tmp_path), premises(git=None)))
    assert amiss(seen) == []
    assert not [one for one in seen if one.rule == "git-identity"]
